//! Arithmetic on a few windows at a time, which the compiler turns into vector instructions.

use std::ops::{Add, Div, Mul, Sub};

/// How many windows.
pub const LANES: usize = 4;

/// One number of each of a few windows.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(pub [f64; LANES]);

impl Lanes {
    /// The same number in all.
    #[inline(always)]
    pub fn all(value: f64) -> Lanes {
        Lanes([value; LANES])
    }
    /// A number of each of a few windows' sums.
    ///
    /// # Panics
    /// Where there are fewer than lanes.
    #[inline(always)]
    pub fn of<T>(windows: &[T], number: impl Fn(&T) -> f64) -> Lanes {
        let windows = windows.first_chunk::<LANES>().expect("as many as lanes");
        Lanes(std::array::from_fn(|l| number(&windows[l])))
    }
    /// Writes to the head of a slice, as much of it as there is.
    #[inline(always)]
    pub fn write(self, to: &mut [f64]) {
        match to.first_chunk_mut::<LANES>() {
            Some(whole) => *whole = self.0,
            None => to.iter_mut().zip(self.0).for_each(|(to, value)| *to = value),
        }
    }
    /// Square roots.
    #[inline(always)]
    pub fn sqrt(self) -> Lanes {
        Lanes(self.0.map(f64::sqrt))
    }
    /// What is not negative; nought for what is.
    #[inline(always)]
    pub fn above_nought(self) -> Lanes {
        Lanes(self.0.map(|v| if v < 0.0 { 0.0 } else { v }))
    }
    /// These where the condition on `x` holds, NaN elsewhere.
    #[inline(always)]
    pub fn where_(self, x: Lanes, condition: impl Fn(f64) -> bool) -> Lanes {
        Lanes(std::array::from_fn(|l| if condition(x.0[l]) { self.0[l] } else { f64::NAN }))
    }
}

macro_rules! elementwise {
    ($($name:ident $method:ident $op:tt),*) => {$(
        impl $name for Lanes {
            type Output = Lanes;
            #[inline(always)]
            fn $method(self, o: Lanes) -> Lanes {
                Lanes(std::array::from_fn(|l| self.0[l] $op o.0[l]))
            }
        }
    )*};
}

elementwise!(Add add +, Sub sub -, Mul mul *, Div div /);
