//! The masking section: what the giants add, and what the index hides.

use plimsoll_measures::Fact;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Dash, Plot, Section, TimeMarks, Tone, Weight};

use super::Context;
use super::beside::Wanted;
use super::draw::bars;
use crate::failure::Failure;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>, year_ago: Day) -> Result<(), Failure> {
    let window = format!("since:{year_ago}");
    let of = |universe: &'static str| [("universe", universe), ("window", window.as_str())];
    wanted.ask("large", "index_return", &of("large"))?;
    wanted.ask("small", "index_return", &of("small"))?;
    wanted.ask("equal", "equal_weight_return", &of("large"))?;
    wanted.ask("rest", "return_without_group", &of("large"))?;
    wanted.ask_last("contribution", "group_contribution", &[("window", "1y")])?;
    wanted.ask_last("share", "contribution_share", &[("window", "1y")])?;
    wanted.ask("weight", "group_weight", &[])?;
    wanted.ask_last("names", "effective_names", &[])?;
    wanted.ask("above.large", "share_above_average", &[("universe", "large")])?;
    wanted.ask("above.small", "share_above_average", &[("universe", "small")])?;
    wanted.ask("bear.large", "share_in_bear_market", &[("universe", "large")])?;
    wanted.ask("bear.small", "share_in_bear_market", &[("universe", "small")])?;
    wanted.ask("fall.index", "index_drawdown", &[("universe", "small")])?;
    wanted.ask("fall.median", "median_drawdown", &[("universe", "small")])?;
    wanted.ask_last("gap.small", "masking_gap", &[("universe", "small")])?;
    wanted.ask_last("gap.large", "masking_gap", &[("universe", "large")])?;
    wanted.ask_last("specific", "group_specific_share", &[])?;
    wanted.ask_last("common", "common_variance_share", &[("universe", "large")])?;
    wanted.ask("correlation", "average_correlation", &[("universe", "large")])
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "masking".into(),
        title: "Masking".into(),
        finding: finding(c),
        main: rebased(c),
        figures: vec![
            c.figure("share", "Giants' share of the large index's gain", "past year, exact contributions"),
            c.figure("weight", "Giants' weight in the large index", "full capitalisation, not float"),
            c.figure("large", "Large index, rebuilt", &format!("price return since {}", c.year_ago)),
            c.figure("rest", "Large index without the giants", &format!("price return since {}", c.year_ago)),
            c.figure("small", "Small index, rebuilt", &format!("price return since {}", c.year_ago)),
            c.figure("names", "Effective number of names", "1 over the sum of squared weights"),
            c.figure("bear.small", "Small caps at least 20 % below their high", "252-session high of closes"),
            c.figure("gap.small", "Masking gap, small caps", "index drawdown less median member drawdown"),
            c.figure("specific", "Giants' share of the name-specific variance", ""),
            c.figure("correlation", "Average pairwise correlation, large", ""),
        ],
        multiples: vec![contributions(c), gap(c), above(c), in_bear_market(c), weight(c), correlation(c)],
        wrong: "Weights use full capitalisation where index providers use float, and price returns where holders earn dividends; the rebuilt \
                index follows its fund closely day by day but not to the last tenth of a per cent a year. A different year, or eight names \
                instead of seven, moves the share."
            .into(),
    }
}

fn finding(c: &Context<'_>) -> String {
    match (c.beside.value("share"), c.beside.value("bear.small")) {
        (Some(_), Some(_)) => format!(
            "The giants supplied {} of the large index's gain over the past year; {} of small caps stand at least 20 % below their high.",
            c.text("share"),
            c.text("bear.small")
        ),
        (None, Some(_)) => format!("{} of small caps stand at least 20 % below their 252-session high.", c.text("bear.small")),
        (Some(_), None) => format!("The giants supplied {} of the large index's gain over the past year.", c.text("share")),
        (None, None) => "What the giants add cannot be measured from what the store holds.".into(),
    }
}

fn rebased(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("large", "Large", Tone::Whole).weight(Weight::Heavy),
        c.series("rest", "Without giants", Tone::Rest),
        c.series("equal", "Equal weight", Tone::Context).dash(Dash::Dashed),
        c.series("small", "Small caps", Tone::Rest).dash(Dash::Dotted).weight(Weight::Heavy),
    ];
    let title = match (c.beside.value("large"), c.beside.value("rest")) {
        (Some(large), Some(rest)) => {
            let gap = Unit::FractionPoints.format(large - rest);
            format!("The giants made a difference of {gap} to the large index")
        }
        _ => "The index, without its giants, and small caps".into(),
    };
    c.lines("masking-main", &title, series, "large")
        .subtitle(&format!("Price return since {}, rebuilt from members", c.year_ago))
        .foot(&c.foot("screener panel, membership lists"))
}

fn contributions(c: &Context<'_>) -> Chart {
    // Members of the group stand in the evidence under their symbols, the rest and the index under words.
    let facts = c.beside.evidence("contribution");
    let value = |label: &str| facts.iter().find(|f| f.label == label).and_then(|f| f.value);
    let (mut shown, index) = (Vec::new(), value("index return"));
    shown.extend(
        facts.iter().filter(|f| f.label.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.')).cloned(),
    );
    shown.extend(facts.iter().filter(|f| f.label == "contribution of the rest").cloned());
    let Some(index) = index.filter(|_| shown.len() > 1) else {
        let reason = c.beside.reason("contribution").unwrap_or_else(|| "nothing to show".into());
        return Chart::absent("masking-contributions", "Who carried the index", &reason);
    };
    let rest = |label: &str| label == "contribution of the rest";
    let label = |f: &Fact| if rest(&f.label) { "all others".to_owned() } else { f.label.clone() };
    let rows = bars(&shown, label, |f| if rest(&f.label) { Tone::Rest } else { Tone::Giants });
    let plot = Plot::Bars { unit: Unit::FractionPoints, rows, reference: None, signed: true };
    let title = format!("Who carried the index's {}", Unit::Fraction.format(index));
    Chart::new("masking-contributions", &title, plot)
        .subtitle("Contribution to the large index's return over the past year; bars sum to it")
        .foot(&c.foot("screener panel, membership lists"))
        .method("group_contribution")
}

fn gap(c: &Context<'_>) -> Chart {
    let (first, second) = (c.series("fall.index", "Index", Tone::Whole), c.series("fall.median", "Median member", Tone::Rest));
    if first.line.values.len() < 2 || second.line.values.len() < 2 {
        let reason = c.beside.reason("fall.median").unwrap_or_else(|| "too little history".into());
        return Chart::absent("masking-gap", "Masking gap", &reason);
    }
    let plot = Plot::Gap { unit: Unit::Fraction, first, second, label: "masking gap".into(), time: TimeMarks::default() };
    Chart::new("masking-gap", &format!("The small index hides {} of its median member's fall", c.text("gap.small")), plot)
        .subtitle("Drawdown from the 252-session high, small caps")
        .foot(&c.foot("screener panel, membership lists"))
        .method("masking_gap")
}

fn above(c: &Context<'_>) -> Chart {
    let title = format!("{} of small caps close above their 200-session average", c.text("above.small"));
    c.area("masking-above", &title, c.series("above.small", "Small caps", Tone::Rest), "above.small")
        .subtitle("Share of members above their own average")
        .foot(&c.foot("screener panel, membership lists"))
}

fn in_bear_market(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("bear.small", "Small caps", Tone::Rest).weight(Weight::Heavy),
        c.series("bear.large", "Large", Tone::Whole),
    ];
    c.lines("masking-bear", "Members in a bear market of their own", series, "bear.small")
        .subtitle("Share at least 20 % below the 252-session high")
        .foot(&c.foot("screener panel, membership lists"))
}

fn weight(c: &Context<'_>) -> Chart {
    let title = format!("The giants are {} of the large index", c.text("weight"));
    c.area("masking-weight", &title, c.series("weight", "Giants", Tone::Giants), "weight")
        .subtitle("Weight by full capitalisation")
        .foot(&c.foot("screener panel, membership lists"))
}

fn correlation(c: &Context<'_>) -> Chart {
    let title = format!("Members move together with a correlation of {}", c.text("correlation"));
    c.area("masking-correlation", &title, c.series("correlation", "Large", Tone::Whole), "correlation")
        .subtitle("Average pairwise correlation of members of the large index")
        .foot(&c.foot("screener panel, membership lists"))
}
