//! Numbers in lanes: operations that a compiler turns into the machine's vector instructions, whatever their width.

// Lane by lane reads as the machine works.
#![allow(clippy::needless_range_loop)]

use std::ops::{Add, AddAssign, Mul, Sub, SubAssign};

/// `N` numbers side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lanes<const N: usize>(pub [f64; N]);

impl<const N: usize> Lanes<N> {
    /// The same number in every lane.
    #[inline(always)]
    pub(crate) fn splat(x: f64) -> Lanes<N> {
        Lanes([x; N])
    }
    #[inline(always)]
    fn zip(self, other: Lanes<N>, f: impl Fn(f64, f64) -> f64) -> Lanes<N> {
        let mut out = [0.0; N];
        for l in 0..N {
            out[l] = f(self.0[l], other.0[l]);
        }
        Lanes(out)
    }
    /// The smaller of two that are numbers.
    #[inline(always)]
    pub(crate) fn lower(self, other: f64) -> Lanes<N> {
        self.zip(Lanes::splat(other), |a, b| if a < b { a } else { b })
    }
    /// The smaller, lane by lane.
    #[inline(always)]
    pub(crate) fn least(self, other: Lanes<N>) -> Lanes<N> {
        self.zip(other, |a, b| if a < b { a } else { b })
    }
    /// The larger of two that are numbers.
    #[inline(always)]
    pub(crate) fn higher(self, other: f64) -> Lanes<N> {
        self.zip(Lanes::splat(other), |a, b| if a > b { a } else { b })
    }
    /// The quotient, lane by lane.
    #[inline(always)]
    pub(crate) fn over(self, other: Lanes<N>) -> Lanes<N> {
        self.zip(other, |a, b| a / b)
    }
    /// All bits set where it is at least the other, else none.
    #[inline(always)]
    pub(crate) fn at_least(self, other: Lanes<N>) -> Mask<N> {
        let mut out = [0; N];
        for l in 0..N {
            out[l] = 0_u64.wrapping_sub(u64::from(self.0[l] >= other.0[l]));
        }
        Mask(out)
    }
}

/// All bits or none, a lane.
#[derive(Clone, Copy)]
pub(crate) struct Mask<const N: usize>(pub [u64; N]);

impl<const N: usize> Mask<N> {
    /// The number where set, else 0.
    #[inline(always)]
    pub(crate) fn keep(self, x: f64) -> Lanes<N> {
        let mut out = [0.0; N];
        for l in 0..N {
            out[l] = f64::from_bits(self.0[l] & x.to_bits());
        }
        Lanes(out)
    }
    /// The one where set, else the other.
    #[inline(always)]
    pub(crate) fn select(self, set: Lanes<N>, other: Lanes<N>) -> Lanes<N> {
        let mut out = [0.0; N];
        for l in 0..N {
            out[l] = f64::from_bits((self.0[l] & set.0[l].to_bits()) | (!self.0[l] & other.0[l].to_bits()));
        }
        Lanes(out)
    }
}

/// Of numbers laid along ascending bounds, the one whose bound is the last at or below: looked up without a branch or an address.
///
/// Neighbours are kept as the bits in which they differ, so that each bound passed turns the number before it into the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ladder<const K: usize> {
    first: u64,
    turn: [u64; K],
}

impl<const K: usize> Ladder<K> {
    #[inline(always)]
    pub(crate) fn new(first: f64, rest: impl Fn(usize) -> f64) -> Ladder<K> {
        let mut turn = [0; K];
        let mut last = first.to_bits();
        for (k, t) in turn.iter_mut().enumerate() {
            let bits = rest(k).to_bits();
            *t = last ^ bits;
            last = bits;
        }
        Ladder { first: first.to_bits(), turn }
    }
    /// Where `value >= bounds[k] * unit`, with `unit` not negative.
    #[inline(always)]
    pub(crate) fn at<const N: usize>(&self, bounds: &[f64; K], value: Lanes<N>, unit: Lanes<N>) -> Lanes<N> {
        let mut bits = [self.first; N];
        for k in 0..K {
            let passed = value.at_least(unit * bounds[k]);
            for l in 0..N {
                bits[l] ^= passed.0[l] & self.turn[k];
            }
        }
        let mut out = [0.0; N];
        for l in 0..N {
            out[l] = f64::from_bits(bits[l]);
        }
        Lanes(out)
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident $op:tt;)*) => {$(
        impl<const N: usize> $trait for Lanes<N> {
            type Output = Lanes<N>;
            #[inline(always)]
            fn $method(self, other: Lanes<N>) -> Lanes<N> {
                self.zip(other, |a, b| a $op b)
            }
        }
        impl<const N: usize> $trait<f64> for Lanes<N> {
            type Output = Lanes<N>;
            #[inline(always)]
            fn $method(self, other: f64) -> Lanes<N> {
                self.zip(Lanes::splat(other), |a, b| a $op b)
            }
        }
    )*};
}

operator! {
    Add add +;
    Sub sub -;
    Mul mul *;
}

impl<const N: usize> AddAssign for Lanes<N> {
    #[inline(always)]
    fn add_assign(&mut self, other: Lanes<N>) {
        *self = *self + other;
    }
}

impl<const N: usize> SubAssign for Lanes<N> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Lanes<N>) {
        *self = *self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_a_lookup() {
        let ladder = Ladder::<3>::new(0.2, |k| [0.1, 0.05, 0.01][k]);
        let bounds = [0.5, 1.0, 2.0];
        let found = ladder.at(&bounds, Lanes([-1.0, 2.0, 4.0, 7.9, 8.0, 9.0]), Lanes::splat(4.0));
        assert_eq!(found.0, [0.2, 0.1, 0.05, 0.05, 0.01, 0.01]);
        assert_eq!(ladder.at(&bounds, Lanes([-1.0, 0.0]), Lanes::splat(0.0)).0, [0.2, 0.01]);
    }

    #[test]
    fn masks_choose() {
        let m = Lanes([1.0, 2.0]).at_least(Lanes::splat(2.0));
        assert_eq!((m.keep(3.0).0, m.select(Lanes([1.0, 2.0]), Lanes([5.0, 6.0])).0), ([0.0, 3.0], [5.0, 2.0]));
        assert_eq!((Lanes([1.0, 5.0]).lower(3.0).0, Lanes([1.0, 5.0]).higher(3.0).0), ([1.0, 3.0], [3.0, 5.0]));
    }
}
