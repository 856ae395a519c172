//! The members of a universe on the axis of a cut: their capitalisations, their weights, and how good the data about them are.

use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::cut::{Cut, Group};
use plimsoll_model::matrix::Matrix;
use plimsoll_model::universe::UniverseRule;
use plimsoll_model::universe_mask::Universe;

use crate::kernels::index::Index;
use crate::kernels::stretches;
use crate::{Flags, Params, Unmeasurable};

/// Capitalisation is carried over up to 63 sessions; a cut reads 25 before the lookback, these are the rest, so that a weight is the
/// same from whatever session the cut begins.
pub const CAPS: usize = 40;
/// Above this share of capitalisation without a known return, on average over the window, [`Flags::MISSING_MEMBERS`] is set.
pub const MISSING_WEIGHT: f64 = 0.01;
/// Above this share of listed members without a row, at the last session, [`Flags::MISSING_MEMBERS`] is set.
pub const MISSING_SHARE: f64 = 0.05;

/// Sessions of the calendar to read for a window of `n` sessions of the axis: a few may be missing from the panel.
pub fn reach(n: usize) -> usize {
    n + 2 + n / 50
}

/// A universe on a cut.
#[derive(Clone, Copy)]
pub struct Constituents<'a> {
    /// The cut.
    pub cut: &'a Cut,
    /// The text that names the universe.
    pub name: &'a str,
    /// Who was a member when.
    pub universe: &'a Universe,
}

impl<'a> Constituents<'a> {
    /// The universe named by the parameter `universe`.
    ///
    /// # Errors
    /// Where the cut holds no member of it on any session: a list that was never imported.
    pub fn of(cut: &'a Cut, params: &'a Params) -> Result<Constituents<'a>, Unmeasurable> {
        Constituents::named(cut, params.text("universe"))
    }

    /// The universe of that text.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn named(cut: &'a Cut, name: &'a str) -> Result<Constituents<'a>, Unmeasurable> {
        match cut.universes.get(name) {
            Some(universe) if universe.listed.iter().any(|n| *n > 0) || !universe.ever.is_empty() => {
                Ok(Constituents { cut, name, universe })
            }
            _ => Err(Unmeasurable(format!(
                "no member of the universe `{name}` is known by {}; hint: import a membership list or use a rule such as top:500",
                cut.as_of
            ))),
        }
    }

    /// The group named by the parameter `group`; empty where the cut holds none.
    pub fn group(&self, params: &Params) -> Group {
        self.cut.groups.get(params.text("group")).cloned().unwrap_or_default()
    }

    /// A key of the cut's memo that names this universe.
    pub fn key(&self, kernel: &str, parameters: impl Display) -> String {
        format!("{kernel}|{}|{parameters}", self.name)
    }

    /// How many sessions.
    pub fn sessions(&self) -> usize {
        self.cut.sessions.len()
    }

    /// Securities that are ever a member, by their position in the panel: the rows of every matrix of this universe.
    pub fn rows(&self) -> &'a [usize] {
        &self.universe.ever
    }

    /// Rows of this universe that belong to a group.
    pub fn rows_of(&self, group: &Group) -> Vec<usize> {
        group.members.iter().filter_map(|i| self.rows().binary_search(i).ok()).collect()
    }

    /// Symbol of a row.
    pub fn symbol(&self, row: usize) -> &'a str {
        &self.cut.panel.securities[self.rows()[row]].symbol
    }

    /// Symbol of a row with the symbols it carried before.
    pub fn described(&self, row: usize) -> String {
        let security = &self.cut.panel.securities[self.rows()[row]];
        security.former.iter().fold(String::new(), |text, (former, _)| format!("{text}formerly {former} "))
    }

    /// Capitalisation at the previous close of each member, dollars: the weights of a session's index return before normalising.
    pub fn opening_caps(&self) -> Arc<Matrix> {
        self.cut.memo(&self.key("opening_caps", ""), || self.universe.member_caps(&self.cut.panel, 1))
    }

    /// Share of each member in the capitalisation of all members at the close of the session; NaN where not a member or not known.
    pub fn closing_weights(&self) -> Arc<Matrix> {
        self.cut.memo(&self.key("closing_weights", ""), || {
            let mut caps = self.universe.member_caps(&self.cut.panel, 0);
            let total = stretches::by_session(self.sessions(), |days, total: &mut [f64]| {
                for row in 0..caps.rows() {
                    let caps = &caps.row(row)[days.clone()];
                    total.iter_mut().zip(caps).for_each(|(sum, cap)| *sum += if cap.is_finite() { *cap } else { 0.0 });
                }
            });
            for row in 0..caps.rows() {
                caps.row_mut(row).iter_mut().zip(&total).for_each(|(cap, total)| *cap /= total);
            }
            caps
        })
    }

    /// [`Self::closing_weights`] with the classes of an issuer added up in the row of the first that is a member; NaN in the others.
    pub fn issuer_weights(&self) -> Arc<Matrix> {
        self.cut.memo(&self.key("issuer_weights", ""), || {
            let mut weights = Matrix::clone(&self.closing_weights());
            for classes in self.classes() {
                for t in 0..self.sessions() {
                    let held = |row: &&usize| weights.at(**row, t).is_finite();
                    let Some(&first) = classes.iter().find(held) else { continue };
                    let whole: f64 = classes.iter().filter(held).map(|&row| weights.at(row, t)).sum();
                    classes.iter().for_each(|&row| weights.row_mut(row)[t] = f64::NAN);
                    weights.row_mut(first)[t] = whole;
                }
            }
            weights
        })
    }

    /// Rows that are classes of one issuer, where there are more than one.
    pub fn classes(&self) -> Vec<Vec<usize>> {
        let row = |i: &usize| self.rows().binary_search(i).ok();
        self.universe.classes.iter().map(|class| class.iter().filter_map(row).collect()).collect()
    }

    /// The capitalisation-weighted index of the members.
    pub fn index(&self) -> Arc<Index> {
        self.cut.memo(&self.key("index", ""), || Index::by_capitalisation(self))
    }

    /// One value a session from the cross-section of members: `each` gets the session and the finite values of `matrix` there, in the
    /// panel's order, in a buffer it may reorder.
    pub fn cross_sections<T: Clone + Default + Send>(
        &self,
        matrix: &Matrix,
        each: impl Fn(usize, &mut Vec<f64>) -> T + Sync,
    ) -> Vec<T> {
        stretches::by_session(self.sessions(), |days, out: &mut [T]| {
            let mut sections: Vec<Vec<f64>> = vec![Vec::new(); days.len()];
            for (row, &i) in self.rows().iter().enumerate() {
                let (member, values) = (&self.universe.row(i)[days.clone()], &matrix.row(row)[days.clone()]);
                for ((section, value), member) in sections.iter_mut().zip(values).zip(member) {
                    if *member != 0 && value.is_finite() {
                        section.push(*value);
                    }
                }
            }
            for ((out, section), t) in out.iter_mut().zip(&mut sections).zip(days) {
                *out = each(t, section);
            }
        })
    }

    /// Quality of the figures that rest on `sessions`, the last of which is the one evaluated.
    pub fn flags(&self, sessions: Range<usize>) -> Flags {
        let Some(t) = sessions.clone().last() else { return Flags::default() };
        let quality = self.cut.memo(&self.key("quality", ""), || Quality::of(self));
        let index = self.index();
        let missing = index.missing[sessions.clone()].iter().sum::<f64>() / sessions.len() as f64;
        let (listed, matched) = (f64::from(self.universe.listed[t]), f64::from(self.universe.matched[t]));
        let short = missing > MISSING_WEIGHT || (listed > 0.0 && (listed - matched) / listed > MISSING_SHARE);
        let absurd = quality.absurd[sessions.end] > quality.absurd[sessions.start];
        let (from, to) = (self.cut.sessions[sessions.start.saturating_sub(1)], self.cut.sessions[t]);
        let gaps = &self.cut.missing_sessions;
        let gap = gaps.partition_point(|d| *d <= to) > gaps.partition_point(|d| *d <= from);
        Flags::MISSING_MEMBERS
            .when(short)
            .and(Flags::ABSURD_EXCLUDED.when(absurd))
            .and(Flags::MISSING_SESSIONS.when(gap))
            .and(Flags::LATER_CLASSIFICATION.when(quality.classified))
    }
}

/// What the flags of a universe are made from.
struct Quality {
    /// How many absurd returns of members were left out before each position.
    absurd: Vec<u32>,
    /// Whether the universe is chosen by a description, which is as of the cut.
    classified: bool,
}

impl Quality {
    fn of(c: &Constituents<'_>) -> Quality {
        let mut absurd = vec![0; c.sessions() + 1];
        for &(_, t, _) in c.cut.panel.absurd.iter().filter(|(i, t, _)| c.universe.is_member(*i, *t)) {
            absurd[t + 1] += 1;
        }
        (1..absurd.len()).for_each(|t| absurd[t] += absurd[t - 1]);
        let rule = c.name.parse::<UniverseRule>().unwrap_or_default();
        Quality { absurd, classified: rule.sector.is_some() || rule.country.is_some() }
    }
}
