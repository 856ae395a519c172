//! Holdings of SPDR funds.

use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};

use super::{CAVEATS, Holding, KNOWN_AT, List, REVISIONS, number, write, written_day};
use crate::table::layout;
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the spreadsheet of a fund's holdings: name, ticker and date above a table, notices below it.
pub struct Spdr;

static INFO: SourceInfo = SourceInfo {
    id: "holdings_spdr",
    title: "Holdings of SPDR funds (SPY, sector SPDRs ..): members and weights of their indices",
    publisher: "State Street, ssga.com, page of each fund, `Download all holdings: daily`",
    terms: "The site's terms: personal, non-commercial use; index constituents belong to the index provider; derived figures may be published",
    known_at: KNOWN_AT,
    revisions: REVISIONS,
    caveats: CAVEATS,
    layout: "XLSX with `holdings` in its name (`holdings-daily-us-en-spy.xlsx`), first sheet: `Fund Name:`, `Ticker Symbol:`, `Holdings:` with `As of 05-Jan-2024`, then `Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency`; weights in per cent; notices below",
};

/// The table's header is in the first so many rows.
const PREAMBLE: usize = 20;

fn cell(row: &[Data], i: usize) -> String {
    match row.get(i) {
        None | Some(Data::Empty | Data::Error(_)) => String::new(),
        Some(Data::String(s)) => s.trim().to_owned(),
        Some(other) => other.to_string().trim().to_owned(),
    }
}

impl Reader for Spdr {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        // A spreadsheet is an archive, whose beginning says nothing of its contents: the issuer's file is told by its name.
        let name = head.name();
        let named = name.contains("holdings") && Path::new(&name).extension().is_some_and(|e| e == "xlsx");
        named && head.bytes.starts_with(b"PK\x03\x04")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let size = bytes.len() as u64;
        let broken = |e: &dyn std::fmt::Display| layout(path, 0, "workbook", "a spreadsheet (XLSX)", &e.to_string());
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|e| broken(&e))?;
        let sheet = book.worksheet_range_at(0).ok_or_else(|| broken(&"a workbook without a sheet"))?.map_err(|e| broken(&e))?;
        let rows: Vec<&[Data]> = sheet.rows().collect();
        let label = |name: &str| {
            rows.iter().take(PREAMBLE).find(|r| cell(r, 0).trim_end_matches(':').eq_ignore_ascii_case(name)).map(|r| cell(r, 1))
        };
        let fund = label("Ticker Symbol").filter(|t| !t.is_empty());
        let fund = fund.ok_or_else(|| layout(path, 0, "Ticker Symbol:", "the fund's ticker above the table", "none"))?;
        let as_of = label("Holdings").unwrap_or_default();
        let day = written_day(as_of.trim_start_matches("As of").trim());
        let day = day.ok_or_else(|| layout(path, 0, "Holdings:", "a day such as `As of 05-Jan-2024`", &as_of))?;
        let head = rows.iter().take(PREAMBLE).position(|r| cell(r, 0) == "Name" && cell(r, 1) == "Ticker");
        let head = head.ok_or_else(|| layout(path, 0, "header", "a row that begins `Name`, `Ticker`", "none"))?;
        let weight = (0..rows[head].len()).find(|&i| cell(rows[head], i).eq_ignore_ascii_case("Weight"));
        let weight = weight.ok_or_else(|| layout(path, head as u64 + 1, "header", "a column `Weight`", "none"))?;
        let mut holdings = Vec::new();
        for (i, row) in rows.iter().enumerate().skip(head + 1) {
            let (name, ticker, share) = (cell(row, 0), cell(row, 1), number(&cell(row, weight)));
            // Below the table stand sentences in the first column alone.
            if ticker.is_empty() && share.is_nan() {
                continue;
            }
            let lower = name.to_ascii_lowercase();
            let cash =
                ticker == "-" || ticker.starts_with("CASH") || lower.contains("us dollar") || lower.contains("money market");
            let future = lower.contains("emini") || lower.contains("e-mini") || lower.contains("future");
            holdings.push(Holding { row: i as u64 + 1, ticker, name, weight: share, share: !cash && !future });
        }
        sink.progress(size, size);
        write(path, List { fund: fund.to_ascii_uppercase(), day, holdings }, sink)
    }
}
