//! How likely it is that a Sharpe ratio is more than luck, given how many were tried.

use plimsoll_measures::kernels::sharpe::{Record, Trials};

use super::metrics::SESSIONS;

/// The confidence that a minimum track record length is asked for.
pub const CONFIDENCE: f64 = 0.95;

/// What a record says of skill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skill {
    /// Returns above bills: observations, Sharpe ratio a day, skewness, kurtosis.
    pub record: Record,
    /// Distinct trials of the family, this one included.
    pub trials: usize,
    /// Probability that the true Sharpe ratio is above zero (Bailey and Lopez de Prado 2012).
    pub probabilistic: f64,
    /// Sharpe ratio a year that the best of the trials would show by luck alone.
    pub luck: f64,
    /// Probability that the true Sharpe ratio is above that (Bailey and Lopez de Prado 2014).
    pub deflated: f64,
    /// Daily returns needed for a probabilistic Sharpe ratio of 95 % against zero; `None` for a ratio at or below zero.
    pub minimum_length: Option<f64>,
}

/// Returns above bills, without the starting close.
pub fn excess(ret: &[f64], bill: &[f64]) -> Vec<f64> {
    ret.iter().zip(bill).skip(1).map(|(r, b)| r - b).collect()
}

/// Judges returns above bills beside the Sharpe ratios a day of every distinct trial of the family (this one among them); `None` where
/// they do not vary. Trials count as independent, which overstates their number where they are alike: the deflated ratio errs on the
/// side of doubt.
pub fn skill(excess: &[f64], ratios: &[f64]) -> Option<Skill> {
    let record = Record::of(excess)?;
    let trials = Trials::of(ratios);
    let luck = trials.map_or(0.0, |t| t.expected_maximum());
    Some(Skill {
        record,
        trials: ratios.len().max(1),
        probabilistic: record.probabilistic(0.0),
        luck: luck * SESSIONS.sqrt(),
        deflated: record.probabilistic(luck),
        minimum_length: record.minimum_length(0.0, CONFIDENCE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_trials_leave_less_of_the_same_record() {
        let excess: Vec<f64> = (0..2500).map(|t| 0.0005 + 0.01 * ((t * 7919 % 31) as f64 / 15.0 - 1.0)).collect();
        let alone = skill(&excess, &[]).unwrap();
        assert_eq!((alone.trials, alone.luck), (1, 0.0));
        assert_eq!(alone.probabilistic, alone.deflated);
        let few: Vec<f64> = (0..5).map(|i| 0.01 * f64::from(i)).collect();
        let many: Vec<f64> = (0..100).map(|i| 0.01 * f64::from(i % 5)).collect();
        let (few, many) = (skill(&excess, &few).unwrap(), skill(&excess, &many).unwrap());
        assert!(few.deflated < alone.deflated && many.deflated < few.deflated);
        assert!(skill(&[0.0; 10], &[]).is_none());
    }
}
