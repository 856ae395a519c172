//! Allowances: how often a caller may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

type Keyed = RateLimiter<Option<IpAddr>, HashMapStateStore<Option<IpAddr>>, DefaultClock>;

/// The allowances of all callers.
pub struct Limits {
    asking: Keyed,
    reading: Keyed,
    /// All sign-ups together: nobody's address list is written to through us from a thousand machines at once.
    all: governor::DefaultDirectRateLimiter,
    clock: DefaultClock,
}

const fn n(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

impl Limits {
    /// Five sign-ups at once and one every five minutes; a page a second and a hundred at once; two hundred sign-ups at once of everybody.
    pub fn new() -> Limits {
        let every = Quota::with_period(Duration::from_secs(300)).expect("not zero").allow_burst(n(5));
        Limits {
            asking: RateLimiter::hashmap(every),
            reading: RateLimiter::hashmap(Quota::per_second(n(1)).allow_burst(n(100))),
            all: RateLimiter::direct(Quota::per_minute(n(20)).allow_burst(n(200))),
            clock: DefaultClock::default(),
        }
    }

    /// Whether a caller may go on; else how long they should wait.
    pub fn check(&self, caller: Option<IpAddr>, asks: bool) -> Result<(), Duration> {
        let caller = caller.map(network);
        let wait = |no: governor::NotUntil<_>| no.wait_time_from(self.clock.now());
        if self.reading.len() + self.asking.len() > 50_000 {
            self.reading.retain_recent();
            self.asking.retain_recent();
        }
        self.reading.check_key(&caller).map_err(wait)?;
        if asks {
            self.asking.check_key(&caller).map_err(wait)?;
            self.all.check().map_err(wait)?;
        }
        Ok(())
    }
}

/// The network that one household has: an address of version 4, sixty-four bits of version 6.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => {
            let s = v6.segments();
            IpAddr::from([s[0], s[1], s[2], s[3], 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_asks_too_often_waits_and_others_do_not() {
        let limits = Limits::new();
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!((0..20).filter(|_| limits.check(Some(one), true).is_ok()).count(), 5);
        assert!(limits.check(Some(one), true).unwrap_err() > Duration::from_secs(60));
        assert!(limits.check(Some(one), false).is_ok(), "reading goes on");
        assert!(limits.check(Some("192.0.2.2".parse().unwrap()), true).is_ok());
        // One network of version 6 is one caller.
        let six = |n: u32| limits.check(Some(format!("2001:db8::{n:x}").parse().unwrap()), true).is_ok();
        assert_eq!((1..20).filter(|i| six(*i)).count(), 5);
    }
}
