//! Prices, rates and targets as columns of what was known.

use plimsoll_model::cut::Series;
use plimsoll_model::time::{Day, Moment};

/// Observations in columns.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) day: Vec<Day>,
    pub(super) known: Vec<Moment>,
    pub(super) value: Vec<f64>,
}

impl Column {
    pub(super) fn of(series: Option<&Series>) -> Column {
        series.map_or_else(Column::default, |s| Column { day: s.day.clone(), known: s.known_at.clone(), value: s.value.clone() })
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
