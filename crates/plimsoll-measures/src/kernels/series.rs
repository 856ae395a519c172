//! Named series as they were known at a session: alternatives resolved, several series joined on the days they share.
//!
//! Windows count sessions of the exchange's calendar, not rows and not positions of a cut's axis, so a value does not depend on what
//! else a cut was asked for. A window ends at the last day observed by then: a yield that its publisher releases a day later is
//! measured to the day before.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Series};
use plimsoll_model::dataset::quality;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};

use crate::{Flags, Missing, Point, Window};

/// More sessions than this after the last observation make a value stale.
pub const STALE_AFTER: usize = 3;
/// More sessions than this after the last observation make it no answer at all.
pub const DEAD_AFTER: usize = 63;
/// An alternative is preferred once it has this many sessions behind it, so that a year's window does not break off where it begins.
pub const MATURE: usize = 260;
/// An observation stands for a day at most this many sessions later (a month, so that monthly series can be measured).
pub const CARRIED: usize = 23;

/// The ten-year Treasury yield, in per cent.
pub const TEN_YEAR: &str = "treasury:10Y|fred:DGS10";
/// The two-year Treasury yield, in per cent.
pub const TWO_YEAR: &str = "treasury:2Y|fred:DGS2";
/// Small capitalisation: a fund on the Russell 2000 with dividends, else the index.
pub const SMALL: &str = "etf:IWM|index:RUT";
/// Large capitalisation: a fund on the S&P 500 with dividends, else the index.
pub const LARGE: &str = "etf:SPY|index:GSPC";
/// Option-adjusted spread of the ICE BofA US High Yield Index, in per cent.
pub const HIGH_YIELD: &str = "fred:BAMLH0A0HYM2";

/// What a measure of series says of missing data.
pub const MISSING: &str = "Days without an observation are skipped and series are joined on the days they share. Of the alternatives of a series the first \
     is used that is no more than 3 sessions old and has 260 sessions behind it, else the one that began first, else the freshest. A value whose last observation is more than 3 sessions old is \
     flagged stale; after 63 sessions there is no value. A window that starts before the first observation gives none.";
/// What a measure of series says of the past.
pub const POINT_IN_TIME: &str = "Only observations known by the end of the session are used, alternatives are chosen by what was known then, and the window ends at \
     the last of them.";

/// Asks for every alternative of each series text, so that the choice between them can be made session by session.
pub fn wanted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Needs {
    texts.into_iter().flat_map(|t| t.split('|')).fold(Needs::default(), |needs, id| needs.series(id))
}

/// Whether the values of a series are returns (decimals) and not levels.
pub fn is_return(id: &str) -> bool {
    id.starts_with("french:")
}

/// How many sessions lie after `last` up to `today`.
pub fn age(last: Day, today: Day) -> usize {
    Calendar::nyse().between(last.plus(1), today).len()
}

/// Series on the days they share. Series of returns are chained into levels over all their own days before they are joined.
pub struct Frame {
    /// Ids of the columns.
    pub ids: Vec<String>,
    /// Days, ascending.
    pub day: Vec<Day>,
    /// One column of levels a series, as long as `day`.
    pub column: Vec<Vec<f64>>,
    known_at: Vec<Moment>,
    quality: Vec<u8>,
}

impl Frame {
    /// Joins series on the days that all of them have.
    pub fn join(series: &[&Series]) -> Frame {
        let levels: Vec<Vec<f64>> = series.iter().map(|s| levels(s)).collect();
        let mut frame = Frame {
            ids: series.iter().map(|s| s.id.clone()).collect(),
            day: Vec::new(),
            column: vec![Vec::new(); series.len()],
            known_at: Vec::new(),
            quality: Vec::new(),
        };
        let mut at = vec![0usize; series.len()];
        let Some(first) = series.first() else { return frame };
        for i in 0..first.day.len() {
            let day = first.day[i];
            at[0] = i;
            let shared = series.iter().enumerate().skip(1).all(|(k, s)| {
                while s.day.get(at[k]).is_some_and(|d| *d < day) {
                    at[k] += 1;
                }
                s.day.get(at[k]) == Some(&day)
            });
            if shared {
                let known = series.iter().zip(&at).map(|(s, &j)| s.known_at[j]).max().expect("at least one series");
                frame.day.push(day);
                frame.known_at.push(known);
                frame.quality.push(series.iter().zip(&at).fold(0, |q, (s, &j)| q | s.quality[j]));
                for (k, &j) in at.iter().enumerate() {
                    frame.column[k].push(levels[k][j]);
                }
            }
        }
        frame
    }
}

/// Levels of a series: its values, or its returns chained from 1 at its own beginning.
fn levels(series: &Series) -> Vec<f64> {
    if !is_return(&series.id) {
        return series.value.clone();
    }
    let mut level = 1.0;
    series
        .value
        .iter()
        .map(|r| {
            level *= 1.0 + r;
            level
        })
        .collect()
}

/// The alternative of `text` to use, as known by the end of `today`: of those that are fresh the first that has [`MATURE`] sessions
/// behind it, else the one that began first; where none is fresh, the freshest.
fn chosen<'a>(cut: &'a Cut, text: &str, today: Day) -> Option<&'a Series> {
    let known = text.split('|').filter_map(|id| cut.series.get(id)).filter_map(|s| Some((s.last(today)?.0, s)));
    let known: Vec<(Day, &Series)> = known.collect();
    let fresh = || known.iter().filter(|(last, _)| age(*last, today) <= STALE_AFTER).map(|k| k.1);
    let mature = fresh().find(|s| age(s.day[0], today) >= MATURE);
    // Of equals the first, in the order of preference.
    let freshest = || known.iter().reduce(|a, b| if b.0 > a.0 { b } else { a }).map(|k| k.1);
    mature.or_else(|| fresh().min_by_key(|s| s.day[0])).or_else(freshest)
}

/// What was known of a frame by the end of a session.
pub struct View {
    frame: Arc<Frame>,
    n: usize,
    today: Day,
}

impl View {
    /// The series `texts` name, joined, as known by the end of position `t` of the cut's axis.
    ///
    /// # Errors
    /// [`Missing::NoData`] where one of them was not known, or all they share is more than [`DEAD_AFTER`] sessions old.
    pub fn of(cut: &Cut, texts: &[&str], t: usize) -> Result<View, Missing> {
        let today = cut.sessions[t];
        let series: Vec<&Series> = texts.iter().map(|x| chosen(cut, x, today)).collect::<Option<_>>().ok_or(Missing::NoData)?;
        let ids: Vec<&str> = series.iter().map(|s| s.id.as_str()).collect();
        let frame = cut.memo(&format!("frame {}", ids.join(" ")), || Frame::join(&series));
        let moment = AsOf::end_of(today).moment();
        let n = frame.known_at.partition_point(|k| *k <= moment);
        match n.checked_sub(1).map(|last| age(frame.day[last], today)) {
            Some(age) if age <= DEAD_AFTER => Ok(View { frame, n, today }),
            _ => Err(Missing::NoData),
        }
    }
    /// The whole frame, for kernels whose result at each observation uses only earlier ones.
    pub fn frame(&self) -> &Arc<Frame> {
        &self.frame
    }
    /// Ids of the columns, joined by a comma.
    pub fn ids(&self) -> String {
        self.frame.ids.join(", ")
    }
    /// Days known.
    pub fn days(&self) -> &[Day] {
        &self.frame.day[..self.n]
    }
    /// Levels known of column `k`.
    pub fn column(&self, k: usize) -> &[f64] {
        &self.frame.column[k][..self.n]
    }
    /// Position of the last observation.
    pub fn last(&self) -> usize {
        self.n - 1
    }
    /// Day of the last observation.
    pub fn day(&self) -> Day {
        self.frame.day[self.n - 1]
    }
    /// Level of column `k` at the last observation.
    pub fn level(&self, k: usize) -> f64 {
        self.frame.column[k][self.n - 1]
    }
    /// Return of column `k` from position `base` to the last.
    pub fn growth(&self, k: usize, base: usize) -> f64 {
        self.level(k) / self.frame.column[k][base] - 1.0
    }
    /// Position of the last observation on or before `day`.
    ///
    /// # Errors
    /// [`Missing::WarmUp`] where there is none, [`Missing::NoData`] where it lies more than [`CARRIED`] sessions before.
    pub fn on_or_before(&self, day: Day) -> Result<usize, Missing> {
        let at = self.days().partition_point(|d| *d <= day).checked_sub(1).ok_or(Missing::WarmUp)?;
        if age(self.frame.day[at], day) > CARRIED { Err(Missing::NoData) } else { Ok(at) }
    }
    /// Position of the observation that a window starts from.
    ///
    /// # Errors
    /// As [`Self::on_or_before`]; [`Missing::NoData`] where the window starts on or after the last observation.
    pub fn base(&self, window: Window) -> Result<usize, Missing> {
        let at = self.on_or_before(self.base_day(window)?)?;
        if at == self.last() { Err(Missing::NoData) } else { Ok(at) }
    }
    /// Positions within a window: of the last n sessions, the last included; else from the observation the window starts from.
    ///
    /// # Errors
    /// As [`Self::base`].
    pub fn span(&self, window: Window) -> Result<Range<usize>, Missing> {
        match window {
            Window::Sessions(n) => {
                let first = self.base_day(Window::Sessions(n - 1))?;
                if self.days()[0] > first {
                    return Err(Missing::WarmUp);
                }
                Ok(self.days().partition_point(|d| *d < first)..self.n)
            }
            _ => Ok(self.base(window)?..self.n),
        }
    }
    fn base_day(&self, window: Window) -> Result<Day, Missing> {
        start_of(window, self.day())
    }
    /// Flags of a value that uses the observations `used`.
    pub fn flags(&self, used: Range<usize>) -> Flags {
        let revised = self.frame.quality[used].iter().any(|q| q & quality::REVISED != 0);
        Flags::STALE.when(age(self.day(), self.today) > STALE_AFTER).and(Flags::REVISED.when(revised))
    }
}

/// One series at every session of a cut, laid out once: for measures that are asked for at many sessions and with many parameters.
pub struct Track {
    /// The series as levels.
    pub frame: Arc<Frame>,
    /// For each position of the axis, how many observations were known by its end; 0 where there was none that counts.
    pub known: Vec<u32>,
    /// For each position, whether the last of them was stale.
    pub stale: Vec<bool>,
    /// For each observation, the ordinal of the last session on or before its day.
    pub ordinal: Vec<u32>,
    /// Ordinal of the first session that is not before the first observation.
    pub begin: u32,
    /// For each observation, how many before it carry the flag of a revised value.
    revised: Vec<u32>,
}

impl Track {
    /// The series `text` names, where that is one id without alternatives.
    pub fn of(cut: &Cut, text: &str) -> Option<Arc<Track>> {
        let series = cut.series.get(text).filter(|_| !text.contains('|'))?;
        Some(cut.memo(&format!("track {text}"), || Track::lay_out(cut, series)))
    }
    fn lay_out(cut: &Cut, series: &Series) -> Track {
        let frame = cut.memo(&format!("frame {}", series.id), || Frame::join(&[series]));
        let calendar = Calendar::nyse();
        let all = calendar.between(calendar.span().0, calendar.span().1);
        let ordinal_of = |day: Day| all.partition_point(|s| *s <= day).saturating_sub(1) as u32;
        let ordinal: Vec<u32> = frame.day.iter().map(|d| ordinal_of(*d)).collect();
        let (mut known, mut stale) = (Vec::with_capacity(cut.sessions.len()), Vec::with_capacity(cut.sessions.len()));
        for session in &cut.sessions {
            let moment = AsOf::end_of(*session).moment();
            let n = frame.known_at.partition_point(|k| *k <= moment);
            let age = n.checked_sub(1).map(|last| age(frame.day[last], *session));
            known.push(if age.is_some_and(|a| a <= DEAD_AFTER) { n as u32 } else { 0 });
            stale.push(age.is_some_and(|a| a > STALE_AFTER));
        }
        let mut so_far = 0;
        let mut revised = vec![0];
        for q in &frame.quality {
            so_far += u32::from(q & quality::REVISED != 0);
            revised.push(so_far);
        }
        let begin = frame.day.first().map_or(0, |d| all.partition_point(|s| s < d) as u32);
        Track { frame, known, stale, ordinal, begin, revised }
    }
    /// Observations of the last `n` sessions that end with the last known at position `t`.
    ///
    /// # Errors
    /// As [`View::span`].
    pub fn span(&self, t: usize, n: usize) -> Result<Range<usize>, Missing> {
        let known = self.known[t] as usize;
        let last = known.checked_sub(1).ok_or(Missing::NoData)?;
        let first = (self.ordinal[last] + 1).checked_sub(n as u32).ok_or(Missing::WarmUp)?;
        if self.begin > first {
            return Err(Missing::WarmUp);
        }
        // Nearly always one observation a session.
        let guess = known.saturating_sub(n);
        let start = match self.ordinal[guess] == first && (guess == 0 || self.ordinal[guess - 1] < first) {
            true => guess,
            false => self.ordinal[..known].partition_point(|o| *o < first),
        };
        Ok(start..known)
    }
    /// Flags of a value at position `t` that uses the observations `used`.
    pub fn flags(&self, t: usize, used: &Range<usize>) -> Flags {
        let revised = self.revised[used.end] > self.revised[used.start];
        Flags::STALE.when(self.stale[t]).and(Flags::REVISED.when(revised))
    }
}

/// The session whose close a window that ends on `last` starts from.
///
/// # Errors
/// [`Missing::WarmUp`] before the calendar begins, [`Missing::NoData`] where the window starts on or after `last`.
pub fn start_of(window: Window, last: Day) -> Result<Day, Missing> {
    if let Window::Since(day) = window
        && day >= last
    {
        return Err(Missing::NoData);
    }
    let calendar = Calendar::nyse();
    let sessions = calendar.between(calendar.span().0, last);
    let t = sessions.len().checked_sub(1).ok_or(Missing::WarmUp)?;
    window.base(sessions, t).map(|b| sessions[b]).ok_or(Missing::WarmUp)
}

/// One point a position, each on its own.
pub fn each(days: Range<usize>, value: impl Fn(usize) -> Result<Point, Missing>) -> Vec<Point> {
    days.map(|t| value(t).unwrap_or_else(Point::missing)).collect()
}

/// How an extreme is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The lowest.
    Low,
    /// The highest.
    High,
}

impl Extreme {
    /// From the text of a parameter: `low` or `high`.
    pub fn parse(text: &str) -> Extreme {
        if text == "high" { Extreme::High } else { Extreme::Low }
    }
    /// The field's word.
    pub fn word(self) -> &'static str {
        match self {
            Extreme::Low => "low",
            Extreme::High => "high",
        }
    }
    fn beyond(self, a: f64, b: f64) -> bool {
        match self {
            Extreme::Low => a < b,
            Extreme::High => a > b,
        }
    }
    /// Where the extreme of `values` within `range` stands (the latest of equals), and the earlier positions that equal it.
    ///
    /// # Panics
    /// Where the range is empty.
    pub fn find(self, values: &[f64], range: Range<usize>) -> (usize, Vec<usize>) {
        let (mut best, mut ties) = (range.start, Vec::new());
        for i in range.skip(1) {
            if self.beyond(values[i], values[best]) {
                (best, ties) = (i, Vec::new());
            } else if values[i] == values[best] {
                ties.push(best);
                best = i;
            }
        }
        (best, ties)
    }
}

/// Says on which other days an extreme was equalled; empty where on none.
pub fn ties_note(days: &[Day], ties: &[usize]) -> String {
    if ties.is_empty() {
        return String::new();
    }
    let days: Vec<String> = ties.iter().map(|&i| days[i].to_string()).collect();
    format!("equalled on {}; the latest day counts", days.join(", "))
}

#[cfg(test)]
pub(crate) mod tests {
    use plimsoll_model::dataset::Dataset;
    use plimsoll_model::knowledge::Memory;
    use plimsoll_model::observations::{Column, Observations, TextColumn};

    use super::*;

    /// A series known on its own day at 17:00, in New York.
    pub fn batch(id: &str, days: &[Day], values: &[f64]) -> (String, Observations) {
        let n = days.len();
        let known = days.iter().map(|d| d.at(17, 0).0).collect();
        let columns = vec![Column::Text(TextColumn::constant(id, n)), Column::F64(values.to_vec()), Column::U8(vec![0; n])];
        (
            id.split(':').next().unwrap().to_owned(),
            Observations::new(Dataset::Series, days.iter().map(|d| d.0).collect(), known, columns),
        )
    }
    /// The first `n` sessions from a day.
    pub fn sessions(from: Day, n: usize) -> Vec<Day> {
        Calendar::nyse().between(from, from.plus(2 * n as i32 + 30))[..n].to_vec()
    }
    /// A cut of some series as of the end of `day`, with an axis from `from`.
    pub fn cut(batches: Vec<(String, Observations)>, texts: &[&str], from: Day, day: Day) -> Cut {
        let memory = Memory::new(AsOf::end_of(day), batches);
        Cut::build(&memory, &wanted(texts.iter().copied()), from).unwrap()
    }
    /// A measure with parameters, on some series, as of the end of `day`.
    pub fn measured(
        name: &str,
        given: &[(&str, &str)],
        batches: Vec<(String, Observations)>,
        day: Day,
    ) -> (Point, Vec<crate::Fact>) {
        let measure = crate::find(name).unwrap();
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let params = crate::Params::resolve(measure.spec(), &given, &crate::Scope::default()).unwrap();
        let memory = Memory::new(AsOf::end_of(day), batches);
        let cut = Cut::build(&memory, &measure.needs(&params, day), day).unwrap();
        let t = cut.last().unwrap();
        let point = measure.track(&cut, &params, t..t + 1).unwrap()[0];
        (point, measure.evidence(&cut, &params, t))
    }

    #[test]
    fn alternatives_are_chosen_by_what_was_known_then() {
        let days = sessions(Day::ymd(2020, 1, 2), 400);
        // The preferred one begins at position 40 and ends at 339; a third one is never fresh.
        let batches = vec![
            batch("fred:DGS10", &days[..390], &[1.0; 390]),
            batch("treasury:10Y", &days[40..340], &[2.0; 300]),
            batch("tidy:10Y", &days[..10], &[3.0; 10]),
        ];
        let text = "tidy:10Y|treasury:10Y|fred:DGS10";
        let cut = cut(batches, &text.split('|').collect::<Vec<_>>(), days[0], days[399]);
        let at = |i: usize| View::of(&cut, &[text], cut.positions(days[i], days[i]).start).unwrap().ids();
        assert_eq!(at(0), "tidy:10Y");
        assert_eq!(at(39 + MATURE), "fred:DGS10");
        assert_eq!(at(40 + MATURE), "treasury:10Y");
        assert_eq!(at(339 + STALE_AFTER), "treasury:10Y");
        assert_eq!(at(340 + STALE_AFTER), "fred:DGS10");
        assert_eq!(at(399), "fred:DGS10");
        // Before any is mature, the one that began first of those that are fresh.
        assert_eq!(at(60), "fred:DGS10");
    }

    #[test]
    fn a_dead_series_is_no_answer_and_an_old_one_is_stale() {
        let days = sessions(Day::ymd(2020, 1, 2), 120);
        let cut = cut(vec![batch("etf:SPY", &days[..40], &[1.0; 40])], &["etf:SPY"], days[0], days[119]);
        let at = |i: usize| View::of(&cut, &["etf:SPY"], cut.positions(days[i], days[i]).start);
        assert_eq!(at(39 + STALE_AFTER).unwrap().flags(0..1), Flags::default());
        assert_eq!(at(40 + STALE_AFTER).unwrap().flags(0..1), Flags::STALE);
        assert!(at(39 + DEAD_AFTER).is_ok());
        assert!(at(40 + DEAD_AFTER).is_err());
    }

    #[test]
    fn a_revised_value_within_the_window_is_flagged() {
        let days = sessions(Day::ymd(2020, 1, 2), 10);
        let (source, mut rows) = batch("fred:NFCI", &days, &[1.0; 10]);
        let Some(Column::U8(flags)) = rows.columns.last_mut() else { panic!("quality is the last column") };
        flags[4] = quality::REVISED;
        let cut = cut(vec![(source, rows)], &["fred:NFCI"], days[9], days[9]);
        let view = View::of(&cut, &["fred:NFCI"], cut.last().unwrap()).unwrap();
        assert_eq!(view.flags(4..10), Flags::REVISED);
        assert_eq!(view.flags(5..10), Flags::default());
    }

    #[test]
    fn windows_count_sessions_whatever_rows_are_missing() {
        let days = sessions(Day::ymd(2020, 1, 2), 30);
        let (mut some, mut values) = (days.clone(), (0..30).map(f64::from).collect::<Vec<_>>());
        some.remove(19);
        values.remove(19);
        let cut = cut(vec![batch("etf:SPY", &some, &values)], &["etf:SPY"], days[29], days[29]);
        let view = View::of(&cut, &["etf:SPY"], cut.last().unwrap()).unwrap();
        // Ten sessions before position 29 is position 19, which is absent: the one before stands for it.
        assert_eq!(view.column(0)[view.base(Window::Sessions(10)).unwrap()], 18.0);
        // The last ten sessions are positions 20 to 29.
        assert_eq!(view.column(0)[view.span(Window::Sessions(10)).unwrap()], (20..30).map(f64::from).collect::<Vec<_>>());
        assert_eq!(view.span(Window::Sessions(30)).unwrap().len(), 29);
        assert_eq!(view.base(Window::Sessions(30)), Err(Missing::WarmUp));
        assert_eq!(view.span(Window::Sessions(31)), Err(Missing::WarmUp));
        assert_eq!(view.base(Window::Since(days[29])), Err(Missing::NoData));
        assert_eq!(view.base(Window::Since(days[5])), Ok(5));
    }

    #[test]
    fn returns_are_chained_before_the_join() {
        let days = sessions(Day::ymd(2020, 1, 2), 4);
        let returns = batch("french:Mkt-RF", &days, &[0.1, 0.2, -0.5, 1.0]);
        let other = batch("etf:SPY", &[days[0], days[3]], &[5.0, 6.0]);
        let cut = cut(vec![returns, other], &["french:Mkt-RF", "etf:SPY"], days[3], days[3]);
        let view = View::of(&cut, &["french:Mkt-RF", "etf:SPY"], cut.last().unwrap()).unwrap();
        assert_eq!(view.days(), [days[0], days[3]]);
        assert!((view.growth(0, 0) - (1.2 * 0.5 * 2.0 - 1.0)).abs() < 1e-15);
        assert!((view.growth(1, 0) - 0.2).abs() < 1e-15);
    }

    #[test]
    fn the_latest_of_equal_extremes_counts() {
        let v = [3.0, 1.0, 2.0, 1.0, 4.0];
        assert_eq!(Extreme::Low.find(&v, 0..5), (3, vec![1]));
        assert_eq!(Extreme::High.find(&v, 0..5), (4, vec![]));
        assert_eq!(Extreme::High.find(&v, 0..2), (0, vec![]));
    }
}
