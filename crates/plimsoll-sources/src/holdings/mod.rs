//! Who is in an index and with what weight, as funds that track it publish their holdings.
//!
//! A file is a whole list of one day: [`plimsoll_model::universe_mask::EVERY_NAME`] leaves and those on the list enter, so that no list
//! before it need be at hand. Issuers differ in layout; what becomes of a list is here.

mod invesco;
mod ishares;
mod spdr;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::Day;
use plimsoll_model::universe_mask::EVERY_NAME;

use crate::series::{SeriesWriter, Value};
use crate::table::{layout, refusal};
use crate::{Sink, SourceError};

pub use invesco::Invesco;
pub use ishares::IShares;
pub use spdr::Spdr;

const KNOWN_AT: &str = "The open of the session after the list's date: issuers publish a day's holdings in the evening or on the next morning. The status begins then, too";
const REVISIONS: &str = "None usual; a list published again with other holdings is a new vintage";
const CAVEATS: &[&str] = &[
    "A fund is not its index: it may hold a name a day sooner or later than the index does, or leave a small one out",
    "From the first list on only; what happened before it comes from other sources of the same universe, and a name that they still list and the fund does not hold leaves with that list",
    "Cash, money market funds, collateral and futures are set apart; so are rights and shares that trade nowhere",
    "Symbols are those of the list; some issuers drop the class separator (BRKB for BRK.B)",
];

/// One line of a list.
struct Holding {
    row: u64,
    ticker: String,
    name: String,
    /// Share of the fund's net assets, per cent as printed; NaN where none is.
    weight: f64,
    /// Whether it is a share of a company, by the issuer's own classification.
    share: bool,
}

/// A whole list.
struct List {
    fund: String,
    day: Day,
    holdings: Vec<Holding>,
}

/// Shares make up at least so much of an index fund, per cent: below it the file is not the whole list.
const LEAST: f64 = 90.0;
/// The most that rounding and borrowing can add up to, per cent.
const MOST: f64 = 110.0;

static UNIVERSES: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let rows = include_str!("../../data/fund_universes.csv").lines().skip(1);
    rows.map(|line| {
        let mut fields = line.splitn(3, ',');
        (fields.next().expect("a fund"), fields.next().expect("a universe"))
    })
    .collect()
});

/// The universe that a fund's holdings stand for: that of its index where it is known, else the fund's own ticker in small letters.
pub fn universe(fund: &str) -> String {
    UNIVERSES.get(fund).map_or_else(|| fund.to_ascii_lowercase(), |u| (*u).to_owned())
}

fn write(path: &Path, list: List, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let calendar = Calendar::nyse();
    let (first, last) = calendar.span();
    if list.day < first.plus(30) || list.day > last.plus(-30) {
        return Err(layout(path, 0, "date", "a day that the calendar reaches", &list.day.to_string()));
    }
    let effective = calendar.next(list.day);
    let known_at = calendar.open(effective);
    if known_at > sink.now() {
        let refused =
            refusal("future_dated", 0, "date", &format!("a list known by {}", sink.now()), list.day.to_string().as_bytes());
        sink.refuse(Refusal { period: Some(list.day), ..refused });
        return Ok(());
    }
    let mut members: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    let (mut apart, mut untraded, mut twice) = (Vec::new(), Vec::new(), Vec::new());
    for h in &list.holdings {
        if !h.share {
            apart.push(h.name.clone());
        } else if matches!(h.ticker.as_str(), "" | "-" | "--" | "N/A") {
            untraded.push(h.name.clone());
        } else if let Some(symbol) = canonical(&h.ticker).filter(|s| s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')) {
            let weight = if h.weight.is_finite() { h.weight } else { 0.0 };
            if let Some(held) = members.get_mut(&symbol) {
                held.1 += weight;
                twice.push(symbol);
            } else {
                members.insert(symbol, (h.row, weight));
            }
        } else {
            let refused = refusal("not_a_symbol", h.row, "ticker", "a symbol of a US exchange", h.ticker.as_bytes());
            sink.refuse(Refusal { period: Some(list.day), ..refused });
        }
    }
    let sum: f64 = members.values().map(|m| m.1).sum();
    if !(LEAST..=MOST).contains(&sum) {
        let got = format!("{sum:.2} % in {} shares: the list is cut off, or not one of shares", members.len());
        return Err(layout(path, 0, "weight", &format!("weights of shares that add up to {LEAST} to {MOST} %"), &got));
    }
    let mut tell = |rule: &str, of: &[String], what: &str| {
        if !of.is_empty() {
            let some: Vec<&str> = of.iter().take(4).map(String::as_str).collect();
            let more = if of.len() > 4 { format!(" and {} more", of.len() - 4) } else { String::new() };
            let detail = format!("{} of {} {what}: {}{more}", of.len(), list.fund, some.join(", "));
            let (rule, subject, day) = (rule.to_owned(), list.fund.clone(), Some(list.day));
            sink.defect(Defect { rule, severity: Severity::Note, subject, from: day, to: day, rows: of.len() as u64, detail });
        }
    };
    tell("not_a_share", &apart, "lines are no shares and were set apart");
    tell("without_ticker", &untraded, "shares trade under no symbol and were set apart");
    tell("repeated_holding", &twice, "symbols stand on several lines, whose weights were added");

    let n = members.len() + 1;
    let (mut symbols, mut flags) = (TextBuilder::default(), Vec::with_capacity(n));
    symbols.push(EVERY_NAME);
    flags.push(0);
    for symbol in members.keys() {
        symbols.push(symbol);
        flags.push(1);
    }
    let columns =
        vec![Column::Text(TextColumn::constant(&universe(&list.fund), n)), Column::Text(symbols.finish()), Column::U8(flags)];
    sink.rows(Observations::new(Dataset::Members, vec![effective.0; n], vec![known_at.0; n], columns))?;
    let mut out = SeriesWriter::new(sink, false);
    for (symbol, (row, weight)) in &members {
        let series = format!("weight:{}:{symbol}", list.fund);
        out.push(Value { series: &series, row: *row, period: list.day, known_at, value: weight / 100.0, quality: 0 })?;
    }
    Ok(out.finish()?)
}

/// A number as issuers print it, `"1,234.50"`; NaN where there is none.
fn number(text: &str) -> f64 {
    let plain: String = text.chars().filter(|c| *c != ',' && *c != '%').collect();
    plain.trim().parse().ok().filter(|v: &f64| v.is_finite()).unwrap_or(f64::NAN)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// `Jan 05, 2024` and `05-Jan-2024`.
fn written_day(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text.split([' ', ',', '-']).filter(|p| !p.is_empty()).collect();
    let [a, b, year] = parts[..] else { return None };
    let month = |t: &str| MONTHS.iter().position(|m| t.get(..3).is_some_and(|s| s.eq_ignore_ascii_case(m))).map(|i| i as i8 + 1);
    let (month, date) = month(a).map_or_else(|| (month(b), a), |m| (Some(m), b));
    Day::try_ymd(year.parse().ok()?, month?, date.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_numbers_as_issuers_write_them() {
        assert_eq!(written_day("Jan 05, 2024"), Some(Day::ymd(2024, 1, 5)));
        assert_eq!(written_day("05-Jan-2024"), Some(Day::ymd(2024, 1, 5)));
        assert_eq!(written_day("September 30, 2024"), Some(Day::ymd(2024, 9, 30)));
        for bad in ["", "-", "2024-01-05", "Foo 05, 2024", "Jan 45, 2024", "\u{e9}\u{e9}\u{e9} 1, 2024"] {
            assert_eq!(written_day(bad), None, "{bad}");
        }
        assert_eq!(number("1,234.50"), 1234.5);
        assert!(number("-").is_nan() && number("").is_nan() && number("NaN").is_nan());
    }

    #[test]
    fn funds_name_the_universe_of_their_index() {
        assert_eq!(["IWM", "SPY", "RSP", "XLE"].map(universe), ["russell2000", "sp500", "sp500", "xle"]);
    }
}
