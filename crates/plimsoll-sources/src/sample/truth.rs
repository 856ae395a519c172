//! What was planted, with exact figures: computed from the generator's own unrounded arrays by plain loops, independently of the
//! program's measures, so that found can be set beside planted.

use plimsoll_model::time::Day;
use serde::Serialize;

use super::World;
use super::credit::EPISODE;
use super::market::{PHASES, PlantedFailure, SMALL_RATE_BETA};
use super::rates::{LOW_DAY, RISE_DAY};
use super::securities::{Tier, session_from};

/// Everything planted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Truth {
    /// Last symbols of the seven, canonical spelling; one class where an issuer has two.
    pub giants: Vec<String>,
    /// Who carried the large index, over calendar 2023 and over the year to 2024-02-02.
    pub contributions: Vec<Contributions>,
    /// Breadth of both universes on some days.
    pub breadth: Vec<Breadth>,
    /// Breakouts that fail, in the small index.
    pub breakouts: Option<Breakouts>,
    /// How small less large moves with the ten-year yield.
    pub rate_beta: Option<RateBeta>,
    /// The ten-year yield's low and rise.
    pub yield_rise: Option<YieldRise>,
    /// First day of the last unbroken inversion of the curve, ten less two years, as of the world's end.
    pub inverted_since: Option<Day>,
    /// The policy plateau and the cuts priced on some days.
    pub policy: Option<Policy>,
    /// Credit spreads on 2024-02-02 and the planted widening.
    pub spread: Option<Spread>,
    /// Returns of groups in each phase of leadership.
    pub leadership: Vec<Phase>,
    /// Bear and bull markets of the small index by the 20 % rule.
    pub turns: Vec<Turn>,
    /// Quirks of identity and of rows.
    pub quirks: Vec<Quirk>,
}

/// The large index over a window, weighted by full capitalisation at the close before, one class an issuer.
#[derive(Clone, Debug, Serialize)]
pub struct Contributions {
    /// The close at which the window begins.
    pub from: Day,
    /// The close at which it ends.
    pub to: Day,
    /// Return of the index.
    pub index_return: f64,
    /// Return of equal amounts in every member, set anew each session.
    pub equal_weight_return: f64,
    /// Contribution of the seven; with the rest it sums to the return of the index.
    pub group: f64,
    /// Contribution of everyone else.
    pub rest: f64,
    /// Contribution of the seven over the return of the index.
    pub group_share: f64,
    /// Each of the seven: last symbol and contribution.
    pub members: Vec<(String, f64)>,
    /// Weight of the seven at the first close.
    pub weight_before: f64,
    /// Weight of the seven at the last close.
    pub weight_after: f64,
}

/// Breadth of a universe at a close, over members with 252 sessions of their own; closes adjusted for splits.
#[derive(Clone, Debug, Serialize)]
pub struct Breadth {
    /// The close.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// Members counted.
    pub members: usize,
    /// Members with too short a history.
    pub short: usize,
    /// Share at least 20 % below the highest close of the past 252 sessions.
    pub bear_share: f64,
    /// Share above the mean close of the past 50 sessions, the day included.
    pub above_50: f64,
    /// Share above the mean close of the past 200 sessions, the day included.
    pub above_200: f64,
    /// Median drawdown from the highest close of the past 252 sessions (0 or negative).
    pub median_drawdown: f64,
    /// Drawdown of the universe's published price index, likewise.
    pub index_drawdown: f64,
    /// Index drawdown less median drawdown.
    pub masking_gap: f64,
}

/// Breakouts among members of the small index.
#[derive(Clone, Debug, Serialize)]
pub struct Breakouts {
    /// First day counted.
    pub from: Day,
    /// Last day counted; the twenty sessions after it are looked at.
    pub to: Day,
    /// Member-sessions with a close above the highest close of the past sixty sessions.
    pub breakouts: usize,
    /// Those of them followed within twenty sessions by a close below that level.
    pub failed: usize,
    /// The planted ones, by symbol.
    pub planted: Vec<FailedBreakout>,
}

/// One planted failure.
#[derive(Clone, Debug, Serialize)]
pub struct FailedBreakout {
    /// Canonical symbol.
    pub symbol: String,
    /// Day of the breakout.
    pub breakout: Day,
    /// Level: the highest close of the sixty sessions before, as traded.
    pub level: f64,
    /// First day that closes below it.
    pub failed: Day,
}

/// Response to changes of the ten-year yield, return per percentage point.
#[derive(Clone, Debug, Serialize)]
pub struct RateBeta {
    /// Planted in each ordinary small name.
    pub planted: f64,
    /// Planted in each levered small name.
    pub planted_levered: f64,
    /// Least squares of small less large (equal amounts of the primary names) on the change, whole span.
    pub small_minus_large: f64,
    /// Its standard error, ordinary.
    pub standard_error: f64,
    /// Least squares of levered less ordinary small names on the change, whole span.
    pub levered_minus_ordinary: f64,
    /// Sessions.
    pub sessions: usize,
}

/// The ten-year yield off its low, in per cent as published.
#[derive(Clone, Debug, Serialize)]
pub struct YieldRise {
    /// Day of the low.
    pub low_day: Day,
    /// The low.
    pub low: f64,
    /// Day by which it has risen.
    pub day: Day,
    /// Yield on that day.
    pub yield_then: f64,
    /// Rise in basis points.
    pub basis_points: f64,
}

/// The policy rate and what is expected of it.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// Upper bound of the target range at the plateau, per cent.
    pub plateau_upper: f64,
    /// First day in force.
    pub plateau_from: Day,
    /// Quarter-point cuts expected by the end of 2024, on some days.
    pub cuts_priced: Vec<(Day, f64)>,
}

/// High-yield spread.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// The day.
    pub day: Day,
    /// Level, per cent.
    pub level: f64,
    /// Share of the 504 sessions up to and including the day with a spread at or below that day's.
    pub percentile: f64,
    /// Begin and end of the planted widening.
    pub episode: (Day, Day),
    /// Widening in the episode, basis points.
    pub widening: f64,
}

/// Total returns of groups over a phase.
#[derive(Clone, Debug, Serialize)]
pub struct Phase {
    /// First close.
    pub from: Day,
    /// Last close.
    pub to: Day,
    /// Mean of the funds of industrials, materials and finance.
    pub cyclicals: f64,
    /// Mean of the funds of staples, utilities and health care.
    pub defensives: f64,
    /// The seven, weighted by capitalisation, price return.
    pub mega: f64,
    /// The fund of the small index.
    pub small: f64,
    /// The fund of the large index.
    pub large: f64,
    /// Each sector's fund.
    pub sectors: Vec<(&'static str, f64)>,
}

/// A turn of the small index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// `bear` or `bull`: the phase that begins.
    pub begins: &'static str,
    /// Day of the extreme at which it begins.
    pub extreme: Day,
    /// Day on which the 20 % rule confirms it.
    pub confirmed: Day,
}

/// One planted quirk.
#[derive(Clone, Debug, Serialize)]
pub struct Quirk {
    /// Machine name: `renamed`, `reused_symbol`, `repeated_cap`, `delisted`, `split`, `absurd_move`, `missing_session`, `missing_rows`,
    /// `no_cap`, `stale_price`, `padded_symbol`, `class_share`, `warrant`.
    pub kind: &'static str,
    /// Canonical symbol, empty where it is the whole panel.
    pub symbol: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// A sentence.
    pub detail: String,
}

/// One planted fact as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What is planted.
    pub what: String,
    /// The planted figure with its unit.
    pub planted: String,
}

impl Truth {
    /// The contributions over the window that ends on a day.
    pub fn contributions_to(&self, day: Day) -> Option<&Contributions> {
        self.contributions.iter().find(|c| c.to == day)
    }
    /// The breadth of a universe (`sp500` or `russell2000`) on a day.
    pub fn breadth_on(&self, universe: &str, day: Day) -> Option<&Breadth> {
        self.breadth.iter().find(|b| b.universe == universe && b.day == day)
    }
    /// Everything planted, as lines to print.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut say = |what: String, planted: String| lines.push(Line { what, planted });
        let percent = |v: f64| format!("{:.1} %", v * 100.0);
        say("the seven".into(), self.giants.join(" "));
        for c in &self.contributions {
            let when = format!("{} to {}", c.from, c.to);
            say(
                format!("large index, {when}"),
                format!("{} (equal weight {})", percent(c.index_return), percent(c.equal_weight_return)),
            );
            say(format!("share of the seven, {when}"), format!("{} (contribution {})", percent(c.group_share), percent(c.group)));
            let each: Vec<String> = c.members.iter().map(|(s, v)| format!("{s} {:.2}", v * 100.0)).collect();
            say("  by name, points".into(), each.join(", "));
        }
        for b in &self.breadth {
            say(
                format!("{} members in a bear market, {}", b.universe, b.day),
                format!(
                    "{} of {}; above 50 sessions {}, above 200 {}; median drawdown {}, index {}, gap {}",
                    percent(b.bear_share),
                    b.members,
                    percent(b.above_50),
                    percent(b.above_200),
                    percent(b.median_drawdown),
                    percent(b.index_drawdown),
                    percent(b.masking_gap)
                ),
            );
        }
        if let Some(b) = &self.breakouts {
            let rate = b.failed as f64 / b.breakouts.max(1) as f64;
            say(
                format!("small breakouts that fail, {} to {}", b.from, b.to),
                format!("{} of {} ({}), {} of them planted", b.failed, b.breakouts, percent(rate), b.planted.len()),
            );
        }
        if let Some(r) = &self.rate_beta {
            say(
                "small less large per point of the ten-year".into(),
                format!(
                    "{:.2} % +- {:.2} (planted {:.1}, levered {:.1}; levered less ordinary {:.2})",
                    r.small_minus_large * 100.0,
                    r.standard_error * 100.0,
                    r.planted * 100.0,
                    r.planted_levered * 100.0,
                    r.levered_minus_ordinary * 100.0
                ),
            );
        }
        if let Some(y) = &self.yield_rise {
            say(
                "ten-year yield off its low".into(),
                format!("{:.0} bp, from {:.2} on {} to {:.2} on {}", y.basis_points, y.low, y.low_day, y.yield_then, y.day),
            );
        }
        if let Some(day) = self.inverted_since {
            say("curve inverted without a break since".into(), day.to_string());
        }
        if let Some(p) = &self.policy {
            say("policy plateau, upper bound".into(), format!("{:.2} % from {}", p.plateau_upper, p.plateau_from));
            let each: Vec<String> = p.cuts_priced.iter().map(|(d, c)| format!("{c:.1} on {d}")).collect();
            say("cuts priced for 2024".into(), each.join(", "));
        }
        if let Some(s) = &self.spread {
            say(format!("high-yield spread on {}", s.day), format!("{:.2} %, percentile {}", s.level, percent(s.percentile)));
            say("  widening".into(), format!("{:.0} bp from {} to {}", s.widening, s.episode.0, s.episode.1));
        }
        for p in &self.leadership {
            let each = [
                ("cyclicals", p.cyclicals),
                ("defensives", p.defensives),
                ("seven", p.mega),
                ("small", p.small),
                ("large", p.large),
            ];
            let each: Vec<String> = each.iter().map(|(n, v)| format!("{n} {}", percent(*v))).collect();
            say(format!("leadership {} to {}", p.from, p.to), each.join(", "));
        }
        for t in &self.turns {
            say(format!("small index, {} market from {}", t.begins, t.extreme), format!("confirmed {}", t.confirmed));
        }
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for q in &self.quirks {
            match counts.iter_mut().find(|c| c.0 == q.kind) {
                Some(count) => count.1 += 1,
                None => counts.push((q.kind, 1)),
            }
        }
        counts.sort_unstable();
        let each: Vec<String> = counts.iter().map(|(k, c)| format!("{k} {c}")).collect();
        say("quirks".into(), each.join(", "));
        lines
    }
}

/// The canonical spelling of what the screener writes.
pub(crate) fn canonical(symbol: &str) -> String {
    symbol.replace('/', ".")
}

pub(crate) fn compute(world: &World, planted: &[PlantedFailure]) -> Truth {
    let day = Day::ymd(2024, 2, 2);
    let windows = [(Day::ymd(2022, 12, 30), Day::ymd(2023, 12, 29)), (Day::ymd(2023, 2, 2), day)];
    let days = [
        Day::ymd(2022, 6, 16),
        Day::ymd(2023, 3, 23),
        Day::ymd(2023, 10, 27),
        Day::ymd(2023, 12, 28),
        day,
        Day::ymd(2024, 6, 28),
    ];
    Truth {
        giants: world.securities.iter().filter(|s| s.giant() && s.primary).map(|s| canonical(s.symbol())).collect(),
        contributions: windows.iter().filter_map(|w| contributions(world, *w)).collect(),
        breadth: days.iter().flat_map(|d| [breadth(world, *d, true), breadth(world, *d, false)]).flatten().collect(),
        breakouts: breakouts(world, planted),
        rate_beta: rate_beta(world),
        yield_rise: yield_rise(world),
        inverted_since: inverted_since(world),
        policy: policy(world),
        spread: spread(world, day),
        leadership: PHASES.windows(2).filter_map(|w| phase(world, w[0], w[1])).collect(),
        turns: turns(&world.indices.small, &world.sessions),
        quirks: quirks(world),
    }
}

fn contributions(world: &World, (from, to): (Day, Day)) -> Option<Contributions> {
    let (start, end) = (world.session(from)?, world.session(to)?);
    let n = world.sessions.len();
    let cap = |i: usize, t: usize| world.panel.cap[i * n + t];
    let members = |t: usize| {
        (0..world.securities.len())
            .filter(move |&i| world.securities[i].primary && world.membership.in_large(i, t) && world.securities[i].trades(t - 1))
    };
    let (mut level, mut equal, mut by_member) = (1.0, 1.0, vec![0.0; world.securities.len()]);
    for t in start + 1..=end {
        let total: f64 = members(t).map(|i| cap(i, t - 1)).sum();
        let (mut earned, mut plain) = (0.0, 0.0);
        for i in members(t) {
            let r = world.panel.returns[i * n + t];
            let c = cap(i, t - 1) / total * r;
            by_member[i] += level * c;
            earned += c;
            plain += r;
        }
        level *= 1.0 + earned;
        equal *= 1.0 + plain / members(t).count() as f64;
    }
    let seven: Vec<usize> =
        (0..by_member.len()).filter(|&i| world.securities[i].giant() && world.securities[i].primary).collect();
    let group: f64 = seven.iter().map(|&i| by_member[i]).sum();
    let weight = |t: usize| seven.iter().map(|&i| cap(i, t)).sum::<f64>() / members(t).map(|i| cap(i, t)).sum::<f64>();
    Some(Contributions {
        from,
        to,
        index_return: level - 1.0,
        equal_weight_return: equal - 1.0,
        group,
        rest: by_member.iter().sum::<f64>() - group,
        group_share: group / (level - 1.0),
        members: seven.iter().map(|&i| (canonical(world.securities[i].symbol()), by_member[i])).collect(),
        weight_before: weight(start),
        weight_after: weight(end),
    })
}

/// Closes adjusted for splits, as a level that begins at one; empty before the life.
fn level(world: &World, i: usize) -> Vec<f64> {
    let returns = &world.panel.returns[world.panel.rows(i)];
    let mut now = 1.0;
    let (first, last) = world.securities[i].life;
    (first..=last)
        .map(|t| {
            now *= 1.0 + returns[t];
            now
        })
        .collect()
}

fn drawdown(past: &[f64]) -> f64 {
    past[past.len() - 1] / past.iter().fold(f64::MIN, |a, b| a.max(*b)) - 1.0
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { 0.5 * (values[half - 1] + values[half]) }
}

fn breadth(world: &World, day: Day, large: bool) -> Option<Breadth> {
    let t = world.session(day).filter(|t| *t >= 251)?;
    let ids: Vec<usize> = if large {
        (0..world.securities.len()).filter(|&i| world.securities[i].primary && world.membership.in_large(i, t)).collect()
    } else {
        world.membership.small_as_listed(t).into_iter().filter(|&i| world.securities[i].trades(t)).collect()
    };
    let (mut falls, mut short, mut above) = (Vec::new(), 0, [0_usize; 2]);
    for i in ids {
        let first = world.securities[i].life.0;
        let own = level(world, i);
        let upto = &own[..=t - first];
        if upto.len() < 252 {
            short += 1;
            continue;
        }
        falls.push(drawdown(&upto[upto.len() - 252..]));
        for (count, window) in above.iter_mut().zip([50, 200]) {
            let past = &upto[upto.len() - window..];
            *count += usize::from(upto[upto.len() - 1] > past.iter().sum::<f64>() / window as f64);
        }
    }
    let members = falls.len();
    let share = |count: usize| count as f64 / members as f64;
    let index = if large { &world.indices.large } else { &world.indices.small };
    let index_drawdown = drawdown(&index[t - 251..=t]);
    let bear_share = share(falls.iter().filter(|f| **f <= -0.2).count());
    let median_drawdown = median(&mut falls);
    Some(Breadth {
        day,
        universe: if large { "sp500" } else { "russell2000" },
        members,
        short,
        bear_share,
        above_50: share(above[0]),
        above_200: share(above[1]),
        median_drawdown,
        index_drawdown,
        masking_gap: index_drawdown - median_drawdown,
    })
}

fn breakouts(world: &World, planted: &[PlantedFailure]) -> Option<Breakouts> {
    let (from, to) = (session_from(&world.sessions, (2023, 6, 1))?, session_from(&world.sessions, (2024, 1, 5))?);
    let (mut breakouts, mut failed) = (0, 0);
    for i in 0..world.securities.len() {
        let (first, last) = world.securities[i].life;
        let own = level(world, i);
        for t in from.max(first + 60)..=to.min(last) {
            let at = t - first;
            let high = own[at - 60..at].iter().fold(f64::MIN, |a, b| a.max(*b));
            if world.membership.in_small(i, t) && own[at] > high {
                breakouts += 1;
                failed += usize::from(own[at + 1..own.len().min(at + 21)].iter().any(|c| *c < high));
            }
        }
    }
    let n = world.sessions.len();
    let planted = planted
        .iter()
        .map(|p| {
            let closes = &world.panel.close[p.security * n..(p.security + 1) * n];
            FailedBreakout {
                symbol: canonical(world.securities[p.security].symbol()),
                breakout: world.sessions[p.breakout],
                level: closes[p.breakout - 60..p.breakout].iter().fold(0.0_f64, |a, b| a.max(*b)),
                failed: world.sessions[p.failure],
            }
        })
        .collect();
    Some(Breakouts { from: world.sessions[from], to: world.sessions[to], breakouts, failed, planted })
}

/// Mean return of the names that `keep`, by session.
fn mean_returns(world: &World, keep: impl Fn(usize) -> bool) -> Vec<f64> {
    let n = world.sessions.len();
    let ids: Vec<usize> = (0..world.securities.len()).filter(|&i| world.securities[i].primary && keep(i)).collect();
    (0..n)
        .map(|t| {
            let held: Vec<f64> = ids
                .iter()
                .filter(|&&i| world.securities[i].life.0 < t && t <= world.securities[i].life.1)
                .map(|&i| world.panel.returns[i * n + t])
                .collect();
            if held.is_empty() { 0.0 } else { held.iter().sum::<f64>() / held.len() as f64 }
        })
        .collect()
}

/// Slope and its ordinary standard error, sessions from the second on.
fn slope(x: &[f64], y: &[f64]) -> (f64, f64) {
    let n = (x.len() - 1) as f64;
    let mean = |v: &[f64]| v[1..].iter().sum::<f64>() / n;
    let (mx, my) = (mean(x), mean(y));
    let sxx: f64 = x[1..].iter().map(|a| (a - mx) * (a - mx)).sum();
    let sxy: f64 = x[1..].iter().zip(&y[1..]).map(|(a, b)| (a - mx) * (b - my)).sum();
    let beta = sxy / sxx;
    let rest: f64 = x[1..].iter().zip(&y[1..]).map(|(a, b)| (b - my - beta * (a - mx)) * (b - my - beta * (a - mx))).sum();
    (beta, (rest / (n - 2.0) / sxx).sqrt())
}

fn rate_beta(world: &World) -> Option<RateBeta> {
    let ten = world.rates.ten_year();
    let change: Vec<f64> = (0..ten.len()).map(|t| if t == 0 { 0.0 } else { ten[t] - ten[t - 1] }).collect();
    let tier = |i: usize| world.securities[i].tier;
    let large = mean_returns(world, |i| tier(i) <= Tier::Large);
    let small = mean_returns(world, |i| tier(i) == Tier::Small);
    let levered = mean_returns(world, |i| tier(i) == Tier::Small && world.securities[i].levered);
    let ordinary = mean_returns(world, |i| tier(i) == Tier::Small && !world.securities[i].levered);
    let less = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let (small_minus_large, standard_error) = slope(&change, &less(&small, &large));
    Some(RateBeta {
        planted: SMALL_RATE_BETA[0],
        planted_levered: SMALL_RATE_BETA[1],
        small_minus_large,
        standard_error,
        levered_minus_ordinary: slope(&change, &less(&levered, &ordinary)).0,
        sessions: change.len() - 1,
    })
}

fn yield_rise(world: &World) -> Option<YieldRise> {
    let day = |(y, m, d): (i16, i8, i8)| Day::ymd(y, m, d);
    let (low, rise) = (world.session(day(LOW_DAY))?, world.session(day(RISE_DAY))?);
    let ten = world.rates.ten_year();
    Some(YieldRise {
        low_day: day(LOW_DAY),
        low: ten[low],
        day: day(RISE_DAY),
        yield_then: ten[rise],
        basis_points: (ten[rise] - ten[low]) * 100.0,
    })
}

fn inverted_since(world: &World) -> Option<Day> {
    let (ten, two) = (world.rates.ten_year(), world.rates.two_year());
    let unbroken = (0..ten.len()).rev().take_while(|&t| ten[t] < two[t]).count();
    (unbroken > 0).then(|| world.sessions[ten.len() - unbroken])
}

fn policy(world: &World) -> Option<Policy> {
    let upper = *world.rates.target_upper.last()?;
    let from = world.rates.target_upper.iter().position(|u| *u == upper)?;
    let days = [(2023, 12, 12), (2023, 12, 13), (2023, 12, 28), (2024, 1, 19), (2024, 2, 2)].map(|(y, m, d)| Day::ymd(y, m, d));
    let cuts_priced = days.iter().filter_map(|d| Some((*d, world.rates.cuts_priced[world.session(*d)?]?))).collect();
    Some(Policy { plateau_upper: upper, plateau_from: world.sessions[from], cuts_priced })
}

fn spread(world: &World, day: Day) -> Option<Spread> {
    let t = world.session(day).filter(|t| *t >= 503)?;
    let [from, to] = EPISODE.map(|(y, m, d)| Day::ymd(y, m, d));
    let high = &world.credit.high_yield;
    let past = &high[t - 503..=t];
    Some(Spread {
        day,
        level: high[t],
        percentile: past.iter().filter(|s| **s <= high[t]).count() as f64 / past.len() as f64,
        episode: (from, to),
        widening: (high[world.session(to)?] - high[world.session(from)?]) * 100.0,
    })
}

fn phase(world: &World, from: (i16, i8, i8), to: (i16, i8, i8)) -> Option<Phase> {
    let (a, b) = (session_from(&world.sessions, from)?, session_from(&world.sessions, to)?);
    let earned = |id: &str| world.fund(id).map_or(0.0, |f| f.level[b - f.first] / f.level[a - f.first] - 1.0);
    let mean = |ids: [&str; 3]| ids.iter().map(|id| earned(id)).sum::<f64>() / 3.0;
    let n = world.sessions.len();
    let seven = |t: usize| -> f64 {
        (0..world.securities.len())
            .filter(|&i| world.securities[i].giant() && world.securities[i].primary)
            .map(|i| world.panel.cap[i * n + t])
            .sum()
    };
    Some(Phase {
        from: world.sessions[a],
        to: world.sessions[b],
        cyclicals: mean(["XLI", "XLB", "XLF"]),
        defensives: mean(["XLP", "XLU", "XLV"]),
        mega: seven(b) / seven(a) - 1.0,
        small: earned("IWM"),
        large: earned("SPY"),
        sectors: super::securities::SECTORS.iter().map(|s| (s.fund, earned(s.fund))).collect(),
    })
}

/// The 20 % rule: a bear market is confirmed by a close 20 % below the highest since the last trough, a bull market by one 20 % above the
/// lowest since the last peak. The first phase is confirmed by whichever comes first.
pub fn turns(index: &[f64], sessions: &[Day]) -> Vec<Turn> {
    let (mut high, mut low) = (0, 0);
    let mut phase: Option<&'static str> = None;
    let mut found = Vec::new();
    for t in 1..index.len() {
        if index[t] > index[high] {
            high = t;
        }
        if index[t] < index[low] {
            low = t;
        }
        if phase != Some("bear") && index[t] <= 0.8 * index[high] {
            found.push(Turn { begins: "bear", extreme: sessions[high], confirmed: sessions[t] });
            (phase, low) = (Some("bear"), t);
        } else if phase != Some("bull") && index[t] >= 1.2 * index[low] {
            found.push(Turn { begins: "bull", extreme: sessions[low], confirmed: sessions[t] });
            (phase, high) = (Some("bull"), t);
        }
    }
    found
}

fn quirks(world: &World) -> Vec<Quirk> {
    let day = |t: usize| world.sessions[t];
    let last = world.sessions.len() - 1;
    let mut out = Vec::new();
    let mut add = |kind: &'static str, symbol: &str, (from, to): (usize, usize), detail: String| {
        out.push(Quirk { kind, symbol: canonical(symbol), from: day(from), to: day(to), detail });
    };
    for (y, m, d) in super::quirks::MISSING_SESSIONS {
        if let Some(t) = world.session(Day::ymd(y, m, d)) {
            add("missing_session", "", (t, t), "the panel has no row for the session".into());
        }
    }
    for (i, s) in world.securities.iter().enumerate() {
        let symbol = s.symbol();
        if let [old, new] = &s.listings[..] {
            add("renamed", symbol, (new.from, last), format!("{} until the session before", old.symbol));
        }
        if !s.primary && s.tier != Tier::Warrant {
            let other = world.securities[s.issuer].symbol();
            add("repeated_cap", symbol, s.life, format!("carries the capitalisation of the whole issuer, as {other} does"));
        }
        if s.tier == Tier::Warrant {
            add("warrant", symbol, s.life, "no capitalisation of its own".into());
        }
        if symbol.contains('/') {
            add("class_share", symbol, s.life, "spelt with a slash, a dot or nothing, by publisher".into());
        }
        if s.life.1 < last {
            add("delisted", s.symbol_at(s.life.1), (s.life.1, s.life.1), "last session traded".into());
        }
        for &(t, ratio) in &s.splits {
            add("split", symbol, (t, t), format!("{ratio} shares for each before"));
        }
        let twin = |j: usize| j != i && world.securities[j].listings.iter().any(|l| l.symbol == symbol);
        if s.life.0 > 0 && (0..world.securities.len()).any(twin) {
            add("reused_symbol", symbol, s.life, "another company used the symbol before".into());
        }
        let rows = &world.row_quirks[i];
        if let (Some(first), Some(end)) = (rows.missing.first(), rows.missing.last()) {
            add("missing_rows", symbol, (*first, *end), format!("{} rows", rows.missing.len()));
        }
        if let Some(span) = rows.no_cap {
            add("no_cap", symbol, span, "no capitalisation".into());
        }
        if let Some(span) = rows.stale {
            add("stale_price", symbol, span, "the same close without volume".into());
        }
        if let Some(t) = rows.absurd {
            add("absurd_move", symbol, (t, t), "the publisher's move is not adjusted for the reverse split".into());
        }
        if rows.padded {
            add("padded_symbol", symbol, s.life, "the publisher pads the symbol with blanks".into());
        }
    }
    out
}
