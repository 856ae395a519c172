//! A memory of bounded size: what was not used for longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

struct Slot<T: ?Sized> {
    value: Arc<T>,
    cost: usize,
    used: u64,
}

struct Inner<T: ?Sized> {
    slots: HashMap<String, Slot<T>>,
    cost: usize,
    tick: u64,
}

/// Values by key with their cost in bytes; the sum of the costs stays within a bound.
pub struct Cache<T: ?Sized> {
    inner: Mutex<Inner<T>>,
    bound: usize,
}

impl<T: ?Sized> Cache<T> {
    /// An empty one that holds at most `bound` bytes.
    pub fn new(bound: usize) -> Cache<T> {
        Cache { inner: Mutex::new(Inner { slots: HashMap::new(), cost: 0, tick: 0 }), bound }
    }
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<Arc<T>> {
        let mut inner = self.lock();
        inner.tick += 1;
        let tick = inner.tick;
        let slot = inner.slots.get_mut(key)?;
        slot.used = tick;
        Some(slot.value.clone())
    }
    /// Keeps a value; one that costs more than a quarter of the bound is not kept, so that it cannot drive out everything else.
    pub fn put(&self, key: &str, value: Arc<T>, cost: usize) {
        let cost = cost + key.len() + 128;
        if cost > self.bound / 4 {
            return;
        }
        let mut inner = self.lock();
        inner.tick += 1;
        let used = inner.tick;
        if let Some(old) = inner.slots.insert(key.to_owned(), Slot { value, cost, used }) {
            inner.cost -= old.cost;
        }
        inner.cost += cost;
        while inner.cost > self.bound {
            let Some(oldest) = inner.slots.iter().min_by_key(|(_, s)| s.used).map(|(k, _)| k.clone()) else { break };
            if let Some(gone) = inner.slots.remove(&oldest) {
                inner.cost -= gone.cost;
            }
        }
    }
    /// Drops what does not meet a condition.
    pub fn keep(&self, kept: impl Fn(&str) -> bool) {
        let mut inner = self.lock();
        inner.slots.retain(|k, _| kept(k));
        inner.cost = inner.slots.values().map(|s| s.cost).sum();
    }
    /// Bytes held.
    pub fn cost(&self) -> usize {
        self.lock().cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_and_what_is_used_stays() {
        let cache: Cache<u64> = Cache::new(100_000);
        for i in 0..1_000u64 {
            cache.put(&i.to_string(), Arc::new(i), 1_000);
            assert_eq!(cache.get("0").as_deref(), Some(&0), "used at every step, so kept");
            assert!(cache.cost() <= 100_000);
        }
        assert!(cache.get("1").is_none() && cache.get("999").is_some());
        cache.put("huge", Arc::new(1), 50_000);
        assert!(cache.get("huge").is_none() && cache.get("0").is_some());
        let before = cache.cost();
        cache.put("999", Arc::new(7), 1_000);
        assert_eq!(cache.cost(), before, "a value that is replaced is not counted twice");
        cache.keep(|k| k == "0");
        assert!(cache.get("999").is_none() && cache.cost() < 2_000);
    }
}
