//! The momentum section: small against large, and breakouts that fail.

use plimsoll_measures::Fact;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Level, Plot, Section, Tone, Weight};

use super::Context;
use super::beside::Wanted;
use super::draw::{bars, fund};
use crate::failure::Failure;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>) -> Result<(), Failure> {
    wanted.ask("strength.3m", "relative_strength", &[("window", "3m")])?;
    wanted.ask("strength.1y", "relative_strength", &[("window", "1y")])?;
    wanted.ask_last("ratio", "ratio_drawdown", &[])?;
    wanted.ask("failed.small", "failed_breakout_rate", &[("universe", "small")])?;
    wanted.ask("failed.large", "failed_breakout_rate", &[("universe", "large")])?;
    wanted.ask("highs.small", "new_highs_minus_lows", &[("universe", "small")])?;
    wanted.ask_last("phase.small", "bull_bear_phase", &[("series", "index:RUT|etf:IWM")])?;
    wanted.ask_last("trend.small", "trend_state", &[("series", "etf:IWM|index:RUT")])?;
    wanted.ask_last("sectors", "sector_leadership", &[("window", "3m")])
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "momentum".into(),
        title: "Momentum".into(),
        finding: match c.beside.value("strength.1y") {
            Some(v) => {
                let word = if v < 0.0 { "behind" } else { "ahead of" };
                format!(
                    "Small caps are {} {word} large caps over the past year; {} of their breakouts failed, against {} among large caps.",
                    Unit::FractionPoints.format(v.abs()),
                    c.text("failed.small"),
                    c.text("failed.large")
                )
            }
            None => "Relative strength cannot be measured from what the store holds.".into(),
        },
        main: strength(c),
        figures: vec![
            c.figure("strength.3m", "Small less large, 3 months", "total return of funds, or price return of indices"),
            c.figure("strength.1y", "Small less large, 1 year", ""),
            c.figure("ratio", "Small/large ratio below its high", ""),
            c.figure("failed.small", "Failed breakouts, small", "of breakouts whose 20 sessions have ended"),
            c.figure("failed.large", "Failed breakouts, large", ""),
            c.figure("highs.small", "New highs less new lows, small", "252 sessions"),
            c.figure("phase.small", "Phase of small caps, 20 % rule", "1 bull, −1 bear, as confirmed"),
            c.figure("trend.small", "Small caps against their average", ""),
        ],
        multiples: vec![failed(c), highs(c), sectors(c)],
        wrong: "A breakout that fails within twenty sessions may succeed on the second try; the rate counts breakouts, not money. Relative \
                strength over three months turns faster than the argument does."
            .into(),
    }
}

fn strength(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("strength.1y", "1 year", Tone::Rest).weight(Weight::Heavy),
        c.series("strength.3m", "3 months", Tone::Context),
    ];
    let title = match c.beside.value("strength.1y") {
        Some(v) => {
            let word = if v < 0.0 { "trail" } else { "lead" };
            format!("Small caps {word} large caps by {} over a year", Unit::FractionPoints.format(v.abs()))
        }
        None => "Small against large caps".to_owned(),
    };
    let mut chart = c
        .lines("momentum-main", &title, series, "strength.1y")
        .subtitle("Return of small less return of large caps, trailing windows")
        .foot(&c.foot("funds' adjusted closes, index levels"));
    if let Plot::Lines { levels, .. } = &mut chart.plot {
        levels.push(Level { value: 0.0, label: "no difference".into() });
    }
    chart
}

fn failed(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("failed.small", "Small caps", Tone::Rest).weight(Weight::Heavy),
        c.series("failed.large", "Large", Tone::Whole),
    ];
    c.lines("momentum-failed", "Breakouts that failed", series, "failed.small")
        .subtitle("Share of breakouts above the 60-session high that closed below it within 20 sessions")
        .foot(&c.foot("screener panel, membership lists"))
}

fn sectors(c: &Context<'_>) -> Chart {
    let facts = c.beside.evidence("sectors");
    let market = facts.iter().find(|f| f.label.starts_with("market")).and_then(|f| f.value);
    let mut shown: Vec<Fact> =
        facts.into_iter().filter(|f| f.unit == Unit::Fraction && f.value.is_some() && f.label.starts_with("etf:")).collect();
    if shown.is_empty() {
        let reason = c.beside.reason("sectors").unwrap_or_else(|| "nothing to show".into());
        return Chart::absent("momentum-sectors", "Who leads", &reason);
    }
    shown.sort_by(|a, b| b.value.partial_cmp(&a.value).unwrap_or(std::cmp::Ordering::Equal));
    let sector = |f: &Fact| f.label.starts_with("etf:XL");
    let title = format!("{} leads", fund(&shown[0].label));
    let rows = bars(&shown, |f| fund(&f.label), |f| if sector(f) { Tone::Rest } else { Tone::Giants });
    let reference = market.map(|value| Level { value, label: "S&P 500".into() });
    Chart::new("momentum-sectors", &title, Plot::Bars { unit: Unit::Fraction, rows, reference, signed: true })
        .subtitle("Total return over the past three months: sectors, and size and style funds (darker)")
        .foot(&c.foot("funds' adjusted closes"))
        .method("sector_leadership")
}

fn highs(c: &Context<'_>) -> Chart {
    let series = vec![c.series("highs.small", "Small caps", Tone::Rest)];
    let mut chart = c
        .lines("momentum-highs", "New highs less new lows", series, "highs.small")
        .subtitle("Members at a 252-session high less members at a low")
        .foot(&c.foot("screener panel, membership lists"));
    if let Plot::Lines { levels, .. } = &mut chart.plot {
        levels.push(Level { value: 0.0, label: "as many".into() });
    }
    chart
}
