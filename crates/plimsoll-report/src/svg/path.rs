//! Paths of lines and areas, with gaps kept and thousands of points thinned honestly.

use super::canvas::coordinate;

/// Points in coordinates; one that is not finite is a gap.
pub type Points = Vec<(f64, f64)>;

/// The unbroken runs of `points`.
pub fn runs(points: &[(f64, f64)]) -> Vec<&[(f64, f64)]> {
    points.split(|p| !(p.0.is_finite() && p.1.is_finite())).filter(|r| !r.is_empty()).collect()
}

/// `run` thinned so that every half unit of width keeps its first, lowest, highest and last point, in their order: the drawn
/// line covers the same pixels.
pub fn thin(run: &[(f64, f64)]) -> Points {
    let mut out: Points = Vec::new();
    let mut start = 0;
    while start < run.len() {
        let bucket = (run[start].0 * 2.0).floor();
        let end = start + run[start..].iter().take_while(|p| (p.0 * 2.0).floor() == bucket).count();
        let slice = &run[start..end];
        if slice.len() <= 4 {
            out.extend_from_slice(slice);
        } else {
            let by = |a: &usize, b: &usize| slice[*a].1.total_cmp(&slice[*b].1);
            let low = (0..slice.len()).min_by(by).unwrap_or(0);
            let high = (0..slice.len()).max_by(by).unwrap_or(0);
            let mut keep = [0, low, high, slice.len() - 1];
            keep.sort_unstable();
            let mut last = usize::MAX;
            for k in keep {
                if k != last {
                    out.push(slice[k]);
                }
                last = k;
            }
        }
        start = end;
    }
    out
}

fn append(d: &mut String, command: char, p: (f64, f64)) {
    d.push(command);
    d.push_str(&coordinate(p.0));
    d.push(' ');
    d.push_str(&coordinate(p.1));
}

/// A line through `points`, broken at gaps; a lone point is a dot (with round line caps).
pub fn line(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for run in runs(points) {
        let thin = thin(run);
        append(&mut d, 'M', thin[0]);
        if thin.len() == 1 {
            d.push_str("h0");
        }
        thin[1..].iter().for_each(|p| append(&mut d, 'L', *p));
    }
    d
}

/// A line that keeps each value until the next point.
pub fn steps(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for run in runs(points) {
        append(&mut d, 'M', run[0]);
        if run.len() == 1 {
            d.push_str("h0");
        }
        for p in &run[1..] {
            d.push('H');
            d.push_str(&coordinate(p.0));
            d.push('V');
            d.push_str(&coordinate(p.1));
        }
    }
    d
}

/// The area between two edges over the same coordinates, broken where either is a gap.
///
/// Where many points share a unit of width the area keeps the lowest and the highest, so that no excursion is lost.
pub fn area(xs: &[f64], low: &[f64], high: &[f64]) -> String {
    let mut d = String::new();
    let both: Points =
        xs.iter().zip(low.iter().zip(high)).map(|(x, (a, b))| (*x, if b.is_finite() { *a } else { f64::NAN })).collect();
    let mut start = 0;
    for run in both.split(|p| !(p.0.is_finite() && p.1.is_finite())) {
        if !run.is_empty() {
            let end = start + run.len();
            let edge =
                |values: &[f64]| -> Points { xs[start..end].iter().copied().zip(values[start..end].iter().copied()).collect() };
            let (upper, lower) = (thin(&edge(high)), thin(&edge(low)));
            append(&mut d, 'M', upper[0]);
            upper[1..].iter().for_each(|p| append(&mut d, 'L', *p));
            lower.iter().rev().for_each(|p| append(&mut d, 'L', *p));
            d.push('Z');
        }
        start += run.len() + 1;
    }
    d
}

/// Points with each value repeated just before the next point, so that [`area`] draws steps.
pub fn stepped(xs: &[f64], values: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut out = (Vec::new(), Vec::new());
    for (i, (&x, &v)) in xs.iter().zip(values).enumerate() {
        if i > 0 {
            out.0.push(x);
            out.1.push(values[i - 1]);
        }
        out.0.push(x);
        out.1.push(v);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_break_the_line_and_are_never_zero() {
        let d = line(&[(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 4.0), (4.0, f64::INFINITY), (5.0, 6.0), (6.0, 7.0)]);
        assert_eq!(d, "M0 1L1 2M3 4h0M5 6L6 7");
        assert_eq!(line(&[(0.0, f64::NAN)]), "");
    }

    #[test]
    fn thinning_keeps_extremes() {
        let run: Points = (0..10_000).map(|i| (f64::from(i) / 100.0, if i == 4321 { 99.0 } else { f64::from(i % 7) })).collect();
        let out = thin(&run);
        assert!(out.len() <= 4 * 200 + 4, "{}", out.len());
        assert!(out.contains(&(43.21, 99.0)));
        assert_eq!(out[0], run[0]);
        assert_eq!(out.last(), run.last());
        assert!(out.windows(2).all(|w| w[0].0 <= w[1].0));
    }

    #[test]
    fn areas_break_where_either_edge_is_missing() {
        let d = area(&[0.0, 1.0, 2.0, 3.0], &[0.0, 0.0, 0.0, 0.0], &[1.0, 1.0, f64::NAN, 2.0]);
        assert_eq!(d, "M0 1L1 1L1 0L0 0ZM3 2L3 0Z");
        let (x, v) = stepped(&[0.0, 1.0, 2.0], &[5.0, 6.0, 7.0]);
        assert_eq!((x, v), (vec![0.0, 1.0, 1.0, 2.0, 2.0], vec![5.0, 5.0, 6.0, 6.0, 7.0]));
    }
}
