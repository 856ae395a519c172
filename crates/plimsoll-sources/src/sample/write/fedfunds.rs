//! Federal funds futures in both layouts, the Committee's calendar and the list of decisions.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use plimsoll_model::time::Day;

use super::Files;
use super::screener::{dictionary, dictionary_type, write_parquet};
use crate::futures::Contract;
use crate::sample::World;
use crate::sample::policy::{Expectations, Held, meetings};
use crate::sample::rates::Rates;
use crate::sample::rng::Rng;
use crate::sample::truth::{FUTURES_FAULTS as FAULTS, day};

/// Months ahead with a settlement, and with a last trade.
const LISTED: [i32; 2] = [24, 12];

/// One row of either file.
struct Row {
    contract: Contract,
    session: usize,
    open: f64,
    high: f64,
    low: f64,
    price: f64,
    volume: i64,
    interest: i64,
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let (settled, last) = rows(world);
    contracts(world, files, "fedfunds/zq_settlements.parquet", &settled, true)?;
    contracts(world, files, "fedfunds/zq_last_trades.parquet", &last, false)?;
    files.text("fedfunds/fomc_calendar.csv", &calendar())?;
    files.text("fedfunds/fomc_decisions.csv", &decisions(world.sessions[world.sessions.len() - 1]))
}

/// To the nearest tick.
fn tick(price: f64, ticks: f64) -> f64 {
    (price * ticks).round() / ticks
}

/// Every row of both files, by session and then by contract.
fn rows(world: &World) -> (Vec<Row>, Vec<Row>) {
    let mut rng = Rng::stream(world.spec.seed, "futures", 0);
    let (mut settled, mut last): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    let mut before: Vec<(Contract, f64)> = Vec::new();
    let stale = Contract::of(day(FAULTS.stale.0));
    let mut stuck: Option<f64> = None;
    for (t, &session) in world.sessions.iter().enumerate() {
        let path = Expectations::at(session, world.rates.cuts_priced[t]);
        let front = Contract::of(session);
        let mut today = Vec::new();
        for ahead in 0..=LISTED[0] {
            let contract = front.later(ahead);
            let mean = path.month_mean(contract.start());
            // The contract of the month moves in quarters of a basis point, the others in halves.
            let ticks = if ahead == 0 { 400.0 } else { 200.0 };
            let mut price = tick(100.0 - mean, ticks);
            let stir = 0.4 + rng.uniform();
            let idle = ahead > 12 && rng.chance(0.4);
            let mut volume = if idle { 0 } else { (40_000.0 * stir / f64::from((1 + ahead) * (1 + ahead / 6))) as i64 + 1 };
            if contract == stale && (day(FAULTS.stale.1)..=day(FAULTS.stale.2)).contains(&session) {
                price = *stuck.get_or_insert(price);
                volume = 0;
            }
            let open = before.iter().find(|b| b.0 == contract).map_or(price, |b| b.1);
            let interest = (90_000.0 / f64::from(1 + ahead)) as i64 + volume / 3;
            let row = |price: f64, volume| Row {
                contract,
                session: t,
                open,
                high: open.max(price) + 0.005,
                low: open.min(price) - 0.005,
                price,
                volume,
                interest,
            };
            today.push((contract, price));
            // A last trade is a tick or two away from the settlement, by half a basis point in the median.
            let away = [0.0, 0.0, 0.0, 0.0, 0.005, 0.005, -0.005, -0.005, 0.005, -0.01][rng.below(10)];
            if ahead <= LISTED[1] && !(ahead == 0 && session == day(FAULTS.no_front[1])) {
                last.push(row(tick(price + away, ticks), volume.max(1)));
            }
            if !(ahead == 0 && session == day(FAULTS.no_front[0])) {
                settled.push(row(price, volume));
            }
        }
        before = today;
    }
    (settled, last)
}

/// A file, by code and then by day, as vendors have it.
fn contracts(world: &World, files: &mut Files, name: &str, rows: &[Row], settlements: bool) -> io::Result<()> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_cached_key(|&i| (rows[i].contract.code(), rows[i].session));
    let mut codes: Vec<String> = rows.iter().map(|r| r.contract.code()).collect();
    codes.sort();
    codes.dedup();
    let number =
        |f: &dyn Fn(&Row) -> f64| Arc::new(Float64Array::from_iter_values(order.iter().map(|&i| f(&rows[i])))) as ArrayRef;
    let whole = |f: &dyn Fn(&Row) -> i64| Arc::new(Int64Array::from_iter_values(order.iter().map(|&i| f(&rows[i])))) as ArrayRef;
    let place = |i: &usize| codes.binary_search(&rows[*i].contract.code()).unwrap_or_default() as i32;
    let symbols = dictionary(order.iter().map(place).collect(), &codes);
    let (names, dates): ([&str; 7], ArrayRef) = if settlements {
        let texts: Vec<String> = world.sessions.iter().map(Day::to_string).collect();
        let days = dictionary(order.iter().map(|&i| rows[i].session as i32).collect(), &texts);
        (["Symbol", "Date", "Open", "High", "Low", "Close", "Volume"], days)
    } else {
        let days = order.iter().map(|&i| world.sessions[rows[i].session].0);
        (["symbol", "date", "open", "high", "low", "last", "volume"], Arc::new(Date32Array::from_iter_values(days)))
    };
    let date_type = if settlements { dictionary_type() } else { DataType::Date32 };
    let mut kinds = vec![dictionary_type(), date_type];
    kinds.extend([DataType::Float64, DataType::Float64, DataType::Float64, DataType::Float64, DataType::Int64]);
    let mut fields: Vec<Field> = names.iter().zip(kinds).map(|(name, kind)| Field::new(*name, kind, true)).collect();
    let mut columns = vec![
        symbols,
        dates,
        number(&|r| r.open),
        number(&|r| r.high),
        number(&|r| r.low),
        number(&|r| r.price),
        whole(&|r| r.volume),
    ];
    if settlements {
        fields.push(Field::new("OpenInterest", DataType::Int64, true));
        columns.push(whole(&|r| r.interest));
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(io::Error::other)?;
    write_parquet(File::create(files.path(name)?)?, &batch)
}

/// The Committee's calendar: two days a meeting, one where it was called in haste.
fn calendar() -> String {
    let mut text = String::from("start_date,end_date,meeting_type,has_projection_materials,source\n");
    let mut scheduled = 0;
    for m in meetings() {
        let (kind, days) = match m.held {
            Held::Scheduled => ("regular", 1),
            Held::Unscheduled => ("unscheduled", 0),
            Held::Cancelled => ("cancelled", 1),
        };
        scheduled += usize::from(m.held != Held::Unscheduled);
        let projections = if m.held != Held::Unscheduled && scheduled % 2 == 0 { "True" } else { "False" };
        let _ = writeln!(text, "{},{},{kind},{projections},calendar", m.day.plus(-days), m.day);
    }
    text
}

/// Decisions, newest first, the days to come of the running year without an outcome and one of them wrong.
fn decisions(last: Day) -> String {
    let mut text = String::from("FOMCDate,Time,Actual,Forecast,Previous\n");
    let year_end = Day::ymd(last.parts().0, 12, 31);
    for m in meetings().iter().rev().filter(|m| m.held != Held::Cancelled && m.day <= year_end) {
        if m.day > last {
            let listed = if m.day == day(FAULTS.wrong_day[1]) { day(FAULTS.wrong_day[0]) } else { m.day };
            let _ = writeln!(text, "{listed},13:00,,,");
            continue;
        }
        let (actual, previous) = (Rates::upper_on(m.day.plus(1)), Rates::upper_on(m.day));
        let forecast = if m.held == Held::Unscheduled { String::new() } else { format!("{actual:.2}%") };
        let _ = writeln!(text, "{},14:00,{actual:.2}%,{forecast},{previous:.2}%", m.day);
    }
    text
}
