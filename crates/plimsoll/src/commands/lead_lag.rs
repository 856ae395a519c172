//! `plimsoll leadlag`: who leads whom, all pairs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use plimsoll_measures::kernels::lead_lag::{Chance, Clock, Grid, Ticks};
use plimsoll_measures::kernels::multiple;
use plimsoll_measures::kernels::observed::{self, Observed};
use plimsoll_measures::{ParamKind, ParamSpec, Params, Scope, Spec, Topic};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::intake::{Defect, Refusal};
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::observations::Observations;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_sources::minute_bars::{self, MinuteBars};
use plimsoll_sources::{Sink, SinkClosed};
use rayon::prelude::*;

use crate::cli::{Control, Every, LeadLag};
use crate::commands::measure::day;
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::Sheet;

/// Sign flips go by blocks of this many increments: half an hour of minutes, two weeks of sessions.
const BLOCK_OF_MINUTES: usize = 30;
const BLOCK_OF_SESSIONS: usize = 10;
/// Fewer increments than this are no estimate.
const FEWEST: usize = 30;
const MINUTE: i64 = 60_000_000;
/// Funds that stand for credit, rates, large, equal-weighted, small and mega caps, growth, sectors, gold and timber.
const INTERMARKET: [&str; 21] = [
    "etf:HYG", "etf:LQD", "etf:TLT", "etf:IEF", "etf:SPY", "etf:RSP", "etf:IWM", "etf:MAGS", "etf:QQQ", "etf:XLB", "etf:XLE",
    "etf:XLF", "etf:XLI", "etf:XLK", "etf:XLP", "etf:XLRE", "etf:XLU", "etf:XLV", "etf:XLY", "etf:GLD", "etf:WOOD",
];

/// A series to compare.
struct Entry {
    name: String,
    time: Vec<i64>,
    value: Vec<f64>,
}

/// Series, and the blocks of time they are compared within.
type Laid = (Vec<Entry>, Vec<(i64, i64)>);

/// What is known of one pair.
#[derive(Clone, Debug)]
pub struct Row {
    /// Names.
    pub pair: [String; 2],
    /// Lag in steps: positive, the first leads.
    pub lag: i64,
    /// Correlation at that lag, and at lag zero.
    pub correlation: [f64; 2],
    /// Ratio of lead to lag.
    pub ratio: Option<f64>,
    /// p-value of lead other than lag: alone, and adjusted for the number of pairs.
    pub p: [Option<f64>; 2],
    /// Increments of each.
    pub n: [usize; 2],
}

/// Runs the command.
pub fn run(store: Option<&Path>, args: &LeadLag) -> Outcome {
    if !(args.level > 0.0 && args.level < 1.0) {
        return Err(Failure::new(format!("--level: expected a number between 0 and 1, got {}", args.level)));
    }
    let minutes = !args.files.is_empty();
    let found = if minutes {
        let (entries, blocks) = files(&args.files)?;
        vec![At::of(None, entries, blocks, args, minutes)?]
    } else {
        let session = Session::open(store)?;
        let scope = session::thesis(None)?.scope;
        let moments = moments(session.as_of(&args.as_of)?, args)?;
        let mut found = Vec::new();
        for as_of in moments {
            let (entries, blocks) = stored(&session, &scope, as_of, args)?;
            found.push(At::of(args.from.is_some().then(|| as_of.day()), entries, blocks, args, minutes)?);
        }
        found
    };
    if let Some(note) = found.iter().map(|at| at.rows.len()).max().and_then(|pairs| too_few(args.draws, pairs, args.level)) {
        eprintln!("{note}");
    }
    let unit = if minutes { "lag_minutes" } else { "lag_sessions" };
    let sheet = if args.map { map(&found, args.level) } else { pairs(&found, unit, args.level) };
    sheet.write(args.out.format, args.out.output.as_deref())?;
    Ok(0)
}

/// The estimates of one moment.
struct At {
    /// Its day, where there are several.
    day: Option<Day>,
    names: Vec<String>,
    rows: Vec<Row>,
}

impl At {
    /// Compares all pairs. p-values are adjusted for the pairs of this moment alone: what is said of a day may not hang on later ones.
    fn of(day: Option<Day>, entries: Vec<Entry>, blocks: Vec<(i64, i64)>, args: &LeadLag, minutes: bool) -> Result<At, Failure> {
        let step = if minutes { MINUTE } else { 1 };
        let rows = compare(&entries, Clock { blocks, step, reach: args.max_lag as usize }, args, minutes)?;
        Ok(At { day, names: entries.into_iter().map(|e| e.name).collect(), rows })
    }
}

/// The moments of the estimates: the end of the last session of each period from `--from` on, and `--as-of`.
fn moments(as_of: AsOf, args: &LeadLag) -> Result<Vec<AsOf>, Failure> {
    let Some(from) = &args.from else { return Ok(vec![as_of]) };
    let (from, to) = (day(from)?, as_of.day());
    if from > to {
        return Err(Failure::new(format!("--from {from} lies after --as-of {as_of}")));
    }
    let period = |d: Day| match args.every {
        Every::Week => d.plus(-i32::from(d.weekday())),
        Every::Month => d.month_start(),
        Every::Quarter => {
            let (year, month, _) = d.parts();
            Day::ymd(year, (month - 1) / 3 * 3 + 1, 1)
        }
    };
    let calendar = Calendar::nyse();
    let ends = calendar.between(from, to).iter().copied().filter(|d| *d < to && period(*d) != period(calendar.next(*d)));
    Ok(ends.map(AsOf::end_of).chain([as_of]).collect())
}

/// Refusals and defects of a file, shown on the error stream.
#[derive(Default)]
struct Shown {
    refused: Vec<Refusal>,
    defects: Vec<Defect>,
    missing: u64,
}

impl Sink for Shown {
    fn rows(&mut self, _: Observations) -> Result<(), SinkClosed> {
        Ok(())
    }
    fn refuse(&mut self, refusal: Refusal) {
        self.refused.push(refusal);
    }
    fn defect(&mut self, defect: Defect) {
        self.defects.push(defect);
    }
    fn progress(&mut self, _: u64, _: u64) {}
    fn missing(&mut self, values: u64) {
        self.missing += values;
    }
}

/// Minute bars of files, on the days of trading; a name given twice is an error.
fn files(paths: &[PathBuf]) -> Result<Laid, Failure> {
    let mut all: Vec<MinuteBars> = Vec::new();
    for path in paths {
        let mut shown = Shown::default();
        let bars = minute_bars::read(path, &mut shown).map_err(|e| {
            Failure::new(e).hint("a file of minute bars has the columns Datetime and Close, and is named after its symbol")
        })?;
        for r in shown.refused.iter().take(5) {
            eprintln!("{}, row {}: {}: expected {}, got `{}`", path.display(), r.row, r.field, r.expected, r.got);
        }
        if shown.refused.len() > 5 {
            eprintln!("{}: {} rows refused in all", path.display(), shown.refused.len());
        }
        for d in &shown.defects {
            eprintln!("{}: {}", path.display(), d.detail);
        }
        if shown.missing > 0 {
            eprintln!("{}: {} rows without a close", path.display(), shown.missing);
        }
        if all.iter().any(|b| b.symbol == bars.symbol) {
            return Err(Failure::new(format!("two files are named {}", bars.symbol)).hint("name each file after its symbol"));
        }
        all.push(bars);
    }
    if all.len() < 2 {
        return Err(Failure::new("one file has nothing to be compared with").hint("name two files or more"));
    }
    // A block a day, as long as any of them has bars.
    let days: BTreeSet<_> = all.iter().flat_map(|b| b.day.iter().copied()).collect();
    let spans = days.into_iter().map(|day| {
        let of_day = all.iter().flat_map(|b| {
            let range = b.day.partition_point(|d| *d < day)..b.day.partition_point(|d| *d <= day);
            b.moment[range].iter().map(|m| m.0)
        });
        of_day.fold((i64::MAX, i64::MIN), |(a, b), m| (a.min(m), b.max(m)))
    });
    let blocks = spans.collect();
    let entries = all
        .into_iter()
        .map(|b| Entry {
            name: b.symbol,
            time: b.moment.iter().map(|m| m.0).collect(),
            value: b.close.iter().map(|c| c.ln()).collect(),
        })
        .collect();
    Ok((entries, blocks))
}

/// The parameters that a list of series or a universe is checked by.
static SERIES: Spec = Spec {
    name: "leadlag",
    title: "",
    topic: Topic::Signals,
    unit: Unit::Sessions,
    summary: "",
    definition: "",
    params: &[ParamSpec::new("series", ParamKind::SeriesOrUniverse, "etf:SPY", "")],
    inputs: "",
    missing: "",
    point_in_time: "",
    references: &[],
    verified: "",
};

/// A side of the store, checked, with aliases of the thesis resolved.
fn side(text: &str, scope: &Scope) -> Result<Params, Failure> {
    let given = [("series".to_owned(), text.trim().to_owned())].into();
    Ok(Params::resolve(&SERIES, &given, scope)?)
}

/// Series or members of a universe from the store, over the last sessions.
fn stored(session: &Session, scope: &Scope, as_of: AsOf, args: &LeadLag) -> Result<Laid, Failure> {
    let knowledge = session.snapshot(as_of)?;
    let n = args.sessions as usize;
    let sides: Vec<Params> = match (&args.series, &args.universe) {
        (Some(list), _) => list.split(',').map(|t| side(t, scope)).collect::<Result<_, _>>()?,
        (None, Some(universe)) => vec![side(&format!("universe:{universe}"), scope)?],
        (None, None) if args.intermarket => INTERMARKET.iter().map(|t| side(t, scope)).collect::<Result<_, _>>()?,
        (None, None) => {
            return Err(Failure::new("nothing to compare").hint("name files, --series, --universe or --intermarket"));
        }
    };
    let mut needs = Needs::default();
    sides.iter().for_each(|p| needs.merge(&observed::needs(p, &["series"], n)));
    let from = Calendar::nyse().on_or_before(knowledge.as_of().day());
    let cut = Cut::build(&knowledge, &needs, from)?;
    let t = cut.last().ok_or_else(|| Failure::new(format!("no session is known by {}", cut.as_of)))?;
    let mut found: Vec<Observed> = Vec::new();
    if args.universe.is_some() {
        let text = sides[0].universe("series").unwrap_or_default();
        found = Observed::members(&cut, text, (n, t)).map_err(|e| Failure::new(format!("{text}: {e}")))?;
        let before = found.len();
        found.retain(|o| o.time.len() > FEWEST);
        if found.len() < before {
            let left = before - found.len();
            eprintln!("{as_of}: {left} of {before} members left out: fewer than {FEWEST} returns in the window");
        }
    } else if args.intermarket {
        let side = |params| Observed::of(&cut, params, "series", (n, t)).ok().filter(|o| o.time.len() > FEWEST);
        found = sides.iter().filter_map(side).collect();
        let absent: Vec<&str> = INTERMARKET.iter().copied().filter(|name| !found.iter().any(|o| o.id == **name)).collect();
        if !absent.is_empty() {
            eprintln!("{as_of}: left out, not known throughout the window: {}", absent.join(" "));
        }
    } else {
        for params in &sides {
            let side = Observed::of(&cut, params, "series", (n, t)).map_err(|e| {
                Failure::new(format!("{}, as of {as_of}: {e}", params.text("series")))
                    .hint("`plimsoll status --keys` lists every series and when it begins")
            })?;
            found.push(side);
        }
    }
    if found.len() < 2 {
        return Err(Failure::new("one series has nothing to be compared with").hint("name two or more, separated by commas"));
    }
    let times = || found.iter().flat_map(|o| o.time.iter().copied());
    let block = (times().min().unwrap_or(0), times().max().unwrap_or(0));
    let entries = found.into_iter().map(|o| Entry { name: o.id, time: o.time, value: o.value }).collect();
    Ok((entries, vec![block]))
}

/// All pairs, with p-values.
fn compare(entries: &[Entry], clock: Clock, args: &LeadLag, minutes: bool) -> Result<Vec<Row>, Failure> {
    let ticks: Vec<Ticks> = entries.iter().map(|e| Ticks { time: &e.time, value: &e.value }).collect();
    let grid = Grid::new(&ticks, clock).map_err(Failure::new)?;
    let block = if minutes { BLOCK_OF_MINUTES } else { BLOCK_OF_SESSIONS };
    let chance = Chance { draws: args.draws as usize, block, seed: args.seed };
    let mut rows: Vec<Row> = grid
        .pairs()
        .into_par_iter()
        .filter_map(|((i, j), found)| {
            let n = grid.increments(i, j);
            let found = found.filter(|_| n[0].min(n[1]) >= FEWEST)?;
            Some(Row {
                pair: [entries[i].name.clone(), entries[j].name.clone()],
                lag: found.lag,
                correlation: [found.strength(), found.correlation[found.correlation.len() / 2]],
                ratio: found.ratio,
                p: [grid.asymmetry(i, j, chance), None],
                n,
            })
        })
        .collect();
    let all = entries.len() * (entries.len() - 1) / 2;
    if rows.len() < all {
        eprintln!("{} of {all} pairs left out: fewer than {FEWEST} increments, or a price that never moves", all - rows.len());
    }
    let control = match args.control {
        Control::Bh => multiple::Control::BenjaminiHochberg,
        Control::Holm => multiple::Control::Holm,
    };
    let known: Vec<f64> = rows.iter().filter_map(|r| r.p[0]).collect();
    let adjusted = control.adjust(&known);
    rows.iter_mut().filter(|r| r.p[0].is_some()).zip(adjusted).for_each(|(r, p)| r.p[1] = Some(p));
    Ok(rows)
}

/// What to say where not even the smallest p-value that so many draws can give survives the adjustment for so many pairs.
fn too_few(draws: u32, pairs: usize, level: f64) -> Option<String> {
    let needed = (pairs as f64 / level).ceil() - 1.0;
    (f64::from(draws) < needed).then(|| {
        format!(
            "{draws} draws cannot show a p-value below 1/{}: among {pairs} pairs one lead alone is never named at the level {level}; \
             `--draws {needed}` can",
            draws + 1
        )
    })
}

impl Row {
    /// Who leads, where that is surely more than chance.
    fn leader(&self, level: f64) -> Option<usize> {
        (self.p[1]? <= level).then(|| usize::from(self.ratio.unwrap_or(f64::INFINITY) < 1.0))
    }
}

/// A table that begins with the day, where there are several.
fn dated(found: &[At], days: impl Iterator<Item = Option<Day>>) -> Sheet {
    if found.iter().any(|at| at.day.is_some()) { Sheet::default().day("day", days) } else { Sheet::default() }
}

fn pairs(found: &[At], unit: &str, level: f64) -> Sheet {
    let rows: Vec<(Option<Day>, &Row)> = found.iter().flat_map(|at| at.rows.iter().map(|r| (at.day, r))).collect();
    let number = |f: &dyn Fn(&Row) -> Option<f64>| rows.iter().map(|r| f(r.1)).collect::<Vec<_>>();
    dated(found, rows.iter().map(|r| r.0))
        .text("first", rows.iter().map(|r| r.1.pair[0].as_str()))
        .text("second", rows.iter().map(|r| r.1.pair[1].as_str()))
        .int(unit, rows.iter().map(|r| Some(r.1.lag)))
        .number("correlation", Unit::Number, number(&|r| Some(r.correlation[0])))
        .number("at_lag_0", Unit::Number, number(&|r| Some(r.correlation[1])))
        .number("lead_lag_ratio", Unit::Number, number(&|r| r.ratio))
        .number("p", Unit::Number, number(&|r| r.p[0]))
        .number("p_adjusted", Unit::Number, number(&|r| r.p[1]))
        .text("leads", rows.iter().map(|r| r.1.leader(level).map_or("", |k| r.1.pair[k].as_str())))
        .int("n_first", rows.iter().map(|r| Some(r.1.n[0] as i64)))
        .int("n_second", rows.iter().map(|r| Some(r.1.n[1] as i64)))
}

/// Whom a series leads (`leads`), or who leads it.
fn others(rows: &[Row], name: &str, leads: bool, level: f64) -> Vec<String> {
    let other = |r: &Row| {
        let k = r.leader(level)?;
        let (leader, led) = (&r.pair[k], &r.pair[1 - k]);
        if leads { (leader == name).then(|| led.clone()) } else { (led == name).then(|| leader.clone()) }
    };
    rows.iter().filter_map(other).collect()
}

fn map(found: &[At], level: f64) -> Sheet {
    type Line<'a> = (Option<Day>, &'a str, [Vec<String>; 2]);
    let all: Vec<Line<'_>> = found
        .iter()
        .flat_map(|at| {
            at.names.iter().map(|n| (at.day, n.as_str(), [true, false].map(|leads| others(&at.rows, n, leads, level))))
        })
        .collect();
    dated(found, all.iter().map(|r| r.0))
        .text("series", all.iter().map(|r| r.1))
        .int("leads_count", all.iter().map(|r| Some(r.2[0].len() as i64)))
        .int("led_by_count", all.iter().map(|r| Some(r.2[1].len() as i64)))
        .text("leads", all.iter().map(|r| r.2[0].join(" ")))
        .text("led_by", all.iter().map(|r| r.2[1].join(" ")))
}

#[cfg(test)]
mod tests {
    use super::too_few;

    #[test]
    fn too_few_draws_are_said() {
        assert_eq!(too_few(999, 50, 0.05), None, "50 / 1,000 is the level itself");
        let said = too_few(999, 190, 0.05).unwrap();
        assert!(said.contains("1/1000") && said.contains("--draws 3799"), "{said}");
        assert_eq!(too_few(3799, 190, 0.05), None);
    }
}
