//! The rates section: yields, their turn, and how small caps answer.

use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Extreme, Level, Plot, Section, Tone, Weight};

use super::beside::Wanted;
use super::{Context, path};
use crate::failure::Failure;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>, year_end: &str) -> Result<(), Failure> {
    path::ask(wanted, year_end)?;
    wanted.ask("ten", "yield_level", &[("series", "treasury:10Y|fred:DGS10")])?;
    wanted.ask("two", "yield_level", &[("series", "treasury:2Y|fred:DGS2")])?;
    wanted.ask("rise", "yield_change_from_extreme", &[])?;
    wanted.ask("slope", "curve_slope", &[])?;
    wanted.ask("sensitivity", "rate_sensitivity", &[])?;
    wanted.ask_last("led", "leadership_since_yield_low", &[])
}

/// The year whose end the cuts are counted by: that of the session, or the next in its last quarter.
fn year(c: &Context<'_>) -> i16 {
    year_of(c.session)
}

/// See [`year`].
pub fn year_of(session: plimsoll_model::time::Day) -> i16 {
    let (year, month, _) = session.parts();
    year + i16::from(month >= 10)
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "rates".into(),
        title: "Rates".into(),
        finding: path::finding(c, year(c)).unwrap_or_else(|| match c.beside.value("rise") {
            Some(_) => format!("The ten-year yield stands at {}, {} above its low of the past sixty sessions.", c.text("ten"), c.text("rise")),
            None => "Rates cannot be measured from what the store holds.".into(),
        }),
        main: path::history(c, year(c)),
        figures: vec![
            c.figure("cuts", "Cuts priced by the year's end", "quarter points, from the rate now"),
            c.figure("cuts.peak", "Most cuts priced, past 126 sessions", ""),
            c.figure("path", "Rate after the last meeting within a year", "effective rate, as priced"),
            c.figure("surprise", "Surprise of the last decision", "Kuttner's measure"),
            c.figure("policy", "Small less large, per 100 bp on the priced path", "regression with yields and market held fixed"),
            c.figure("meetings", "Small less large around FOMC meetings", "three sessions, past five years"),
            c.figure("ten", "Ten-year Treasury yield", ""),
            c.figure("two", "Two-year Treasury yield", ""),
            c.figure("rise", "Ten-year yield above its low", ""),
            c.figure("slope", "Curve, ten less two years", ""),
            c.figure("sensitivity", "Small less large, per 100 bp on the ten-year yield", "regression with market control"),
            c.figure("led", "Leadership since the yield's low", ""),
        ],
        multiples: vec![path::changes_of_mind(c), path::steps(c), path::probabilities(c), path::sensitivity(c), path::meetings(c), yields(c), rise(c), slope(c)],
        wrong: "A futures price holds a premium beside the expected rate, more of it the further out; the path assumes steps of 25 bp at \
                scheduled meetings. A regression over a year sees the regime of that year."
            .into(),
    }
}

fn yields(c: &Context<'_>) -> Chart {
    let ten = c.series("ten", "10 years", Tone::Rest).weight(Weight::Heavy);
    let extremes = extremes(&ten.line.days, &ten.line.values);
    let series = vec![ten, c.series("two", "2 years", Tone::Context)];
    let title = match c.beside.value("rise") {
        Some(v) => format!("The ten-year yield is {} off its low", Unit::BasisPoints.format(v)),
        None => "Treasury yields".into(),
    };
    let mut chart = c
        .lines("rates-yields", &title, series, "ten")
        .subtitle("Treasury yields, per cent a year")
        .foot(&c.foot("U.S. Treasury par yield curve, Federal Reserve H.15"));
    if let Plot::Lines { extremes: marks, .. } = &mut chart.plot {
        *marks = extremes;
    }
    chart
}

/// The high and the low of a line.
fn extremes(days: &[plimsoll_model::time::Day], values: &[f64]) -> Vec<Extreme> {
    let order = |pick: fn(std::cmp::Ordering) -> bool| {
        (0..values.len()).reduce(|best, i| if pick(values[i].total_cmp(&values[best])) { i } else { best })
    };
    let mark = |i: usize, word: &str| Extreme {
        day: days[i],
        value: values[i],
        label: format!("{word} {}, {}", Unit::PercentPerYear.format(values[i]), days[i]),
    };
    let (high, low) = (order(std::cmp::Ordering::is_gt), order(std::cmp::Ordering::is_lt));
    high.map(|i| mark(i, "high")).into_iter().chain(low.map(|i| mark(i, "low"))).collect()
}

fn slope(c: &Context<'_>) -> Chart {
    let series = vec![c.series("slope", "10y − 2y", Tone::Rest)];
    let title = match c.beside.value("slope") {
        Some(v) if v < 0.0 => "The curve is inverted",
        Some(_) => "The curve slopes upward",
        None => "The curve",
    };
    let mut chart = c
        .lines("rates-slope", title, series, "slope")
        .subtitle("Ten-year less two-year yield")
        .foot(&c.foot("U.S. Treasury, Federal Reserve"));
    if let Plot::Lines { levels, .. } = &mut chart.plot {
        levels.push(Level { value: 0.0, label: "flat".into() });
    }
    chart
}

fn rise(c: &Context<'_>) -> Chart {
    c.area("rates-rise", "How far yields rose from their low", c.series("rise", "10 years", Tone::Rest), "rise")
        .subtitle("Ten-year yield above its low of the past sixty sessions")
        .foot(&c.foot("U.S. Treasury"))
}
