//! Who leads whom between series observed at their own, irregular times.
//!
//! The covariance of Hayashi and Yoshida (2005) multiplies increments whose intervals overlap, without putting either series on the
//! other's clock. Hoffmann, Rosenbaum and Yoshida (2013, eq. 3) move one of the clocks by a lag and seek the lag at which the covariance
//! is largest in size. **Positive lag: the first series leads** by that much.
//!
//! Increments of the second series that overlap one increment of the first are contiguous, so their sum is a difference of two of its
//! values: the first at or after the interval's end less the last at or before its beginning. [`contrast`] finds those by merging, in
//! time proportional to the number of observations, for any times and lags. [`Grid`] keeps them ready for every point of a clock, so
//! that all lags of a pair are one pass over the first series: that is how all pairs of hundreds of series are done.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
use rayon::prelude::*;

/// A series at its own times: strictly ascending, any unit; finite values (logarithms of prices, or levels of yields).
#[derive(Clone, Copy, Debug)]
pub struct Ticks<'a> {
    /// Times.
    pub time: &'a [i64],
    /// Values.
    pub value: &'a [f64],
}

impl Ticks<'_> {
    /// Sum of squared increments.
    pub fn energy(&self) -> f64 {
        self.value.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum()
    }
}

/// Hayashi and Yoshida's covariance with the first series' clock moved forward by `lag`.
pub fn contrast(x: Ticks, y: Ticks, lag: i64) -> f64 {
    let last = y.time.len().saturating_sub(1);
    if x.time.len() < 2 || last == 0 {
        return 0.0;
    }
    // The last observation of y at or before the interval's beginning, the first at or after its end; clamped to the ends of y.
    let (mut before, mut after) = (0, 0);
    let mut sum = 0.0;
    for (time, value) in x.time.windows(2).zip(x.value.windows(2)) {
        let (begin, end) = (time[0] + lag, time[1] + lag);
        while before < last && y.time[before + 1] <= begin {
            before += 1;
        }
        while after < last && y.time[after] < end {
            after += 1;
        }
        sum += (value[1] - value[0]) * (y.value[after] - y.value[before]);
    }
    sum
}

/// The covariance of increments over the whole span, Hayashi and Yoshida 2005.
pub fn hayashi_yoshida(x: Ticks, y: Ticks) -> f64 {
    contrast(x, y, 0)
}

/// Correlations at lags -L..=L (in steps), and what they say.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadLag {
    /// Correlation at each lag, from -L to L steps: the contrast over the root of the product of both sums of squared increments (in the
    /// blocks of time that both have).
    pub correlation: Vec<f64>,
    /// The lag in steps at which it is largest in size; of equal ones the nearest to zero. Positive: the first series leads.
    pub lag: i64,
    /// Sum of squared correlations at positive lags over that at negative ones: above 1 the first series leads (Huth and Abergel 2014).
    /// `None` where the latter is zero.
    pub ratio: Option<f64>,
}

impl LeadLag {
    /// From correlations at lags -L..=L; `None` where one is not finite.
    pub fn of(correlation: Vec<f64>) -> Option<LeadLag> {
        if correlation.iter().any(|c| !c.is_finite()) {
            return None;
        }
        let reach = correlation.len() / 2;
        let size = |lag: i64| correlation[(lag + reach as i64) as usize].abs();
        let mut lag = 0;
        for k in 1..=reach as i64 {
            for candidate in [k, -k] {
                if size(candidate) > size(lag) {
                    lag = candidate;
                }
            }
        }
        let power = |sign: i64| (1..=reach as i64).map(|k| size(sign * k).powi(2)).sum::<f64>();
        let (ahead, behind) = (power(1), power(-1));
        Some(LeadLag { lag, ratio: (behind > 0.0).then(|| ahead / behind), correlation })
    }
    /// The correlation at the lag found.
    pub fn strength(&self) -> f64 {
        self.correlation[(self.lag + (self.correlation.len() / 2) as i64) as usize]
    }
    /// The same seen from the second series.
    #[must_use]
    pub fn swapped(&self) -> LeadLag {
        LeadLag::of(self.correlation.iter().rev().copied().collect()).expect("finite")
    }
}

/// The lead-lag of two series at lags of `step` up to `reach` steps either way; `None` where either does not vary.
pub fn lead_lag(x: Ticks, y: Ticks, step: i64, reach: usize) -> Option<LeadLag> {
    let size = (x.energy() * y.energy()).sqrt();
    let reach = reach as i64;
    (size > 0.0).then(|| LeadLag::of((-reach..=reach).map(|k| contrast(x, y, k * step) / size).collect())).flatten()
}

/// What chance would do.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    /// Draws.
    pub draws: usize,
    /// Increments in a block, on average (bootstrap) or exactly (sign flips).
    pub block: usize,
    /// Seed: the same seed, the same p-value.
    pub seed: u64,
}

impl Default for Chance {
    /// 499 draws.
    fn default() -> Chance {
        Chance { draws: 499, block: 20, seed: 1 }
    }
}

fn generator(seed: u64, stream: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Positions of a stationary bootstrap of `n` observations: blocks of geometric length with this mean, wrapped around the end
/// (Politis and Romano 1994).
pub fn stationary(rng: &mut Xoshiro256PlusPlus, n: usize, mean_block: usize) -> Vec<usize> {
    let anew = 1.0 / mean_block.max(1) as f64;
    let mut at = 0;
    (0..n)
        .map(|i| {
            at = if i == 0 || uniform(rng) < anew { (uniform(rng) * n as f64) as usize } else { (at + 1) % n };
            at
        })
        .collect()
}

/// The p-value of the largest correlation in size over all lags, when increments of the second series are drawn anew in blocks at its
/// own times, independently of the first: is there any dependence at all?
pub fn dependence(x: Ticks, y: Ticks, (step, reach): (i64, usize), chance: Chance) -> Option<f64> {
    let found = lead_lag(x, y, step, reach)?.strength().abs();
    let increments: Vec<f64> = y.value.windows(2).map(|w| w[1] - w[0]).collect();
    let beyond: usize = (0..chance.draws)
        .into_par_iter()
        .map(|draw| {
            let mut rng = generator(chance.seed, draw as u64 + 1);
            let mut value = Vec::with_capacity(y.value.len());
            let mut level = 0.0;
            value.push(level);
            for i in stationary(&mut rng, increments.len(), chance.block) {
                level += increments[i];
                value.push(level);
            }
            let drawn = lead_lag(x, Ticks { time: y.time, value: &value }, step, reach);
            usize::from(drawn.is_none_or(|d| d.strength().abs() >= found))
        })
        .sum();
    Some((beyond + 1) as f64 / (chance.draws + 1) as f64)
}

/// A clock: blocks of time (days of trading, or one for all), points a step apart. No increment and no lag crosses from one block to
/// another, so that nights stay out of minutes.
#[derive(Clone, Debug)]
pub struct Clock {
    /// First and last time of each block, ascending.
    pub blocks: Vec<(i64, i64)>,
    /// Time between two points.
    pub step: i64,
    /// The furthest lag, in steps.
    pub reach: usize,
}

/// An increment of a series on the clock.
#[derive(Clone, Copy, Debug)]
struct Increment {
    begin: u32,
    end: u32,
    value: f64,
}

/// A series laid out on the clock.
#[derive(Clone, Debug)]
struct Laid {
    increments: Vec<Increment>,
    /// Value of the first observation at or after each point, of the last at or before it; clamped within a block.
    next: Vec<f64>,
    previous: Vec<f64>,
    /// Sum of squared increments and their number, block by block.
    blocks: Vec<(f64, usize)>,
}

/// Series laid out on one clock.
#[derive(Clone, Debug)]
pub struct Grid {
    clock: Clock,
    laid: Vec<Laid>,
}

/// A time that does not fit the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("series {series}: expected times on the clock's points within its blocks, got {time}")]
pub struct OffClock {
    /// Position of the series.
    pub series: usize,
    /// The time.
    pub time: i64,
}

impl Grid {
    /// Lays out series on a clock.
    ///
    /// # Errors
    /// [`OffClock`] where a time lies between points or outside all blocks.
    pub fn new(series: &[Ticks], clock: Clock) -> Result<Grid, OffClock> {
        let laid = series.iter().enumerate().map(|(k, s)| lay_out(k, *s, &clock)).collect::<Result<_, _>>()?;
        Ok(Grid { clock, laid })
    }
    /// How many series.
    pub fn len(&self) -> usize {
        self.laid.len()
    }
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.laid.is_empty()
    }
    /// Increments of each of a pair within the blocks that both have.
    pub fn increments(&self, first: usize, second: usize) -> [usize; 2] {
        self.shared(first, second).fold([0, 0], |n, (a, b)| [n[0] + a.1, n[1] + b.1])
    }
    /// Blocks in which both of a pair move.
    fn shared(&self, first: usize, second: usize) -> impl Iterator<Item = ((f64, usize), (f64, usize))> {
        let both = self.laid[first].blocks.iter().zip(&self.laid[second].blocks);
        both.filter(|(a, b)| a.0 > 0.0 && b.0 > 0.0).map(|(a, b)| (*a, *b))
    }
    /// The root of the product of both sums of squares, over the blocks that both have.
    fn size(&self, first: usize, second: usize) -> f64 {
        let (x, y) = self.shared(first, second).fold((0.0, 0.0), |(x, y), (a, b)| (x + a.0, y + b.0));
        (x * y).sqrt()
    }
    /// Adds the contrasts of some increments at every lag.
    fn add(&self, increments: &[Increment], y: &Laid, sums: &mut [f64]) {
        let reach = self.clock.reach;
        for inc in increments {
            let (begin, end) = (inc.begin as usize, inc.end as usize);
            let next = &y.next[end - reach..=end + reach];
            let previous = &y.previous[begin - reach..=begin + reach];
            for (sum, (n, p)) in sums.iter_mut().zip(next.iter().zip(previous)) {
                *sum += inc.value * (n - p);
            }
        }
    }
    /// The lead-lag of two of the series; `None` where either does not vary.
    pub fn pair(&self, first: usize, second: usize) -> Option<LeadLag> {
        let (x, y) = (&self.laid[first], &self.laid[second]);
        let size = self.size(first, second);
        if size <= 0.0 {
            return None;
        }
        let mut sums = vec![0.0; 2 * self.clock.reach + 1];
        self.add(&x.increments, y, &mut sums);
        sums.iter_mut().for_each(|s| *s /= size);
        LeadLag::of(sums)
    }
    /// Every pair (i, j) with i < j, in that order.
    pub fn pairs(&self) -> Vec<((usize, usize), Option<LeadLag>)> {
        let all: Vec<(usize, usize)> = (0..self.len()).flat_map(|i| (i + 1..self.len()).map(move |j| (i, j))).collect();
        all.into_par_iter().map(|(i, j)| ((i, j), self.pair(i, j))).collect()
    }
    /// The p-value of lead against lag: is the covariance at positive lags other than that at negative ones?
    ///
    /// For each block of `chance.block` increments of the first series the contrast at lag k less that at -k is taken. If neither leads,
    /// its sign is a coin toss, whatever the two have in common at lag zero. The statistic is the largest over k of the size of the sum
    /// over the root of the sum of squares; signs are flipped block by block.
    pub fn asymmetry(&self, first: usize, second: usize, chance: Chance) -> Option<f64> {
        let (x, y) = (&self.laid[first], &self.laid[second]);
        let reach = self.clock.reach;
        if self.size(first, second) <= 0.0 || reach == 0 {
            return None;
        }
        let mut blocks: Vec<f64> = Vec::new();
        for part in x.increments.chunks(chance.block.max(1)) {
            let mut sums = vec![0.0; 2 * reach + 1];
            self.add(part, y, &mut sums);
            blocks.extend((1..=reach).map(|k| sums[reach + k] - sums[reach - k]));
        }
        let rows = blocks.len() / reach;
        if rows < 6 {
            return None;
        }
        let size: Vec<f64> = (0..reach).map(|k| (0..rows).map(|r| blocks[r * reach + k].powi(2)).sum::<f64>().sqrt()).collect();
        let statistic =
            |sums: &[f64]| sums.iter().zip(&size).map(|(s, d)| if *d > 0.0 { s.abs() / d } else { 0.0 }).fold(0.0f64, f64::max);
        let mut sums = vec![0.0; reach];
        blocks.chunks(reach).for_each(|row| sums.iter_mut().zip(row).for_each(|(s, v)| *s += v));
        let found = statistic(&sums);
        let mut rng = generator(chance.seed, (first as u64) << 32 | second as u64);
        let mut beyond = 0;
        for _ in 0..chance.draws {
            sums.iter_mut().for_each(|s| *s = 0.0);
            let mut bits = 0;
            for (r, row) in blocks.chunks(reach).enumerate() {
                if r % 64 == 0 {
                    bits = rng.next_u64();
                }
                let sign = if bits >> (r % 64) & 1 == 1 { 1.0 } else { -1.0 };
                sums.iter_mut().zip(row).for_each(|(s, v)| *s += sign * v);
            }
            beyond += usize::from(statistic(&sums) >= found);
        }
        Some((beyond + 1) as f64 / (chance.draws + 1) as f64)
    }
}

fn lay_out(position: usize, series: Ticks, clock: &Clock) -> Result<Laid, OffClock> {
    let mut laid = Laid { increments: Vec::new(), next: Vec::new(), previous: Vec::new(), blocks: Vec::new() };
    let mut i = 0;
    for &(first, last) in &clock.blocks {
        let origin = laid.next.len() + clock.reach;
        let points = ((last - first) / clock.step) as usize + 1;
        let from = i;
        let mut places = Vec::new();
        while i < series.time.len() && series.time[i] <= last {
            let ahead = series.time[i] - first;
            if ahead < 0 || ahead % clock.step != 0 {
                return Err(OffClock { series: position, time: series.time[i] });
            }
            places.push(origin + (ahead / clock.step) as usize);
            i += 1;
        }
        let values = &series.value[from..i];
        let mut energy = 0.0;
        for k in 1..values.len() {
            let value = values[k] - values[k - 1];
            laid.increments.push(Increment { begin: places[k - 1] as u32, end: places[k] as u32, value });
            energy += value * value;
        }
        laid.blocks.push((energy, values.len().saturating_sub(1)));
        let length = points + 2 * clock.reach;
        let (Some(&head), Some(&tail)) = (values.first(), values.last()) else {
            laid.next.resize(laid.next.len() + length, 0.0);
            laid.previous.resize(laid.previous.len() + length, 0.0);
            continue;
        };
        let start = laid.next.len();
        laid.next.resize(start + length, tail);
        laid.previous.resize(start + length, head);
        let mut from = start;
        for (k, &place) in places.iter().enumerate() {
            laid.next[from..=place].fill(values[k]);
            from = place + 1;
            let until = places.get(k + 1).copied().unwrap_or(start + length);
            laid.previous[place..until].fill(values[k]);
        }
    }
    match series.time.get(i) {
        Some(&time) => Err(OffClock { series: position, time }),
        None => Ok(laid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two paths of one noise on clocks of their own, the second `lag` behind.
    pub(crate) fn planted(seed: u64, n: usize, lag: i64) -> [(Vec<i64>, Vec<f64>); 2] {
        let mut rng = generator(seed, 7);
        let mut normal = || (0..12).map(|_| uniform(&mut rng)).sum::<f64>() - 6.0;
        let span = n as i64 + lag.abs() + 10;
        let mut path = vec![0.0];
        (0..span).for_each(|_| path.push(path[path.len() - 1] + normal()));
        let own: Vec<f64> = {
            let mut own = vec![0.0];
            (0..span).for_each(|_| own.push(own[own.len() - 1] + normal()));
            own
        };
        let mut rng = generator(seed, 8);
        let mut observed = |behind: i64, share: f64| {
            let times: Vec<i64> = (lag.abs()..lag.abs() + n as i64).filter(|_| uniform(&mut rng) < share).collect();
            let values =
                times.iter().map(|t| path[(t - behind) as usize] + 0.5 * behind.signum() as f64 * own[*t as usize]).collect();
            (times, values)
        };
        [observed(0, 0.7), observed(lag, 0.6)]
    }

    fn ticks(s: &(Vec<i64>, Vec<f64>)) -> Ticks<'_> {
        Ticks { time: &s.0, value: &s.1 }
    }

    #[test]
    fn overlaps_by_hand() {
        // x over (0, 2], (2, 5]; y over (1, 3], (3, 4]. (0,2] meets (1,3]; (2,5] meets both.
        let x = Ticks { time: &[0, 2, 5], value: &[0.0, 1.0, 3.0] };
        let y = Ticks { time: &[1, 3, 4], value: &[0.0, 10.0, 30.0] };
        assert_eq!(hayashi_yoshida(x, y), 1.0 * 10.0 + 2.0 * 30.0);
        // Clocks moved by 3: x over (3, 5] meets (3, 4]; (5, 8] meets none.
        assert_eq!(contrast(x, y, 3), 20.0);
        assert_eq!(contrast(x, y, 100), 0.0);
        assert_eq!(contrast(x, y, -100), 0.0);
        // Every overlap in plain words, at every lag.
        for lag in -7..=7 {
            let mut plain = 0.0;
            for i in 1..3 {
                for j in 1..3 {
                    let (a, b) = (x.time[i - 1].max(y.time[j - 1] - lag), x.time[i].min(y.time[j] - lag));
                    if a < b {
                        plain += (x.value[i] - x.value[i - 1]) * (y.value[j] - y.value[j - 1]);
                    }
                }
            }
            assert_eq!(contrast(x, y, lag), plain, "{lag}");
        }
    }

    #[test]
    fn a_planted_lag_is_found_with_its_sign_and_swapping_flips_it() {
        for (seed, lag) in [(1, 4), (2, 9), (3, 1), (4, 15)] {
            let [x, y] = planted(seed, 3000, lag);
            let found = lead_lag(ticks(&x), ticks(&y), 1, 20).unwrap();
            assert!((found.lag - lag).abs() <= 1, "{lag}: {}", found.lag);
            assert!(found.ratio.unwrap() > 1.5);
            let back = lead_lag(ticks(&y), ticks(&x), 1, 20).unwrap();
            assert_eq!(back.lag, -found.lag);
            assert!((back.ratio.unwrap() * found.ratio.unwrap() - 1.0).abs() < 1e-9);
            assert_eq!(found.swapped().lag, back.lag);
        }
    }

    #[test]
    fn the_grid_gives_what_merging_gives() {
        let [x, y] = planted(5, 500, 3);
        let last = x.0[x.0.len() - 1].max(y.0[y.0.len() - 1]);
        let clock = Clock { blocks: vec![(0, last)], step: 1, reach: 12 };
        let grid = Grid::new(&[ticks(&x), ticks(&y)], clock).unwrap();
        let (fast, slow) = (grid.pair(0, 1).unwrap(), lead_lag(ticks(&x), ticks(&y), 1, 12).unwrap());
        for (a, b) in fast.correlation.iter().zip(&slow.correlation) {
            assert!((a - b).abs() < 1e-12);
        }
        assert_eq!(grid.pairs().len(), 1);
        assert_eq!(grid.pair(1, 0).unwrap().lag, -fast.lag);
    }

    #[test]
    fn blocks_keep_apart_what_lies_between_them() {
        // A jump between the days must not count.
        let time = [0, 1, 2, 100, 101, 102];
        let (a, b) = ([0.0, 1.0, 1.0, 50.0, 51.0, 51.0], [0.0, 0.0, 1.0, 90.0, 90.0, 91.0]);
        let clock = Clock { blocks: vec![(0, 2), (100, 102)], step: 1, reach: 2 };
        let grid = Grid::new(&[Ticks { time: &time, value: &a }, Ticks { time: &time, value: &b }], clock.clone()).unwrap();
        let found = grid.pair(0, 1).unwrap();
        assert_eq!((grid.increments(0, 1), found.lag), ([4, 4], 1));
        assert!((found.strength() - 1.0).abs() < 1e-12);
        // A day that only one of them has counts for neither.
        let half = Ticks { time: &time[..3], value: &b[..3] };
        let part = Grid::new(&[Ticks { time: &time, value: &a }, half], clock.clone()).unwrap();
        assert_eq!(part.increments(0, 1), [2, 2]);
        assert!((part.pair(0, 1).unwrap().strength() - 1.0).abs() < 1e-12);
        let off = Grid::new(&[Ticks { time: &[0, 50], value: &[0.0, 1.0] }], clock).unwrap_err();
        assert_eq!(off, OffClock { series: 0, time: 50 });
    }

    #[test]
    fn chance_is_told_from_a_lead() {
        let chance = Chance { draws: 199, ..Chance::default() };
        let p = |x: &(Vec<i64>, Vec<f64>), y: &(Vec<i64>, Vec<f64>)| {
            let last = x.0[x.0.len() - 1].max(y.0[y.0.len() - 1]);
            let grid = Grid::new(&[ticks(x), ticks(y)], Clock { blocks: vec![(0, last)], step: 1, reach: 10 }).unwrap();
            (grid.asymmetry(0, 1, chance).unwrap(), dependence(ticks(x), ticks(y), (1, 10), chance).unwrap())
        };
        let [x, y] = planted(11, 1500, 5);
        assert_eq!(p(&x, &y), (1.0 / 200.0, 1.0 / 200.0));
        // Together and on one clock: dependent, nobody leads.
        let [a, b] = planted(12, 1500, 0);
        let (lead, dependent) = p(&a, &b);
        assert!(lead > 0.02 && dependent < 0.01, "{lead} {dependent}");
        // Apart: neither. Of many pairs about one in twenty falls below 5 %.
        let below = (0..60).filter(|k| {
            let ([a, _], [_, b]) = (planted(100 + k, 300, 0), planted(500 + k, 300, 0));
            let (lead, dependent) = p(&a, &b);
            assert!(lead > 0.0 && dependent > 0.0);
            lead <= 0.05
        });
        assert!(below.count() <= 8);
    }
}
