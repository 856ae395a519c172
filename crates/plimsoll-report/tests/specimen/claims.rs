//! Fourteen invented claims: every verdict, with and without history, thresholds, flips and evidence.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::*;

use super::today;
use super::world::{reverting, weekdays};

fn above(value: f64) -> Option<Bound> {
    Some(Bound { value, direction: Direction::Above })
}
fn below(value: f64) -> Option<Bound> {
    Some(Bound { value, direction: Direction::Below })
}

fn history(seed: u64, last: f64, deviation: f64) -> Option<Line> {
    let days = weekdays(Day::ymd(2021, 2, 1), today());
    let mut values = reverting(seed, days.len(), last, deviation);
    let n = values.len();
    // The walk ends where the claim's value is.
    let miss = last - values[n - 1];
    values.iter_mut().enumerate().for_each(|(i, v)| *v += miss * i as f64 / (n - 1) as f64);
    Some(Line { days, values })
}

fn base(number: u32, id: &str, says: &str, measure: &str) -> ClaimRow {
    ClaimRow {
        id: id.into(),
        number,
        says: says.into(),
        verdict: Verdict::Undecided,
        value: None,
        unit: Unit::Fraction,
        holds_text: String::new(),
        fails_text: String::new(),
        holds: None,
        fails: None,
        n_obs: None,
        flags: Vec::new(),
        measure: measure.into(),
        method: Some(measure.into()),
        section: None,
        history: None,
        last_flip: None,
        evidence: Vec::new(),
    }
}

fn evidence(list: &[(&str, &str)]) -> Vec<Evidence> {
    list.iter().map(|(l, v)| Evidence { label: (*l).into(), value: (*v).into() }).collect()
}

fn flip(day: Day, from: Verdict, to: Verdict) -> Option<Flip> {
    Some(Flip { day, from, to })
}

/// The claims.
pub fn claims() -> Vec<ClaimRow> {
    use Verdict::{Fails, Holds, Undecided};
    let unknown = |reason: &str| Verdict::Unknown { reason: reason.into() };
    vec![
        ClaimRow {
            verdict: unknown("not measured yet"),
            holds_text: "value <= -0.5".into(),
            ..base(1, "rate-sensitivity", "Small caps move with the expected path of interest rates", "rate_sensitivity")
        },
        ClaimRow {
            verdict: unknown("not measured yet"),
            unit: Unit::Number,
            holds_text: "value >= 5".into(),
            fails_text: "value < 3".into(),
            ..base(
                2,
                "six-cuts",
                "After the December meeting the market priced as many as six cuts, then took some back",
                "cuts_priced",
            )
        },
        ClaimRow {
            verdict: Holds,
            value: Some(36.2),
            unit: Unit::BasisPoints,
            holds_text: "value >= 30".into(),
            fails_text: "value < 10".into(),
            holds: above(30.0),
            fails: below(10.0),
            n_obs: Some(60),
            section: Some("rates".into()),
            history: history(3, 36.2, 7.0),
            last_flip: flip(Day::ymd(2024, 1, 17), Undecided, Holds),
            evidence: evidence(&[("Low of 60 sessions, 2023-12-27", "3.79 %"), ("Yield on 2024-02-01", "4.15 %")]),
            ..base(
                3,
                "yield-rise",
                "The ten-year yield rose from its low and took the cyclical rally with it",
                "yield_from_extreme",
            )
        },
        ClaimRow {
            verdict: unknown("no filings were known for 61.2 % of the members' weight"),
            unit: Unit::Multiple,
            holds_text: "value >= 1.5".into(),
            n_obs: Some(762),
            flags: vec!["coverage below 50 %".into()],
            section: Some("debt".into()),
            ..base(4, "more-debt", "Small caps carry more debt, which magnifies their sensitivity, up and down", "leverage_ratio")
        },
        ClaimRow {
            verdict: Fails,
            value: Some(0.004),
            unit: Unit::FractionPoints,
            holds_text: "value <= -0.02".into(),
            fails_text: "value >= 0".into(),
            holds: below(-0.02),
            fails: above(0.0),
            n_obs: Some(67),
            section: Some("momentum".into()),
            history: history(5, 0.004, 0.011),
            last_flip: flip(Day::ymd(2023, 12, 13), Holds, Fails),
            evidence: evidence(&[("Small caps since 2023-10-27", "+19.9 %"), ("Large caps since 2023-10-27", "+19.5 %")]),
            ..base(
                5,
                "underperform",
                "Higher for longer: small caps go on underperforming until policy shifts",
                "relative_return",
            )
        },
        ClaimRow {
            verdict: unknown("not measured yet"),
            ..base(
                6,
                "wall",
                "A refinancing wall stands within two years, and firms must refinance at higher rates",
                "refinancing_wall",
            )
        },
        ClaimRow {
            verdict: unknown("not measured yet"),
            ..base(7, "zombies", "Zombie companies may fail; if cuts come in the nick of time they recover", "zombie_share")
        },
        ClaimRow {
            verdict: Undecided,
            value: Some(3.59),
            unit: Unit::PercentPerYear,
            holds_text: "value >= 5".into(),
            fails_text: "value < 3".into(),
            holds: above(5.0),
            fails: below(3.0),
            n_obs: Some(7_021),
            section: Some("credit".into()),
            history: history(8, 3.59, 0.09),
            last_flip: flip(Day::ymd(2023, 4, 4), Holds, Undecided),
            ..base(8, "credit-event", "A credit event would hit all risk assets", "credit_spread")
        },
        ClaimRow {
            verdict: Holds,
            value: Some(0.71),
            holds_text: "value >= 0.6 && n_obs > 100".into(),
            n_obs: Some(412),
            history: history(9, 0.71, 0.03),
            section: Some("scenarios".into()),
            ..base(9, "soft-landing", "A soft landing is likelier than a worse downturn", "regime_probability")
        },
        ClaimRow {
            verdict: Fails,
            value: Some(0.21),
            holds_text: "value >= 0.4".into(),
            fails_text: "value < 0.25".into(),
            holds: above(0.4),
            fails: below(0.25),
            n_obs: Some(1_201),
            section: Some("momentum".into()),
            history: history(10, 0.21, 0.03),
            last_flip: flip(Day::ymd(2024, 1, 31), Holds, Fails),
            flags: vec!["membership known at quarter ends only".into(), "survivorship: 2.3 % of members lack a price".into()],
            evidence: evidence(&[("Breakouts in the window", "334"), ("Of these failed within 20 sessions", "70")]),
            ..base(10, "failed-breakouts", "Breakouts in small caps fail", "failed_breakout_rate")
        },
        ClaimRow {
            verdict: Holds,
            value: Some(0.43),
            holds_text: "value >= 0.35".into(),
            fails_text: "value < 0.2".into(),
            holds: above(0.35),
            fails: below(0.2),
            n_obs: Some(1_921),
            section: Some("masking".into()),
            history: history(11, 0.43, 0.018),
            last_flip: flip(Day::ymd(2022, 1, 21), Undecided, Holds),
            ..base(
                11,
                "bear-market",
                "This may still be a bear market: a large share of members is 20 % below its high",
                "bear_share",
            )
        },
        ClaimRow {
            verdict: Holds,
            value: Some(0.624),
            holds_text: "value >= 0.5".into(),
            fails_text: "value < 0.25".into(),
            holds: above(0.5),
            fails: below(0.25),
            n_obs: Some(250),
            section: Some("masking".into()),
            history: history(12, 0.624, 0.02),
            last_flip: flip(Day::ymd(2023, 3, 9), Undecided, Holds),
            evidence: evidence(&[
                ("Index, one year", "+24.2 %"),
                ("The seven supplied", "15.1 pp"),
                ("The rest supplied", "9.1 pp"),
            ]),
            ..base(12, "seven-carry", "Seven stocks supply most of the index's gain over the past year", "contribution_share")
        },
        ClaimRow {
            verdict: Holds,
            value: Some(-14.0),
            unit: Unit::Sessions,
            holds: below(-5.0),
            holds_text: "value <= -5".into(),
            history: Some(Line { days: vec![today()], values: vec![-14.0] }),
            section: Some("signals".into()),
            ..base(13, "lead-lag", "Credit leads small caps", "lead_lag")
        },
        ClaimRow {
            verdict: Holds,
            value: Some(1.0),
            unit: Unit::Count,
            holds: above(1.0),
            holds_text: "value >= 1".into(),
            ..base(
                14,
                "dated-report",
                "A dated report with charts and a disclosure exists, and an extraordinarily long claim with Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen still fits",
                "report_exists",
            )
        },
    ]
}
