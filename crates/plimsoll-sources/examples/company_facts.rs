//! The speed of reading the bulk archive of company facts, beside the raw JSON parser on the same bytes; see `bench/companyfacts`.
//!
//! `company_facts write FILE BYTES` writes an archive of so many bytes unpacked, the same for the same size; `read FILE` reads it with the
//! reader; `parse FILE` unpacks it and parses every number into plain structs with serde_json, in as many threads, and drops them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress};
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::observations::Observations;
use plimsoll_model::time::Day;
use plimsoll_sources::edgar::concepts::KEPT;
use plimsoll_sources::{Sink, SinkClosed, recognise};
use rayon::prelude::*;
use serde::Deserialize;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

/// One company in the publisher's form: half of its numbers are of concepts that are kept, each number stands in some three filings.
fn company(cik: u64, out: &mut String) {
    let mut random = Random(cik);
    let first = 2009 + random.below(10) as i16;
    let concepts = 60 + random.below(280) as usize;
    write!(out, "{{\"cik\":{cik},\"entityName\":\"Company {cik} Inc.\",\"facts\":{{\"us-gaap\":{{").unwrap();
    let kept: Vec<&str> = KEPT.all().iter().filter_map(|c| c.name.strip_prefix("us-gaap:")).collect();
    for i in 0..concepts {
        if i > 0 {
            out.push(',');
        }
        let own = random.below(2) == 0;
        let name = if own {
            kept[i % kept.len()].to_owned()
        } else {
            format!("IncreaseDecreaseInOtherMattersOfKind{}", random.below(9000))
        };
        let label: String = (0..4 + random.below(30))
            .map(|_| ["amount ", "of ", "the ", "period ", "expense "][random.below(5) as usize])
            .collect();
        write!(out, "\"{name}\":{{\"label\":\"{name}\",\"description\":\"{label}\",\"units\":{{\"USD\":[").unwrap();
        let balance = random.below(2) == 0;
        let mut value = (1 + random.below(1_000_000)) as i64 * 1000;
        let mut any = false;
        for quarter in 0..(2024 - i32::from(first)) * 4 {
            let year = first + (quarter / 4) as i16;
            let month = (quarter % 4 * 3 + 3) as i8;
            let end = Day::ymd(year, month, 1).month_end();
            value += value / 20 - random.below(1 + value.unsigned_abs() / 10) as i64;
            for (again, days) in [35, 126, 400].into_iter().enumerate() {
                let filed = end.plus(days);
                if any {
                    out.push(',');
                }
                any = true;
                out.push('{');
                if !balance {
                    write!(out, "\"start\":\"{}\",", Day::ymd(year, month - 2, 1)).unwrap();
                }
                let stated = if again == 2 && random.below(20) == 0 { value + 1000 } else { value };
                let (fp, form) =
                    if month == 12 { ("FY", "10-K") } else { (["Q1", "Q2", "Q3"][(month / 3 - 1) as usize], "10-Q") };
                write!(
                    out,
                    "\"end\":\"{end}\",\"val\":{stated},\"accn\":\"{cik:010}-{:02}-{:06}\",\"fy\":{year},\"fp\":\"{fp}\",\"form\":\"{form}\",\"filed\":\"{filed}\"",
                    filed.parts().0 % 100,
                    filed.0,
                )
                .unwrap();
                if again == 0 {
                    write!(out, ",\"frame\":\"CY{year}Q{}\"", month / 3).unwrap();
                }
                out.push('}');
            }
        }
        out.push_str("]}}");
    }
    out.push_str("}}}");
}

fn write_archive(path: &str, bytes: u64) {
    let mut archive = rawzip::ZipArchiveWriter::new(BufWriter::new(File::create(path).expect("a file to write")));
    let (mut done, mut companies, mut cik) = (0u64, 0u64, 1u64);
    while done < bytes {
        let files: Vec<(u64, String)> = (cik..cik + 16)
            .into_par_iter()
            .map(|cik| {
                let mut text = String::new();
                company(cik, &mut text);
                (cik, text)
            })
            .collect();
        cik += 16;
        for (cik, text) in files {
            if done >= bytes {
                break;
            }
            done += text.len() as u64;
            companies += 1;
            let name = format!("CIK{cik:010}.json");
            let builder = archive.new_file(name.as_str()).compression_method(rawzip::CompressionMethod::DEFLATE);
            let (mut entry, config) = builder.start().expect("an entry");
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::new(4)));
            writer.write_all(text.as_bytes()).expect("room");
            let (encoder, descriptor) = writer.finish().expect("room");
            encoder.finish().expect("room");
            entry.finish(descriptor).expect("room");
        }
    }
    archive.finish().expect("room").flush().expect("room");
    println!("{done} bytes unpacked, {companies} companies");
}

#[derive(Default)]
struct Counted {
    rows: u64,
    repeated: u64,
    unlisted: u64,
    refused: u64,
}

impl Sink for Counted {
    fn rows(&mut self, rows: Observations) -> Result<(), SinkClosed> {
        self.rows += rows.len() as u64;
        Ok(())
    }
    fn refuse(&mut self, _: Refusal) {
        self.refused += 1;
    }
    fn defect(&mut self, defect: Defect) {
        match defect.rule.as_str() {
            "repeated_number" => self.repeated += defect.rows,
            "concept_not_kept" => self.unlisted += defect.rows,
            _ => {}
        }
    }
    fn progress(&mut self, _: u64, _: u64) {}
}

/// A company as plain structs: what a program would write that only wants the numbers.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Plain<'a> {
    cik: u64,
    #[serde(borrow, rename = "entityName")]
    name: &'a str,
    #[serde(borrow)]
    facts: BTreeMap<&'a str, BTreeMap<&'a str, PlainConcept<'a>>>,
}

#[derive(Deserialize)]
struct PlainConcept<'a> {
    #[serde(borrow)]
    units: BTreeMap<&'a str, Vec<PlainNumber<'a>>>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct PlainNumber<'a> {
    start: Option<&'a str>,
    end: &'a str,
    val: f64,
    accn: &'a str,
    fy: Option<u16>,
    fp: Option<&'a str>,
    form: &'a str,
    filed: &'a str,
}

fn parse(path: &str) -> (u64, u64) {
    let file = File::open(path).expect("the archive");
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let zip = rawzip::ZipArchive::from_file(file, &mut buffer).expect("an archive");
    let mut places = Vec::new();
    let mut entries = zip.entries(&mut buffer);
    while let Some(e) = entries.next_entry().expect("an entry") {
        let range = zip.get_entry(e.wayfinder()).expect("an entry").compressed_data_range();
        places.push((range, e.uncompressed_size_hint()));
    }
    places
        .into_par_iter()
        .with_max_len(1)
        .map_init(
            || (Vec::new(), Vec::new()),
            |(raw, out), ((from, to), size)| {
                use rawzip::ReaderAt;
                raw.resize((to - from) as usize, 0);
                zip.get_ref().read_exact_at(raw, from).expect("its bytes");
                out.clear();
                out.reserve(size as usize + 1);
                Decompress::new(false).decompress_vec(raw, out, FlushDecompress::Finish).expect("whole data");
                let text = std::str::from_utf8(out).expect("UTF-8");
                let plain: Plain<'_> = serde_json::from_str(text).expect("company facts");
                let numbers =
                    plain.facts.values().flat_map(BTreeMap::values).flat_map(|c| c.units.values()).map(Vec::len).sum::<usize>();
                (size, numbers as u64)
            },
        )
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

/// The most memory this process ever held, in MiB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// Processor seconds this process used in all its threads, where the system tells: they compare where a machine is shared.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let start = Instant::now();
    match args[..] {
        ["write", path, bytes] => write_archive(path, bytes.parse().expect("a number of bytes")),
        ["read", path] => {
            let mut counted = Counted::default();
            recognise(Path::new(path)).expect("company facts").read(Path::new(path), &mut counted).expect("an archive");
            let Counted { rows, repeated, unlisted, refused } = counted;
            println!(
                "read, {:.2} processor seconds, {:.2} s, peak {} MiB: {rows} rows, {repeated} repeated, {unlisted} not kept, {refused} refused",
                processor(),
                start.elapsed().as_secs_f64(),
                peak()
            );
        }
        ["parse", path] => {
            let (bytes, numbers) = parse(path);
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "parse, {:.2} processor seconds, {seconds:.2} s, peak {} MiB: {bytes} bytes, {numbers} numbers, {:.0} MB/s",
                processor(),
                peak(),
                bytes as f64 / 1e6 / seconds
            );
        }
        _ => eprintln!("company_facts write FILE BYTES | read FILE | parse FILE"),
    }
}
