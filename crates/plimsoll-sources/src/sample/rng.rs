//! Seeded random numbers whose stream never changes.
//!
//! The generator is xoshiro256++ (Blackman and Vigna 2021), whose output `rand_xoshiro` fixes by the authors' reference values. The
//! distributions are made here, from integers and the four basic operations alone, so that no change of a distribution crate, of a
//! mathematics library or of a platform moves a bit of the sample world.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// A named stream of random numbers.
pub(crate) struct Rng(Xoshiro256PlusPlus);

impl Rng {
    /// The stream called `label`, number `index`, of a world's seed. Each part of the world draws from streams of its own, so a new
    /// part changes nothing in the others.
    pub fn stream(seed: u64, label: &str, index: u64) -> Rng {
        // FNV-1a over seed, label and index: any fixed mixing does, seeding spreads the bits.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let bytes = seed.to_le_bytes().into_iter().chain(label.bytes()).chain(index.to_le_bytes());
        for byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Rng(Xoshiro256PlusPlus::seed_from_u64(hash))
    }
    /// Uniform on [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
    /// Uniform on [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }
    /// Uniform on 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }
    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }
    /// One of these.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
    /// One position, with these weights.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }
    /// Near normal with mean 0 and variance 1: the sum of twelve uniforms less six (Irwin-Hall), in integers of sixteen bits.
    pub fn normal(&mut self) -> f64 {
        let mut sum = 0_u64;
        for _ in 0..3 {
            let word = self.0.next_u64();
            sum += (word & 0xffff) + ((word >> 16) & 0xffff) + ((word >> 32) & 0xffff) + (word >> 48);
        }
        (sum as f64 - 12.0 * 32_767.5) / 65_536.0
    }
    /// Fat-tailed with mean 0 and variance 1: one draw in twenty-five is three times as wide.
    pub fn tailed(&mut self) -> f64 {
        // 0.96 s^2 + 0.04 (3 s)^2 = 1
        const SCALE: f64 = 0.870_388_279_778_489;
        let wide = self.chance(0.04);
        self.normal() * SCALE * if wide { 3.0 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_reference_stream() {
        // The values of the authors' C code for the state 1, 2, 3, 4.
        let mut seed = [0_u8; 32];
        for (i, chunk) in seed.chunks_mut(8).enumerate() {
            chunk.copy_from_slice(&(i as u64 + 1).to_le_bytes());
        }
        let mut raw = Xoshiro256PlusPlus::from_seed(seed);
        let first: Vec<u64> = (0..4).map(|_| raw.next_u64()).collect();
        assert_eq!(first, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn the_distributions_have_their_moments() {
        let mut rng = Rng::stream(7, "moments", 0);
        let n = 200_000;
        let (mut sum, mut square, mut fourth) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = rng.tailed();
            sum += x;
            square += x * x;
            fourth += x * x * x * x;
        }
        let variance = square / f64::from(n);
        assert!((sum / f64::from(n)).abs() < 0.01);
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
        let kurtosis = fourth / f64::from(n) / (variance * variance);
        assert!((5.0..8.5).contains(&kurtosis), "fat tails: {kurtosis}");
        assert_ne!(Rng::stream(7, "a", 0).uniform(), Rng::stream(7, "a", 1).uniform());
    }
}
