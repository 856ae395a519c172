//! What publishers of the sample world would answer on a day: the layouts that live feeds read, for a server on the loopback.
//!
//! Everything is as of a day, so that a test can ask for a day and then for the next, and see a value first published and then revised.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use plimsoll_model::calendar::Calendar;
use plimsoll_model::symbol::without_separator;
use plimsoll_model::time::Day;

use super::World;
use super::policy::{Expectations, Held, meetings};
use super::rates::{Rates, published};
use super::rng::Rng;
use crate::futures::Contract;

/// The publishers of a world.
pub struct Publishers<'a> {
    world: &'a World,
}

/// A release of a series: what it says of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Release {
    /// The day the value is about.
    pub period: Day,
    /// The day of the release.
    pub released: Day,
    /// The value it states.
    pub value: f64,
}

const NAMES: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// `Jan 05, 2024`.
fn american(day: Day) -> String {
    let (year, month, date) = day.parts();
    format!("{} {date:02}, {year}", &NAMES[month as usize - 1][..3])
}

/// A whole number with commas.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

impl World {
    /// Its publishers.
    pub fn publishers(&self) -> Publishers<'_> {
        Publishers { world: self }
    }
}

impl<'a> Publishers<'a> {
    pub(super) fn world(&self) -> &'a World {
        self.world
    }
}

impl Publishers<'_> {
    /// The last session of the world by a day.
    fn last(&self, now: Day) -> Option<usize> {
        self.world.sessions.partition_point(|s| *s <= now).checked_sub(1)
    }

    /// Every release of a monthly series by a day, by period and then by release: a first value in the middle of the next month, and
    /// the final one a month later.
    pub fn releases(&self, id: &str, now: Day) -> Vec<Release> {
        let Some(series) = self.world.economy.iter().find(|s| s.id == id) else { return Vec::new() };
        let mut rng = Rng::stream(self.world.spec.seed, "releases", id.bytes().map(u64::from).sum());
        let scale = 10f64.powi(-(series.decimals as i32));
        let mut out = Vec::new();
        for (period, last) in &series.values {
            let on = |months: i32| Calendar::nyse().on_or_after(period.month_start().plus(31 * months).month_start().plus(11));
            let off = [0.0, 1.0, -1.0, 2.0][rng.below(4)] * scale;
            let first = ((last + off) / scale).round() * scale;
            out.push(Release { period: *period, released: on(1), value: first });
            if off != 0.0 {
                out.push(Release { period: *period, released: on(2), value: *last });
            }
        }
        out.retain(|r| r.released <= now);
        out
    }

    /// The answer of `fred/series/observations`: intervals cut to the real-time period asked, today's where none is asked, whatever else
    /// the request had in it.
    pub fn observations(&self, id: &str, asked: Option<(&str, &str)>, now: Day) -> String {
        let today = now.to_string();
        let (from, to) = asked.unwrap_or((&today, &today));
        let all = self.releases(id, now);
        let decimals = self.world.economy.iter().find(|s| s.id == id).map_or(1, |s| s.decimals);
        let mut rows = Vec::new();
        for (i, r) in all.iter().enumerate() {
            let next = all.get(i + 1).filter(|n| n.period == r.period).map(|n| n.released.plus(-1).to_string());
            let (start, end) = (r.released.to_string(), next.unwrap_or_else(|| "9999-12-31".to_owned()));
            if start.as_str() <= to && end.as_str() >= from {
                let (start, end) = (start.as_str().max(from), end.as_str().min(to));
                let (period, value) = (r.period, r.value);
                rows.push(format!(
                    "{{\"realtime_start\":\"{start}\",\"realtime_end\":\"{end}\",\"date\":\"{period}\",\"value\":\"{value:.decimals$}\"}}"
                ));
            }
        }
        let n = rows.len();
        format!(
            "{{\"realtime_start\":\"{from}\",\"realtime_end\":\"{to}\",\"observation_start\":\"1600-01-01\",\"observation_end\":\"9999-12-31\",\"units\":\"lin\",\"output_type\":1,\"file_type\":\"json\",\"order_by\":\"observation_date\",\"sort_order\":\"asc\",\"count\":{n},\"offset\":0,\"limit\":100000,\"observations\":[{}]}}",
            rows.join(",")
        )
    }

    /// The answer of `fred/releases/dates` with days to come: consumer prices and employment, and one that nobody asked for.
    pub fn release_dates(&self, now: Day) -> String {
        let mut days: Vec<(u32, &str, Day)> = vec![(9, "Advance Monthly Sales", now)];
        for (number, name, id) in [(10, "Consumer Price Index", "CPIAUCSL"), (50, "Employment Situation", "UNRATE")] {
            let all = self.releases(id, Day::ymd(2100, 1, 1));
            let mut on: Vec<Day> = all.iter().map(|r| r.released).filter(|d| *d <= now.plus(90)).collect();
            on.sort_unstable();
            on.dedup();
            days.extend(on.into_iter().map(|d| (number, name, d)));
        }
        let rows: Vec<String> = days
            .iter()
            .map(|(id, name, day)| format!("{{\"release_id\":{id},\"release_name\":\"{name}\",\"date\":\"{day}\"}}"))
            .collect();
        format!(
            "{{\"realtime_start\":\"{now}\",\"realtime_end\":\"9999-12-31\",\"count\":{},\"release_dates\":[{}]}}",
            rows.len(),
            rows.join(",")
        )
    }

    /// The answer of the New York Fed's Markets API for the effective rate or SOFR between two days, newest first.
    pub fn reference_rates(&self, kind: &str, from: Day, to: Day) -> String {
        let days = self.world.sessions.iter().rev().filter(|d| **d >= from && **d <= to && published(**d));
        let rows: Vec<String> = days
            .map(|day| {
                let rate = Rates::effective_on(*day) - if kind == "SOFR" { 0.02 } else { 0.0 };
                let upper = Rates::upper_on(*day);
                let target = if kind == "EFFR" {
                    format!("\"targetRateFrom\":{:.2},\"targetRateTo\":{upper:.2},", upper - 0.25)
                } else {
                    String::new()
                };
                format!(
                    "{{\"effectiveDate\":\"{day}\",\"type\":\"{kind}\",\"percentRate\":{rate:.2},\"percentPercentile1\":{:.2},\"percentPercentile25\":{:.2},\"percentPercentile75\":{:.2},\"percentPercentile99\":{:.2},{target}\"volumeInBillions\":{},\"revisionIndicator\":\"\"}}",
                    rate - 0.02,
                    rate - 0.01,
                    rate,
                    rate + 0.05,
                    80 + day.0 % 30
                )
            })
            .collect();
        format!("{{\"refRates\":[{}]}}", rows.join(","))
    }

    /// The Federal Reserve's page of meeting calendars as it stood on a day: meetings held with their documents, those of the year after
    /// without, what was cancelled by then marked so.
    pub fn meetings_page(&self, now: Day) -> String {
        let mut text = String::from(
            "<!DOCTYPE html>\n<html><head><title>The Fed - Meeting calendars and information</title></head><body><h3>Meeting calendars, statements, and minutes</h3>\n",
        );
        let called = |day: Day| meetings().iter().filter(|m| m.held == Held::Unscheduled && m.day < day).map(|m| m.day).max();
        let mut years: Vec<i16> = meetings().iter().map(|m| m.day.parts().0).filter(|y| *y <= now.parts().0 + 1).collect();
        years.dedup();
        for year in years.into_iter().rev() {
            let _ = writeln!(
                text,
                "<div class=\"panel panel-default\"><div class=\"panel-heading\"><h4><a id=\"{year}\">{year} FOMC Meetings</a></h4></div>"
            );
            for (i, m) in meetings().iter().filter(|m| m.day.parts().0 == year).enumerate() {
                let cancelled = m.held == Held::Cancelled && called(m.day).is_some_and(|d| d <= now);
                if m.held == Held::Unscheduled && m.day > now {
                    continue;
                }
                let (_, month, date) = m.day.parts();
                let first = if m.held == Held::Unscheduled { m.day } else { m.day.plus(-1) };
                let month_text = match first.parts().1 {
                    other if other != month => format!("{}/{}", &NAMES[other as usize - 1][..3], &NAMES[month as usize - 1][..3]),
                    _ => NAMES[month as usize - 1].to_owned(),
                };
                let days = if first == m.day { date.to_string() } else { format!("{}-{date}", first.parts().2) };
                let mark = match m.held {
                    Held::Unscheduled => " (unscheduled)",
                    Held::Cancelled if cancelled => " (cancelled)",
                    _ if i % 2 == 1 => "*",
                    _ => "",
                };
                let shaded = if i % 2 == 0 { "row fomc-meeting" } else { "fomc-meeting--shaded row fomc-meeting" };
                let _ = writeln!(
                    text,
                    "<div class=\"{shaded}\"><div class=\"fomc-meeting__month col-xs-5\"><strong>{month_text}</strong></div>\n<div class=\"fomc-meeting__date col-xs-4\">{days}{mark}</div>"
                );
                if m.day <= now && !cancelled {
                    let stamp = m.day.to_string().replace('-', "");
                    let _ = write!(
                        text,
                        "<div class=\"col-xs-12 col-md-4 col-lg-2\"><strong>Statement:</strong><br><a href=\"/monetarypolicy/files/monetary{stamp}a1.pdf\">PDF</a> | <a href=\"/newsevents/pressreleases/monetary{stamp}a.htm\">HTML</a></div>"
                    );
                    let minutes = m.day.plus(21);
                    if minutes <= now {
                        let (y, mo, d) = minutes.parts();
                        let _ = write!(
                            text,
                            "<div class=\"col-xs-12 col-md-4 fomc-meeting__minutes\"><strong>Minutes:</strong><br><a href=\"/monetarypolicy/fomcminutes{stamp}.htm\">HTML</a><br>(Released {} {d:02}, {y})</div>",
                            NAMES[mo as usize - 1]
                        );
                    }
                }
                text.push_str("</div>\n");
            }
            text.push_str("</div>\n");
        }
        text.push_str("<p class=\"small\">Meeting dates are tentative.</p></body></html>\n");
        text
    }

    /// Members of an index on a session with their symbols and weights in per cent, heaviest first.
    pub fn members(&self, small: bool, day: Day) -> Vec<(String, f64)> {
        let Some(t) = self.last(day) else { return Vec::new() };
        let (m, n) = (&self.world.membership, self.world.sessions.len());
        let held = |i: usize| if small { m.small[i * m.sessions + t] } else { m.in_large(i, t) };
        let mut rows: Vec<(String, f64)> = self
            .world
            .securities
            .iter()
            .enumerate()
            .filter(|(i, s)| s.life.0 <= t && t <= s.life.1 && held(*i))
            .map(|(i, s)| (s.symbol_at(t).to_owned(), self.world.panel.cap[i * n + t]))
            .collect();
        let sum: f64 = rows.iter().map(|r| r.1).sum();
        // A third of a per cent is cash.
        rows.iter_mut().for_each(|r| r.1 *= 99.7 / sum);
        rows.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        rows
    }

    /// The CSV of a fund of the small index, or of the large one.
    pub fn ishares(&self, small: bool, day: Day) -> String {
        let name = if small { "iShares Russell 2000 ETF" } else { "iShares Core S&P 500 ETF" };
        let mut text = format!(
            "{name}\nFund Holdings as of,\"{}\"\nInception Date,\"May 22, 2000\"\nShares Outstanding,\"316,550,000.00\"\nStock,\"-\"\nBond,\"-\"\nCash,\"-\"\nOther,\"-\"\n\u{a0}\nTicker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date\n",
            american(day)
        );
        for (symbol, weight) in self.members(small, day) {
            let ticker = without_separator(&symbol.replace('/', "."));
            let value = grouped(weight * 6e8);
            let _ = writeln!(
                text,
                "\"{ticker}\",\"{ticker} HOLDINGS INC\",\"Industrials\",\"Equity\",\"{value}.00\",\"{weight:.5}\",\"{value}.00\",\"1,000.00\",\"10.00\",\"United States\",\"NASDAQ\",\"USD\",\"1.00\",\"USD\",\"-\""
            );
        }
        for (ticker, name, class) in [
            ("-", "CONTINGENT VALUE RIGHT", "Equity"),
            ("XTSLA", "BLK CSH FND TREASURY SL AGENCY", "Money Market"),
            ("USD", "USD CASH", "Cash"),
            ("RTYH4", "RUSSELL 2000 EMINI CME MAR 24", "Futures"),
        ] {
            let _ = writeln!(
                text,
                "\"{ticker}\",\"{name}\",\"Cash and/or Derivatives\",\"{class}\",\"1,000.00\",\"0.01\",\"1,000.00\",\"1,000.00\",\"1.00\",\"United States\",\"-\",\"USD\",\"1.00\",\"USD\",\"-\""
            );
        }
        text.push_str("\u{a0}\n\"The content contained herein is owned or licensed by the issuer.\"\n");
        text
    }

    /// The CSV of a fund that holds the large index at equal weight.
    pub fn invesco(&self, day: Day) -> String {
        let mut text = String::from(
            "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,Weight,Name,Class of Shares,Sector,Date\n",
        );
        let (year, month, date) = day.parts();
        let members = self.members(false, day);
        let equal = 99.8 / members.len().max(1) as f64;
        for (symbol, _) in &members {
            let _ = writeln!(
                text,
                "RSP,000000000,{symbol}  ,\"305,938\",\"26,790,990.66\",{equal:.5},{symbol} Inc,Common Stock,Industrials,{month:02}/{date:02}/{year}"
            );
        }
        let _ = writeln!(
            text,
            "RSP,CASHUSD00,-CASH-,\"1,000\",\"1,000.00\",0.01,Cash/Receivables/Payables,Currency,,{month:02}/{date:02}/{year}"
        );
        text
    }

    /// The spreadsheet of a fund of the large index.
    pub fn spdr(&self, day: Day) -> Vec<u8> {
        let (year, month, date) = day.parts();
        let mut rows: Vec<Vec<String>> = vec![
            vec!["Fund Name:".into(), "SPDR\u{ae} S&P 500\u{ae} ETF Trust".into()],
            vec!["Ticker Symbol:".into(), "SPY".into()],
            vec!["Holdings:".into(), format!("As of {date:02}-{}-{year}", &NAMES[month as usize - 1][..3])],
            vec![],
            ["Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held", "Local Currency"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for (symbol, weight) in self.members(false, day) {
            let ticker = symbol.replace('/', ".");
            let cells =
                [format!("{ticker} INC"), ticker, "000000000".into(), "0000000".into(), format!("{weight:.6}"), "-".into()];
            rows.push(cells.into_iter().chain(["1000".to_owned(), "USD".to_owned()]).collect());
        }
        let cash = ["US DOLLAR", "-", "999USDZ92", "-", "0.120000", "-", "1000", "USD"];
        rows.push(cash.map(str::to_owned).to_vec());
        rows.push(vec!["Past performance is not a reliable indicator of future performance.".into()]);
        workbook(&rows).unwrap_or_default()
    }

    /// Closes as traded, dividends and splits of a stock or, without either, of a fund: (day, close, dividend, split).
    fn traded(&self, symbol: &str, now: Day) -> Option<Vec<(Day, f64, f64, f64)>> {
        let (world, n) = (self.world, self.world.sessions.len());
        let last = self.last(now)?;
        let index = match symbol {
            "^SPX" | "^GSPC" => Some(&world.indices.large),
            "^RUT" => Some(&world.indices.small),
            _ => None,
        };
        if let Some(levels) = index {
            let rows = world.sessions.iter().zip(levels).filter(|(d, _)| **d <= now);
            return Some(rows.map(|(d, v)| (*d, *v, 0.0, 1.0)).collect());
        }
        if let Some(fund) = world.fund(symbol) {
            let rows = world.sessions[fund.first..].iter().zip(&fund.level);
            return Some(rows.filter(|(d, _)| **d <= now).map(|(d, v)| (*d, (v * 1e4).round() / 1e4, 0.0, 1.0)).collect());
        }
        let (i, s) = world.securities.iter().enumerate().find(|(_, s)| s.symbol().replace('/', ".") == symbol)?;
        let holdings = world.holdings();
        let rows = (s.life.0..=s.life.1.min(last)).map(|t| {
            let split = s.splits.iter().find(|x| x.0 == t).map_or(1.0, |x| x.1);
            let before = if t > s.life.0 { world.panel.close[i * n + t - 1] } else { 0.0 };
            let dividend = before * holdings.dividend(i, t) / split;
            (world.sessions[t], world.panel.close[i * n + t], dividend, split)
        });
        Some(rows.collect())
    }

    /// Adjusted closes, backwards from the last close.
    fn adjusted(rows: &[(Day, f64, f64, f64)]) -> Vec<f64> {
        let mut out = vec![0.0; rows.len()];
        let mut now = rows.last().map_or(0.0, |r| r.1);
        for i in (0..rows.len()).rev() {
            out[i] = now;
            if i > 0 {
                let (_, close, dividend, split) = rows[i];
                now *= rows[i - 1].1 / ((close + dividend) * split);
            }
        }
        out
    }

    /// The answer of Tiingo for a symbol; `None` where it has none.
    pub fn tiingo(&self, symbol: &str, now: Day) -> Option<String> {
        let rows = self.traded(symbol, now)?;
        let adjusted = Self::adjusted(&rows);
        let rows: Vec<String> = rows
            .iter()
            .zip(adjusted)
            .map(|((day, close, dividend, split), adj)| {
                format!(
                    "{{\"date\":\"{day}T00:00:00.000Z\",\"close\":{close},\"high\":{close},\"low\":{close},\"open\":{close},\"volume\":1000000,\"adjClose\":{adj},\"adjHigh\":{adj},\"adjLow\":{adj},\"adjOpen\":{adj},\"adjVolume\":1000000,\"divCash\":{dividend},\"splitFactor\":{split:?}}}"
                )
            })
            .collect();
        Some(format!("[{}]", rows.join(",")))
    }

    /// The answer of EODHD for a symbol.
    pub fn eodhd(&self, symbol: &str, now: Day) -> Option<String> {
        let rows = self.traded(symbol, now)?;
        let adjusted = Self::adjusted(&rows);
        let rows: Vec<String> = rows
            .iter()
            .zip(adjusted)
            .map(|((day, close, ..), adj)| {
                format!("{{\"date\":\"{day}\",\"open\":{close},\"high\":{close},\"low\":{close},\"close\":{close},\"adjusted_close\":{adj},\"volume\":1000000}}")
            })
            .collect();
        Some(format!("[{}]", rows.join(",")))
    }

    /// The answer of Alpha Vantage: closes as traded of the last hundred sessions, newest first.
    pub fn alpha_vantage(&self, symbol: &str, now: Day) -> Option<String> {
        let rows = self.traded(symbol, now)?;
        let days: Vec<String> = rows
            .iter()
            .rev()
            .take(100)
            .map(|(day, close, ..)| {
                format!("\"{day}\":{{\"1. open\":\"{close}\",\"2. high\":\"{close}\",\"3. low\":\"{close}\",\"4. close\":\"{close}\",\"5. volume\":\"1000000\"}}")
            })
            .collect();
        Some(format!(
            "{{\"Meta Data\":{{\"1. Information\":\"Daily Prices (open, high, low, close) and Volumes\",\"2. Symbol\":\"{symbol}\",\"3. Last Refreshed\":\"{now}\",\"4. Output Size\":\"Compact\",\"5. Time Zone\":\"US/Eastern\"}},\"Time Series (Daily)\":{{{}}}}}",
            days.join(",")
        ))
    }

    /// The CSV of Stooq for a symbol.
    pub fn stooq(&self, symbol: &str, now: Day) -> Option<String> {
        let rows = self.traded(symbol, now)?;
        let mut text = String::from("Date,Open,High,Low,Close,Volume\n");
        for ((day, ..), adj) in rows.iter().zip(Self::adjusted(&rows)) {
            let _ = writeln!(text, "{day},{adj},{adj},{adj},{adj},1000000");
        }
        Some(text)
    }

    /// Settlements of a session: contract, price.
    fn settlements(&self, day: Day) -> Vec<(Contract, f64)> {
        let Some(t) = self.world.session(day) else { return Vec::new() };
        let path = Expectations::at(day, self.world.rates.cuts_priced[t]);
        let front = Contract::of(day);
        (0..=24)
            .map(|ahead| {
                let contract = front.later(ahead);
                let ticks = if ahead == 0 { 400.0 } else { 200.0 };
                (contract, ((100.0 - path.month_mean(contract.start())) * ticks).round() / ticks)
            })
            .collect()
    }

    /// The answer behind the exchange's page of settlements.
    pub fn settlement_page(&self, day: Day, report: &str) -> String {
        let (year, month, date) = day.parts();
        let mut rows: Vec<String> = self
            .settlements(day)
            .iter()
            .map(|(contract, price)| {
                let (year, month, _) = contract.start().parts();
                let name = if month == 7 { "JLY".to_owned() } else { NAMES[month as usize - 1][..3].to_uppercase() };
                format!(
                    "{{\"month\":\"{name} {:02}\",\"open\":\"-\",\"high\":\"{price:.4}A\",\"low\":\"-\",\"last\":\"{price:.4}\",\"change\":\"UNCH\",\"settle\":\"{price:.4}\",\"volume\":\"1,234\",\"openInterest\":\"5,678\"}}",
                    year % 100
                )
            })
            .collect();
        rows.push(
            "{\"month\":\"Total\",\"open\":\"\",\"settle\":\"\",\"volume\":\"30,850\",\"openInterest\":\"141,950\"}".to_owned(),
        );
        format!(
            "{{\"settlements\":[{}],\"updateTime\":\"\",\"dsHeader\":\"\",\"reportType\":\"{report}\",\"tradeDate\":\"{month:02}/{date:02}/{year}\",\"empty\":false}}",
            rows.join(",")
        )
    }

    /// The exchange's end-of-day file of settlements: federal funds among other products.
    pub fn settlement_file(&self, day: Day) -> String {
        let mut text =
            String::from("BizDt,Sym,ID,StrkPx,SecTyp,MMY,MatDt,PutCall,Exch,Desc,LastTrdDt,SettlePrice,PrevDayVol,PrevDayOI\n");
        let _ = writeln!(text, "{day},ZN,21,,FUT,202403,,,CBT,10-YEAR NOTE,,110.5,100,100");
        for (contract, price) in self.settlements(day) {
            let month = contract.start().to_string().replace('-', "");
            let _ = writeln!(text, "{day},ZQ,41,,FUT,{},,,CBT,30-DAY FED FUNDS,,{price:.4},1234,5678", &month[..6]);
        }
        let _ = writeln!(text, "{day},ZQ,41,94.5,OOF,202403,,C,CBT,OPTION,,0.5,0,0");
        text
    }

    /// The download of the exchange's screener after the close of a session, as JSON.
    pub fn screener(&self, day: Day) -> String {
        let Some(t) = self.last(day) else { return String::new() };
        let n = self.world.sessions.len();
        let rows: Vec<String> = self
            .world
            .securities
            .iter()
            .enumerate()
            .filter(|(_, s)| s.life.0 <= t && t <= s.life.1)
            .map(|(i, s)| {
                let k = i * n + t;
                let (close, change, cap) = (self.world.panel.close[k], self.world.panel.returns[k] * 100.0, self.world.panel.cap[k]);
                let symbol = s.symbol_at(t);
                format!(
                    "{{\"symbol\":\"{symbol}\",\"name\":\"{symbol} Common Stock\",\"lastsale\":\"${close:.4}\",\"netchange\":\"0.0\",\"pctchange\":\"{change:.4}%\",\"volume\":\"1000\",\"marketCap\":\"{cap:.2}\",\"country\":\"United States\",\"ipoyear\":\"\",\"industry\":\"\",\"sector\":\"\",\"url\":\"\"}}"
                )
            })
            .collect();
        format!(
            "{{\"data\":{{\"asOf\":null,\"headers\":{{}},\"rows\":[{}]}},\"message\":null,\"status\":{{\"rCode\":200}}}}",
            rows.join(",")
        )
    }
}

/// A workbook of one sheet with texts, and numbers where a text is one.
fn workbook(rows: &[Vec<String>]) -> std::io::Result<Vec<u8>> {
    let escape = |t: &str| t.replace('&', "&amp;").replace('<', "&lt;");
    let mut sheet = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (r, cells) in rows.iter().enumerate() {
        let _ = write!(sheet, "<row r=\"{}\">", r + 1);
        for (c, text) in cells.iter().enumerate() {
            let at = format!("{}{}", char::from(b'A' + c as u8), r + 1);
            let _ = match text.parse::<f64>() {
                Ok(v) if c >= 4 => write!(sheet, "<c r=\"{at}\"><v>{v}</v></c>"),
                _ => write!(sheet, "<c r=\"{at}\" t=\"inlineStr\"><is><t>{}</t></is></c>", escape(text)),
            };
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let parts = [
        (
            "[Content_Types].xml",
            format!(
                "{head}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>"
            ),
        ),
        (
            "_rels/.rels",
            format!(
                "{head}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{head}<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"holdings\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "{head}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = rawzip::ZipArchiveWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        let (mut entry, config) =
            archive.new_file(name).compression_method(rawzip::CompressionMethod::STORE).start().map_err(std::io::Error::other)?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(text.as_bytes())?;
        let (_, descriptor) = writer.finish().map_err(std::io::Error::other)?;
        entry.finish(descriptor).map_err(std::io::Error::other)?;
    }
    Ok(archive.finish().map_err(std::io::Error::other)?.into_inner())
}
