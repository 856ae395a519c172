//! Yields, the policy rate, the Treasury's own curve and spreads.

use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;

use super::Files;
use crate::sample::World;
use crate::sample::rates::{Rates, TENORS, published};

/// Monday to Friday.
fn weekday(day: Day) -> bool {
    day.weekday() <= 5
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let (first, last) = (world.sessions[0], world.sessions[world.sessions.len() - 1]);
    let days: Vec<Day> = (first.0..=last.0).map(Day).collect();
    for ((id, ..), row) in TENORS.iter().zip(&world.rates.yields) {
        let text = weekdays(world, &days, &format!("observation_date,{id}\n"), "", row);
        files.text(&format!("rates/fred/{id}.csv"), &text)?;
    }
    // One file of the publisher marks what is missing with a point, as its older downloads did.
    files.text("rates/fred/DTB3.csv", &weekdays(world, &days, "observation_date,DTB3\n", ".", &world.rates.bill))?;
    files.text("rates/fred/T10YIE.csv", &weekdays(world, &days, "observation_date,T10YIE\n", "", &world.rates.breakeven))?;
    let (mut effective, mut upper) = (String::from("observation_date,DFF\n"), String::from("DATE,DFEDTARU\n"));
    for &day in &days {
        // Over a weekend the rate of the Friday stands.
        let rate_day = if day.weekday() > 5 { day.plus(5 - i32::from(day.weekday())) } else { day };
        let _ = writeln!(effective, "{day},{:.2}", Rates::effective_on(rate_day));
        let _ = writeln!(upper, "{day},{:.2}", Rates::upper_on(day));
    }
    files.text("rates/fred/DFF.csv", &effective)?;
    files.text("rates/fred/DFEDTARU.csv", &upper)?;
    treasury(world, files)?;
    for (id, row) in [("BAMLH0A0HYM2", &world.credit.high_yield), ("BAMLC0A0CM", &world.credit.investment_grade)] {
        let mut text = String::from("date,value\n");
        for &day in days.iter().filter(|d| weekday(**d)) {
            // Plain numbers without trailing zeros, nothing on holidays.
            let value = world.session(day).map_or(String::new(), |t| row[t].to_string());
            let _ = writeln!(text, "{day},{value}");
        }
        files.text(&format!("credit/{id}.csv"), &text)?;
    }
    Ok(())
}

/// A daily series as FRED prints it: every weekday, with `missing` on holidays.
fn weekdays(world: &World, days: &[Day], head: &str, missing: &str, row: &[f64]) -> String {
    let mut text = head.to_owned();
    for &day in days.iter().filter(|d| weekday(**d)) {
        let value = match world.session(day).filter(|_| published(day)) {
            Some(t) => format!("{:.2}", row[t]),
            None => missing.to_owned(),
        };
        let _ = writeln!(text, "{day},{value}");
    }
    text
}

/// The Treasury's par curve, newest first: closed years in one file with two-digit years, the running year in another with ISO dates.
fn treasury(world: &World, files: &mut Files) -> io::Result<()> {
    const HEAD: &str = "Date,1 Mo,2 Mo,3 Mo,4 Mo,6 Mo,1 Yr,2 Yr,3 Yr,5 Yr,7 Yr,10 Yr,20 Yr,30 Yr\n";
    let (first, last) = (world.sessions[0].parts().0, world.sessions[world.sessions.len() - 1].parts().0);
    let (mut closed, mut running) = (HEAD.to_owned(), HEAD.to_owned());
    for (t, &day) in world.sessions.iter().enumerate().rev().filter(|(_, d)| published(**d)) {
        let at = |k: usize| world.rates.yields[k][t];
        let between = |a: f64, b: f64| format!("{}", ((a + b) * 50.0).round() / 100.0);
        let mut cells = vec![at(0).to_string(), between(at(0), at(1)), at(1).to_string()];
        // The four-month bill is part of the curve from October 2022 on.
        cells.push(if day >= Day::ymd(2022, 10, 3) { between(at(1), at(2)) } else { String::new() });
        cells.extend((2..TENORS.len()).map(|k| at(k).to_string()));
        let (year, month, date) = day.parts();
        if year == last {
            let _ = writeln!(running, "{day},{}", cells.join(","));
        } else {
            let _ = writeln!(closed, "{month}/{date}/{:02},{}", year % 100, cells.join(","));
        }
    }
    if first < last {
        files.text(&format!("rates/treasury/par-yield-curve-{first}-{}.csv", last - 1), &closed)?;
    }
    files.text(&format!("rates/treasury/par-yield-curve-{last}.csv"), &running)
}
