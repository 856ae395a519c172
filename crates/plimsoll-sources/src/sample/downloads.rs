//! Files that publishers of the sample world put up as of a day: series as FRED's graphs download them, the Treasury's years, the data
//! library's archives, and what EDGAR has of its filers.

use std::fmt::Write as _;
use std::io::Cursor;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

use super::filings::Filer;
use super::publishers::Publishers;
use super::rates::{Rates, TENORS, published};
use super::write::archive::Archive;
use super::write::{company_facts, filers, sorted_portfolios};

/// A zip archive in memory.
fn zip<'a>(entries: impl IntoIterator<Item = (String, String)> + 'a) -> Vec<u8> {
    let mut archive = Archive::new(Cursor::new(Vec::new()));
    let added = entries.into_iter().try_for_each(|(name, text)| archive.add(&name, text.as_bytes()));
    added.and_then(|()| archive.finish()).map(Cursor::into_inner).unwrap_or_default()
}

impl Publishers<'_> {
    /// `fredgraph.csv?id=ID` on a day: values up to the session before, in the layout of the site; `None` where there is no such series.
    pub fn fred_graph(&self, id: &str, now: Day) -> Option<String> {
        let world = self.world();
        let mut text = format!("observation_date,{id}\n");
        let mut line = |day: Day, value: Option<String>| {
            let _ = writeln!(text, "{day},{}", value.unwrap_or_default());
        };
        if world.economy.iter().any(|s| s.id == id) {
            let all = self.releases(id, now.plus(-1));
            let decimals = world.economy.iter().find(|s| s.id == id).map_or(1, |s| s.decimals);
            // Of each period the last release.
            for of_period in all.chunk_by(|a, b| a.period == b.period) {
                if let Some(r) = of_period.last() {
                    line(r.period, Some(format!("{:.decimals$}", r.value)));
                }
            }
            return Some(text);
        }
        let calendar = Calendar::nyse();
        let last = calendar.previous(calendar.on_or_before(now)).min(*world.sessions.last()?);
        let days = (world.sessions[0].0..=last.0).map(Day);
        let two = |row: &[f64], t: usize| Some(format!("{:.2}", row[t]));
        let tenor = TENORS.iter().position(|(name, ..)| *name == id);
        match id {
            "DFF" | "DFEDTARU" | "DFEDTARL" => {
                for day in days {
                    // Over a weekend the rate of the Friday stands.
                    let friday = if day.weekday() > 5 { day.plus(5 - i32::from(day.weekday())) } else { day };
                    let value = match id {
                        "DFF" => Rates::effective_on(friday),
                        "DFEDTARU" => Rates::upper_on(day),
                        _ => Rates::upper_on(day) - 0.25,
                    };
                    line(day, Some(format!("{value:.2}")));
                }
            }
            _ => {
                let row = match (id, tenor) {
                    (_, Some(k)) => &world.rates.yields[k],
                    ("DTB3", _) => &world.rates.bill,
                    ("T10YIE", _) => &world.rates.breakeven,
                    ("BAMLH0A0HYM2", _) => &world.credit.high_yield,
                    ("BAMLC0A0CM", _) => &world.credit.investment_grade,
                    _ => return None,
                };
                let bond_index = id.starts_with("BAML");
                for day in days.filter(|d| d.weekday() <= 5) {
                    let t = world.session(day).filter(|_| bond_index || published(day));
                    line(day, t.and_then(|t| two(row, t)));
                }
            }
        }
        Some(text)
    }

    /// The Treasury's par curve of a year, newest first, through the evening of `now`; the header alone for
    /// a year without a row.
    pub fn par_curve(&self, year: i16, now: Day) -> String {
        let world = self.world();
        let mut text = String::from(
            "Date,\"1 Mo\",\"2 Mo\",\"3 Mo\",\"4 Mo\",\"6 Mo\",\"1 Yr\",\"2 Yr\",\"3 Yr\",\"5 Yr\",\"7 Yr\",\"10 Yr\",\"20 Yr\",\"30 Yr\"\n",
        );
        let of_year = |d: &Day| d.parts().0 == year && *d <= now && published(*d);
        for (t, day) in world.sessions.iter().enumerate().rev().filter(|(_, d)| of_year(d)) {
            let at = |k: usize| world.rates.yields[k][t];
            let between = |a: f64, b: f64| ((a + b) * 50.0).round() / 100.0;
            let mut cells = vec![at(0), between(at(0), at(1)), at(1), between(at(1), at(2))];
            cells.extend((2..TENORS.len()).map(at));
            let (year, month, date) = day.parts();
            let _ = write!(text, "{month:02}/{date:02}/{year}");
            cells.iter().for_each(|c| {
                let _ = write!(text, ",{c:.2}");
            });
            text.push('\n');
        }
        text
    }

    /// `NAME_CSV.zip` of the data library: through the end of the month before last.
    pub fn french_zip(&self, name: &str, now: Day) -> Option<Vec<u8>> {
        let world = self.world();
        let until = now.month_start().plus(-1).month_start();
        let known = world.sessions.partition_point(|d| *d < until).max(2);
        let sets = sorted_portfolios::texts(world, known);
        let (_, text) = sets.into_iter().find(|(of, _)| of.eq_ignore_ascii_case(name))?;
        Some(zip([(format!("{name}.csv"), text)]))
    }

    /// What stands under a path of EDGAR: the map of tickers, both archives, and one filer's files; filings through the day before.
    pub fn edgar(&self, path: &str, now: Day) -> Option<Vec<u8>> {
        let world = self.world();
        let of_filer = |name: &str| {
            let cik: u64 = name.strip_prefix("CIK")?.strip_suffix(".json")?.parse().ok()?;
            self.filers(now).find(|f| f.cik == cik)
        };
        let entry = |f: &Filer, text: String| (format!("CIK{:010}.json", f.cik), text);
        match path {
            "/files/company_tickers.json" => Some(filers::tickers(world).into_bytes()),
            "/Archives/edgar/daily-index/xbrl/companyfacts.zip" => {
                Some(zip(self.filers(now).map(|f| entry(&f, company_facts::json(&f)))))
            }
            "/Archives/edgar/daily-index/bulkdata/submissions.zip" => {
                Some(zip(self.filers(now).map(|f| entry(&f, filers::submissions(world, &f).to_string()))))
            }
            _ => match path.strip_prefix("/api/xbrl/companyfacts/") {
                Some(name) => of_filer(name).map(|f| company_facts::json(&f).into_bytes()),
                None => {
                    of_filer(path.strip_prefix("/submissions/")?).map(|f| filers::submissions(world, &f).to_string().into_bytes())
                }
            },
        }
    }

    /// Filers with the reports they had filed before a day.
    fn filers(&self, now: Day) -> impl Iterator<Item = Filer> + '_ {
        let known = move |f: &Filer| {
            let mut f = f.clone();
            f.reports.retain(|r| r.filed < now);
            f
        };
        filers::of_edgar(self.world()).map(known).filter(|f| !f.reports.is_empty())
    }
}
