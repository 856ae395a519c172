//! The credit section: what spreads say.

use plimsoll_report::model::{Chart, Section, Tone};

use super::Context;
use super::beside::Wanted;
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
                "The high-yield spread is {}, wider than on {} of the days known; it stands {} above its low of the past year.",
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
        multiples: vec![rank(c), widening(c), grade(c)],
        wrong: "Spreads are an average over issuers that could borrow: the weakest small caps have no public bond. The publisher now shows \
                only three years, so the percentile depends on when the history was downloaded."
            .into(),
    }
}

fn spread(c: &Context<'_>) -> Chart {
    let title = match c.beside.value("rank") {
        Some(rank) if rank <= 0.25 => "Credit prices no event",
        Some(rank) if rank >= 0.75 => "Credit is under stress",
        _ => "Credit spreads",
    };
    c.area("credit-main", title, c.series("high", "High yield", Tone::Rest), "high")
        .subtitle("High-yield option-adjusted spread")
        .foot(&c.foot("ICE BofA indices by FRED"))
}

fn grade(c: &Context<'_>) -> Chart {
    c.area("credit-grade", "Investment grade", c.series("grade", "Investment grade", Tone::Whole), "grade")
        .subtitle("Option-adjusted spread")
        .foot(&c.foot("ICE BofA indices by FRED"))
}

fn rank(c: &Context<'_>) -> Chart {
    let title = format!("Wider than {} of its history", c.text("rank"));
    c.lines("credit-rank", &title, vec![c.series("rank", "High yield", Tone::Rest)], "rank")
        .subtitle("Percentile rank of the high-yield spread among all days known")
        .foot(&c.foot("ICE BofA indices by FRED"))
}

fn widening(c: &Context<'_>) -> Chart {
    c.area("credit-widening", "Widening from the low", c.series("widening", "High yield", Tone::Rest), "widening")
        .subtitle("High-yield spread above its low of the past year")
        .foot(&c.foot("ICE BofA indices by FRED"))
}
