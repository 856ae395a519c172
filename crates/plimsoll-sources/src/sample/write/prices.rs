//! Adjusted closes, fund files and index files.

use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float32Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

use super::screener::{dictionary, dictionary_type, write_parquet};
use super::{Files, single};
use crate::sample::World;
use crate::sample::path::rounded;
use crate::sample::securities::Tier;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let series = adjusted(world);
    adjusted_file(world, files, &series)?;
    for fund in &world.funds {
        fund_file(world, files, fund.id, fund.first, &fund.level)?;
    }
    // The seven have files of their own, as the vendor's list of favourites does.
    for s in world.securities.iter().filter(|s| s.giant()) {
        if let Some((_, first, level)) = series.iter().find(|(symbol, ..)| symbol == s.symbol()) {
            fund_file(world, files, s.symbol(), *first, level)?;
        }
    }
    fund_file(world, files, "^IRX", 0, &world.rates.bill)?;
    fund_file(world, files, "^TNX", 0, world.rates.ten_year())?;
    index_files(world, files)
}

/// Total-return levels of the larger stocks that are still listed at the end: that the others are missing is the vendor's survivorship.
fn adjusted(world: &World) -> Vec<(String, usize, Vec<f64>)> {
    let n = world.sessions.len();
    let holdings = world.holdings();
    let mut out = Vec::new();
    for (i, s) in world.securities.iter().enumerate() {
        if s.life.1 + 1 != n || s.tier >= Tier::Small {
            continue;
        }
        // Backwards from the last close as traded, so that levels carry every later split and dividend.
        let mut level = vec![0.0; n - s.life.0];
        let mut now = world.panel.close[i * n + n - 1];
        for t in (s.life.0..n).rev() {
            level[t - s.life.0] = now;
            now /= 1.0 + world.panel.returns[i * n + t] + holdings.dividend(i, t);
        }
        out.push((s.symbol().replace('/', "-"), s.life.0, level));
    }
    out
}

fn adjusted_file(world: &World, files: &mut Files, stocks: &[(String, usize, Vec<f64>)]) -> io::Result<()> {
    let mut all: Vec<(&str, usize, &[f64])> =
        stocks.iter().map(|(s, first, level)| (s.as_str(), *first, level.as_slice())).collect();
    all.extend(world.funds.iter().map(|f| (f.id, f.first, f.level.as_slice())));
    all.push(("^IRX", 0, &world.rates.bill));
    all.push(("^TNX", 0, world.rates.ten_year()));
    all.sort_by_key(|a| a.0);
    let texts: Vec<String> = all.iter().map(|a| a.0.to_owned()).collect();
    let (mut dates, mut codes, mut closes) = (Vec::new(), Vec::new(), Vec::new());
    for (k, (_, first, level)) in all.iter().enumerate() {
        for (day, value) in world.sessions[*first..].iter().zip(*level) {
            dates.push(day.0);
            codes.push(k as i32);
            closes.push(*value as f32);
        }
    }
    let fields = [("date", DataType::Date32), ("symbol", dictionary_type()), ("adj_close", DataType::Float32)];
    let schema = Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec());
    let columns: Vec<ArrayRef> =
        vec![Arc::new(Date32Array::from(dates)), dictionary(codes, &texts), Arc::new(Float32Array::from(closes))];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).map_err(io::Error::other)?;
    let path = files.path("prices/adjusted_close.parquet")?;
    write_parquet(File::create(path)?, &batch)
}

fn fund_file(world: &World, files: &mut Files, id: &str, first: usize, level: &[f64]) -> io::Result<()> {
    let mut text = String::from("date,adj_close\n");
    for (day, value) in world.sessions[first..].iter().zip(level) {
        let _ = writeln!(text, "{day},{}", single(*value));
    }
    files.text(&format!("prices/etf/{id}.csv"), &text)
}

fn index_files(world: &World, files: &mut Files) -> io::Result<()> {
    let (mut large, mut small, mut volatility) =
        (String::from("Date,Close,Volume\n"), String::from("Date,^RUT\n"), String::from("DATE,OPEN,HIGH,LOW,CLOSE\n"));
    for (t, day) in world.sessions.iter().enumerate() {
        let traded = 3_600_000_000_i64 + ((t * 7_368_787) % 1_300_000) as i64 * 1_000;
        let _ = writeln!(large, "{day},{},{traded}", single(rounded(world.indices.large[t], 2)));
        let _ = writeln!(small, "{day},{}", single(rounded(world.indices.small[t], 2)));
        let [open, high, low, close] = world.indices.volatility[t];
        let _ = writeln!(volatility, "{day},{open:.6},{high:.6},{low:.6},{close:.6}");
    }
    files.text("prices/index/GSPC.csv", &large)?;
    files.text("prices/index/RUT.csv", &small)?;
    files.text("prices/index/VIX.csv", &volatility)
}
