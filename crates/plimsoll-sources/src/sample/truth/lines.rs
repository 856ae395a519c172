//! The truth as lines that a person reads.

use plimsoll_model::time::Day;
use serde::Serialize;

use super::{Breadth, Contributions, Truth};

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
            if let Some((day, cuts)) = p.peak {
                say("  most".into(), format!("{cuts:.1} on {day}"));
            }
            if let Some([(a, before), (b, after)]) = p.repricing {
                say("  repriced".into(), format!("{:+.1} from {a} to {b}", after - before));
            }
            if let Some([held, cancelled]) = p.unscheduled {
                say("unscheduled meeting".into(), format!("{held}, in place of {cancelled}"));
            }
            if let Some([a, b]) = p.two_in_a_month {
                say("two meetings in one month".into(), format!("{a} and {b}"));
            }
            let each: Vec<String> = p.faults.iter().map(|f| format!("{} in {} from {}", f.rule, f.source, f.from)).collect();
            say("faults of futures and decisions".into(), each.join(", "));
        }
        for r in &self.releases {
            let percent = |v: f64| format!("{:+.2} %", v * 100.0);
            say(
                format!("small less large on days of {}, {} to {}", r.calendar, r.from, r.to),
                format!(
                    "{} on {} days, {} on the others; {} planted",
                    percent(r.difference),
                    r.days,
                    percent(r.elsewhere),
                    percent(r.planted)
                ),
            );
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
        if let Some(l) = &self.lead {
            say(format!("{} leads {}", l.first, l.second), format!("by {} sessions", l.sessions));
        }
        for e in &self.edges {
            let kind = if e.planted { "an edge" } else { "no edge" };
            say(format!("{} as a signal, {} to {}", e.signal, e.from, e.to), format!("{kind}: a dollar became {:.3}", e.wealth));
        }
        for r in &self.regimes {
            let kind = if r.turbulent { "turbulent" } else { "calm" };
            say(format!("the market's noise on {}", r.day), format!("{kind}, {:.2} % a session", r.daily * 100.0));
        }
        for b in &self.filings.burdens {
            let share = b.below_one as f64 / b.indebted.max(1) as f64;
            let years = b.three_years as f64 / b.judged.max(1) as f64;
            say(
                format!("{} issuers that do not earn their interest, {}", b.universe, b.day),
                format!("{} of {}; three years running {} of {}", percent(share), b.indebted, percent(years), b.judged),
            );
        }
        for w in &self.filings.walls {
            let (share, billions) = (w.due / w.debt.max(1.0), w.due / 1e9);
            say(
                format!("{} debt due within 24 months, {}", w.universe, w.day),
                format!("{} of the debt, {billions:.1} billion, of {} issuers", percent(share), w.issuers),
            );
        }
        for i in &self.filings.issuers {
            let millions = |v: f64| format!("{:.1}", v / 1e6);
            say(
                format!("{}, twelve months to {}, millions", i.symbol, i.end),
                format!(
                    "EBIT {}, interest {}, debt {}",
                    millions(i.operating_income),
                    millions(i.interest_expense),
                    millions(i.debt)
                ),
            );
        }
        for (symbol, what) in &self.filings.oddities {
            say(format!("filings of {symbol}"), what.clone());
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
