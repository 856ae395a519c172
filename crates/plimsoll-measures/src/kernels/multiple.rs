//! Many tests at once: p-values adjusted so that chance finds are counted.

/// How p-values are adjusted for their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Share of false finds among finds (Benjamini and Hochberg 1995): independent or positively dependent tests.
    BenjaminiHochberg,
    /// Probability of any false find (Holm 1979): whatever the dependence.
    Holm,
}

impl Control {
    /// From `holm` or `bh`.
    pub fn parse(text: &str) -> Control {
        if text == "holm" { Control::Holm } else { Control::BenjaminiHochberg }
    }
    /// The adjusted p-values, in the order given: reject where they are at most the level wanted.
    pub fn adjust(self, p: &[f64]) -> Vec<f64> {
        let n = p.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| p[a].total_cmp(&p[b]).then(a.cmp(&b)));
        let mut out = vec![1.0; n];
        match self {
            Control::Holm => {
                let mut most = 0.0f64;
                for (k, &i) in order.iter().enumerate() {
                    most = most.max(p[i] * (n - k) as f64).min(1.0);
                    out[i] = most;
                }
            }
            Control::BenjaminiHochberg => {
                let mut least = 1.0f64;
                for (k, &i) in order.iter().enumerate().rev() {
                    least = least.min(p[i] * n as f64 / (k + 1) as f64);
                    out[i] = least;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjusted_as_the_papers_say() {
        // Benjamini and Hochberg 1995, section 4: fifteen p-values; at 5 % their procedure rejects the first four, Bonferroni's and Holm's
        // three.
        let p =
            [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        let rejected = |c: Control| c.adjust(&p).iter().filter(|a| **a <= 0.05).count();
        assert_eq!(rejected(Control::BenjaminiHochberg), 4);
        assert_eq!(rejected(Control::Holm), 3);
        // By hand, out of order: sorted 0.01, 0.02, 0.04.
        let bh = Control::BenjaminiHochberg.adjust(&[0.04, 0.01, 0.02]);
        let holm = Control::Holm.adjust(&[0.04, 0.01, 0.02]);
        for (a, b) in bh.iter().zip([0.04, 0.03, 0.03]).chain(holm.iter().zip([0.04, 0.03, 0.04])) {
            assert!((a - b).abs() < 1e-15, "{bh:?} {holm:?}");
        }
        assert!(Control::Holm.adjust(&[]).is_empty());
    }
}
