//! The register of the invented filers in the layouts of the SEC: submissions, one JSON file a filer in one archive, and the map of
//! tickers.

use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;
use serde_json::{Map, Value, json};

use super::archive::Archive;
use super::{Files, clock};
use crate::sample::World;
use crate::sample::filings::Filer;
use crate::sample::securities::{SECTORS, Security};

/// Industry codes of the sectors' industries, in their order.
const CODES: [[u16; 3]; 11] = [
    [7372, 3674, 7370],
    [4841, 4812, 3661],
    [3711, 5651, 5812],
    [3560, 3721, 3430],
    [2800, 3310, 2621],
    [1311, 1389, 4922],
    [6021, 6331, 6282],
    [6512, 6513, 6531],
    [2834, 3841, 2836],
    [2030, 2080, 2840],
    [4911, 4923, 4941],
];

/// Filers of the SEC's bulk files.
pub(in crate::sample) fn of_edgar(world: &World) -> impl Iterator<Item = &Filer> {
    world.filers.iter().filter(|f| f.edgar && !f.reports.is_empty())
}

/// The industry code of a filer.
pub(super) fn code(world: &World, filer: &Filer) -> u16 {
    let security = &world.securities[filer.issuer];
    CODES[security.sector][security.industry]
}

/// Month and day on which the fiscal year ends, `MMDD`, as the register has it today.
pub(super) fn year_end(filer: &Filer) -> String {
    let last = filer.quarters.iter().rev().find(|q| q.closes).map_or(Day::ymd(2023, 12, 31), |q| q.end);
    let (_, month, day) = month_end_near(last).parts();
    format!("{month:02}{day:02}")
}

/// The end of a month that lies nearest, as the SEC rounds the ends of periods.
pub(super) fn month_end_near(day: Day) -> Day {
    let (_, _, of_month) = day.parts();
    if of_month <= 15 { day.plus(-i32::from(of_month)) } else { day.month_end() }
}

/// The ticker of a filer as the SEC writes it; `None` where it is no longer listed at the world's end.
fn ticker(world: &World, filer: &Filer) -> Option<String> {
    let security: &Security = &world.securities[filer.issuer];
    security.trades(world.sessions.len() - 1).then(|| security.symbol().replace(['/', '.'], "-"))
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let mut archive = Archive::create(&files.path("sec/submissions.zip")?)?;
    for filer in of_edgar(world) {
        archive.add(&format!("CIK{:010}.json", filer.cik), submissions(world, filer).to_string().as_bytes())?;
    }
    archive.finish()?;
    files.text("sec/company_tickers.json", &tickers(world))
}

/// The map of tickers.
pub(in crate::sample) fn tickers(world: &World) -> String {
    let mut map = String::from("{");
    let listed = of_edgar(world).filter_map(|f| Some((f, ticker(world, f)?)));
    for (i, (filer, ticker)) in listed.enumerate() {
        let line = json!({"cik_str": filer.cik, "ticker": ticker, "title": filer.name});
        let _ = write!(map, "{}\"{i}\":{line}", if i > 0 { "," } else { "" });
    }
    map.push('}');
    map
}

/// What a filer filed, the latest first, and who it is.
pub(in crate::sample) fn submissions(world: &World, filer: &Filer) -> Value {
    let sector = &SECTORS[world.securities[filer.issuer].sector];
    let industry = sector.industries[world.securities[filer.issuer].industry];
    let column =
        |of: &dyn Fn(&crate::sample::filings::Report) -> Value| Value::Array(filer.reports.iter().rev().map(of).collect());
    let mut recent = Map::new();
    let mut add = |name: &str, values: Value| recent.insert(name.to_owned(), values);
    add("accessionNumber", column(&|r| r.accession.clone().into()));
    add("filingDate", column(&|r| r.filed.to_string().into()));
    add("reportDate", column(&|r| filer.quarters[r.quarters.end - 1].end.to_string().into()));
    add("acceptanceDateTime", column(&|r| clock(filer.cik, r.filed).1.into()));
    add("act", column(&|_| "34".into()));
    add("form", column(&|r| r.form.into()));
    add("fileNumber", column(&|_| format!("001-{:05}", filer.cik % 100_000).into()));
    add("items", column(&|_| "".into()));
    add("isXBRL", column(&|_| 1.into()));
    add("primaryDocument", column(&|r| format!("report-{}.htm", r.filed.to_string().replace('-', "")).into()));
    let tickers: Vec<String> = ticker(world, filer).into_iter().collect();
    json!({
        "cik": format!("{:010}", filer.cik),
        "entityType": "operating",
        "sic": code(world, filer).to_string(),
        "sicDescription": industry,
        "name": filer.name,
        "tickers": tickers,
        "fiscalYearEnd": year_end(filer),
        "formerNames": [],
        "filings": {"recent": recent, "files": []},
    })
}
