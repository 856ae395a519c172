//! How every member of a universe answers a change of a yield, with the market held fixed.

use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_members as members;
use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::kernels::order::{ascending, quantile};
use crate::kernels::rate_changes::{self, BESIDE, Known, RATE};
use crate::kernels::rolling_ols::{Design, Estimates};
use crate::kernels::series::{self, CARRIED, each};
use crate::kernels::{least_known, stretches};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Median over members of the slope of their returns on changes of a yield.
pub struct StockRateBeta;

static SPEC: Spec = Spec {
    name: "stock_rate_beta",
    title: "Rate beta of the median stock",
    topic: Topic::Rates,
    unit: Unit::FractionPoints,
    summary: "The return of the median member per 100 bp of rise in the yield, with the market held fixed; every member has its own slope.",
    definition: "For each member, least squares of its daily return on a constant, the change of the yield in percentage points and the \
                 market's return over the last n sessions up to the last day on which yield and market were known: b is the slope on the \
                 yield, a return (decimal) per 100 bp. The value is the median of b over the members of the session. Standard errors are \
                 classic (s^2 (X'X)^-1 with n - k degrees of freedom, k the regressors and the constant). Evidence: quartiles, the share of members with t < -2, the median \
                 R^2, and the ten most negative and most positive slopes. n is the number of members counted.",
    params: &[
        members::UNIVERSE,
        ParamSpec::new("market", ParamKind::Series, "etf:VTI|etf:SPY|index:GSPC", "the market's return, the control"),
        RATE,
        BESIDE,
        ParamSpec::new("sessions", ParamKind::Int(30, 2520), "252", "sessions of the estimate"),
    ],
    inputs: "Daily price returns (decimal, adjusted for splits) of every listed security and the universe's membership; one series of \
             levels, one value a session; one yield in per cent a year, one value a business day.",
    missing: "Sessions on which yield or market has no value, and the sessions after them, count for no member. A member counts where at \
              least 80 % of the window's sessions are left, over its own days, whether or not it was a member on all of them. Absurd \
              returns are left out, and so is the return after sessions without a row. No value with fewer than two members, or where yield or market are more than 23 sessions old.",
    point_in_time: "Membership, returns, yield and market as known by the end of the session: a yield published a day later ends the window \
                    a day before. An estimate over a window is about its past, not a forecast.",
    references: &[
        "Sweeney and Warga (1986), The Pricing of Interest-Rate Risk: Evidence from the Stock Market, Journal of Finance 41(2)",
        "Flannery and James (1984), The Effect of Interest Rate Changes on the Common Stock Returns of Financial Institutions, Journal of \
         Finance 39(4)",
    ],
    verified: "testsuite/tests/real_rate_betas.rs (statsmodels)",
};

/// The regressors of a member's return and the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure<'a> {
    /// The rate, then those held fixed beside it, at most three together: series texts of yields in per cent, or
    /// [`PATH`](crate::kernels::rate_changes::PATH).
    pub rates: Vec<&'a str>,
    /// The market: a series text.
    pub market: &'a str,
    /// Sessions of the estimate.
    pub sessions: usize,
}

impl<'a> Exposure<'a> {
    /// From the parameters `yield`, `beside`, `market` and `sessions`.
    pub fn of(params: &'a Params) -> Exposure<'a> {
        let rates = rate_changes::texts(params.text("yield"), params.text("beside"));
        Exposure { rates, market: params.text("market"), sessions: params.int("sessions") }
    }
    /// What [`member_betas`] reads beside the universe for sessions from `from` on.
    pub fn needs(&self, from: Day) -> Needs {
        let mut needs = rate_changes::needs(&self.rates, from, self.sessions + CARRIED);
        needs.merge(&series::wanted([self.market]));
        needs.lookback(reach(self.sessions + CARRIED + 2) + CAPS)
    }
}

/// A member's answer to the rate.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberBeta {
    /// Row of the universe (see [`Constituents::symbol`]).
    pub row: usize,
    /// Return (decimal) per 100 bp of rise in the yield.
    pub beta: f64,
    /// Its classic standard error.
    pub se: f64,
    /// Slopes on the rates held fixed beside it, in their order.
    pub beside: Vec<f64>,
    /// Slope on the market's return.
    pub market: f64,
    /// Share of the variance explained.
    pub r2: f64,
    /// Observations.
    pub n: usize,
}

impl MemberBeta {
    /// Slope over standard error.
    pub fn t(&self) -> f64 {
        self.beta / self.se
    }
}

/// The members' answers at one session.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// One each member with an estimate, in the panel's order.
    pub members: Vec<MemberBeta>,
    /// The day the windows end on.
    pub day: Day,
    /// First and last position of the windows.
    pub used: Range<usize>,
    /// Ids of the yield and of the market.
    pub ids: String,
    /// Quality of the two series over the window.
    pub flags: Flags,
}

/// The slope of every member of `c` at position `t`, ready for a cross-section against what else is known of the members.
///
/// # Errors
/// [`Missing::NoData`] where a rate or the market is unknown or old, [`Missing::WarmUp`] before the first whole window,
/// [`Missing::Undefined`] with more than three rates.
pub fn member_betas(c: &Constituents<'_>, exposure: &Exposure<'_>, t: usize) -> Result<Section, Missing> {
    match exposure.rates.len() {
        1 => section::<2>(c, exposure, t),
        2 => section::<3>(c, exposure, t),
        3 => section::<4>(c, exposure, t),
        _ => Err(Missing::Undefined),
    }
}

/// With `K` regressors: the rates and the market.
fn section<const K: usize>(c: &Constituents<'_>, exposure: &Exposure<'_>, t: usize) -> Result<Section, Missing> {
    let from = c.cut.sessions[0];
    let known = Known::of(c.cut, (&[exposure.market], &exposure.rates), t, from)?;
    let view = &known.view;
    let (day, n) = (view.day(), exposure.sessions);
    if series::age(day, c.cut.sessions[t]) > CARRIED {
        return Err(Missing::NoData);
    }
    // The last session of the panel whose yield is known.
    let end = c.cut.sessions[..=t].partition_point(|s| *s <= day).checked_sub(1).ok_or(Missing::WarmUp)?;
    // The first return starts from the session before the window.
    let first = end.checked_sub(n).ok_or(Missing::WarmUp)? + 1;
    let estimates = estimates::<K>(c, &known, n);
    let member = |row: usize| {
        let e = estimates.at(row, end).filter(|_| c.universe.is_member(c.rows()[row], t))?;
        let (beside, market) = (e.beta[1..K - 1].to_vec(), e.beta[K - 1]);
        Some(MemberBeta { row, beta: e.beta[0], se: e.se[0], beside, market, r2: e.r2, n: e.n })
    };
    let since = view.days().partition_point(|d| *d < c.cut.sessions[first]);
    Ok(Section {
        members: (0..c.rows().len()).filter_map(member).collect(),
        day,
        used: first..end + 1,
        ids: known.ids(),
        flags: view.flags(since.min(view.last())..view.last() + 1),
    })
}

/// Rolling regressions of every row of the universe. What a window's estimate uses was known when its last day was, so that one pass
/// over all days serves every session.
fn estimates<const K: usize>(c: &Constituents<'_>, known: &Known<'_>, n: usize) -> Arc<Estimates<K>> {
    c.cut.memo(&c.key("rate_betas", format_args!("{}|{n}", known.ids())), || {
        let levels = known.levels();
        let columns: [&[f64]; K] = std::array::from_fn(|k| &levels.column[k][..]);
        let changes = changes(&c.cut.sessions, &levels.day, columns);
        let design = Design::new(changes.each_ref().map(Vec::as_slice), n, least_known(n));
        let panel = &c.cut.panel;
        // A return since an earlier row than that of the session before is no return of one session.
        let returns = stretches::by_row(c.rows().len(), c.sessions(), |row, out, _: &mut ()| {
            let (ret, close) = (panel.ret.row(c.rows()[row]), panel.close.row(c.rows()[row]));
            (1..out.len()).filter(|&t| close[t - 1].is_finite()).for_each(|t| out[t] = ret[t]);
        });
        design.panel(c.rows().len(), |row| returns.row(row))
    })
}

/// Changes of the first columns and return of the last over each session; NaN where its close or that of the exchange's session before
/// is not among `days` or among `sessions`, because a stock's return is over one session.
fn changes<const K: usize>(sessions: &[Day], days: &[Day], columns: [&[f64]; K]) -> [Vec<f64>; K] {
    let calendar = Calendar::nyse();
    let mut out: [Vec<f64>; K] = std::array::from_fn(|_| vec![f64::NAN; sessions.len()]);
    for t in 1..sessions.len() {
        let (day, before) = (sessions[t], sessions[t - 1]);
        let (Ok(b), Ok(a)) = (days.binary_search(&day), days.binary_search(&before)) else { continue };
        // No session lies between the two.
        if calendar.between(before.plus(1), day.plus(-1)).is_empty() {
            for (k, (out, column)) in out.iter_mut().zip(columns).enumerate() {
                out[t] = if k + 1 == K { column[b] / column[a] - 1.0 } else { column[b] - column[a] };
            }
        }
    }
    out
}

impl Measure for StockRateBeta {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, from: Day) -> Needs {
        Exposure::of(params).needs(from).universe(params.text("universe"))
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let (c, exposure) = (Constituents::of(cut, params)?, Exposure::of(params));
        Ok(each(days, |t| {
            let section = member_betas(&c, &exposure, t)?;
            let betas = ascending(section.members.iter().map(|m| m.beta));
            if betas.len() < 2 {
                return Err(Missing::TooFew);
            }
            let flags = section.flags.and(c.flags(section.used));
            Ok(Point::of(quantile(&betas, 0.5), betas.len()).flagged(flags))
        }))
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(c) = Constituents::of(cut, params) else { return Vec::new() };
        let Ok(section) = member_betas(&c, &Exposure::of(params), day) else { return Vec::new() };
        let betas = ascending(section.members.iter().map(|m| m.beta));
        if betas.len() < 2 {
            return Vec::new();
        }
        let steep = section.members.iter().filter(|m| m.t() < -2.0).count();
        let mut facts = vec![
            Fact::new("lower quartile", quantile(&betas, 0.25), Unit::FractionPoints).note("per 100 bp"),
            Fact::new("upper quartile", quantile(&betas, 0.75), Unit::FractionPoints).note("per 100 bp"),
            Fact::new("share of members with t < -2", steep as f64 / betas.len() as f64, Unit::Fraction)
                .note(format!("{steep} of {}", betas.len())),
        ];
        let r2 = ascending(section.members.iter().map(|m| m.r2));
        if !r2.is_empty() {
            facts.push(Fact::new("median R^2", quantile(&r2, 0.5), Unit::Fraction));
        }
        let since = cut.sessions[section.used.start];
        let window = format!("since {since}, {}", section.ids);
        facts.push(Fact::new("sessions", section.used.len() as f64, Unit::Count).on(section.day).note(window));
        let mut order = section.members;
        order.sort_by(|a, b| a.beta.total_cmp(&b.beta).then(a.row.cmp(&b.row)));
        let fact = |m: &MemberBeta, word: &str| {
            let note = format!("{word}; per 100 bp; t {:.2}, n {}", m.t(), m.n);
            Fact::new(c.symbol(m.row), m.beta, Unit::FractionPoints).note(note)
        };
        let low = order.len().min(10);
        facts.extend(order[..low].iter().map(|m| fact(m, "most negative")));
        // With fewer than twenty none is named twice.
        facts.extend(order[low..].iter().rev().take(10).map(|m| fact(m, "most positive")));
        facts
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_model::dataset::Dataset;
    use plimsoll_model::observations::{Column, Observations, TextColumn};

    use super::*;
    use crate::kernels::series::tests::{batch, measured, sessions};

    #[test]
    fn a_change_runs_over_one_session() {
        // Wednesday to Tuesday around a weekend; the yield has no Friday.
        let days: Vec<Day> = [1, 2, 3, 6, 7].map(|d| Day::ymd(2024, 5, d)).to_vec();
        let known = [days[0], days[1], days[3], days[4]];
        let [rate, market] = changes(&days, &known, [&[4.0, 4.25, 4.5, 4.0], &[100.0, 110.0, 99.0, 198.0]]);
        assert_eq!((rate[1], rate[4]), (0.25, -0.5));
        assert!((market[1] - 0.1).abs() < 1e-15 && (market[4] - 1.0).abs() < 1e-15);
        assert!([0, 2, 3].iter().all(|&t| rate[t].is_nan() && market[t].is_nan()));
    }

    /// Daily rows of three securities of the list `sp500`, known at the close: returns as given, NaN for no row.
    fn market(days: &[Day], rows: &[(&str, Vec<f64>)]) -> Vec<(String, Observations)> {
        let kept: Vec<(&str, usize, f64, f64)> = rows
            .iter()
            .flat_map(|(symbol, ret)| {
                let mut close = 50.0;
                ret.iter().enumerate().filter(|(_, r)| r.is_finite()).map(move |(t, r)| {
                    close *= 1.0 + r;
                    (*symbol, t, close, *r)
                })
            })
            .collect();
        let text = |texts: Vec<&str>| Column::Text(texts.into_iter().collect::<TextColumn>());
        let numbers = |f: fn(&(&str, usize, f64, f64)) -> f64| Column::F64(kept.iter().map(f).collect());
        let bars = vec![
            text(kept.iter().map(|b| b.0).collect()),
            text(vec!["nyse"; kept.len()]),
            numbers(|b| b.2),
            numbers(|_| f64::NAN),
            numbers(|b| b.3),
            numbers(|_| f64::NAN),
            numbers(|b| 1e9 * b.2),
            Column::U8(vec![0; kept.len()]),
        ];
        let (when, known) = (kept.iter().map(|b| days[b.1].0).collect(), kept.iter().map(|b| days[b.1].at(16, 0).0).collect());
        let (n, first) = (rows.len(), days[0]);
        let listed = vec![text(vec!["sp500"; n]), text(rows.iter().map(|r| r.0).collect()), Column::U8(vec![1; n])];
        vec![
            ("screener".to_owned(), Observations::new(Dataset::Bars, when, known, bars)),
            ("screener".to_owned(), Observations::new(Dataset::Members, vec![first.0; n], vec![first.at(9, 30).0; n], listed)),
        ]
    }

    #[test]
    fn planted_slopes_are_found() {
        let days = sessions(Day::ymd(2023, 1, 3), 64);
        let change = |i: usize| 0.05 * (i as f64 * 0.9).sin();
        let index = |i: usize| 0.01 * (i as f64 * 2.3).cos();
        let stock = |rate: f64, beta: f64| -> Vec<f64> { (0..64).map(|i| rate * change(i) + beta * index(i)).collect() };
        let mut gap = stock(0.05, 1.0);
        gap[20..25].fill(f64::NAN);
        let mut short = stock(-0.5, 1.0);
        short[5..45].fill(f64::NAN);
        let rows = [("AAA", stock(-0.10, 0.8)), ("BBB", gap), ("CCC", stock(-0.02, 1.5)), ("DDD", short)];
        let mut batches = market(&days, &rows);
        let level: Vec<f64> = (0..64)
            .scan(100.0, |level, i| {
                *level *= if i == 0 { 1.0 } else { 1.0 + index(i) };
                Some(*level)
            })
            .collect();
        let ten: Vec<f64> = (0..64).map(|i| 4.0 + (1..=i).map(change).sum::<f64>()).collect();
        batches.push(batch("etf:SPY", &days, &level));
        // The yield of the last session is not known yet.
        batches.push(batch("treasury:10Y", &days[..63], &ten[..63]));
        let (point, facts) = measured("stock_rate_beta", &[("sessions", "60")], batches, days[63]);
        assert!((point.value.unwrap() + 0.02).abs() < 1e-9, "{point:?}");
        assert_eq!(point.n_obs, 3);
        let fact = |label: &str| facts.iter().find(|f| f.label == label).unwrap_or_else(|| panic!("{label}: {facts:?}"));
        let near = |label: &str, value: f64| assert!((fact(label).value.unwrap() - value).abs() < 1e-9, "{:?}", fact(label));
        near("lower quartile", -0.06);
        near("upper quartile", 0.015);
        near("share of members with t < -2", 2.0 / 3.0);
        near("AAA", -0.10);
        near("BBB", 0.05);
        assert!(fact("BBB").note.ends_with("n 54"), "{:?}", fact("BBB"));
        assert!(facts.iter().all(|f| f.label != "DDD"));
        assert_eq!(fact("sessions").day, Some(days[62]));
    }

    #[test]
    fn slopes_on_the_path_and_two_yields_are_told_apart() {
        let days = sessions(Day::ymd(2023, 1, 3), 84);
        let path = |i: usize| 5.0 + 0.3 * (i as f64 * 0.37).sin() + 0.1 * (i as f64 * 1.9).cos();
        let two = |i: usize| 4.5 + 0.2 * (i as f64 * 0.61).cos() + 0.5 * (path(i) - 5.0);
        let ten = |i: usize| 4.0 + 0.2 * (i as f64 * 0.83).sin();
        let index = |i: usize| 0.01 * (i as f64 * 2.3).cos();
        let change = |of: &dyn Fn(usize) -> f64, i: usize| if i == 0 { 0.0 } else { of(i) - of(i - 1) };
        let stock = |slopes: [f64; 3]| -> Vec<f64> {
            let rates = |i: usize| [change(&path, i), change(&two, i), change(&ten, i)];
            (0..84).map(|i| index(i) + rates(i).iter().zip(slopes).map(|(r, b)| r * b).sum::<f64>()).collect()
        };
        let rows = [("AAA", stock([-0.04, 0.02, -0.01])), ("BBB", stock([0.0, -0.03, 0.05])), ("CCC", stock([-0.02, 0.0, 0.0]))];
        let mut batches = market(&days, &rows);
        let levels = |of: &dyn Fn(usize) -> f64| (0..84).map(of).collect::<Vec<f64>>();
        let market: Vec<f64> = (0..84)
            .scan(100.0, |level, i| {
                *level *= if i == 0 { 1.0 } else { 1.0 + index(i) };
                Some(*level)
            })
            .collect();
        batches.push(batch("etf:SPY", &days, &market));
        batches.push(batch("treasury:2Y", &days, &levels(&two)));
        batches.push(batch("treasury:10Y", &days, &levels(&ten)));
        // Every contract trades at the same rate, so that the path is flat at it.
        for month in 0..24 {
            let id = format!("zq.settle:{:04}-{:02}", 2022 + (9 + month) / 12, (9 + month) % 12 + 1);
            batches.push(batch(&id, &days, &levels(&|i| 100.0 - path(i))));
        }
        let with = [("yield", "path_12m"), ("beside", "treasury:2Y,treasury:10Y"), ("sessions", "60")];
        let (point, facts) = measured("stock_rate_beta", &with, batches.clone(), days[83]);
        let slope = |facts: &[Fact], label: &str| facts.iter().find(|f| f.label == label).unwrap().value.unwrap();
        assert!((point.value.unwrap() + 0.02).abs() < 1e-8, "{point:?}");
        assert!((slope(&facts, "AAA") + 0.04).abs() < 1e-8 && slope(&facts, "BBB").abs() < 1e-8, "{facts:?}");
        let with = [("yield", "treasury:2Y"), ("beside", "path_12m,treasury:10Y"), ("sessions", "60")];
        let (_, facts) = measured("stock_rate_beta", &with, batches.clone(), days[83]);
        assert!((slope(&facts, "AAA") - 0.02).abs() < 1e-8 && (slope(&facts, "BBB") + 0.03).abs() < 1e-8, "{facts:?}");
        // One too many.
        let with = [("beside", "path_12m,treasury:2Y,fred:DGS1"), ("sessions", "60")];
        assert!(measured("stock_rate_beta", &with, batches, days[83]).0.value.is_err());
    }
}
