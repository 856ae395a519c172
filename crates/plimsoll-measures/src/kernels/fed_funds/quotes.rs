//! Prices, rates and targets as columns of what was known.

use plimsoll_model::cut::Series;
use plimsoll_model::dataset::quality;
use plimsoll_model::time::{Day, Moment};

/// Observations in columns.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) day: Vec<Day>,
    pub(super) known: Vec<Moment>,
    pub(super) value: Vec<f64>,
    /// Whether the price stood still while its neighbours moved.
    pub(super) stuck: Vec<bool>,
}

impl Column {
    pub(super) fn of(series: Option<&Series>) -> Column {
        Column::where_(series, |_| true)
    }
    /// Prices of a contract: one far off the line of its neighbours is none.
    pub(super) fn prices(series: &Series) -> Column {
        Column::where_(Some(series), |flags| flags & quality::ABSURD_MOVE == 0)
    }
    fn where_(series: Option<&Series>, keep: impl Fn(u8) -> bool) -> Column {
        let mut out = Column::default();
        if let Some(s) = series {
            for i in (0..s.day.len()).filter(|i| keep(s.quality[*i])) {
                out.day.push(s.day[i]);
                out.known.push(s.known_at[i]);
                out.value.push(s.value[i]);
                out.stuck.push(s.quality[i] & quality::STALE != 0);
            }
        }
        out
    }
    /// Whether the price of a day stood still while its neighbours moved.
    pub(super) fn stuck_on(&self, day: Day) -> bool {
        self.day.binary_search(&day).is_ok_and(|i| self.stuck[i])
    }
    /// The last observation known at `moment` about `last` or a day before.
    pub(super) fn on_or_before(&self, last: Day, moment: Moment) -> Option<(Day, f64)> {
        let n = self.known.partition_point(|k| *k <= moment).min(self.day.partition_point(|d| *d <= last));
        n.checked_sub(1).map(|i| (self.day[i], self.value[i]))
    }
}

/// A price of a contract, as the rate it implies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Implied mean rate of the month, per cent.
    pub rate: f64,
    /// The day of the price.
    pub day: Day,
    /// Whether it is a settlement.
    pub settled: bool,
    /// Whether it stood still while its neighbours moved.
    pub stuck: bool,
}

/// The target in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Upper bound, or the single target before 2008-12-16, per cent.
    pub upper: f64,
    /// Whether it is a range of a quarter point.
    pub range: bool,
    /// Whether a meeting has been held since whose outcome was not known.
    pub stale: bool,
}

impl Target {
    /// The middle of the range, or the single target.
    pub fn midpoint(&self) -> f64 {
        if self.range { self.upper - 0.125 } else { self.upper }
    }
    /// The range `steps` steps away, as the field writes it: `525-550`, or `5.25` for a single target.
    pub fn label(&self, steps: i32, step: f64) -> String {
        let upper = self.upper + f64::from(steps) * step;
        if self.range { format!("{:.0}-{:.0}", 100.0 * upper - 25.0, 100.0 * upper) } else { format!("{upper:.4}") }
    }
}
