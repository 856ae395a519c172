//! Writes what the sample world's publishers serve on a day, in the layouts that live feeds read:
//! `cargo run -p plimsoll-sources --example publishers -- FOLDER [DAY]`.

use std::path::PathBuf;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;
use plimsoll_sources::sample::{Spec, World};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("a folder is needed")?);
    let now: Day = arguments.next().map_or(Ok(Day::ymd(2024, 4, 4)), |text| text.parse())?;
    let before = Calendar::nyse().previous(now);
    let world = World::new(&Spec::small());
    let p = world.publishers();
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("fomccalendars.htm".into(), p.meetings_page(now).into_bytes()),
        ("effr.json".into(), p.reference_rates("EFFR", Day::ymd(2021, 1, 4), before).into_bytes()),
        ("sofr.json".into(), p.reference_rates("SOFR", Day::ymd(2021, 1, 4), before).into_bytes()),
        ("releases.json".into(), p.release_dates(now).into_bytes()),
        ("IWM_holdings.csv".into(), p.ishares(true, before).into_bytes()),
        ("holdings-daily-us-en-spy.xlsx".into(), p.spdr(before)),
        ("RSP_holdings.csv".into(), p.invesco(before).into_bytes()),
        (format!("zq-{before}.json"), p.settlement_page(before, "Final").into_bytes()),
        (format!("nasdaq_screener_{}.json", Calendar::nyse().close(before).0 / 1000), p.screener(before).into_bytes()),
    ];
    for id in ["UNRATE", "PAYEMS", "CPIAUCSL"] {
        let body = p.observations(id, Some(("1776-07-04", "9999-12-31")), now);
        files.push((format!("{id}@releases.json"), body.into_bytes()));
    }
    for symbol in ["SPY", "IWM", "RSP"] {
        files.extend(p.tiingo(symbol, before).map(|body| (format!("{symbol}.json"), body.into_bytes())));
        files.extend(p.stooq(symbol, before).map(|body| (format!("{}.us.csv", symbol.to_lowercase()), body.into_bytes())));
    }
    std::fs::create_dir_all(&folder)?;
    for (name, body) in files {
        std::fs::write(folder.join(name), body)?;
    }
    Ok(())
}
