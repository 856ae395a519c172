//! `plimsoll prove`: that nothing sees the future, shown on the user's own store.
//!
//! The store is copied as it was known at the moment; then garbage is planted after the moment: absurd rows for later sessions, and
//! revisions of earlier ones. The report and every measure must come out the same to the bit from all three, and the history of every
//! measure must equal fresh cuts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_claims::Thesis;
use plimsoll_measures::replay::{Asked, at, replay};
use plimsoll_measures::{Measure, Params, Point, registry};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_store::{Begin, ImportMeta, Store};

use crate::cli::Prove;
use crate::edition::{self, Options};
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::Sheet;

/// History and fresh cuts agree to this relative difference; rounding alone lies far below it.
const TOLERANCE: f64 = 1e-9;

/// Sessions of garbage after the moment.
const GARBAGE_SESSIONS: usize = 15;

/// What was compared.
#[derive(Debug)]
pub struct Proof {
    /// `report`, or a measure's name.
    pub what: String,
    /// What came out: a hash or a value.
    pub found: String,
    /// The same from the store that ends at the moment.
    pub truncated: bool,
    /// The same from the store with garbage after the moment.
    pub garbage: bool,
    /// History from one pass equals fresh cuts; the greatest relative difference.
    pub history: Option<f64>,
}

impl Proof {
    /// Whether nothing saw the future.
    pub fn holds(&self) -> bool {
        self.truncated && self.garbage && self.history.is_none_or(|d| d <= TOLERANCE)
    }
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Prove) -> Outcome {
    let thesis = session::thesis(args.thesis.as_deref())?;
    let session = Session::open(store)?;
    let as_of = session.as_of(&args.as_of)?;
    let name = session::thesis_name(args.thesis.as_deref());
    let proofs = prove(&session.store, &thesis, &name, registry(), as_of)?;
    sheet(&proofs).write(args.out.format, args.out.output.as_deref())?;
    let broken: Vec<&str> = proofs.iter().filter(|p| !p.holds()).map(|p| p.what.as_str()).collect();
    if broken.is_empty() {
        eprintln!(
            "proved as of {as_of}: {} results are the same to the last bit without the future and with a false one",
            proofs.len()
        );
        return Ok(0);
    }
    Err(Failure::new(format!("these saw the future: {}", broken.join(", "))))
}

fn sheet(proofs: &[Proof]) -> Sheet {
    let yes = |b: bool| if b { "same" } else { "DIFFERENT" };
    Sheet::default()
        .text("result", proofs.iter().map(|p| p.what.as_str()))
        .text("found", proofs.iter().map(|p| p.found.as_str()))
        .text("store cut off", proofs.iter().map(|p| yes(p.truncated)))
        .text("garbage after", proofs.iter().map(|p| yes(p.garbage)))
        .text("history against fresh cuts", proofs.iter().map(|p| p.history.map(|d| format!("{d:.0e}")).unwrap_or_default()))
}

/// Compares the report and the measures from three stores: as it is, cut off, and with garbage after the moment.
pub fn prove(
    store: &Store,
    thesis: &Thesis,
    name: &str,
    measures: &[&'static dyn Measure],
    as_of: AsOf,
) -> Result<Vec<Proof>, Failure> {
    let work = tempdir()?;
    let cut_off = store.truncated_copy(work.path().join("cut-off"), as_of)?;
    let spoiled = store.truncated_copy(work.path().join("garbage"), as_of)?;
    plant_garbage(&spoiled, as_of)?;
    let stores = [store, &cut_off, &spoiled];

    let options = Options { thesis_id: name.to_owned(), ..Options::default() };
    let reports: Vec<(String, String)> = stores
        .iter()
        .map(|s| {
            let built = edition::build(&s.snapshot(as_of)?, thesis, &options)?;
            let rendered = plimsoll_report::render(&built.edition);
            Ok((rendered.html, rendered.hash))
        })
        .collect::<Result<_, Failure>>()?;
    let mut proofs = vec![Proof {
        what: "report".into(),
        found: format!("{} bytes, edition {}", reports[0].0.len(), reports[0].1),
        truncated: reports[0].0 == reports[1].0,
        garbage: reports[0].0 == reports[2].0,
        history: None,
    }];
    for measure in measures.iter().copied() {
        let params = Params::resolve(measure.spec(), &BTreeMap::new(), &thesis.scope)?;
        let asked = Asked { measure, params };
        let found: Vec<String> = stores.iter().map(|s| value(&s.snapshot(as_of)?, &asked)).collect::<Result<_, Failure>>()?;
        let history = against_fresh_cuts(&store.snapshot(as_of)?, &asked)?;
        proofs.push(Proof {
            what: measure.spec().name.into(),
            truncated: found[0] == found[1],
            garbage: found[0] == found[2],
            found: found.into_iter().next().unwrap_or_default(),
            history: Some(history),
        });
    }
    Ok(proofs)
}

/// A measure's answer, to the bit.
fn value(knowledge: &dyn Knowledge, asked: &Asked) -> Result<String, Failure> {
    let (cut, found) = at(knowledge, asked)?;
    let evidence = cut.last().map(|t| asked.measure.evidence(&cut, &asked.params, t));
    Ok(match found {
        Ok((day, Point { value: Ok(v), n_obs, flags })) => {
            format!("{v} on {day}, n = {n_obs}, flags {}{}", flags.0, digest(&format!("{evidence:?}")))
        }
        Ok((day, Point { value: Err(why), .. })) => format!("unknown on {day}: {why}"),
        Err(why) => format!("unknown: {why}"),
    })
}

fn digest(text: &str) -> String {
    format!(", evidence {}", &blake3::hash(text.as_bytes()).to_hex()[..8])
}

/// The greatest relative difference between a history from one pass and fresh cuts, over some of the last 60 sessions.
fn against_fresh_cuts(knowledge: &dyn Knowledge, asked: &Asked) -> Result<f64, Failure> {
    let calendar = Calendar::nyse();
    let last = calendar.on_or_before(knowledge.as_of().day());
    let replayed = replay(knowledge, std::slice::from_ref(asked), calendar.back(last, 60))?;
    let Ok(points) = &replayed.histories[0] else { return Ok(0.0) };
    let mut worst: f64 = 0.0;
    for (day, point) in points.iter().step_by(15) {
        let then = knowledge.back_to(AsOf::end_of(*day));
        worst = worst.max(match (at(then.as_ref(), asked)?.1, point.value) {
            (Ok((_, Point { value: Ok(a), .. })), Ok(b)) => (a - b).abs() / a.abs().max(b.abs()).max(1e-6),
            (Ok((_, Point { value: Err(_), .. })) | Err(_), Err(_)) => 0.0,
            _ => f64::INFINITY,
        });
    }
    Ok(worst)
}

/// Plants absurd rows after the moment under every source and key, and absurd revisions of earlier days that become known after it.
pub fn plant_garbage(store: &Store, as_of: AsOf) -> Result<(), Failure> {
    let calendar = Calendar::nyse();
    let mut days: Vec<Day> = Vec::new();
    let mut day = as_of.day();
    for _ in 0..GARBAGE_SESSIONS {
        day = calendar.next(day);
        days.push(day);
    }
    let earlier: Vec<Day> = (0..5).map(|n| calendar.back(as_of.day(), n * 7)).collect();
    let knowledge = store.snapshot(as_of)?;
    let sources: BTreeSet<(Dataset, String)> = store.coverage()?.into_iter().map(|c| (c.dataset, c.source)).collect();
    let vintage = calendar.close(*days.last().expect("garbage sessions"));
    for (n, (dataset, source)) in sources.into_iter().enumerate() {
        let hash = plimsoll_store::hash(format!("garbage {n}").as_bytes());
        let meta = ImportMeta::new(&source, "garbage", &hash, vintage).vintage(vintage);
        let Begin::New(mut import) = store.begin(meta)? else { continue };
        if matches!(dataset, Dataset::Facts | Dataset::Filings | Dataset::Issuers) {
            let rows = knowledge.scan(&Scan::all(dataset).source(&source))?;
            for garbage in filed_garbage(&rows, &days, vintage) {
                import.append(garbage)?;
            }
        } else {
            let keys = garbage_keys(&knowledge.scan(&Scan::all(dataset).columns(&dataset_keys(dataset)).source(&source))?);
            for (when, known) in days.iter().map(|d| (*d, calendar.close(*d))).chain(earlier.iter().map(|d| (*d, vintage))) {
                import.append(garbage_rows(dataset, &keys, when, known))?;
            }
        }
        import.commit()?;
    }
    Ok(())
}

/// Rows of filings and issuers that garbage is made from, at most: every key on every day would be millions.
const FILED_ROWS: usize = 20_000;

/// Garbage beside what was filed: other values of the same filings, restatements in filings that came after the moment, and periods that
/// ended after it.
fn filed_garbage(rows: &Observations, days: &[Day], vintage: Moment) -> Vec<Observations> {
    let spec = rows.dataset.spec();
    let step = rows.len() / FILED_ROWS + 1;
    let keep: Vec<usize> = (0..rows.len()).step_by(step).collect();
    if keep.is_empty() {
        return Vec::new();
    }
    let first = Calendar::nyse().close(days[0]);
    let spoiled = |known: Moment, later: i32, filing: Option<&str>| {
        let mut out = rows.select(&keep);
        out.known_at.fill(known.0);
        out.period.iter_mut().for_each(|p| *p += later);
        let n = out.len();
        for (c, column) in out.columns.iter_mut().enumerate() {
            match column {
                Column::F64(values) => values.iter_mut().enumerate().for_each(|(i, v)| *v = *v * 1e3 - (i % 97) as f64),
                Column::Text(text) if c >= spec.keys() => *text = TextColumn::constant("garbage", n),
                Column::Text(text) if spec.columns[c].name == "accession" => {
                    if let Some(filing) = filing {
                        *text = TextColumn::constant(filing, n);
                    }
                }
                _ => {}
            }
        }
        out
    };
    let mut out = vec![spoiled(vintage, 0, None)];
    if spec.column("accession").is_some() {
        out.push(spoiled(first, 0, Some("9999999999-99-000001")));
        out.push(spoiled(first, 92, Some("9999999999-99-000002")));
    }
    out
}

/// Distinct keys of a scan: the text of each key column.
fn garbage_keys(rows: &Observations) -> Vec<Vec<String>> {
    let texts: Vec<&TextColumn> = rows.columns[..rows.dataset.spec().keys()]
        .iter()
        .filter_map(|c| if let Column::Text(t) = c { Some(t) } else { None })
        .collect();
    let codes: BTreeSet<Vec<u32>> = (0..rows.len()).map(|i| texts.iter().map(|t| t.codes[i]).collect()).collect();
    codes.iter().map(|k| k.iter().zip(&texts).map(|(c, t)| t.dict[*c as usize].clone()).collect()).collect()
}

/// Names of a dataset's keys.
fn dataset_keys(dataset: Dataset) -> Vec<&'static str> {
    let spec = dataset.spec();
    spec.columns[..spec.keys()].iter().map(|c| c.name).collect()
}

fn garbage_rows(dataset: Dataset, keys: &[Vec<String>], day: Day, known: Moment) -> Observations {
    let spec = dataset.spec();
    let n = keys.len();
    let noise = |i: usize, c: usize| {
        (((i * 7919 + c * 104_729 + day.0 as usize * 31) % 1000) as f64 + 1.0) * if i.is_multiple_of(3) { 1e3 } else { 1e-2 }
    };
    let columns: Vec<Column> = spec
        .columns
        .iter()
        .enumerate()
        .map(|(c, s)| match (s.kind, c < spec.keys()) {
            (plimsoll_model::dataset::Kind::Text, true) => {
                Column::Text(keys.iter().map(|k| k[c].as_str()).collect::<TextColumn>())
            }
            (plimsoll_model::dataset::Kind::Text, false) => Column::Text(TextColumn::constant("garbage", n)),
            (plimsoll_model::dataset::Kind::F64, _) => Column::F64((0..n).map(|i| noise(i, c)).collect()),
            (plimsoll_model::dataset::Kind::U8, _) => Column::U8((0..n).map(|i| (i % 2) as u8).collect()),
        })
        .collect();
    Observations::new(dataset, vec![day.0; n], vec![known.0; n], columns)
}

/// A temporary folder that is removed when dropped.
pub struct TempDir(std::path::PathBuf);

impl TempDir {
    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new temporary folder.
pub fn tempdir() -> Result<TempDir, Failure> {
    let unique = format!("plimsoll-{}-{}", std::process::id(), crate::commands::import::now().0);
    let dir = std::env::temp_dir().join(unique);
    std::fs::create_dir_all(&dir)?;
    Ok(TempDir(dir))
}
