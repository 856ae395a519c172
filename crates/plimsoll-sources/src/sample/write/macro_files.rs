//! Headline series in the layouts in which they circulate.

use std::fmt::Write as _;
use std::io;

use super::Files;
use crate::sample::World;
use crate::sample::rates::published;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    for series in &world.economy {
        let id = series.id;
        let own = matches!(id, "CPIAUCSL" | "UNRATE" | "NFCI");
        let labelled = id == "DRTSCILM";
        let mut text = match (own, labelled) {
            (true, _) => format!("observation_date,{id}\n"),
            (_, true) => "date,value,series_id\n".to_owned(),
            _ => "date,value\n".to_owned(),
        };
        for (day, value) in &series.values {
            let _ = match (own, labelled) {
                (true, _) => writeln!(text, "{day},{value:.*}", series.decimals),
                (_, true) => writeln!(text, "{day},{value:?},{id}"),
                _ => writeln!(text, "{day},{value:?}"),
            };
        }
        files.text(&format!("macro/fred/{id}.csv"), &text)?;
    }
    let mut recession = String::from("date,value\n");
    if let Some(monthly) = world.economy.iter().find(|s| s.id == "UNRATE") {
        for (day, _) in &monthly.values {
            let (year, month, _) = day.parts();
            let _ = writeln!(recession, "{day},{:?}", if year == 2020 && (3..=4).contains(&month) { 1.0 } else { 0.0 });
        }
    }
    files.text("macro/fred/USREC.csv", &recession)?;
    let rates = &world.rates;
    let slope: Vec<f64> =
        rates.ten_year().iter().zip(rates.two_year()).map(|(a, b)| ((a - b) * 100.0).round() / 100.0 + 0.0).collect();
    let volatility: Vec<f64> = world.indices.volatility.iter().map(|v| v[3]).collect();
    for (id, row) in [("T10Y2Y", &slope), ("VIXCLS", &volatility)] {
        let mut text = String::from("date,value\n");
        for (t, &day) in world.sessions.iter().enumerate() {
            let blank = id == "T10Y2Y" && !published(day);
            let _ = writeln!(text, "{day},{}", if blank { String::new() } else { format!("{:?}", row[t]) });
        }
        files.text(&format!("macro/fred/{id}.csv"), &text)?;
    }
    Ok(())
}
