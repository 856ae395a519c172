//! The screener panel: a Parquet file a year, and the table of symbols.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Date32Array, DictionaryArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use plimsoll_model::time::Day;
use rayon::prelude::*;

use super::Files;
use crate::sample::World;
use crate::sample::path::rounded;
use crate::sample::quirks::MISSING_SESSIONS;
use crate::sample::rng::Rng;
use crate::sample::securities::{SECTORS, Security, Tier};

const ROW_GROUP: usize = 1 << 20;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    let volumes = volumes(world);
    let (first, last) = (world.sessions[0].parts().0, world.sessions[world.sessions.len() - 1].parts().0);
    let mut years = Vec::new();
    for year in first..=last {
        years.push((year, files.path(&format!("prices/screener/{year}.parquet"))?));
    }
    // Each year is a file of its own, so the order in which threads finish changes nothing.
    years
        .into_par_iter()
        .map(|(year, path)| write_parquet(File::create(path)?, &panel(world, year, &volumes)))
        .collect::<io::Result<()>>()?;
    files.text("prices/screener/symbols.csv", &symbols(world))
}

/// Writes one batch as Parquet, with settings of its own so that the bytes depend on the values alone.
pub(super) fn write_parquet(file: File, batch: &RecordBatch) -> io::Result<()> {
    let level = ZstdLevel::try_new(1).map_err(io::Error::other)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_created_by("plimsoll sample world".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(io::Error::other)?;
    writer.write(batch).map_err(io::Error::other)?;
    writer.close().map_err(io::Error::other)?;
    Ok(())
}

/// A dictionary column from codes and texts.
pub(super) fn dictionary(codes: Vec<i32>, texts: &[String]) -> ArrayRef {
    let values = Arc::new(StringArray::from_iter_values(texts));
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(codes), values))
}

/// The type of a dictionary column.
pub(super) fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Every (symbol, security, first session, last session), in the order of the publisher: by symbol, then by day.
fn spans(world: &World) -> Vec<(String, usize, usize, usize)> {
    let mut spans = Vec::new();
    for (i, s) in world.securities.iter().enumerate() {
        for (k, listing) in s.listings.iter().enumerate() {
            let end = s.listings.get(k + 1).map_or(s.life.1, |next| next.from - 1);
            let padding = if world.row_quirks[i].padded { "          " } else { "" };
            spans.push((format!("{}{padding}", listing.symbol), i, listing.from.max(s.life.0), end));
        }
    }
    spans.sort();
    spans
}

/// Shares traded, by security and session.
fn volumes(world: &World) -> Vec<i64> {
    let n = world.sessions.len();
    let mut out = vec![0; n * world.securities.len()];
    for (i, s) in world.securities.iter().enumerate() {
        let mut rng = Rng::stream(world.spec.seed, "volume", i as u64);
        let turnover = if s.tier == Tier::Micro { 0.003 } else { rng.between(0.004, 0.012) };
        for t in s.life.0..=s.life.1 {
            let at = i * n + t;
            let shares = if world.panel.cap[at] > 0.0 { world.panel.cap[at] / world.panel.close[at] } else { 4e6 };
            let stir = (0.6 + rng.uniform()) * (1.0 + 18.0 * world.panel.returns[at].abs());
            let stale = world.row_quirks[i].stale.is_some_and(|(from, to)| (from..=to).contains(&t) && t > from);
            out[at] = if stale { 0 } else { (shares * turnover * stir) as i64 + 1 };
        }
    }
    out
}

fn panel(world: &World, year: i16, volumes: &[i64]) -> RecordBatch {
    let n = world.sessions.len();
    let missing: Vec<Day> = MISSING_SESSIONS.iter().map(|(y, m, d)| Day::ymd(*y, *m, *d)).collect();
    let from = world.sessions.partition_point(|d| d.parts().0 < year);
    let to = world.sessions.partition_point(|d| d.parts().0 <= year);
    let (mut dates, mut symbols, mut exchanges) = (Vec::new(), Vec::new(), Vec::new());
    let (mut closes, mut moves, mut volume, mut caps) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut texts: Vec<String> = Vec::new();
    let venues: Vec<String> = ["amex", "nasdaq", "nyse"].map(str::to_owned).to_vec();
    for (symbol, i, first, last) in spans(world) {
        let s = &world.securities[i];
        let quirk = &world.row_quirks[i];
        let venue = venues.iter().position(|v| v == s.exchange).unwrap_or_default() as i32;
        if texts.last() != Some(&symbol) {
            texts.push(symbol);
        }
        for t in first.max(from)..(last + 1).min(to) {
            if missing.contains(&world.sessions[t]) || quirk.missing.contains(&t) {
                continue;
            }
            let at = i * n + t;
            dates.push(world.sessions[t].0);
            symbols.push(texts.len() as i32 - 1);
            exchanges.push(venue);
            closes.push(world.panel.close[at]);
            moves.push(published_move(world, s, i, t));
            volume.push(volumes[at]);
            let no_cap = quirk.no_cap.is_some_and(|(a, b)| (a..=b).contains(&t));
            caps.push(if no_cap { f64::NAN } else { world.panel.cap[at].round() });
        }
    }
    let fields = [
        ("date", DataType::Date32),
        ("symbol", dictionary_type()),
        ("exchange", dictionary_type()),
        ("close", DataType::Float64),
        ("pct_change", DataType::Float64),
        ("volume", DataType::Int64),
        ("market_cap", DataType::Float64),
    ];
    let schema = Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(dates)),
        dictionary(symbols, &texts),
        dictionary(exchanges, &venues),
        Arc::new(Float64Array::from(closes)),
        Arc::new(Float64Array::from(moves)),
        Arc::new(Int64Array::from(volume)),
        Arc::new(Float64Array::from(caps)),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).expect("columns of one length and of the schema's types")
}

/// The publisher's move in per cent, to three decimals: adjusted for splits but for the planted cells, unknown on a first session.
fn published_move(world: &World, s: &Security, i: usize, t: usize) -> f64 {
    let at = i * world.sessions.len() + t;
    if world.row_quirks[i].absurd == Some(t) {
        return rounded((world.panel.close[at] / world.panel.close[at - 1] - 1.0) * 100.0, 3);
    }
    if t == s.life.0 && t > 0 { f64::NAN } else { rounded(world.panel.returns[at] * 100.0, 3) }
}

/// One row a symbol, as it was at the end: a symbol used twice shows the later company.
fn symbols(world: &World) -> String {
    let mut rows: BTreeMap<String, (usize, usize, usize, usize)> = BTreeMap::new();
    for (symbol, i, first, last) in spans(world) {
        let listing = world.securities[i].listings.iter().position(|l| l.symbol == symbol.trim()).unwrap_or(0);
        let row = rows.entry(symbol.trim().to_owned()).or_insert((i, listing, first, last));
        row.2 = row.2.min(first);
        if last >= row.3 {
            (row.0, row.1, row.3) = (i, listing, last);
        }
    }
    let mut text = String::from("symbol,first,last,exchange,name,sector,industry,country,ipoyear\n");
    for (symbol, (i, listing, first, last)) in rows {
        let s = &world.securities[i];
        let end = if last + 1 == world.sessions.len() { String::new() } else { world.sessions[last].to_string() };
        let year = s.ipo_year.map_or(String::new(), |y| y.to_string());
        let (sector, industry) = if s.tier == Tier::Warrant {
            ("Finance", "Blank Checks")
        } else {
            (SECTORS[s.sector].name, SECTORS[s.sector].industries[s.industry])
        };
        let _ = writeln!(
            text,
            "{symbol},{},{end},{},{},{sector},{industry},United States,{year}",
            world.sessions[first], s.exchange, s.listings[listing].name
        );
    }
    text
}
