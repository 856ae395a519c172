//! Holdings of Invesco funds.

use std::path::Path;

use super::{CAVEATS, Holding, KNOWN_AT, List, REVISIONS, number, write};
use crate::table::{Table, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the CSV of a fund's holdings, one line a holding, each with the fund and the date.
pub struct Invesco;

static INFO: SourceInfo = SourceInfo {
    id: "holdings_invesco",
    title: "Holdings of Invesco funds (RSP, QQQ ..): members and weights of their indices",
    publisher: "Invesco, invesco.com, page of each fund, `Portfolio holdings`",
    terms: "The site's terms: personal use; index constituents belong to the index provider; derived figures may be published",
    known_at: KNOWN_AT,
    revisions: REVISIONS,
    caveats: CAVEATS,
    layout: "CSV `Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,Weight,Name,Class of Shares,Sector,Date`; weights in per cent, dates MM/DD/YYYY",
};

/// Words in the class of what is no share.
const APART: [&str; 9] =
    ["cash", "currency", "money market", "future", "treasury", "collateral", "repurchase", "investment compan", "swap"];

impl Reader for Invesco {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let header = head.header();
        ["Fund Ticker", "Holding Ticker", "Weight"].iter().all(|n| header.iter().any(|h| h.eq_ignore_ascii_case(n)))
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut table = Table::open(path, sink)?;
        let column = |t: &Table, name| t.column(name);
        let (fund, ticker) = (column(&table, "Fund Ticker")?, column(&table, "Holding Ticker")?);
        let (weight, name, class) = (column(&table, "Weight")?, column(&table, "Name")?, column(&table, "Class of Shares")?);
        let date = column(&table, "Date")?;
        let mut list: Option<List> = None;
        while let Some(row) = table.advance(sink)? {
            let Some(day) = table.day(row, date, sink) else { continue };
            let of = table.fields.text(fund).to_ascii_uppercase();
            let list = list.get_or_insert_with(|| List { fund: of.clone(), day, holdings: Vec::new() });
            if list.fund != of || list.day != day {
                let expected = format!("one fund and day in a file, {} {}", list.fund, list.day);
                sink.refuse(refusal("another_list", row, "Fund Ticker", &expected, format!("{of} {day}").as_bytes()));
                continue;
            }
            let (what, kind) = (table.fields.text(name).into_owned(), table.fields.text(class).to_ascii_lowercase());
            let lower = what.to_ascii_lowercase();
            let share = !APART.iter().any(|w| kind.contains(w)) && !lower.starts_with("cash") && !kind.is_empty();
            let (ticker, weight) = (table.fields.text(ticker).into_owned(), number(&table.fields.text(weight)));
            list.holdings.push(Holding { row, ticker, name: what, weight, share });
        }
        let list = list.ok_or_else(|| layout(path, 0, "rows", "holdings", "none"))?;
        write(path, list, sink)
    }
}
