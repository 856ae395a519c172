//! Whether a slope holds over the parts of its window, for the evidence of regressions.

use std::ops::Range;

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::Fact;
use crate::kernels::regression::{self, Fit, Stability};

/// Share of the window at each end in which no break is sought.
const TRIM: f64 = 0.15;

/// A regression whose first regressor's slope is in question.
pub struct Regression<'a> {
    /// What is explained.
    pub y: &'a [f64],
    /// The regressors.
    pub x: Vec<&'a [f64]>,
    /// The day of each row.
    pub days: &'a [Day],
    /// The least number of lags of the standard errors.
    pub lags: usize,
}

impl Regression<'_> {
    /// Least squares over some rows, Newey-West errors with the customary number of lags.
    pub fn fit(&self, range: Range<usize>) -> Option<Fit> {
        let x: Vec<&[f64]> = self.x.iter().map(|c| &c[range.clone()]).collect();
        regression::ols(&self.y[range.clone()], &x, regression::automatic_lags(range.len()).max(self.lags))
    }

    /// The slope in each half, Chow's F for a break between them, and the largest F over breaks within the middle 70 % with its critical
    /// values (Andrews 1993, 2003).
    pub fn stability(&self) -> Vec<Fact> {
        let n = self.y.len();
        let mut facts = Vec::new();
        for (label, range) in [("first half", 0..n / 2), ("second half", n / 2..n)] {
            if let Some(half) = self.fit(range.clone()) {
                let note = format!("{} to {}, t {:.2}", self.days[range.start], self.days[range.end - 1], half.t(1));
                facts.push(Fact::new(format!("slope, {label}"), half.beta[1], Unit::FractionPoints).note(note));
            }
        }
        if let Some(s) = Stability::of(self.y, &self.x, TRIM) {
            let note = format!("{} and {} degrees of freedom, p {:.3}", s.restrictions, s.freedom, s.chow_p);
            facts.push(Fact::new("Chow's F, between the halves", s.chow, Unit::Number).note(note));
            let note = match regression::sup_f_critical(s.restrictions) {
                Some([ten, five, one]) => {
                    format!("{} coefficients; critical {ten:.2} (10 %), {five:.2} (5 %), {one:.2} (1 %)", s.restrictions)
                }
                None => format!("{} coefficients", s.restrictions),
            };
            facts.push(Fact::new("sup-F", s.sup, Unit::Number).on(self.days[s.at]).note(note));
        }
        facts
    }
}
