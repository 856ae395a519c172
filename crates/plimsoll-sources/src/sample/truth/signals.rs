//! Truths about signals: a lead, what it is worth to trade on, and the regimes of the market's noise.

use plimsoll_model::time::Day;

use super::{Edge, Lead, Regime};
use crate::sample::World;
use crate::sample::path::{levels, place};
use crate::sample::story::{CREDIT_LEAD, VOLATILITY};

/// The first day of the strategies.
const FROM: (i16, i8, i8) = (2022, 1, 3);

pub(super) fn lead() -> Lead {
    Lead { first: "etf:HYG", second: "etf:IWM", sessions: CREDIT_LEAD }
}

pub(super) fn edge(world: &World, signal: &'static str, planted: bool, to: Day) -> Option<Edge> {
    let from = Day::ymd(FROM.0, FROM.1, FROM.2);
    let (start, end) = (world.session(from).filter(|s| *s >= 3)?, world.session(to)?);
    let level = |id: &str| world.fund(id).filter(|f| f.first == 0).map(|f| f.level.as_slice());
    let (guide, small, safe) = (level(signal)?, level("IWM")?, level("SHY")?);
    let mut wealth = 1.0;
    for t in start..=end {
        // Seen at the close of t - 2, traded at that of t - 1, earned on t.
        let held = if guide[t - 2] > guide[t - 3] { small } else { safe };
        wealth *= held[t] / held[t - 1];
    }
    Some(Edge { signal, from, to, wealth, planted })
}

pub(super) fn regime(world: &World, day: Day) -> Option<Regime> {
    let t = world.session(day)?;
    let daily = levels(&place(&VOLATILITY, &world.sessions), &vec![0.0; world.sessions.len()]);
    let mean = daily.iter().sum::<f64>() / daily.len() as f64;
    Some(Regime { day, daily: daily[t], turbulent: daily[t] > mean })
}
