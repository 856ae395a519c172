//! Rates as regressors: yields, and the policy rate expected twelve months ahead.

use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;

use crate::kernels::fed_funds::{self, Conventions, Market, Snapshot, months_later};
use crate::kernels::policy_path::month_of;
use crate::kernels::series::{self, View, start_of};
use crate::{Flags, Missing, ParamKind, ParamSpec, Window};

/// The word for the policy rate expected twelve months ahead, in place of a yield.
pub const PATH: &str = "path_12m";
/// The word for no other rates.
const NONE: &str = "none";
/// Fewer returns than this are no estimate.
pub const FEWEST: usize = 30;

/// The rate whose slope a measure gives.
pub const RATE: ParamSpec = ParamSpec::new(
    "yield",
    ParamKind::Series,
    series::TEN_YEAR,
    "the rate: a yield in per cent, or `path_12m`, the policy rate expected twelve months ahead",
);
/// Rates held fixed beside it.
pub const BESIDE: ParamSpec = ParamSpec::new(
    "beside",
    ParamKind::Series,
    NONE,
    "other rates held fixed, at most two: yields or `path_12m`, separated by commas; or `none`",
);

/// The rate and those held fixed beside it.
pub fn texts<'a>(rate: &'a str, beside: &'a str) -> Vec<&'a str> {
    let beside = beside.split(',').map(str::trim).filter(|b| !b.is_empty() && *b != NONE);
    std::iter::once(rate).chain(beside).collect()
}

/// What is read to evaluate sessions from `from` on over `sessions` sessions.
pub fn needs(rates: &[&str], from: Day, sessions: usize) -> Needs {
    let mut needs = series::wanted(rates.iter().copied().filter(|r| *r != PATH));
    if rates.contains(&PATH) {
        needs.merge(&fed_funds::needs(from, start(Calendar::nyse().on_or_before(from), sessions)));
    }
    needs
}

/// The first session whose path a value at `session` may use.
pub fn start(session: Day, sessions: usize) -> Day {
    // Yields are known a day later, and days that not all share push the window back.
    start_of(Window::Sessions(sessions + 2 * series::CARRIED), session).unwrap_or(Calendar::nyse().span().0)
}

/// The rate twelve months ahead, each session as known by its own end.
pub struct Paths {
    /// Sessions on which it is priced, ascending.
    pub day: Vec<Day>,
    /// Per cent.
    pub rate: Vec<f64>,
}

impl Paths {
    /// The rate of a session.
    pub fn on(&self, day: Day) -> Option<f64> {
        self.day.binary_search(&day).ok().map(|at| self.rate[at])
    }
}

/// The path of every session from `from` on, by the exchange's conventions.
pub fn paths(cut: &Cut, from: Day) -> Arc<Paths> {
    cut.memo(&format!("path_12m since {from}"), || {
        let market = Market::of(cut);
        let (conventions, mut snapshot) = (Conventions::default(), Snapshot::default());
        let mut out = Paths { day: Vec::new(), rate: Vec::new() };
        for &session in Calendar::nyse().between(from, cut.as_of.day()) {
            let ahead = months_later(session, 12);
            market.price(session, month_of(ahead), &conventions, &mut snapshot);
            if let Some((rate, _)) = snapshot.expected(ahead) {
                out.day.push(session);
                out.rate.push(rate);
            }
        }
        out
    })
}

/// Levels of rates, in the order asked, and of series behind them, on the days that all share.
pub struct Levels {
    /// Days, ascending.
    pub day: Vec<Day>,
    /// One column a rate, then one a series.
    pub column: Vec<Vec<f64>>,
}

/// Series and rates as known by the end of a session.
pub struct Known<'a> {
    /// The series, then the yields.
    pub view: View,
    rates: Vec<&'a str>,
    paths: Option<Arc<Paths>>,
    series: usize,
}

impl<'a> Known<'a> {
    /// Of the series and rates as known by the end of position `t`; `from` is the first session whose path counts.
    ///
    /// # Errors
    /// As [`View::of`].
    pub fn of(cut: &Cut, (series, rates): (&[&str], &[&'a str]), t: usize, from: Day) -> Result<Known<'a>, Missing> {
        let yields = rates.iter().copied().filter(|r| *r != PATH);
        let texts: Vec<&str> = series.iter().copied().chain(yields).collect();
        let view = View::of(cut, &texts, t)?;
        let paths = rates.contains(&PATH).then(|| paths(cut, from));
        Ok(Known { view, rates: rates.to_vec(), paths, series: series.len() })
    }
    /// Ids of the rates in the order asked, then of the series, joined by a comma.
    pub fn ids(&self) -> String {
        let ids = &self.view.frame().ids;
        let mut yields = ids[self.series..].iter();
        let rates = self.rates.iter().map(|r| if *r == PATH { PATH } else { yields.next().map_or("", String::as_str) });
        rates.chain(ids[..self.series].iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
    }
    /// Level of rate `k` at row `at` of the frame.
    fn rate(&self, k: usize, at: usize) -> Option<f64> {
        let frame = self.view.frame();
        match (&self.paths, self.rates[k]) {
            (Some(paths), PATH) => paths.on(frame.day[at]),
            _ => {
                let yields_before = self.rates[..k].iter().filter(|r| **r != PATH).count();
                Some(frame.column[self.series + yields_before][at])
            }
        }
    }
    /// All levels of the frame, later days than the session's included: for kernels whose result at a day uses only earlier ones.
    pub fn levels(&self) -> Levels {
        let frame = self.view.frame();
        let columns = self.rates.len() + self.series;
        let mut out = Levels { day: Vec::with_capacity(frame.day.len()), column: vec![Vec::new(); columns] };
        for (at, day) in frame.day.iter().enumerate() {
            let rates: Option<Vec<f64>> = (0..self.rates.len()).map(|k| self.rate(k, at)).collect();
            let Some(rates) = rates else { continue };
            out.day.push(*day);
            let series = (0..self.series).map(|k| frame.column[k][at]);
            out.column.iter_mut().zip(rates.into_iter().chain(series)).for_each(|(column, v)| column.push(v));
        }
        out
    }
}

/// Returns of series and changes of rates over a window, all over the same days.
pub struct Sample {
    /// One column a series: returns, decimal.
    pub returns: Vec<Vec<f64>>,
    /// One column a rate: changes in percentage points.
    pub changes: Vec<Vec<f64>>,
    /// The day each return ends on.
    pub days: Vec<Day>,
    /// The day the first return starts from.
    pub since: Day,
    /// Quality.
    pub flags: Flags,
    /// Ids of the series, as used.
    pub ids: Vec<String>,
}

impl Sample {
    /// Over the last `sessions` sessions known by the end of position `t`. Days that not all share are skipped, and returns and changes
    /// run across them together.
    ///
    /// # Errors
    /// [`Missing::TooFew`] with fewer than 30 returns, [`Missing::NoData`] with none, else as [`View::base`].
    pub fn of(cut: &Cut, known: (&[&str], &[&str]), (sessions, t): (usize, usize), from: Day) -> Result<Sample, Missing> {
        let known = Known::of(cut, known, t, from)?;
        let view = &known.view;
        // The window's first return starts from the close before it.
        let used = view.base(Window::Sessions(sessions))?..view.last() + 1;
        let rates = |at: usize| (0..known.rates.len()).map(|k| known.rate(k, at)).collect::<Option<Vec<f64>>>();
        let rows: Vec<(usize, Vec<f64>)> = used.clone().filter_map(|at| Some((at, rates(at)?))).collect();
        if rows.len() < FEWEST + 1 {
            return Err(if rows.is_empty() { Missing::NoData } else { Missing::TooFew });
        }
        let ret = |k: usize| rows.windows(2).map(|w| view.column(k)[w[1].0] / view.column(k)[w[0].0] - 1.0).collect();
        let change = |k: usize| rows.windows(2).map(|w| w[1].1[k] - w[0].1[k]).collect();
        Ok(Sample {
            returns: (0..known.series).map(ret).collect(),
            changes: (0..known.rates.len()).map(change).collect(),
            days: rows[1..].iter().map(|r| view.days()[r.0]).collect(),
            since: view.days()[rows[0].0],
            flags: view.flags(used),
            ids: view.frame().ids[..known.series].to_vec(),
        })
    }
}
