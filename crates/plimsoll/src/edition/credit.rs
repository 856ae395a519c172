//! The credit section: what spreads say.

use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Plot, Section, TimeMarks, Tone};

use super::Context;
use super::beside::Wanted;
use super::draw::history_band;
use crate::failure::Failure;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>) -> Result<(), Failure> {
    wanted.ask("high", "credit_spread", &[("series", "fred:BAMLH0A0HYM2")])?;
    wanted.ask("grade", "credit_spread", &[("series", "fred:BAMLC0A0CM")])?;
    wanted.ask("rank", "spread_percentile", &[])?;
    wanted.ask("widening", "spread_widening", &[])
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "credit".into(),
        title: "Credit".into(),
        finding: match c.beside.value("rank") {
            Some(_) => format!(
                "The high-yield spread is {}, at percentile {} of its history; it is {} above its low.",
                c.text("high"),
                c.text("rank"),
                c.text("widening")
            ),
            None => "Credit spreads cannot be measured from what the store holds.".into(),
        },
        main: spread(c),
        figures: vec![
            c.figure("high", "High-yield spread", "option-adjusted"),
            c.figure("grade", "Investment-grade spread", "option-adjusted"),
            c.figure("rank", "Percentile of the high-yield spread", ""),
            c.figure("widening", "Widening from its low", ""),
        ],
        multiples: vec![grade(c)],
        wrong: "Spreads are an average over issuers that could borrow: the weakest small caps have no public bond. The publisher now shows \
                only three years, so the percentile depends on when the history was downloaded."
            .into(),
    }
}

fn spread(c: &Context<'_>) -> Chart {
    let series = c.series("high", "High yield", Tone::Rest);
    if series.line.values.len() < 2 {
        let reason = c.beside.reason("high").unwrap_or_else(|| "too little history".into());
        return Chart::absent("credit-main", "Credit spreads", &reason);
    }
    let history = history_band(&series.line.days, &series.line.values);
    let title = match c.beside.value("rank") {
        Some(rank) if rank <= 0.25 => "Credit prices no event",
        Some(rank) if rank >= 0.75 => "Credit is under stress",
        _ => "Credit spreads",
    };
    let plot = Plot::Area { unit: Unit::PercentPerYear, series, history, levels: Vec::new(), time: TimeMarks::default() };
    Chart::new("credit-main", title, plot)
        .subtitle("High-yield option-adjusted spread, per cent")
        .foot(&c.foot("ICE BofA indices by FRED"))
        .method("credit_spread")
}

fn grade(c: &Context<'_>) -> Chart {
    let series = vec![c.series("grade", "Investment grade", Tone::Whole)];
    c.lines("credit-grade", "Investment grade", series, (Unit::PercentPerYear, "grade"))
        .subtitle("Option-adjusted spread, per cent")
        .foot(&c.foot("ICE BofA indices by FRED"))
}
