//! Who belongs to a published universe, and since when that was known.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};

use crate::table::{Table, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `ticker,start_date,end_date` into entries and exits.
///
/// Two conventions share this layout and are told apart by the dates themselves:
///
/// * **effective dates**: the name is a member from `start_date` and no longer on `end_date`; both are known at that day's open;
/// * **lists**: every date is the last session of a quarter, the date of a list. `start_date` is the first list with the name and
///   `end_date` the last one. A list is known, and its status begins, at the open of the session after its date. A name leaves with
///   the next list in the file; where `end_date` is the file's last list, what the next one says is not known, so nothing is written.
///
/// The universe is named by the file: `sp500_membership.csv` is `sp500`, `r2k_membership.csv` is `russell2000`.
pub struct Membership;

static INFO: SourceInfo = SourceInfo {
    id: "membership",
    title: "Index membership by intervals",
    publisher: "Compiled from index announcements and from published lists of holdings",
    terms: "Lists belong to the index providers; personal use, derived figures may be published",
    known_at: "Effective-date files: the open of the day. Quarter-end lists: the open of the session after the list's date, when the status also begins",
    revisions: "A later file may correct earlier intervals; corrections arrive as new vintages",
    caveats: &[
        "Lists at quarter ends: what happened between two lists (deletions, additions, the June reconstitution) shows only with the next list",
        "Quarters without a list (2017-03 and 2017-06 in the Russell file) are simply absent: the status of the list before them goes on",
        "Symbols are those of the list; some lists drop the class separator (MOGA for MOG.A) or append the market (AFIN US)",
    ],
    layout: "CSV `ticker,start_date,end_date`, end empty = still a member; universe from the file name",
};

/// A membership from a day until before another; days of a list are its effective session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Interval {
    start: Day,
    end: Option<Day>,
}

/// The universe that a file name stands for.
fn universe(path: &Path) -> String {
    let stem = path.file_stem().map(|s| s.to_string_lossy().to_lowercase()).unwrap_or_default();
    match stem.strip_suffix("_membership").unwrap_or(&stem) {
        "r2k" => "russell2000".to_owned(),
        "r1k" => "russell1000".to_owned(),
        "r3k" => "russell3000".to_owned(),
        other => other.to_owned(),
    }
}

/// The last session of a quarter, or the last calendar day of one.
fn is_quarter_end(day: Day) -> bool {
    let (_, month, _) = day.parts();
    let end = day.month_end();
    month % 3 == 0 && (day == end || day == Calendar::nyse().on_or_before(end))
}

impl Reader for Membership {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        head.has_header(&["ticker", "start_date", "end_date"])
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let rows = read_intervals(path, sink)?;
        let dates: BTreeSet<Day> = rows.iter().flat_map(|r| [Some(r.start), r.end]).flatten().collect();
        let lists = !dates.is_empty() && dates.iter().all(|d| is_quarter_end(*d));
        let calendar = Calendar::nyse();

        let mut members: BTreeMap<String, Vec<Interval>> = BTreeMap::new();
        for r in rows {
            let interval = if lists {
                // The name leaves with the list after its last one; a list is in force from the session after its date.
                let next = r.end.and_then(|e| dates.range(e.plus(1)..).next().copied());
                Interval { start: calendar.next(r.start), end: next.map(|n| calendar.next(n)) }
            } else if r.end == Some(r.start) {
                let expected = "an end after the start (the end is the first day out)";
                let refused = refusal("empty_interval", r.row, "end_date", expected, r.start.to_string().as_bytes());
                sink.refuse(Refusal { period: Some(r.start), ..refused });
                continue;
            } else {
                Interval { start: r.start, end: r.end }
            };
            members.entry(r.symbol).or_default().push(interval);
        }
        if lists {
            absent_lists(&dates, sink);
        }
        write(&universe(path), members, sink)
    }
}

struct Row {
    row: u64,
    symbol: String,
    start: Day,
    end: Option<Day>,
}

fn read_intervals(path: &Path, sink: &mut dyn Sink) -> Result<Vec<Row>, SourceError> {
    let mut table = Table::open(path, sink)?;
    let (ticker, from, to) = (table.column("ticker")?, table.column("start_date")?, table.column("end_date")?);
    let mut rows = Vec::new();
    while let Some(row) = table.advance(sink)? {
        let Some(start) = table.day(row, from, sink) else { continue };
        let text = table.fields.text(ticker);
        // Vendors of lists append the market to a ticker that another market also uses.
        let name = text.strip_suffix(" US").unwrap_or(&text);
        let Some(symbol) = canonical(name) else {
            let refused = refusal("not_a_symbol", row, "ticker", "a symbol of a US exchange", text.as_bytes());
            sink.refuse(Refusal { period: Some(start), ..refused });
            continue;
        };
        let end = if table.fields.get(to).is_empty() {
            None
        } else {
            let Some(end) = table.day(row, to, sink) else { continue };
            if end < start {
                let refused =
                    refusal("reversed_interval", row, "end_date", &format!("a day from {start} on"), table.fields.get(to));
                sink.refuse(Refusal { period: Some(start), ..refused });
                continue;
            }
            Some(end)
        };
        rows.push(Row { row, symbol, start, end });
    }
    Ok(rows)
}

/// Joins what overlaps or touches, so that a day has one status; tells of the overlaps.
fn join(symbol: &str, mut intervals: Vec<Interval>, sink: &mut dyn Sink) -> Vec<Interval> {
    intervals.sort_unstable_by_key(|i| i.start);
    let mut joined: Vec<Interval> = Vec::new();
    for next in intervals {
        match joined.last_mut() {
            Some(last) if last.end.is_none_or(|e| next.start <= e) => {
                if last.end.is_none_or(|e| next.start < e) {
                    let detail = format!("{symbol} has intervals that overlap from {}; they were joined", next.start);
                    let (rule, subject) = ("overlapping_membership".to_owned(), symbol.to_owned());
                    let (from, to) = (Some(next.start), next.end);
                    sink.defect(Defect { rule, severity: Severity::Note, subject, from, to, rows: 2, detail });
                }
                last.end = last.end.and_then(|e| next.end.map(|n| e.max(n)));
            }
            _ => joined.push(next),
        }
    }
    joined
}

fn absent_lists(dates: &BTreeSet<Day>, sink: &mut dyn Sink) {
    for (a, b) in dates.iter().zip(dates.iter().skip(1)) {
        let months = |d: &Day| i32::from(d.parts().0) * 12 + i32::from(d.parts().1);
        let absent = (months(b) - months(a)) / 3 - 1;
        if absent > 0 {
            let detail = format!("{absent} quarter-end lists between {a} and {b} are absent; the list of {a} stands until {b}");
            let (rule, subject) = ("absent_list".to_owned(), String::new());
            let (from, to) = (Some(*a), Some(*b));
            sink.defect(Defect { rule, severity: Severity::Note, subject, from, to, rows: absent as u64, detail });
        }
    }
}

fn write(universe: &str, members: BTreeMap<String, Vec<Interval>>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let now = sink.now();
    let (mut period, mut known, mut flags) = (Vec::new(), Vec::new(), Vec::new());
    let mut symbols = TextBuilder::default();
    for (symbol, intervals) in members {
        for interval in join(&symbol, intervals, sink) {
            for (day, member) in [(Some(interval.start), 1), (interval.end, 0)] {
                let Some(day) = day else { continue };
                let known_at: Moment = Calendar::nyse().open(Calendar::nyse().on_or_after(day));
                if known_at > now {
                    let (field, expected) =
                        (if member == 1 { "start_date" } else { "end_date" }, format!("a change known by {now}"));
                    let refused = refusal("future_dated", 0, field, &expected, format!("{symbol} {day}").as_bytes());
                    sink.refuse(Refusal { period: Some(day), ..refused });
                    continue;
                }
                period.push(day.0);
                known.push(known_at.0);
                symbols.push(&symbol);
                flags.push(member);
            }
        }
    }
    if period.is_empty() {
        return Ok(());
    }
    let universe = plimsoll_model::observations::TextColumn::constant(universe, period.len());
    let columns = vec![Column::Text(universe), Column::Text(symbols.finish()), Column::U8(flags)];
    Ok(sink.rows(Observations::new(Dataset::Members, period, known, columns))?)
}
