//! Random numbers for many paths at once, the same on every machine.
//!
//! The generator is xoshiro256++ (Blackman and Vigna 2021) seeded through splitmix64, one state a lane; normal numbers come from its
//! uniforms by Wichura's inverse of the normal distribution (1988, algorithm AS 241, PPND16). Everything is made of integers, the four
//! operations and square roots, whose results IEEE 754 fixes, so that neither a mathematics library nor the width of a machine's
//! registers moves a bit.

// Lane by lane reads as the machine works.
#![allow(clippy::needless_range_loop)]

use super::lanes::Lanes;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finishing step of splitmix64.
#[inline(always)]
pub(crate) fn mix(x: u64) -> u64 {
    let z = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A seed from a seed of the whole, what the stream belongs to and the number of the path: neighbours share nothing.
#[inline(always)]
pub(crate) fn key(seed: u64, owner: u64, path: u64) -> u64 {
    mix(mix(mix(seed.wrapping_add(GOLDEN)) ^ owner).wrapping_add(path))
}

/// One generator a lane.
#[derive(Clone, Debug)]
pub(crate) struct Streams<const N: usize> {
    state: [[u64; N]; 4],
}

impl<const N: usize> Streams<N> {
    /// Lane `l` is seeded with `keys[l]`.
    #[inline(always)]
    pub(crate) fn seeded(keys: [u64; N]) -> Streams<N> {
        let mut state = [[0; N]; 4];
        for (word, row) in state.iter_mut().enumerate() {
            for l in 0..N {
                row[l] = mix(keys[l].wrapping_add(GOLDEN.wrapping_mul(word as u64 + 1)));
            }
        }
        Streams { state }
    }

    /// The next 64 bits of each lane.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> [u64; N] {
        let [s0, s1, s2, s3] = &mut self.state;
        let mut out = [0; N];
        for l in 0..N {
            out[l] = s0[l].wrapping_add(s3[l]).rotate_left(23).wrapping_add(s0[l]);
            let t = s1[l] << 17;
            s2[l] ^= s0[l];
            s3[l] ^= s1[l];
            s1[l] ^= s2[l];
            s0[l] ^= s3[l];
            s2[l] ^= t;
            s3[l] = s3[l].rotate_left(45);
        }
        out
    }

    /// The next standard normal number of each lane.
    #[inline(always)]
    pub(crate) fn normal(&mut self) -> [f64; N] {
        let bits = self.next();
        let mut p = [0.0; N];
        for l in 0..N {
            // 52 bits as a number in [1, 2), less one: the middle of its cell, never 0 or 1.
            p[l] = f64::from_bits((bits[l] >> 12) | 0x3ff0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0);
        }
        inverse_normal(p)
    }
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const B: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[inline(always)]
fn polynomial<const N: usize>(c: &[f64; 8], x: Lanes<N>) -> Lanes<N> {
    (0..7).rev().fold(Lanes::splat(c[7]), |sum, k| sum * x + c[k])
}

/// The natural logarithm of a positive normal number below one: exponent and mantissa, then the series of `2 atanh(f / (2 + f))` with
/// the coefficients of Sun's `fdlibm`.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const SQRT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let bits = x.to_bits();
    // The exponent that leaves a mantissa in [sqrt(1/2), sqrt(2)).
    let shifted = bits.wrapping_sub(SQRT_HALF);
    let exponent = (shifted as i64) >> 52;
    let f = f64::from_bits(bits.wrapping_sub((exponent as u64) << 52)) - 1.0;
    // Small integers become doubles by their bits: the conversion has no vector form on older machines.
    let k = f64::from_bits((exponent.wrapping_add(1 << 51) as u64) | 0x4330_0000_0000_0000)
        - (4_503_599_627_370_496.0 + 2_251_799_813_685_248.0);
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73));
    let t2 = z
        * (0.666_666_666_666_673_5
            + w * (0.285_714_287_436_623_9 + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)));
    let half = 0.5 * f * f;
    k * 0.693_147_180_369_123_8 - ((half - (s * (half + t1 + t2) + k * 1.908_214_929_270_587_7e-10)) - f)
}

/// The number below which a standard normal number lies with probability `p` in (0, 1).
#[inline(always)]
fn inverse_normal<const N: usize>(p: [f64; N]) -> [f64; N] {
    let p = Lanes(p);
    let q = p - 0.5;
    let (below, above) = (p.0, (Lanes::splat(1.0) - p).0);
    let mut root = [0.0; N];
    for l in 0..N {
        root[l] = (-ln(if below[l] < above[l] { below[l] } else { above[l] })).sqrt();
    }
    let near = Lanes::splat(0.180_625) - q * q;
    let r = Lanes(root) - 1.6;
    // Both forms are a quotient: numerators and denominators are chosen before the one division.
    let central = near.at_least(Lanes::splat(0.0));
    let tail = q.at_least(Lanes::splat(0.0)).select(polynomial(&C, r), Lanes::splat(0.0) - polynomial(&C, r));
    let top = central.select(q * polynomial(&A, near), tail);
    let bottom = central.select(polynomial(&B, near), polynomial(&D, r));
    let mut out = top.over(bottom).0;
    if root.iter().any(|r| *r > 5.0) {
        // One number in ten thousand millions.
        for l in 0..N {
            if root[l] > 5.0 {
                let r = Lanes([root[l] - 5.0]);
                let x = polynomial(&E, r).0[0] / polynomial(&F, r).0[0];
                out[l] = if q.0[l] < 0.0 { -x } else { x };
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::Xoshiro256PlusPlus;
    use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;

    #[test]
    fn streams_are_the_reference_generator() {
        let keys = [0, 1, 42, u64::MAX];
        let mut ours = Streams::seeded(keys);
        let mut theirs = keys.map(Xoshiro256PlusPlus::seed_from_u64);
        for _ in 0..100 {
            assert_eq!(ours.next(), std::array::from_fn(|l| theirs[l].next_u64()));
        }
    }

    #[test]
    fn logarithms_and_normals_agree_with_a_library() {
        let normal = Normal::standard();
        for i in 1..4000 {
            let p = f64::from(i) / 4000.0;
            assert!((ln(p) - p.ln()).abs() <= 4e-16 * p.ln().abs().max(1.0), "{p}");
            let [x] = inverse_normal([p]);
            assert!((normal.cdf(x) - p).abs() < 1e-10, "{p} {x}");
        }
        for p in [1e-15, 1e-12, 1e-9, 1e-5] {
            let [x] = inverse_normal([p]);
            assert!((normal.cdf(x) / p - 1.0).abs() < 1e-6, "{p} {x}");
        }
        // Printed with the algorithm: the quantiles of 0.25, 0.001 and 1e-20.
        assert!((inverse_normal([0.25])[0] + 0.674_489_750_196_081_7).abs() < 1e-15);
        assert!((inverse_normal([0.001])[0] + 3.090_232_306_167_814).abs() < 1e-14);
        assert!((inverse_normal([1e-20])[0] + 9.262_340_089_798_408).abs() < 1e-13);
    }

    #[test]
    fn moments_are_those_of_a_normal() {
        let mut streams = Streams::seeded(std::array::from_fn::<u64, 8, _>(|l| key(1876, 7, l as u64)));
        let (mut sum, mut squares, mut fourth, n) = (0.0, 0.0, 0.0, 50_000);
        for _ in 0..n / 8 {
            for x in streams.normal() {
                (sum, squares, fourth) = (sum + x, squares + x * x, fourth + x * x * x * x);
            }
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.02 && (squares / n - 1.0).abs() < 0.03 && (fourth / n - 3.0).abs() < 0.2);
    }
}
