//! Holdings of iShares funds.

use std::path::Path;

use super::{CAVEATS, Holding, KNOWN_AT, List, REVISIONS, number, write, written_day};
use crate::table::{Fields, Lines, layout, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads the CSV of a fund's holdings: a preamble with the fund's name and the date, a table, a blank line and a legal notice.
pub struct IShares;

static INFO: SourceInfo = SourceInfo {
    id: "holdings_ishares",
    title: "Holdings of iShares funds (IVV, IWM, IWB ..): members and weights of their indices",
    publisher: "BlackRock, ishares.com, page of each fund, `Detailed Holdings and Analytics`",
    terms: "The site's terms: personal, non-commercial use; index constituents belong to the index provider; derived figures may be published",
    known_at: KNOWN_AT,
    revisions: REVISIONS,
    caveats: CAVEATS,
    layout: "CSV with a preamble (fund's name; `Fund Holdings as of,\"Jan 05, 2024\"`; ..), then `Ticker,Name,Sector,Asset Class,Market Value,Weight (%),..`; the fund's ticker from the file name (`IWM_holdings.csv`)",
};

/// The preamble is shorter than this.
const PREAMBLE: u64 = 30;

/// The fund that a file name stands for: `IWM_holdings.csv`, `IWM_holdings@2024-01-05.csv`, `IWM.csv`.
pub(super) fn fund(path: &Path) -> Option<String> {
    let name = path.file_stem()?.to_str()?;
    let ticker = name.split(['_', '@', ' ', '-', '(']).next()?;
    let good = (2..=5).contains(&ticker.len()) && ticker.bytes().all(|b| b.is_ascii_alphabetic());
    good.then(|| ticker.to_ascii_uppercase())
}

impl Reader for IShares {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let text = String::from_utf8_lossy(&head.bytes[..head.bytes.len().min(4096)]).into_owned();
        text.contains("Fund Holdings as of") && !text.trim_start().starts_with('<')
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let got = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let fund = fund(path).ok_or_else(|| {
            layout(path, 0, "file name", "the fund's ticker, as in IWM_holdings.csv: the file does not name it", &got)
        })?;
        let mut lines = Lines::open(path)?;
        let mut fields = Fields::default();
        let (mut day, mut columns): (Option<plimsoll_model::time::Day>, Option<Columns>) = (None, None);
        let mut holdings = Vec::new();
        while let Some(line) = lines.next(sink)? {
            let row = line.row;
            let whole = fields.split(line.bytes) && !line.too_long;
            let first = fields.text(0);
            let Some(c) = &columns else {
                if first == "Fund Holdings as of" && fields.len() > 1 {
                    day = written_day(&fields.text(1));
                } else if first == "Ticker" {
                    columns = Some(Columns::of(&fields).map_err(|name| {
                        layout(path, row, "header", &format!("a column `{name}`"), &String::from_utf8_lossy(line.bytes))
                    })?);
                } else if row > PREAMBLE {
                    break;
                }
                continue;
            };
            // The table ends with a blank line (of a hard blank); the notice follows.
            let blank = fields.len() == 1 && first.chars().all(|ch| ch.is_whitespace() || ch == '\u{a0}');
            if blank || (fields.len() == 1 && first.starts_with("The content contained herein")) {
                break;
            }
            if !whole || fields.len() != c.count {
                let expected = format!("{} fields", c.count);
                let text = String::from_utf8_lossy(line.bytes).into_owned();
                sink.refuse(refusal("wrong_number_of_fields", row, "line", &expected, text.as_bytes()));
                continue;
            }
            holdings.push(Holding {
                row,
                ticker: fields.text(c.ticker).into_owned(),
                name: fields.text(c.name).into_owned(),
                weight: number(&fields.text(c.weight)),
                share: fields.text(c.class).eq_ignore_ascii_case("Equity"),
            });
        }
        let day = day.ok_or_else(|| layout(path, 0, "Fund Holdings as of", "a day such as `Jan 05, 2024`", "none"))?;
        if columns.is_none() {
            return Err(layout(path, 0, "header", "a line that begins `Ticker,Name,..`", "none"));
        }
        write(path, List { fund, day, holdings }, sink)
    }
}

struct Columns {
    ticker: usize,
    name: usize,
    class: usize,
    weight: usize,
    count: usize,
}

impl Columns {
    fn of(fields: &Fields) -> Result<Columns, &'static str> {
        let find = |name: &'static str| (0..fields.len()).find(|&i| fields.text(i).eq_ignore_ascii_case(name)).ok_or(name);
        Ok(Columns {
            ticker: find("Ticker")?,
            name: find("Name")?,
            class: find("Asset Class")?,
            weight: find("Weight (%)")?,
            count: fields.len(),
        })
    }
}
