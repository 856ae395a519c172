//! The signals section: regimes and who leads whom, as model output.

use plimsoll_report::model::{Chart, Section, Tone};

use super::Context;
use super::beside::Wanted;
use crate::failure::Failure;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>) -> Result<(), Failure> {
    wanted.ask("hard-landing", "hard_landing_weight", &[])?;
    wanted.ask("turbulent", "regime_probability", &[])?;
    wanted.ask_last("leaders", "leaders_share", &[])
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "signals".into(),
        title: "Signals and regimes".into(),
        finding: match c.beside.value("hard-landing") {
            Some(_) => format!(
                "A switching model gives the hard landing a weight of {}; of the tests whether anything leads small caps, {} find a lead.",
                c.text("hard-landing"),
                c.text("leaders")
            ),
            None => "Regimes cannot be estimated from what the store holds.".into(),
        },
        main: landing(c),
        figures: vec![
            c.figure("hard-landing", "Weight of a hard landing", "filtered"),
            c.figure("turbulent", "Probability of the turbulent regime", "filtered"),
            c.figure("leaders", "Tests that find a lead", "after control for many tests"),
        ],
        multiples: vec![turbulent(c)],
        wrong: "A switching model says how the present resembles past turbulence, not what comes. Its states are named after the event; only \
                filtered probabilities are shown, so that no day knows of later ones."
            .into(),
    }
}

fn landing(c: &Context<'_>) -> Chart {
    c.area(
        "signals-main",
        "How much weight a hard landing has",
        c.series("hard-landing", "Hard landing", Tone::Rest),
        "hard-landing",
    )
    .subtitle("Weight of the hard-landing scenario; the soft landing has the rest")
    .foot(&c.foot("Markov-switching model, re-estimated on what was known"))
}

fn turbulent(c: &Context<'_>) -> Chart {
    c.area("signals-turbulent", "The turbulent regime", c.series("turbulent", "Turbulent", Tone::Whole), "turbulent")
        .subtitle("Filtered probability of the state of highest variance")
        .foot(&c.foot("Markov-switching model, re-estimated on what was known"))
}
