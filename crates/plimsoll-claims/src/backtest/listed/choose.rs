//! Who is held: decided at the close of a session with a cut of what was known then.

use std::ops::Range;

use plimsoll_measures::kernels::constituents::Constituents;
use plimsoll_measures::replay::stretches;
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;

use super::super::rule::When;
use super::super::run::BacktestError;
use super::{Basket, Holding, Weighting, symbol_at};

/// Who was chosen at the close of a session. Weights add up to one where anyone was chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub day: Day,
    pub members: usize,
    pub unscored: usize,
    pub chosen: Vec<Holding>,
}

/// Every renewal from `from` on, the cut of all that is known, and how many cuts it took.
pub(super) fn decisions(
    knowledge: &dyn Knowledge,
    basket: &Basket,
    needs: &Needs,
    from: Day,
) -> Result<(Vec<Decision>, Cut, usize), BacktestError> {
    let keep = basket.pick.as_ref().and_then(|p| p.keep.as_ref()).map(|text| When::compile(text, &["value".to_owned()]));
    let keep = keep.transpose().map_err(BacktestError::new)?;
    let calendar = Calendar::nyse();
    let mut out: Vec<Decision> = Vec::new();
    let mut failed: Option<BacktestError> = None;
    let mut unknown = None;
    let (cut, cuts) = stretches(knowledge, needs, from, |cut: &Cut, positions: Range<usize>| {
        let members = match Constituents::named(cut, &basket.universe) {
            Ok(members) => members,
            Err(why) => {
                unknown = Some(why.to_string());
                return;
            }
        };
        for t in positions {
            let day = cut.sessions[t];
            let begun = !out.is_empty();
            if (begun && !basket.renew.ends(day, calendar.next(day))) || failed.is_some() {
                continue;
            }
            match choose(&members, basket, keep.as_ref(), t) {
                // A session before anyone could be scored decides nothing.
                Ok(found) if !begun && found.members == found.unscored => {}
                Ok(found) => out.push(found),
                Err(error) => failed = Some(error),
            }
        }
    })?;
    match (failed, unknown) {
        (Some(error), _) => Err(error),
        (None, Some(why)) if out.is_empty() => Err(BacktestError::new(why)),
        _ => Ok((out, cut, cuts)),
    }
}

fn choose(c: &Constituents<'_>, basket: &Basket, keep: Option<&When>, t: usize) -> Result<Decision, BacktestError> {
    let panel = &c.cut.panel;
    let scores = basket.pick.as_ref().map(|p| p.by.matrix(c));
    let caps = (basket.weighting == Weighting::Capitalisation)
        .then(|| c.cut.memo(&c.key("closing_caps", ""), || c.universe.member_caps(panel, 0)));
    let mut decision = Decision { day: c.cut.sessions[t], members: 0, unscored: 0, chosen: Vec::new() };
    let mut found: Vec<(usize, f64, f64)> = Vec::new();
    for (row, &i) in c.rows().iter().enumerate() {
        if !c.universe.is_member(i, t) || panel.close.at(i, t).is_nan() {
            continue;
        }
        decision.members += 1;
        let score = scores.as_ref().map_or(0.0, |s| s.at(row, t));
        let weight = caps.as_ref().map_or(1.0, |caps| caps.at(row, t));
        if !score.is_finite() || !weight.is_finite() {
            decision.unscored += 1;
            continue;
        }
        if let Some(keep) = keep
            && !keep.test(&[score]).map_err(BacktestError::new)?
        {
            continue;
        }
        found.push((i, score, weight));
    }
    if let Some(count) = basket.pick.as_ref().and_then(|p| p.count) {
        // Scores chained from different starts differ by rounding: ties are those equal to nine digits, and go by symbol.
        let rounded = |x: f64| if x == 0.0 { 0.0 } else { (x * 1e9).round() / 1e9 };
        let symbol = |i: usize| symbol_at(panel, i, t);
        found.sort_by(|a, b| {
            let (x, y) = (rounded(a.1), rounded(b.1));
            let order = if count < 0 { x.total_cmp(&y) } else { y.total_cmp(&x) };
            order.then_with(|| symbol(a.0).cmp(symbol(b.0)))
        });
        found.truncate(count.unsigned_abs() as usize);
    }
    let whole: f64 = found.iter().map(|f| f.2).sum();
    decision.chosen = found
        .into_iter()
        .map(|(i, score, weight)| Holding {
            symbol: symbol_at(panel, i, t).to_owned(),
            weight: weight / whole,
            score: scores.is_some().then_some(score),
        })
        .collect();
    decision.chosen.sort_by(|a, b| a.symbol.cmp(&b.symbol));
    Ok(decision)
}
