//! 30-day federal funds futures: prices by contract and session, in two layouts.
//!
//! A contract is named by its delivery month, which has four digits of year here: the exchange's code has two, and the century comes
//! from the day of the row, because a contract is listed for five years at most and never trades after its month.

mod checks;
mod cme;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::Array;
use plimsoll_model::intake::Refusal;
use plimsoll_model::time::{Day, Moment};

use crate::known::Rule;
use crate::parquet_file::{NO_DAY, ParquetFile, Rows, days, dictionary, doubles, string_values};
use crate::series::{SeriesWriter, Value};
use crate::table::refusal;
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

pub use cme::{CmePage, CmeSettlements};

/// Reads settlement prices, `Symbol, Date, Open, High, Low, Close, Volume, OpenInterest`, into `zq.settle:YYYY-MM`.
pub struct Settlements;

/// Reads last trades, `symbol, date, open, high, low, last, volume`, into `zq.last:YYYY-MM`.
pub struct LastTrades;

static SETTLEMENTS: SourceInfo = SourceInfo {
    id: "zq_settle",
    title: "30-day federal funds futures, settlement prices by contract",
    publisher: "The exchange (Chicago Board of Trade, CME Group), through data vendors",
    terms: "The exchange's and the vendor's terms; usually personal use, no redistribution of prices",
    known_at: "17:00 in New York on the day of the row: the settlement is fixed over the minute before 15:00 and published after it",
    revisions: "Settlements are final when published",
    caveats: &[
        "Vendors label the column Close; within the delivery month it is the mean rate of the days past and the days expected",
        "Far contracts settle without a trade for weeks; a price that stands still while its neighbours move is flagged STALE",
        "Trading follows the bond market and the exchange's own hours: rows on holidays of the stock exchange are kept, and there are none on some of its sessions",
    ],
    layout: "Parquet `Symbol, Date, Open, High, Low, Close, Volume, OpenInterest`; symbol ZQ, month letter FGHJKMNQUVXZ, two-digit year; price 100 less the rate in per cent",
};

static LAST_TRADES: SourceInfo = SourceInfo {
    id: "zq_last",
    title: "30-day federal funds futures, last trades by contract",
    publisher: "The exchange (Chicago Board of Trade, CME Group), through data vendors",
    terms: "The exchange's and the vendor's terms; usually personal use, no redistribution of prices",
    known_at: "17:00 in New York on the day of the row, when the trading day ends",
    revisions: "None usual",
    caveats: &[
        "A last trade may be hours older than the settlement and lie at the bid or the offer; the median distance is half a basis point",
        "Contracts without a trade on the day have no row, also the one of the month itself",
    ],
    layout: "Parquet `symbol, date, open, high, low, last, volume`; symbol ZQ, month letter FGHJKMNQUVXZ, two-digit year; price 100 less the rate in per cent",
};

/// Column names of one layout: symbol, day, high, low, price, volume.
type Columns = [&'static str; 6];

const SETTLE: Columns = ["Symbol", "Date", "High", "Low", "Close", "Volume"];
const LAST: Columns = ["symbol", "date", "high", "low", "last", "volume"];

/// Letters of the months, January to December.
pub const MONTHS: &[u8; 12] = b"FGHJKMNQUVXZ";
/// No contract is listed for longer than this, in months; sixty are listed today.
const LONGEST: i32 = 72;
/// Prices from a rate of 25 % to one of -1 %.
const BAND: std::ops::RangeInclusive<f64> = 75.0..=101.0;

/// A delivery month, as months since the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contract(i32);

/// Why a code names no contract that could trade on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unusable {
    Code,
    Month,
    Expired,
    Century,
}

impl Contract {
    /// The contract whose month holds a day.
    pub fn of(day: Day) -> Contract {
        let (year, month, _) = day.parts();
        Contract(i32::from(year) * 12 + i32::from(month) - 1)
    }
    /// The contract so many months later.
    #[must_use]
    pub fn later(self, months: i32) -> Contract {
        Contract(self.0 + months)
    }
    /// The first day of the delivery month.
    pub fn start(self) -> Day {
        Day::ymd(self.0.div_euclid(12) as i16, (self.0.rem_euclid(12) + 1) as i8, 1)
    }
    /// The exchange's code: `ZQF24`.
    pub fn code(self) -> String {
        let (year, month) = (self.0.div_euclid(12), self.0.rem_euclid(12) as usize);
        format!("ZQ{}{:02}", char::from(MONTHS[month]), year.rem_euclid(100))
    }

    /// The contract that a code means on a day.
    fn read(code: &str, day: Day) -> Result<Contract, Unusable> {
        let Some([letter, a, b]) = code.trim().strip_prefix("ZQ").map(str::as_bytes) else { return Err(Unusable::Code) };
        if !a.is_ascii_digit() || !b.is_ascii_digit() {
            return Err(Unusable::Code);
        }
        let month = MONTHS.iter().position(|m| m == letter).ok_or(Unusable::Month)? as i32;
        let year = i32::from(a - b'0') * 10 + i32::from(b - b'0');
        let today = Contract::of(day);
        // The only such month in the century that ends with the last month that could be listed.
        let latest = today.later(LONGEST).0;
        let contract = Contract(latest - (latest - (year * 12 + month)).rem_euclid(1200));
        match today.0 - contract.0 {
            ..=0 => Ok(contract),
            1..=3 => Err(Unusable::Expired),
            _ => Err(Unusable::Century),
        }
    }
}

impl std::fmt::Display for Contract {
    /// `2024-01`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// One price that was taken.
#[derive(Clone, Copy, Debug)]
struct Quote {
    row: u64,
    day: Day,
    high: f64,
    low: f64,
    price: f64,
    volume: f64,
    quality: u8,
}

/// Every price by contract, ascending by day.
type Book = BTreeMap<Contract, Vec<Quote>>;

/// Whether the futures exchange may have had a trading day: any weekday but Christmas and New Year's Day. A row on those is the
/// evening session of the next trading day.
fn may_trade(day: Day) -> bool {
    let (_, month, date) = day.parts();
    day.weekday() <= 5 && !matches!((month, date), (12, 25) | (1, 1))
}

impl Reader for Settlements {
    fn info(&self) -> &'static SourceInfo {
        &SETTLEMENTS
    }
    fn recognises(&self, head: &Head) -> bool {
        head.has_columns(&["Symbol", "Date", "Open", "High", "Low", "Close", "Volume", "OpenInterest"])
    }
    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        read(path, &SETTLE, "zq.settle", sink)
    }
}

impl Reader for LastTrades {
    fn info(&self) -> &'static SourceInfo {
        &LAST_TRADES
    }
    fn recognises(&self, head: &Head) -> bool {
        head.has_columns(&["symbol", "date", "open", "high", "low", "last", "volume"])
    }
    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        read(path, &LAST, "zq.last", sink)
    }
}

fn read(path: &Path, columns: &Columns, prefix: &str, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let file = ParquetFile::open(path)?;
    let mut book = Book::new();
    file.stream(columns, sink, &mut |rows, sink| take(&file, rows, columns, &mut book, sink))?;
    write(book, prefix, columns[1], sink)
}

/// Refuses what stands twice, says what is odd, and writes the rest.
fn write(mut book: Book, prefix: &str, date: &str, sink: &mut dyn Sink) -> Result<(), SourceError> {
    for (contract, quotes) in &mut book {
        // In order of day, the first row of a day before any other.
        quotes.sort_by_key(|q| (q.day, q.row));
        let mut before: Option<Day> = None;
        quotes.retain(|q| {
            let again = before.replace(q.day) == Some(q.day);
            if again {
                let got = format!("{} on {} a second time, at {}", contract.code(), q.day, q.price);
                let refused = refusal("duplicate_key", q.row, date, "one row a contract and day", got.as_bytes());
                sink.refuse(Refusal { period: Some(q.day), ..refused });
            }
            !again
        });
    }
    book.retain(|_, quotes| !quotes.is_empty());
    checks::flag(&mut book, prefix, sink);
    let mut out = SeriesWriter::new(sink, false);
    let mut known = BTreeMap::new();
    for (contract, quotes) in &book {
        let series = format!("{prefix}:{contract}");
        for q in quotes {
            let known_at: Moment = *known.entry(q.day).or_insert_with(|| Rule::SameDay((17, 0)).known_at(q.day));
            out.push(Value { series: &series, row: q.row, period: q.day, known_at, value: q.price, quality: q.quality })?;
        }
    }
    Ok(out.finish()?)
}

fn take(file: &ParquetFile, rows: &Rows<'_>, columns: &Columns, book: &mut Book, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let column = |i: usize| rows.columns[i].ok_or_else(|| file.mismatch(columns[i], "a column of this name"));
    let numbers = |i: usize| doubles(column(i)?.as_ref()).ok_or_else(|| file.mismatch(columns[i], "numbers"));
    let codes = dictionary(column(0)?.as_ref()).ok_or_else(|| file.mismatch(columns[0], "texts"))?;
    let period = days(column(1)?.as_ref()).ok_or_else(|| file.mismatch(columns[1], "dates"))?;
    let [high, low, price, volume] = [numbers(2)?, numbers(3)?, numbers(4)?, numbers(5)?];
    let texts = string_values(codes);
    let now = sink.now();
    for i in 0..rows.len {
        let row = rows.first + i as u64;
        let day = Day(period[i]);
        let code =
            (!codes.is_null(i)).then(|| codes.key(i).and_then(|k| texts.get(k).copied().flatten())).flatten().unwrap_or("");
        let contract = if period[i] == NO_DAY { Err(Unusable::Code) } else { Contract::read(code, day) };
        let (rule, field, expected, got) = match contract {
            _ if period[i] == NO_DAY => ("not_a_day", columns[1], "a day".to_owned(), "nothing or a time of day".to_owned()),
            Err(Unusable::Code) => {
                ("not_a_contract", columns[0], "ZQ, a month letter and a two-digit year".to_owned(), code.to_owned())
            }
            Err(Unusable::Month) => {
                ("unknown_month_letter", columns[0], "one of FGHJKMNQUVXZ after ZQ".to_owned(), code.to_owned())
            }
            Err(Unusable::Expired) => {
                ("after_expiry", columns[1], format!("a day up to the end of the month of {code}"), day.to_string())
            }
            Err(Unusable::Century) => {
                let expected = format!("a delivery month within {LONGEST} months after {day}");
                ("wrong_century", columns[0], expected, code.to_owned())
            }
            Ok(_) if !may_trade(day) => {
                ("not_a_session", columns[1], "a trading day of the exchange".to_owned(), day.to_string())
            }
            Ok(_) if price[i].is_nan() => {
                sink.missing(1);
                continue;
            }
            Ok(_) if !BAND.contains(&price[i]) => {
                ("implausible_price", columns[4], "100 less a rate, from 75 to 101".to_owned(), price[i].to_string())
            }
            // The writer refuses it too; here it must not disturb what is said of the rows that are known.
            Ok(_) if Rule::SameDay((17, 0)).known_at(day) > now => {
                ("future_dated", columns[1], format!("a price known by {now}"), day.to_string())
            }
            Ok(contract) => {
                let (high, low, price, volume) = (high[i], low[i], price[i], volume[i]);
                book.entry(contract).or_default().push(Quote { row, day, high, low, price, volume, quality: 0 });
                continue;
            }
        };
        let period = (period[i] != NO_DAY).then_some(day);
        sink.refuse(Refusal { period, ..refusal(rule, row, field, &expected, got.as_bytes()) });
    }
    Ok(())
}

/// The days that a book has, ascending.
fn all_days(book: &Book) -> BTreeSet<Day> {
    book.values().flatten().map(|q| q.day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_century_comes_from_the_day() {
        let read = |code: &str, day: (i16, i8, i8)| Contract::read(code, Day::ymd(day.0, day.1, day.2)).map(|c| c.to_string());
        assert_eq!(read("ZQF00", (1998, 7, 9)), Ok("2000-01".into()));
        assert_eq!(read("ZQZ99", (1999, 12, 31)), Ok("1999-12".into()));
        assert_eq!(read("ZQV89", (1989, 8, 25)), Ok("1989-10".into()));
        assert_eq!(read("ZQM28", (2023, 6, 1)), Ok("2028-06".into()));
        assert_eq!(read("ZQF22", (2022, 2, 1)), Err(Unusable::Expired));
        assert_eq!(read("ZQF95", (2020, 1, 2)), Err(Unusable::Century));
        assert_eq!(read("ZQF31", (2024, 1, 2)), Err(Unusable::Century));
        assert_eq!(read("ZQA24", (2024, 1, 2)), Err(Unusable::Month));
        for bad in ["", "ZQ", "ZQF4", "ZQF2024", "ESH24", "ZQFxx", "ZQ\u{e9}24"] {
            assert_eq!(read(bad, (2024, 1, 2)), Err(Unusable::Code), "{bad}");
        }
    }

    #[test]
    fn codes_and_months_go_round() {
        for n in 0..400 {
            let day = Day::ymd(1989, 1, 15).plus(31 * n);
            for ahead in [0, 1, 13, 60] {
                let contract = Contract::of(day).later(ahead);
                assert_eq!(Contract::read(&contract.code(), day), Ok(contract));
                assert_eq!(Contract::of(contract.start()), contract);
            }
        }
    }
}
