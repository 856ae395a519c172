//! What a basket earned between its renewals.

use std::collections::BTreeMap;

use plimsoll_model::cut::Cut;
use plimsoll_model::time::Day;

use super::super::strategy::Execution;
use super::choose::Decision;
use super::{Delisted, Held, Holding, HoldingTerms, Renewal, SEVERE, by_symbol};

/// A name held.
struct Position {
    security: usize,
    symbol: String,
    value: f64,
    /// Sessions without a price since the last.
    quiet: usize,
}

/// A decision on the axis of the last cut.
struct Order<'a> {
    decision: &'a Decision,
    /// Security and weight of each name chosen that is known there.
    chosen: Vec<(usize, &'a Holding)>,
}

/// Plays decisions through the panel of the last cut.
pub(super) fn account(cut: &Cut, decisions: &[Decision], terms: &HoldingTerms<'_>) -> Held {
    let lag: i64 = match terms.execute {
        Execution::NextClose | Execution::NextOpen => 1,
        Execution::SameCloseForbidden => 0,
        Execution::PreviousCloseForbidden => -1,
    };
    let mut held = Held::default();
    let mut orders: BTreeMap<usize, Order<'_>> = BTreeMap::new();
    for decision in decisions {
        let Ok(t) = cut.sessions.binary_search(&decision.day) else { continue };
        let at = t as i64 + lag;
        if at < 0 || at >= cut.sessions.len() as i64 {
            continue;
        }
        let known = by_symbol(&cut.panel, t);
        let chosen: Vec<_> = decision.chosen.iter().filter_map(|h| Some((*known.get(h.symbol.as_str())?, h))).collect();
        held.unmatched += decision.chosen.len() - chosen.len();
        orders.insert(at as usize, Order { decision, chosen });
    }
    let Some((&first, _)) = orders.iter().find(|(_, o)| !o.chosen.is_empty()) else { return held };
    orders = orders.split_off(&first);
    let severe = Book { cut, terms, delisting: SEVERE, positions: Vec::new(), cash: 1.0, out: Held::default() };
    let severe = severe.play(first, &orders);
    let played = Book { cut, terms, delisting: terms.gaps.delisting_return, positions: Vec::new(), cash: 1.0, out: held };
    let mut held = played.play(first, &orders);
    held.severe = severe.returns;
    held
}

struct Book<'a> {
    cut: &'a Cut,
    terms: &'a HoldingTerms<'a>,
    delisting: f64,
    positions: Vec<Position>,
    cash: f64,
    out: Held,
}

impl Book<'_> {
    fn worth(&self) -> f64 {
        self.cash + self.positions.iter().map(|p| p.value).sum::<f64>()
    }

    fn play(mut self, first: usize, orders: &BTreeMap<usize, Order<'_>>) -> Held {
        for t in first..self.cut.sessions.len() {
            let day = self.cut.sessions[t];
            let before = self.worth();
            self.moves(t);
            self.delist(t);
            let after = self.worth();
            if t > first {
                // A basket that lost everything stays at nothing.
                self.out.returns.push((day, if before > 0.0 { after / before - 1.0 } else { 0.0 }));
            }
            self.out.days.push(day);
            if let Some(order) = orders.get(&t) {
                self.renew(t, day, order);
            }
        }
        self.out
    }

    fn moves(&mut self, t: usize) {
        let panel = &self.cut.panel;
        for p in &mut self.positions {
            if panel.close.at(p.security, t).is_nan() {
                p.quiet += 1;
                continue;
            }
            p.quiet = 0;
            let r = panel.ret.at(p.security, t);
            if r.is_finite() {
                p.value *= 1.0 + r;
            } else {
                self.out.absurd += 1;
            }
        }
    }

    fn delist(&mut self, t: usize) {
        let worth = self.worth();
        let halt = self.terms.gaps.halt;
        let gone: Vec<Position> = self.positions.extract_if(.., |p| p.quiet > halt).collect();
        for p in gone {
            self.cash += p.value * (1.0 + self.delisting);
            self.out.delisted.push(Delisted {
                symbol: p.symbol,
                last: self.cut.sessions[t - p.quiet],
                weight: if worth > 0.0 { p.value / worth } else { 0.0 },
            });
        }
    }

    fn renew(&mut self, t: usize, day: Day, order: &Order<'_>) {
        let priced = |i: usize| self.cut.panel.close.at(i, t).is_finite();
        let worth = self.worth();
        let (kept, sold): (Vec<Position>, Vec<Position>) = self.positions.drain(..).partition(|p| !priced(p.security));
        let stuck: f64 = kept.iter().map(|p| p.value).sum();
        // Who is stuck already is held as it is, chosen or not.
        let buy: Vec<_> = order.chosen.iter().filter(|(i, _)| priced(*i)).collect();
        let whole: f64 = buy.iter().map(|(_, h)| h.weight).sum();
        let free = worth - stuck;
        let mut was: BTreeMap<usize, f64> = sold.iter().map(|p| (p.security, p.value)).collect();
        let mut traded = 0.0;
        let not_sold = kept.len();
        self.positions = kept;
        for (i, holding) in &buy {
            let value = free * holding.weight / whole;
            traded += (value - was.remove(i).unwrap_or(0.0)).abs();
            self.positions.push(Position { security: *i, symbol: holding.symbol.clone(), value, quiet: 0 });
        }
        traded += was.values().map(|v| v.abs()).sum::<f64>();
        self.cash = if buy.is_empty() { free } else { 0.0 };
        let share = |v: f64| if worth > 0.0 { v / worth } else { 0.0 };
        self.out.turnover.push((day, share(traded)));
        let score = |p: &Position| order.chosen.iter().find(|(i, _)| *i == p.security).and_then(|(_, h)| h.score);
        let holdings =
            self.positions.iter().map(|p| Holding { symbol: p.symbol.clone(), weight: share(p.value), score: score(p) });
        self.out.renewals.push(Renewal {
            decided: order.decision.day,
            traded: day,
            members: order.decision.members,
            unscored: order.decision.unscored,
            holdings: holdings.collect(),
            not_bought: order.chosen.len() - buy.len(),
            not_sold,
        });
    }
}
