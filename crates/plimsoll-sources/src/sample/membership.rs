//! Who is in the two indices: the large one with effective dates, the small one by rank at the end of each June.

use plimsoll_model::time::Day;

use super::market::{Panel, quarter};
use super::securities::{Security, Tier};

/// Membership of both indices, security by security, session by session.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// Number of sessions.
    pub sessions: usize,
    /// The large index; classes of one issuer enter together.
    pub large: Vec<bool>,
    /// The small index.
    pub small: Vec<bool>,
    /// Sessions at whose close the list of the small index is published: the last of each quarter.
    pub lists: Vec<usize>,
}

impl Membership {
    /// Whether a security is in the large index on a session.
    pub fn in_large(&self, security: usize, session: usize) -> bool {
        self.large[security * self.sessions + session]
    }
    /// Whether a security is in the small index on a session.
    pub fn in_small(&self, security: usize, session: usize) -> bool {
        self.small[security * self.sessions + session]
    }
    /// Members of the small index by the last list published at or before a session's close; none before the first list.
    pub fn small_as_listed(&self, session: usize) -> Vec<usize> {
        let published = self.lists.partition_point(|l| *l <= session);
        // Before the first list of the span the membership is that of the last list of the year before.
        let list = if published == 0 { 0 } else { self.lists[published - 1] };
        (0..self.small.len() / self.sessions).filter(|&i| self.in_small(i, list)).collect()
    }

    pub(crate) fn generate(sessions: &[Day], list: &[Security], panel: &Panel) -> Membership {
        let n = sessions.len();
        let mut m = Membership {
            sessions: n,
            large: vec![false; n * list.len()],
            small: vec![false; n * list.len()],
            lists: (0..n)
                .filter(|&t| {
                    t + 1 == n && quarter_ends(sessions[t]) || t + 1 < n && quarter(sessions[t]) != quarter(sessions[t + 1])
                })
                .collect(),
        };
        let sizes = [Tier::Giant, Tier::Large].map(|tier| list.iter().filter(|s| s.primary && s.tier == tier).count());
        let (target, mids) = (sizes[0] + sizes[1], list.iter().filter(|s| s.primary && s.tier == Tier::Mid).count());
        let count = list.iter().filter(|s| s.primary && s.tier == Tier::Small && s.life.0 == 0).count();
        let mut large: Vec<bool> = list.iter().map(|s| s.tier <= Tier::Large && s.primary).collect();
        let mut small: Vec<bool> = vec![false; list.len()];
        for t in 0..n {
            if t > 0 {
                review(&mut large, target, list, panel, (t, sessions));
            }
            // The yearly review takes effect in the last days of June, before the list of the quarter's end.
            let june = t > 0 && sessions[t].parts().1 == 6 && sessions[t].parts().2 >= 24 && sessions[t - 1].parts().2 < 24;
            if t == 0 || june {
                let ranked = ranked(list, panel, t.saturating_sub(1), |i| !large[i]);
                small.fill(false);
                ranked.into_iter().skip(mids).take(count).for_each(|i| small[i] = true);
            } else if quarter(sessions[t]) != quarter(sessions[t - 1]) {
                // New listings of the quarter that are large enough join; the rest wait for June.
                let floor = (0..list.len())
                    .filter(|&i| small[i] && list[i].trades(t))
                    .map(|i| panel.cap[i * n + t - 1])
                    .fold(f64::MAX, f64::min);
                for (i, s) in list.iter().enumerate() {
                    let young = s.life.0 > 0 && s.life.0 < t && quarter(sessions[s.life.0]) + 1 == quarter(sessions[t]);
                    if young && s.primary && !large[i] && s.trades(t) && panel.cap[i * n + t - 1] > floor {
                        small[i] = true;
                    }
                }
            }
            for (i, s) in list.iter().enumerate() {
                m.large[i * n + t] = large[s.issuer] && s.tier <= Tier::Mid && s.trades(t);
                m.small[i * n + t] = small[i] && s.trades(t);
            }
        }
        m
    }
}

/// Fills places in the large index that became free, and each quarter changes the smallest two for the largest two outside.
fn review(large: &mut [bool], target: usize, list: &[Security], panel: &Panel, (t, sessions): (usize, &[Day])) {
    for (i, s) in list.iter().enumerate() {
        if large[i] && !s.trades(t) {
            large[i] = false;
        }
    }
    let free = target - large.iter().filter(|l| **l).count();
    let (_, month, day) = sessions[t].parts();
    let quarterly = month % 3 == 0 && day >= 18 && sessions[t - 1].parts().2 < 18;
    if free == 0 && !quarterly {
        return;
    }
    let outside = ranked(list, panel, t - 1, |i| !large[i] && list[i].tier == Tier::Mid && list[i].trades(t));
    let mut outside = outside.into_iter();
    outside.by_ref().take(free).for_each(|i| large[i] = true);
    if quarterly {
        let inside = ranked(list, panel, t - 1, |i| large[i] && list[i].tier != Tier::Giant);
        for (leaves, enters) in inside.into_iter().rev().take(2).zip(outside) {
            if panel.cap[enters * panel.sessions + t - 1] > 1.1 * panel.cap[leaves * panel.sessions + t - 1] {
                (large[leaves], large[enters]) = (false, true);
            }
        }
    }
}

/// Issuers by capitalisation at a close, largest first.
fn ranked(list: &[Security], panel: &Panel, t: usize, keep: impl Fn(usize) -> bool) -> Vec<usize> {
    let cap = |i: usize| panel.cap[i * panel.sessions + t];
    let mut ids: Vec<usize> =
        (0..list.len()).filter(|&i| list[i].primary && list[i].tier != Tier::Warrant && list[i].trades(t) && keep(i)).collect();
    ids.sort_by(|&a, &b| cap(b).total_cmp(&cap(a)).then(a.cmp(&b)));
    ids
}

fn quarter_ends(day: Day) -> bool {
    let (_, month, date) = day.parts();
    month % 3 == 0 && date >= 28
}
