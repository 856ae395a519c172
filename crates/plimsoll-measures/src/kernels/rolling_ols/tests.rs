use super::*;
use crate::kernels::regression::ols;
use proptest::prelude::*;

fn all<const K: usize>(design: Design<K>, y: &[f64]) -> Vec<Option<Estimate<K>>> {
    let found = design.panel(1, |_| y);
    (0..y.len()).map(|t| found.at(0, t)).collect()
}

fn near(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-12, "{a} and {b}");
}

#[test]
fn a_line_by_hand() {
    // x = 1..5, y = 2, 4, 5, 4, 5: slope 6/10, residual squares 2.4 on 3 degrees of freedom, so s^2 = 0.8;
    // error sqrt(0.8 / 10); explained 3.6 of 6.
    let x = [9.0, 1.0, 2.0, 3.0, 4.0, 5.0, f64::NAN];
    let y = [7.0, 2.0, 4.0, 5.0, 4.0, 5.0, 1.0];
    let found = all(Design::new([&x], 5, 4), &y);
    assert!(found[..4].iter().all(Option::is_none));
    let e = found[5].unwrap();
    near(e.beta[0], 0.6);
    near(e.se[0], 0.08f64.sqrt());
    near(e.r2, 0.6);
    assert_eq!(e.n, 5);
    // The next window knows four: x = 2..5, y = 4, 5, 4, 5: slope (-1.5 x -0.5 + -0.5 x 0.5 + 0.5 x -0.5 + 1.5 x 0.5) / 5 = 0.2.
    let e = found[6].unwrap();
    near(e.beta[0], 0.2);
    assert_eq!(e.n, 4);
    assert_eq!(all(Design::new([&x], 5, 5), &y)[6], None);
}

#[test]
fn collinear_constant_and_few_give_none() {
    let t: Vec<f64> = (0..12).map(f64::from).collect();
    let y: Vec<f64> = t.iter().map(|t| (t * 1.7).sin()).collect();
    let double: Vec<f64> = t.iter().map(|t| 2.0 * t + 1.0).collect();
    assert!(all(Design::new([&t, &double], 6, 4), &y).iter().all(Option::is_none));
    assert!(all(Design::new([&[3.0; 12]], 6, 4), &y).iter().all(Option::is_none));
    assert!(all(Design::new([&t], 2, 1), &y).iter().all(Option::is_none));
    assert!(all(Design::new([&t], 13, 1), &y).iter().all(Option::is_none));
    // A row that does not vary has a slope of nought and no share explained.
    let flat = all(Design::new([&t], 6, 4), &[2.0; 12])[8].unwrap();
    assert_eq!((flat.beta, flat.r2.is_nan()), ([0.0], true));
}

/// A repeatable series around `level`.
fn wave(n: usize, seed: u64, level: f64) -> Vec<f64> {
    let mix = |x: u64, by: u64, shift: u32| (x ^ (x >> shift)).wrapping_mul(by);
    (0..n as u64)
        .map(|t| {
            let x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(t.wrapping_mul(0xD1B5_4A32_D192_ED03));
            let x = mix(mix(x, 0xBF58_476D_1CE4_E5B9, 30), 0x94D0_49BB_1331_11EB, 27);
            level + ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        })
        .collect()
}

/// Every window beside least squares on its own observations, by orthogonalisation; errors by the textbook's formula.
fn beside_direct<const K: usize>(x: [&[f64]; K], y: &[f64], (n, least): (usize, usize)) {
    let close = |a: f64, b: f64, scale: f64| assert!((a - b).abs() <= 1e-10 * scale.max(b.abs()), "{a} and {b} of {scale}");
    let found = all(Design::new(x, n, least), y);
    for (t, found) in found.iter().enumerate().skip(n - 1) {
        let days: Vec<usize> = (t + 1 - n..=t).filter(|&s| y[s].is_finite() && x.iter().all(|c| c[s].is_finite())).collect();
        if days.len() < least.max(K + 2) {
            assert_eq!(*found, None);
            continue;
        }
        let ys: Vec<f64> = days.iter().map(|&s| y[s]).collect();
        let xs: Vec<Vec<f64>> = x.iter().map(|c| days.iter().map(|&s| c[s]).collect()).collect();
        let columns: Vec<&[f64]> = xs.iter().map(Vec::as_slice).collect();
        let direct = ols(&ys, &columns, 0).unwrap();
        let e = found.unwrap();
        assert_eq!(e.n, days.len());
        let scale = e.se.iter().fold(0.0f64, |a, b| a.max(*b));
        (0..K).for_each(|k| close(e.beta[k], direct.beta[k + 1], scale));
        close(e.r2, direct.r2, 1.0);
        // The error of slope k is s over the length of x(k) after the others are taken out (Frisch and Waugh 1933).
        let mean = ys.iter().sum::<f64>() / ys.len() as f64;
        let rss = (1.0 - direct.r2) * ys.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        for (k, x) in xs.iter().enumerate() {
            let others: Vec<&[f64]> = (0..K).filter(|j| *j != k).map(|j| columns[j]).collect();
            let m = x.iter().sum::<f64>() / x.len() as f64;
            let left = 1.0 - if others.is_empty() { 0.0 } else { ols(x, &others, 0).unwrap().r2 };
            let length = left * x.iter().map(|v| (v - m) * (v - m)).sum::<f64>();
            close(e.se[k], (rss / (ys.len() - K - 1) as f64 / length).sqrt(), 0.0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn equal_to_direct_least_squares(
        seed in 0u64..1000, n in 12usize..40, length in 12usize..150, level in -20.0f64..20.0,
        gaps in proptest::collection::vec((0usize..150, 0usize..4), 0..12),
    ) {
        let mut series: Vec<Vec<f64>> = (0..4).map(|k| wave(length, seed * 4 + k, level * (k as f64 - 1.0))).collect();
        let (x, y) = series.split_at_mut(3);
        y[0].iter_mut().zip(x[0].iter().zip(&x[1])).for_each(|(y, (a, b))| *y += 0.4 * a - 0.7 * b);
        gaps.iter().filter(|(t, _)| *t < length).for_each(|&(t, k)| series[k][t] = f64::NAN);
        let size = (n, n * 4 / 5);
        let y = &series[3];
        beside_direct([&series[0]], y, size);
        beside_direct([&series[0], &series[1]], y, size);
        beside_direct([&series[0], &series[1], &series[2]], y, size);
    }

    /// What lies outside of the window changes no bit: not later values, not earlier ones, not gaps there.
    #[test]
    fn only_the_window_counts(seed in 0u64..1000, n in 8usize..30, t in 60usize..100, gap in 0usize..30) {
        let (x, mut y) = (wave(120, seed, 0.0), wave(120, seed + 7, 0.1));
        y[t.saturating_sub(gap)] = f64::NAN;
        let before = all(Design::new([&x], n, n / 2), &y)[t];
        let (mut x2, mut y2) = (wave(120, seed + 11, 500.0), wave(120, seed + 13, f64::NAN));
        x2[t + 1 - n..=t].copy_from_slice(&x[t + 1 - n..=t]);
        y2[t + 1 - n..=t].copy_from_slice(&y[t + 1 - n..=t]);
        prop_assert_eq!(before, all(Design::new([&x2], n, n / 2), &y2)[t]);
        prop_assert_eq!(before, all(Design::new([&x[..=t]], n, n / 2), &y[..=t])[t]);
    }
}

#[test]
fn nothing_drifts_after_a_shock() {
    let (x, mut y) = (wave(5000, 3, 0.0), wave(5000, 4, 0.0));
    y[100] = 1e9;
    let found = all(Design::new([&x], 60, 48), &y);
    let e = found[4999].unwrap();
    let direct = ols(&y[4940..], &[&x[4940..]], 0).unwrap();
    near(e.beta[0], direct.beta[1]);
    near(e.r2, direct.r2);
}

#[test]
fn a_panel_is_the_same_bits_on_any_number_of_threads() {
    let x = [wave(200, 1, 0.0), wave(200, 2, 0.0)];
    let mut rows: Vec<Vec<f64>> = (0..70).map(|i| wave(200, 10 + i, 0.0)).collect();
    rows[5][100..140].fill(f64::NAN);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| Design::new([&x[0], &x[1]], 50, 40).panel(rows.len(), |i| &rows[i]));
        assert_eq!((found.rows(), found.n(5)[150], found.n(5)[61], found.n(5)[59]), (70, 50, 0, 41));
        found.columns.data().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert!(on(1) == on(3));
}
