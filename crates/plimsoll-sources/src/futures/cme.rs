//! Settlements of federal funds futures as the exchange itself publishes them, a day at a time.

use std::path::Path;

use plimsoll_model::intake::Refusal;
use plimsoll_model::time::Day;
use serde::Deserialize;

use super::{BAND, Book, Contract, LONGEST, Quote, may_trade, write};
use crate::edgar::json::Text;
use crate::known::Rule;
use crate::table::{Number, Table, layout, parse_compact_day, parse_day, parse_number, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the exchange's end-of-day file of settlements, `cbt.settle.YYYYMMDD.s.csv`.
pub struct CmeSettlements;

/// Reads the answer behind the exchange's page of settlements of one product.
pub struct CmePage;

const KNOWN_AT: &str = "17:00 in New York on the trade date: the settlement is fixed over the minute before 15:00 and published after it. Only final reports are read";
const CAVEATS: &[&str] = &[
    "The same series `zq.settle:YYYY-MM` as from files of settlements; where both have a day, those files stand",
    "A day or a few are kept on the site; history comes from vendors",
];

static FILE: SourceInfo = SourceInfo {
    id: "cme",
    title: "Settlements of the futures exchange by day: 30-day federal funds",
    publisher: "CME Group, public settlement files (cbt.settle.*.s.csv) and the page of settlements of each product",
    terms: "CME Group's market data terms: settlement prices on the site are for personal, non-commercial use; automated collection needs the exchange's consent, so that this is off until the configuration says that you have it",
    known_at: KNOWN_AT,
    revisions: "Preliminary settlements are not read; final ones are not revised",
    caveats: CAVEATS,
    layout: "CSV with `BizDt, Sym, ID, SecTyp, MMY, Exch, SettlePrice` among its columns, of which rows of ZQ (clearing code 41) with security type FUT are read; or JSON `{settlements: [{month: \"JAN 24\", settle, volume, ..}], reportType: \"Final\", tradeDate: \"01/05/2024\"}`",
};

const NAMES: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// What one line says.
struct Settled {
    row: u64,
    day: Day,
    month: Option<Contract>,
    price: Number,
    named: String,
}

/// Puts a settlement into the book, or refuses it.
fn take(said: Settled, book: &mut Book, sink: &mut dyn Sink) {
    let Settled { row, day, month, price, named } = said;
    let today = Contract::of(day);
    let (rule, field, expected, got) = match (month, price) {
        (None, _) => ("not_a_contract", "month", "a delivery month".to_owned(), named),
        (Some(c), _) if c < today => ("after_expiry", "month", format!("a day up to the end of {c}"), day.to_string()),
        (Some(c), _) if c > today.later(LONGEST) => {
            ("wrong_century", "month", format!("a delivery month within {LONGEST} months after {day}"), named)
        }
        _ if !may_trade(day) => ("not_a_session", "date", "a trading day of the exchange".to_owned(), day.to_string()),
        (_, Number::Missing) => {
            sink.missing(1);
            return;
        }
        (_, Number::Bad | Number::NotFinite) => ("not_a_number", "settle", "a price".to_owned(), named),
        (_, Number::Value(v)) if !BAND.contains(&v) => {
            ("implausible_price", "settle", "100 less a rate, from 75 to 101".to_owned(), v.to_string())
        }
        _ if Rule::SameDay((17, 0)).known_at(day) > sink.now() => {
            ("future_dated", "date", format!("a price known by {}", sink.now()), day.to_string())
        }
        (Some(contract), Number::Value(price)) => {
            let nan = f64::NAN;
            book.entry(contract).or_default().push(Quote { row, day, high: nan, low: nan, price, volume: nan, quality: 0 });
            return;
        }
    };
    sink.refuse(Refusal { period: Some(day), ..refusal(rule, row, field, &expected, got.as_bytes()) });
}

/// `202401`, as the file writes a delivery month; a day may follow.
fn delivery(text: &str) -> Option<Contract> {
    let day = format!("{}01", text.get(..6)?);
    parse_compact_day(day.as_bytes()).map(Contract::of)
}

/// `JAN 24`, as the page writes it; July is also `JLY`.
fn page_month(text: &str) -> Option<Contract> {
    let (name, year) = text.trim().split_once(' ')?;
    let name = if name.eq_ignore_ascii_case("JLY") { "JUL" } else { name };
    let month = NAMES.iter().position(|n| n.eq_ignore_ascii_case(name))? as i8 + 1;
    let year: i16 = year.trim().parse().ok().filter(|y| (0..100).contains(y))?;
    // Listed from 1988 on, five years ahead.
    let year = if year >= 88 { 1900 + year } else { 2000 + year };
    Day::try_ymd(year, month, 1).map(Contract::of)
}

impl Reader for CmeSettlements {
    fn info(&self) -> &'static SourceInfo {
        &FILE
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        ["BizDt", "SettlePrice", "SecTyp", "MMY"].iter().all(|n| header.iter().any(|h| h == n))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let (date, kind, month) = (table.column("BizDt")?, table.column("SecTyp")?, table.column("MMY")?);
        let (settle, symbol, code) = (table.column("SettlePrice")?, table.column("Sym")?, table.column("ID")?);
        let mut book = Book::new();
        while let Some(row) = table.advance(sink)? {
            let named = |i: usize| table.fields.text(i).into_owned();
            let ours = named(symbol) == "ZQ" || named(code) == "41" || named(symbol) == "41";
            // The file has every product of the exchange, options too.
            if !ours || named(kind) != "FUT" {
                continue;
            }
            let Some(day) = table.day(row, date, sink) else { continue };
            let price = parse_number(table.fields.get(settle));
            let text = format!("{} {}", named(month), named(settle));
            take(Settled { row, day, month: delivery(&named(month)), price, named: text }, &mut book, sink);
        }
        book.retain(|_, quotes| !quotes.is_empty());
        write(book, "zq.settle", "BizDt", sink)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    settlements: Vec<Line<'a>>,
    #[serde(borrow, default, rename = "reportType")]
    report: Text<'a>,
    #[serde(borrow, default, rename = "tradeDate")]
    date: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow)]
    month: Text<'a>,
    #[serde(borrow)]
    settle: Text<'a>,
}

impl Reader for CmePage {
    fn info(&self) -> &'static SourceInfo {
        &FILE
    }

    fn recognises(&self, head: &Head) -> bool {
        let has = |key: &[u8]| head.bytes.windows(key.len()).any(|w| w == key);
        head.bytes.trim_ascii_start().starts_with(b"{") && has(b"\"settlements\"") && has(b"\"settle\"") && has(b"\"month\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let page: Page<'_> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", FILE.layout, &e.to_string()))?;
        if page.report.as_str() != "Final" {
            return Err(layout(path, 0, "reportType", "`Final`: preliminary settlements change", &page.report.shown()));
        }
        let day = parse_day(page.date.as_str().as_bytes());
        let day = day.ok_or_else(|| layout(path, 0, "tradeDate", "a day as MM/DD/YYYY", &page.date.shown()))?;
        let mut book = Book::new();
        for (i, line) in page.settlements.iter().enumerate() {
            if line.month.as_str() == "Total" {
                continue;
            }
            let settle = line.settle.as_str().trim();
            let price = if settle == "-" { Number::Missing } else { parse_number(settle.as_bytes()) };
            let named = format!("{} {}", line.month.as_str(), line.settle.shown());
            take(Settled { row: i as u64 + 1, day, month: page_month(line.month.as_str()), price, named }, &mut book, sink);
        }
        sink.progress(bytes.len() as u64, bytes.len() as u64);
        write(book, "zq.settle", "tradeDate", sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_as_the_exchange_writes_them() {
        let shown = |c: Option<Contract>| c.map(|c| c.to_string()).unwrap_or_default();
        assert_eq!(
            ["JAN 24", "JLY 24", "jul 24", "DEC 99", "X 24", "JAN 2024", "JAN"].map(|t| shown(page_month(t))),
            ["2024-01", "2024-07", "2024-07", "1999-12", "", "", ""]
        );
        assert_eq!(["202401", "20240131", "2024", "209913", ""].map(|t| shown(delivery(t))), ["2024-01", "2024-01", "", "", ""]);
    }
}
