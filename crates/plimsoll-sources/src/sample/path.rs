//! Paths through planted levels: noise from the generator, steered so that it meets given levels on given days.

use plimsoll_model::time::Day;

/// A level on a day, as planted: (year, month, day, level).
pub(crate) type Anchor = (i16, i8, i8, f64);

/// The anchors that fall on these sessions, as (session, level); the first and the last session are always among them, with the
/// level of the straight line between their neighbours.
pub(crate) fn place(anchors: &[Anchor], sessions: &[Day]) -> Vec<(usize, f64)> {
    let (Some(&first), Some(&last)) = (sessions.first(), sessions.last()) else { return Vec::new() };
    let days: Vec<(Day, f64)> = anchors.iter().map(|&(y, m, d, level)| (Day::ymd(y, m, d), level)).collect();
    let mut placed = vec![(0, line(&days, first))];
    for &(day, level) in days.iter().filter(|(day, _)| first < *day && *day < last) {
        let at = sessions.partition_point(|s| *s <= day) - 1;
        if at > placed[placed.len() - 1].0 {
            placed.push((at, level));
        }
    }
    let end = sessions.len() - 1;
    if end > placed[placed.len() - 1].0 {
        placed.push((end, line(&days, last)));
    }
    placed
}

/// The straight line through the anchors at `day`, level outside them.
fn line(days: &[(Day, f64)], day: Day) -> f64 {
    let after = days.partition_point(|(d, _)| *d <= day);
    if after == 0 {
        return days[0].1;
    }
    let (left, low) = days[after - 1];
    match days.get(after) {
        None => low,
        Some(&(right, high)) => low + (high - low) * f64::from(day.0 - left.0) / f64::from(right.0 - left.0),
    }
}

/// A level path through the anchors: a random walk with these steps, bent so that it meets each anchor exactly.
pub(crate) fn levels(anchors: &[(usize, f64)], steps: &[f64]) -> Vec<f64> {
    let mut path = vec![0.0; steps.len()];
    for pair in anchors.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let walked: f64 = steps[from + 1..=to].iter().sum();
        let drift = (high - low - walked) / (to - from) as f64;
        path[from] = low;
        for t in from + 1..=to {
            path[t] = path[t - 1] + steps[t] + drift;
        }
        path[to] = high;
    }
    path
}

/// Factors, one a session, by which gross returns must be multiplied so that their compounded level meets each anchor.
pub(crate) fn steer(anchors: &[(usize, f64)], returns: &[f64]) -> Vec<f64> {
    let mut factors = vec![1.0; returns.len()];
    for pair in anchors.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let walked: f64 = returns[from + 1..=to].iter().fold(1.0, |level, r| level * (1.0 + r));
        let factor = root(high / low / walked, to - from);
        factors[from + 1..=to].fill(factor);
    }
    factors
}

/// Adds a constant a session so that simple returns sum to `target` over `from+1..=to`.
pub(crate) fn tilt(returns: &mut [f64], from: usize, to: usize, target: f64) {
    if to <= from {
        return;
    }
    let shift = (target - returns[from + 1..=to].iter().sum::<f64>()) / (to - from) as f64;
    for r in &mut returns[from + 1..=to] {
        *r += shift;
    }
}

/// The positive n-th root, by Newton's method and multiplications alone, so that it is the same on every platform.
pub(crate) fn root(value: f64, n: usize) -> f64 {
    let degree = n as f64;
    let mut x = 1.0;
    for _ in 0..200 {
        let power = (1..n).fold(1.0, |p: f64, _| p * x);
        let next = x - (power * x - value) / (degree * power);
        if (next - x).abs() <= 1e-16 * x {
            return next;
        }
        x = next;
    }
    x
}

/// Rounded to `decimals` decimals, half away from zero.
pub(crate) fn rounded(value: f64, decimals: i32) -> f64 {
    let unit = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6][decimals as usize];
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_meet_their_anchors() {
        assert!((root(2.0, 2) - 2.0_f64.sqrt()).abs() < 1e-15);
        assert!((root(0.25, 60) - 0.25_f64.powf(1.0 / 60.0)).abs() < 1e-14);
        assert!((root(8.0, 250) - 8.0_f64.powf(1.0 / 250.0)).abs() < 1e-14);
        let anchors = [(0, 1.0), (3, 2.0), (5, 1.5)];
        let path = levels(&anchors, &[0.0, 0.3, -0.2, 0.1, 0.4, 0.2]);
        assert_eq!((path[0], path[3], path[5]), (1.0, 2.0, 1.5));
        let returns = [0.0, 0.1, -0.1, 0.05, 0.0, 0.02];
        let factors = steer(&anchors, &returns);
        let level = (1..6).fold(1.0, |l, t| l * (1.0 + returns[t]) * factors[t]);
        assert!((level - 1.5).abs() < 1e-12);
    }

    #[test]
    fn anchors_outside_the_sessions_are_met_on_the_line() {
        let sessions: Vec<Day> = (0..10).map(|i| Day::ymd(2023, 1, 2).plus(i)).collect();
        let placed = place(&[(2023, 1, 1, 10.0), (2023, 1, 4, 13.0), (2023, 1, 21, 30.0)], &sessions);
        assert_eq!(placed, [(0, 11.0), (2, 13.0), (9, 20.0)]);
    }
}
