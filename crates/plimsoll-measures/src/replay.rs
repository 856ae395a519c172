//! Values and histories, each as known then.
//!
//! A history is not one cut's past: where a value about an earlier day was replaced within the span, the past must be cut again. Between
//! two such moments one cut serves every session, so a history without revisions costs one pass.

use std::collections::BTreeSet;
use std::ops::Range;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, CutError};
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};

use crate::{Flags, Measure, Params, Point, Unmeasurable};

/// One measure with its parameters.
#[derive(Clone)]
pub struct Asked {
    /// The measure.
    pub measure: &'static dyn Measure,
    /// Its parameters.
    pub params: Params,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.measure.spec().name, self.params.values())
    }
}

/// Which sessions of a span are wanted of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// Every one.
    Every,
    /// The last alone, for what shows no history.
    Last,
}

/// The history of one asked measure.
pub type History = Result<Vec<(Day, Point)>, Unmeasurable>;

/// The last session with its value.
pub type Latest = Result<(Day, Point), Unmeasurable>;

/// What a replay found.
pub struct Replay {
    /// The cut of the last stretch: as of the end of the span.
    pub cut: Cut,
    /// One history an asked measure, in the order asked.
    pub histories: Vec<History>,
    /// How many cuts were needed: one, and one more for each moment at which the past was revised.
    pub cuts: usize,
}

/// The union of what the asked measures read.
pub fn needs(asked: &[Asked], from: Day) -> Needs {
    let mut all = Needs::default();
    for a in asked {
        all.merge(&a.measure.needs(&a.params, from));
        all.panel_source = all.panel_source.or_else(|| a.params.panel().map(str::to_owned));
    }
    all
}

/// Evaluates measures at every session from `from` to the moment of the knowledge, each session as known by its end.
pub fn replay(knowledge: &dyn Knowledge, asked: &[Asked], from: Day) -> Result<Replay, CutError> {
    let every: Vec<(Asked, Sessions)> = asked.iter().map(|a| (a.clone(), Sessions::Every)).collect();
    replay_some(knowledge, &every, from)
}

/// [`replay`], but of some measures the last session alone: its point is the last of their history, without the work of the others.
pub fn replay_some(knowledge: &dyn Knowledge, asked: &[(Asked, Sessions)], from: Day) -> Result<Replay, CutError> {
    let all: Vec<Asked> = asked.iter().map(|(a, _)| a.clone()).collect();
    let every = |sessions: &Sessions| *sessions == Sessions::Every;
    let mut histories: Vec<History> = asked.iter().map(|_| Ok(Vec::new())).collect();
    let (cut, cuts) = stretches(knowledge, &needs(&all, from), from, |cut, days| {
        let wanted = histories.iter_mut().zip(asked).filter(|(_, (_, s))| every(s)).map(|(h, (a, _))| (h, a));
        wanted.for_each(|(history, a)| extend(history, a, cut, days.clone()));
    })?;
    if let Some(t) = cut.last().filter(|t| cut.sessions[*t] >= from) {
        let wanted = histories.iter_mut().zip(asked).filter(|(_, (_, s))| !every(s));
        wanted.for_each(|(history, (a, _))| extend(history, a, &cut, t..t + 1));
    }
    Ok(Replay { cut, histories, cuts })
}

/// Shows `each` the cuts that serve the sessions from `from` to the moment of the knowledge, in the order of time, each with the
/// positions that it serves: every session stands in exactly one of them, as known by its end. Comes back with the last cut and how
/// many there were.
pub fn stretches(
    knowledge: &dyn Knowledge,
    needs: &Needs,
    from: Day,
    mut each: impl FnMut(&Cut, Range<usize>),
) -> Result<(Cut, usize), CutError> {
    let to = knowledge.as_of().day();
    let cut = Cut::build(knowledge, needs, from)?;
    let breaks = breaks(knowledge, &cut, from)?;
    let mut start = from;
    for moment in &breaks {
        // Sessions that end before the moment did not know of it.
        let end = last_before(*moment);
        if end < start {
            continue;
        }
        let past = knowledge.back_to(AsOf::end_of(end));
        let then = Cut::build(past.as_ref(), needs, start)?;
        each(&then, then.positions(start, end));
        start = end.plus(1);
    }
    each(&cut, cut.positions(start, to));
    Ok((cut, breaks.len() + 1))
}

/// The value of one measure at the last session known.
pub fn at(knowledge: &dyn Knowledge, asked: &Asked) -> Result<(Cut, Latest), CutError> {
    let day = Calendar::nyse().on_or_before(knowledge.as_of().day());
    let needs = needs(std::slice::from_ref(asked), day);
    let cut = Cut::build(knowledge, &needs, day)?;
    let found = match cut.last() {
        Some(t) => points(&cut, asked, t..t + 1).map(|points| (cut.sessions[t], points[0])),
        // A measure knows better what is lacking.
        None => match asked.measure.track(&cut, &asked.params, 0..0) {
            Err(why) => Err(why),
            Ok(_) => Err(Unmeasurable(format!("no session is known by {}", knowledge.as_of()))),
        },
    };
    Ok((cut, found))
}

fn extend(history: &mut History, asked: &Asked, cut: &Cut, days: Range<usize>) {
    if let Ok(so_far) = history {
        match points(cut, asked, days.clone()) {
            Ok(points) => so_far.extend(cut.sessions[days].iter().copied().zip(points)),
            Err(why) => *history = Err(why),
        }
    }
}

/// The values at some positions, flagged where prices come from a source that only names later survivors.
pub fn points(cut: &Cut, asked: &Asked, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
    let mut points = asked.measure.track(cut, &asked.params, days)?;
    let survivors = asked.params.panel() == Some("adjusted") && !cut.panel.securities.is_empty();
    points.iter_mut().for_each(|p| *p = p.flagged(Flags::SURVIVORSHIP.when(survivors)));
    Ok(points)
}

/// The last day that ends before a moment.
fn last_before(moment: Moment) -> Day {
    let day = moment.day();
    if AsOf::end_of(day).moment() < moment { day } else { day.plus(-1) }
}

/// Of the moments at which a calendar of events gained a row about an earlier day, those at which a row that was known was replaced.
///
/// A meeting added between two that were announced a year ahead is news about the future, not a revision of the past: measures filter
/// events by when they were known, so that one cut serves.
fn replacements(knowledge: &dyn Knowledge, scan: &Scan, moments: &[Moment]) -> Result<Vec<Moment>, CutError> {
    let mut out = Vec::new();
    for &moment in moments {
        let before = knowledge.back_to(AsOf::at(Moment(moment.0 - 1))).scan(scan)?;
        let after = knowledge.back_to(AsOf::at(moment)).scan(scan)?;
        // Rows of both come in the order of their keys: what was known must still be there, as it was.
        let mut rows = 0..after.len();
        let same = |i: usize, j: usize| {
            before.period[i] == after.period[j]
                && before.known_at[i] == after.known_at[j]
                && before.text("calendar").get(i) == after.text("calendar").get(j)
                && before.text("kind").get(i) == after.text("kind").get(j)
                && before.text("note").get(i) == after.text("note").get(j)
                && before.f64("value")[i].to_bits() == after.f64("value")[j].to_bits()
        };
        if !(0..before.len()).all(|i| rows.any(|j| same(i, j))) {
            out.push(moment);
        }
    }
    Ok(out)
}

/// Moments after the end of `from` at which the past, or who is who, changed.
fn breaks(knowledge: &dyn Knowledge, cut: &Cut, from: Day) -> Result<Vec<Moment>, CutError> {
    let after = AsOf::end_of(from).moment();
    let mut out = BTreeSet::new();
    // What comes with every vintage needs no cut of its own: kernels choose by when each was known.
    for scan in cut.scans.iter().filter(|scan| !scan.vintages) {
        let found = knowledge.breaks(scan, after)?;
        if scan.dataset == Dataset::Events {
            out.extend(replacements(knowledge, scan, &found)?);
        } else {
            out.extend(found);
        }
    }
    // A change of symbol joins two securities from the moment it is known.
    let carried: BTreeSet<&str> = cut
        .panel
        .securities
        .iter()
        .filter(|s| !s.former.is_empty())
        .flat_map(|s| s.former.iter().map(|f| f.0.as_str()))
        .collect();
    let changes = knowledge.scan(&Scan::all(Dataset::SymbolChanges))?;
    for i in 0..changes.len() {
        let known = Moment(changes.known_at[i]);
        if known > after && carried.contains(changes.text("symbol").get(i)) {
            out.insert(known);
        }
    }
    // A symbol that came back names another security from its first session on.
    for pair in cut.panel.securities.windows(2) {
        if pair[0].symbol == pair[1].symbol && cut.sessions[pair[1].first] > from {
            let grouped =
                cut.groups.values().any(|g| g.members.iter().any(|&m| cut.panel.securities[m].symbol == pair[1].symbol));
            if grouped {
                out.insert(Calendar::nyse().close(cut.sessions[pair[1].first]));
            }
        }
    }
    Ok(out.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use plimsoll_model::knowledge::Memory;
    use plimsoll_model::observations::{Column, Observations, TextBuilder};

    use super::*;

    /// Meetings as (day, kind, known on).
    fn meetings(rows: &[(Day, &str, Day)]) -> (String, Observations) {
        let text = |of: &dyn Fn(usize) -> String| {
            let mut t = TextBuilder::default();
            (0..rows.len()).for_each(|i| t.push(&of(i)));
            Column::Text(t.finish())
        };
        let columns = vec![
            text(&|_| "fomc".into()),
            text(&|i| rows[i].1.into()),
            Column::F64(vec![f64::NAN; rows.len()]),
            text(&|_| String::new()),
        ];
        let known = rows.iter().map(|r| r.2.at(14, 0).0).collect();
        ("fomc".into(), Observations::new(Dataset::Events, rows.iter().map(|r| r.0.0).collect(), known, columns))
    }

    #[test]
    fn a_meeting_added_is_no_revision_and_one_republished_is() {
        let day = |m, d| Day::ymd(2020, m, d);
        let ahead = Day::ymd(2019, 6, 3);
        let rows = [(day(3, 18), "scheduled", ahead), (day(4, 29), "scheduled", ahead), (day(3, 3), "unscheduled", day(3, 3))];
        let scan = Scan::all(Dataset::Events).keys(["fomc"]);
        let found = |rows: &[(Day, &str, Day)]| {
            let memory = Memory::new(AsOf::end_of(day(6, 30)), vec![meetings(rows)]);
            let moments = memory.breaks(&scan, AsOf::end_of(day(1, 2)).moment()).unwrap();
            (moments.len(), replacements(&memory, &scan, &moments).unwrap())
        };
        assert_eq!(found(&rows), (1, vec![]));
        let again = [&rows[..], &[(day(4, 29), "scheduled", day(3, 20))]].concat();
        assert_eq!(found(&again), (2, vec![day(3, 20).at(14, 0)]));
    }
}
