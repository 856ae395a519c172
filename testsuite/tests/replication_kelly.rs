//! Busseti, Ryu and Boyd (2016): the finite-outcome example, on the paper's own data, which a fixed seed makes. See
//! `replication/busseti-ryu-boyd-2016/README.md`.

use plimsoll_claims::sizing::{Outcomes, Paths, calibrate, exponent, fractional, kelly, simulate};

/// Matsumoto and Nishimura's MT19937 (1998) as NumPy's RandomState seeds and reads it: the data of the example are drawn from it.
struct RandomState {
    state: [u32; 624],
    at: usize,
}

impl RandomState {
    fn seed(seed: u32) -> RandomState {
        let mut state = [0u32; 624];
        state[0] = seed;
        for i in 1..624 {
            state[i] = 1_812_433_253u32.wrapping_mul(state[i - 1] ^ (state[i - 1] >> 30)).wrapping_add(i as u32);
        }
        RandomState { state, at: 624 }
    }
    fn word(&mut self) -> u32 {
        if self.at == 624 {
            for i in 0..624 {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
                let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ odd;
            }
            self.at = 0;
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
    /// Uniform on [0, 1), 53 bits of two words.
    fn uniform(&mut self) -> f64 {
        let (a, b) = (self.word() >> 5, self.word() >> 6);
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }
    /// Uniform on 0..n: words masked to the least power of two, those too large drawn again.
    fn below(&mut self, n: u32) -> usize {
        let mask = u32::MAX >> (n - 1).leading_zeros();
        loop {
            let value = self.word() & mask;
            if value < n {
                return value as usize;
            }
        }
    }
}

const BETS: usize = 20;
const OUTCOMES: usize = 100;

/// The example's outcomes, outcome by outcome, and its probabilities.
fn example() -> Outcomes {
    let mut rng = RandomState::seed(0);
    let mut probability: Vec<f64> = (0..OUTCOMES).map(|_| rng.uniform()).collect();
    let total: f64 = probability.iter().sum();
    probability.iter_mut().for_each(|p| *p /= total);
    // Bet by bet, as drawn.
    let mut drawn: Vec<f64> = (0..BETS * OUTCOMES).map(|_| 0.7 + (1.3 - 0.7) * rng.uniform()).collect();
    for _ in 0..30 {
        for value in [0.1, 2.5] {
            let (bet, outcome) = (rng.below(BETS as u32), rng.below(OUTCOMES as u32));
            drawn[bet * OUTCOMES + outcome] = value;
        }
    }
    drawn[(BETS - 1) * OUTCOMES..].fill(1.0);
    let gross = (0..OUTCOMES).flat_map(|k| (0..BETS).map(move |i| (i, k))).map(|(i, k)| drawn[i * OUTCOMES + k]).collect();
    Outcomes::new((1..=BETS).map(|i| format!("bet {i}")).collect(), probability, gross).unwrap()
}

/// Mean growth and drawdown probability on the example's own 10,000 paths of 100 periods.
fn on_the_papers_paths(outcomes: &Outcomes, fractions: &[f64], alpha: f64) -> (f64, f64) {
    let mut rng = RandomState::seed(0);
    let mut cumulated: Vec<f64> = Vec::new();
    for p in outcomes.probability() {
        cumulated.push(cumulated.last().unwrap_or(&0.0) + p);
    }
    let whole = cumulated[OUTCOMES - 1];
    let step: Vec<f64> = outcomes.wealth(fractions).iter().map(|w| w.ln()).collect();
    let (mut below, mut growth) = (0, 0.0);
    for _ in 0..10_000 {
        let (mut wealth, mut least) = (0.0f64, 0.0f64);
        for _ in 0..100 {
            let u = rng.uniform() * whole;
            wealth += step[cumulated.partition_point(|c| *c <= u)];
            least = least.min(wealth);
        }
        below += usize::from(least < f64::ln(alpha));
        growth += wealth;
    }
    (growth / 1e6, f64::from(below as u32) / 1e4)
}

#[test]
fn the_data_are_those_of_the_example() {
    // As NumPy 2 makes them with RandomState(0).
    let outcomes = example();
    assert!((outcomes.probability()[0] - 0.011607881872851571).abs() < 1e-16);
    assert!((outcomes.probability()[99] - 9.931339624451154e-05).abs() < 1e-18);
    assert!((outcomes.outcome(0)[0] - 1.106689922077738).abs() < 1e-15);
    assert!((outcomes.outcome(99)[18] - 1.0010638784199672).abs() < 1e-15);
    let count = |v: f64| (0..OUTCOMES).flat_map(|k| outcomes.outcome(k).to_vec()).filter(|g| *g == v).count();
    assert_eq!((count(0.1), count(2.5)), (29, 27));
}

#[test]
fn growth_and_drawdown_of_the_finite_example() {
    let outcomes = example();
    let (alpha, beta) = (0.7, 0.1);
    // Exponent, growth and drawdown probability as printed; growth to more digits from cvxpy 1.8 with Clarabel on the same data.
    let table = [
        (0.0, 0.062, 0.398, 0.061691323778),
        (exponent(alpha, beta).unwrap(), 0.043, 0.073, 0.043019942245),
        (5.5, 0.047, 0.099, 0.047350745745),
    ];
    for (lambda, growth, drawdown, cvxpy) in table {
        let found = kelly(&outcomes, lambda).unwrap();
        let (mean, probability) = on_the_papers_paths(&outcomes, &found.fractions, alpha);
        println!(
            "busseti-ryu-boyd-2016: lambda {lambda:.3}: growth published {growth}, ours {mean:.4} simulated, {:.9} expected; drawdown published {drawdown}, ours {probability:.4}; bound {:.3}; constraint {:.1e}, residual {:.1e}",
            found.growth,
            alpha.powf(lambda),
            found.certificate.constraint,
            found.certificate.residual
        );
        assert!((mean - growth).abs() < 5e-4 && (probability - drawdown).abs() < 1e-3);
        assert!((found.growth - cvxpy).abs() < 2e-8, "{} and {cvxpy}", found.growth);
        assert!(found.certificate.constraint <= 1e-6 && found.certificate.residual < 1e-4, "{:?}", found.certificate);
        // On paths of our own the probability is the same within sampling error, and below the bound.
        let simulated = simulate(&outcomes, &found, alpha, Paths::default()).unwrap();
        assert!((simulated.probability - probability).abs() < 5.0 * simulated.error && simulated.probability <= simulated.bound);
    }
}

#[test]
fn fractional_kelly_at_the_same_bound_grows_less() {
    let outcomes = example();
    let lambda = exponent(0.7, 0.1).unwrap();
    let (full, bounded) = (kelly(&outcomes, 0.0).unwrap(), kelly(&outcomes, lambda).unwrap());
    let (share, fraction) = fractional(&outcomes, &full, lambda).unwrap();
    println!(
        "busseti-ryu-boyd-2016: fractional Kelly at the same bound: share {share:.3}, growth {:.4} and {:.4}",
        fraction.growth, bounded.growth
    );
    assert!(share > 0.1 && share < 0.9 && fraction.certificate.constraint.abs() < 1e-9);
    assert!(fraction.growth < bounded.growth);
    let looser = calibrate(&outcomes, (0.7, 0.1), Paths::default()).unwrap();
    println!("busseti-ryu-boyd-2016: smallest exponent that simulates to 10 %: {:.2} (the paper tries 5.5)", looser.lambda);
    assert!(looser.lambda > 5.0 && looser.lambda < 6.0);
}
