//! Charts of the policy path: what fed funds futures price, meeting by meeting, and how it changed.

use std::collections::BTreeMap;

use plimsoll_measures::{Fact, Flags};
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{
    Band, Chart, Dash, EventPath, Extreme, Part, Plot, Rule, Series, TableRow, TimeMarks, Tone, Weight,
};

use super::Context;
use super::beside::Wanted;
use crate::failure::Failure;

/// Meetings that the probability chart shows.
const MEETINGS: usize = 8;
/// Sessions before and after a meeting that the event study shows.
const SESSIONS: i32 = 5;

/// Asks what the charts show; `year_end` is the end of the year that the argument is about.
pub fn ask(wanted: &mut Wanted<'_>, year_end: &str) -> Result<(), Failure> {
    let by = [("by", year_end)];
    wanted.ask("cuts", "cuts_priced", &by)?;
    wanted.ask_last("cuts.peak", "cuts_priced_peak", &by)?;
    wanted.ask_last("cuts.back", "cuts_taken_back", &by)?;
    wanted.ask_last("path", "policy_path", &[])?;
    wanted.ask_last("surprise", "policy_surprise", &[])?;
    wanted.ask("policy", "policy_sensitivity", &[])?;
    wanted.ask_last("meetings", "event_study", &[])?;
    wanted.ask_last("meetings.path", "event_study", &[("width", "5")])?;
    wanted.ask_last("moved", "repricing_days", &by)
}

/// What the market priced at its peak, what it prices today, in a sentence; `None` where futures are not known.
pub fn finding(c: &Context<'_>, year: i16) -> Option<String> {
    let now = c.beside.value("cuts")?;
    let peak = c.beside.evidence("cuts.peak").into_iter().find(|f| f.label == "most cuts priced")?;
    Some(format!(
        "The market priced {:.1} cuts by the end of {year} at its peak of the past {} sessions, on {}; it prices {now:.1} now.",
        peak.value?,
        c.beside.last("cuts.peak")?.1.n_obs,
        peak.day?
    ))
}

/// The expected rate after each meeting, in steps.
pub fn steps(c: &Context<'_>) -> Chart {
    let facts = c.beside.evidence("path");
    let mut path: Vec<(Day, f64)> =
        facts.iter().filter(|f| f.label == "expected rate").filter_map(|f| Some((f.day?, f.value?))).collect();
    let start = facts.iter().find(|f| f.label == "effective rate").and_then(|f| f.value);
    if let Some(rate) = start {
        path.insert(0, (c.session, rate));
    }
    let Some(&(last, rate)) = path.last().filter(|_| path.len() > 1) else {
        return Chart::absent("rates-path", "The path that futures price", &c.beside.reason("path").unwrap_or_default());
    };
    path.push((last.plus(45), rate));
    let bands = fan(&facts, &path, start).into_iter().collect();
    let (days, values): (Vec<Day>, Vec<f64>) = path.into_iter().unzip();
    let title = match start {
        Some(now) => format!("Futures price {} by the last meeting", Unit::BasisPoints.format(100.0 * (rate - now))),
        None => "The path that futures price".to_owned(),
    };
    let band_days = days.clone();
    let rules = days[1..days.len() - 1].iter().map(|d| Rule { day: *d, label: String::new() }).collect();
    let plot = Plot::Steps {
        unit: Unit::PercentPerYear,
        series: vec![Series::new("expected rate", Tone::Rest, days, values).weight(Weight::Heavy)],
        days: band_days,
        bands,
        dots: Vec::new(),
        dots_name: String::new(),
        time: TimeMarks { rules, rules_name: "FOMC meetings".into(), ..TimeMarks::default() },
    };
    Chart::new("rates-path", &title, plot)
        .subtitle("Effective federal funds rate after each meeting, as priced")
        .foot(&c.foot("30-day fed funds futures, FOMC calendar"))
        .method("policy_path")
}

/// The upper bound of an outcome, per cent: a range is named by its bounds in basis points (`525-550`, `-25-0`, `-50--25`), a single
/// target by its rate.
fn upper(label: &str) -> Option<f64> {
    // The first sign belongs to the lower bound.
    match label.get(1..).and_then(|rest| rest.split_once('-')) {
        Some((_, upper)) => upper.parse::<f64>().ok().map(|bp| bp / 100.0),
        None => label.parse().ok(),
    }
}

/// The range that holds the middle 80 % of the outcomes after each meeting, as effective rates that lie as far from today's as the target
/// ranges do; `None` where a distribution is not known.
fn fan(facts: &[Fact], path: &[(Day, f64)], start: Option<f64>) -> Option<Band> {
    let target = facts.iter().find(|f| f.label.starts_with("target "))?.value?;
    let (mut low, mut high) = (vec![start?], vec![start?]);
    for (day, _) in &path[1..path.len() - 1] {
        let on = |f: &&Fact| f.unit == Unit::Fraction && f.day == Some(*day);
        let mut outcomes: Vec<(f64, f64)> = facts.iter().filter(on).filter_map(|f| Some((upper(&f.label)?, f.value?))).collect();
        outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |share: f64| {
            let mut sum = 0.0;
            let reached = |(_, p): &&(f64, f64)| {
                sum += p;
                sum >= share
            };
            outcomes.iter().find(reached).map(|o| start.unwrap_or_default() + o.0 - target)
        };
        low.push(at(0.1)?);
        high.push(at(0.9)?);
    }
    low.push(*low.last()?);
    high.push(*high.last()?);
    Some(Band { label: "10th to 90th percentile of the outcomes".into(), low, high })
}

/// The probability of every target range after each of the next meetings.
pub fn probabilities(c: &Context<'_>) -> Chart {
    let facts = c.beside.evidence("path");
    let mut meetings: BTreeMap<Day, BTreeMap<String, f64>> = BTreeMap::new();
    for f in facts.iter().filter(|f| f.unit == Unit::Fraction) {
        if let (Some(day), Some(p)) = (f.day, f.value) {
            meetings.entry(day).or_default().insert(f.label.clone(), p);
        }
    }
    let shown: Vec<(&Day, &BTreeMap<String, f64>)> = meetings.iter().take(MEETINGS).collect();
    if shown.is_empty() {
        return Chart::absent("rates-meetings", "Meeting by meeting", &c.beside.reason("path").unwrap_or_default());
    }
    let mut ranges: Vec<&String> = shown.iter().flat_map(|(_, m)| m.keys()).collect();
    let rate = |range: &str| upper(range).unwrap_or(f64::NAN);
    ranges.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    ranges.dedup();
    // Cuts in one hue, hikes in the other, the range in force between them.
    let now = facts.iter().find_map(|f| f.label.strip_prefix("target "));
    let tone = |range: &str| match now.map(|now| rate(range).total_cmp(&rate(now))) {
        Some(std::cmp::Ordering::Less) => Tone::Rest,
        Some(std::cmp::Ordering::Greater) => Tone::Giants,
        _ => Tone::Context,
    };
    let parts = ranges
        .iter()
        .map(|range| Part {
            name: (*range).clone(),
            tone: tone(range),
            values: shown.iter().map(|(_, m)| m.get(*range).copied().unwrap_or(0.0)).collect(),
        })
        .collect();
    let categories = shown.iter().map(|(d, _)| d.to_string()).collect();
    Chart::new("rates-meetings", "Meeting by meeting", Plot::Columns { unit: Unit::Fraction, categories, parts, grouped: false })
        .subtitle("Probability of each target range (bp) after the next meetings, by the exchange's method")
        .foot(&c.foot("30-day fed funds futures, FOMC calendar"))
        .method("policy_path")
}

/// Cuts priced by the year's end through time, with the peak marked.
pub fn history(c: &Context<'_>, year: i16) -> Chart {
    let series = c.series("cuts", "cuts priced", Tone::Rest).weight(Weight::Heavy);
    let title = match (c.beside.value("cuts.back"), c.beside.value("cuts")) {
        (Some(back), Some(_)) if back >= 0.1 => format!("The market took back {back:.1} of its cuts"),
        (_, Some(now)) => format!("The market prices {now:.1} cuts"),
        _ => "Cuts priced".to_owned(),
    };
    let mut chart = c
        .lines("rates-cuts", &title, vec![series], "cuts")
        .subtitle(&format!("Cuts of 25 bp priced by the end of {year}; negative: hikes"))
        .foot(&format!("{}{}", c.foot("30-day fed funds futures"), carried(&c.beside.flagged("cuts", Flags::CARRIED_SPREAD))));
    let peak = c.beside.evidence("cuts.peak").into_iter().find(|f| f.label == "most cuts priced");
    if let Plot::Lines { series, time, .. } = &mut chart.plot {
        let from = series.iter().filter_map(|s| s.line.days.first()).min().copied().unwrap_or(c.session);
        let held = c.beside.events("fomc").into_iter().filter(|d| *d >= from);
        time.rules = held.map(|day| Rule { day, label: String::new() }).collect();
        time.rules_name = "FOMC meetings".into();
    }
    if let (Plot::Lines { extremes, .. }, Some(Fact { value: Some(value), day: Some(day), .. })) = (&mut chart.plot, peak) {
        extremes.push(Extreme { day, value, label: format!("{value:.1} on {day}") });
    }
    chart
}

/// Says on which sessions a far contract without a price kept its spread.
fn carried(days: &[Day]) -> String {
    match days {
        [] => String::new(),
        [only] => format!("; on {only} a far contract without a price kept its spread to an earlier one"),
        [first, .., last] => format!(
            "; on {} sessions from {first} to {last} a far contract without a price kept its spread to an earlier one",
            days.len()
        ),
    }
}

/// Small less large for a rise of the expected policy rate.
pub fn sensitivity(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("policy", "policy path", Tone::Rest).weight(Weight::Heavy),
        c.series("sensitivity", "10-year yield", Tone::Context).dash(Dash::Dashed),
    ];
    c.lines("rates-sensitivity", "How small caps answer rates", series, "policy")
        .subtitle("Small less large for a rise of 100 bp, rolling year, market held fixed")
        .foot(&c.foot("funds' adjusted closes, futures, U.S. Treasury"))
}

/// The days on which the market changed its mind, and what small capitalisation did on them.
pub fn changes_of_mind(c: &Context<'_>) -> Chart {
    let facts = c.beside.evidence("moved");
    let name = "When the market changed its mind";
    let on = |label: &str, day: Day| facts.iter().find(|f| f.label == label && f.day == Some(day)).and_then(|f| f.value);
    let mut days: Vec<Day> = facts.iter().filter(|f| f.label == "cuts added").filter_map(|f| f.day).collect();
    let Some(since) = facts.iter().find(|f| f.label == "days").and_then(|f| f.day).filter(|_| !days.is_empty()) else {
        let reason = c.beside.reason("moved").unwrap_or_else(|| "no session since the peak".into());
        return Chart::absent("rates-moved", name, &reason);
    };
    days.sort_unstable();
    let columns = ["cuts added", "small", "large", "small less large"];
    let rows: Vec<TableRow> =
        days.iter().map(|d| TableRow { name: d.to_string(), values: columns.map(|label| on(label, *d)).to_vec() }).collect();
    let title = match c.beside.value("moved") {
        Some(v) if v >= 5e-4 => {
            format!("Where the market moved towards cuts small caps gained on large, {} a day", Unit::FractionPoints.format(v))
        }
        Some(v) if v <= -5e-4 => {
            format!("Where the market moved towards cuts small caps lost to large, {} a day", Unit::FractionPoints.format(-v))
        }
        Some(_) => "Where the market changed its mind small caps and large moved alike".to_owned(),
        None => name.to_owned(),
    };
    let plot = Plot::Table {
        head: vec!["Session".into(), "Cuts added".into(), "Small".into(), "Large".into(), "Difference".into()],
        units: vec![Unit::Number, Unit::Fraction, Unit::Fraction, Unit::FractionPoints],
        rows,
    };
    Chart::new("rates-moved", &title, plot)
        .subtitle(&format!(
            "The {} largest one-day changes of the cuts priced since {since}, most cuts priced, and returns of the same sessions",
            days.len()
        ))
        .foot(&c.foot("30-day fed funds futures, funds' adjusted closes"))
        .method("repricing_days")
}

/// Mean returns of small, large and their difference by session around FOMC meetings, beside those of draws of other days.
pub fn meetings(c: &Context<'_>) -> Chart {
    let facts = c.beside.evidence("meetings.path");
    let at = |label: &str, offset: i32| -> Option<f64> {
        let label = format!("{label}, session {offset:+}");
        facts.iter().find(|f| f.label == label).and_then(|f| f.value)
    };
    let offsets: Vec<i32> = (-SESSIONS..=SESSIONS).filter(|o| at("difference", *o).is_some()).collect();
    let name = "Small caps around FOMC meetings";
    if offsets.len() < 2 {
        return Chart::absent(
            "rates-events",
            name,
            &c.beside.reason("meetings.path").unwrap_or_else(|| "too few meetings".into()),
        );
    }
    let values = |label: &str| -> Vec<f64> { offsets.iter().map(|o| at(label, *o).unwrap_or(f64::NAN)).collect() };
    let path = |name: &str, tone: Tone, label: &str| EventPath {
        name: name.to_owned(),
        tone,
        mean: values(label),
        low: Vec::new(),
        high: Vec::new(),
    };
    let difference = EventPath {
        low: values("lower end of the band"),
        high: values("upper end of the band"),
        ..path("difference", Tone::Rest, "difference")
    };
    let placebo = Band {
        label: "95 % of draws of other days".into(),
        low: values("lower end of placebo"),
        high: values("upper end of placebo"),
    };
    let paths = vec![path("small", Tone::Context, "small"), path("large", Tone::Giants, "large"), difference];
    let band = (at("lower end of the band", 0), at("upper end of the band", 0));
    let title = match (at("difference", 0), band) {
        (Some(gap), (Some(low), Some(high))) if low > 0.0 || high < 0.0 => {
            let word = if gap > 0.0 { "gain on" } else { "lose to" };
            format!("Small caps {word} large, {} on the day of a decision", Unit::FractionPoints.format(gap.abs()))
        }
        (Some(_), _) => "Decision days do not set small caps apart".to_owned(),
        _ => name.to_owned(),
    };
    let n = facts.iter().find(|f| f.label == "events").and_then(|f| f.value).unwrap_or_default();
    let plot = Plot::EventStudy {
        unit: Unit::FractionPoints,
        offsets,
        offsets_name: "sessions from the decision".into(),
        paths,
        placebo: Some(placebo).filter(|b| b.low.iter().any(|v| v.is_finite())),
    };
    Chart::new("rates-events", &title, plot)
        .subtitle(&format!(
            "Mean return by session around {n:.0} FOMC meetings of five years; difference: small less large, with its 95 % band; behind \
             it the band of as many other days"
        ))
        .foot(&c.foot("funds' adjusted closes, FOMC calendar"))
        .method("event_study")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_ordered_by_rate() {
        let mut labels = ["100-125", "25-50", "0-25", "-25-0", "-50--25", "525-550"];
        labels.sort_by(|a, b| upper(a).unwrap().total_cmp(&upper(b).unwrap()));
        assert_eq!(labels, ["-50--25", "-25-0", "0-25", "25-50", "100-125", "525-550"]);
        assert_eq!(
            ["525-550", "-25-0", "-50--25", "9.8125", "0.0000"].map(upper),
            [Some(5.5), Some(0.0), Some(-0.25), Some(9.8125), Some(0.0)]
        );
        assert_eq!([upper(""), upper("ev-en")], [None, None]);
    }

    #[test]
    fn carried_days_are_told() {
        let day = |d| Day::ymd(2023, 11, d);
        assert_eq!(carried(&[]), "");
        assert!(carried(&[day(1)]).contains("on 2023-11-01 a far"));
        assert!(carried(&[day(1), day(2), day(3)]).contains("on 3 sessions from 2023-11-01 to 2023-11-03"));
    }
}
