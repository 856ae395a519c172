//! The debt section: who does not earn its interest, how many are zombies under whose definition, small against large.

use plimsoll_measures::measures::interest_coverage::{Spread, spread};
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Distribution, Figure, Level, Part, Plot, Section, Tone, Weight};

use super::Context;
use super::beside::Wanted;
use crate::failure::Failure;

/// Bins of interest coverage; the outer ones are open.
const BINS: &[f64] = &[f64::NEG_INFINITY, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, f64::INFINITY];

/// A share of fewer issuers is not shown: the first years of statements hold a handful.
const FEWEST: usize = 30;

/// Asks what the section shows.
pub fn ask(wanted: &mut Wanted<'_>) -> Result<(), Failure> {
    wanted.ask("below.small", "interest_coverage_below", &[("universe", "small")])?;
    wanted.ask("below.large", "interest_coverage_below", &[("universe", "large")])?;
    wanted.ask_last("coverage.small", "median_coverage", &[("universe", "small")])?;
    wanted.ask_last("coverage.large", "median_coverage", &[("universe", "large")])?;
    wanted.ask_last("leverage.small", "median_leverage", &[("universe", "small")])?;
    wanted.ask_last("leverage.large", "median_leverage", &[("universe", "large")])?;
    wanted.ask_last("rate.small", "effective_rate_paid", &[("universe", "small")])?;
    wanted.ask_last("rate.large", "effective_rate_paid", &[("universe", "large")])?;
    wanted.ask("zombies.small", "zombie_share", &[("universe", "small")])?;
    wanted.ask("zombies.large", "zombie_share", &[("universe", "large")])?;
    wanted.ask("zombies.fed.small", "zombie_share", &[("universe", "small"), ("definition", "fed_2021")])?;
    wanted.ask_last("zombies.years", "zombie_share", &[("universe", "filers"), ("by", "year")])?;
    wanted.ask_last("zombies.fed.years", "zombie_share", &[("universe", "filers"), ("definition", "fed_2021"), ("by", "year")])
}

/// The section.
pub fn section(c: &Context<'_>) -> Section {
    Section {
        id: "debt".into(),
        title: "Debt".into(),
        finding: finding(c),
        main: distribution(c),
        figures: figures(c),
        multiples: multiples(c),
        wrong: "Operating income leaves out what is earned outside operations, and one year's loss is no verdict on a young company: a third of \
                small caps without earnings includes biotechnology that lives on equity. Where a source states interest net of interest \
                income, holders of cash drop out. Members without statements are left out of both numbers. The first years of which statements are \
                held cannot show three in a row, so the first shares by fiscal year are too low."
            .into(),
    }
}

fn finding(c: &Context<'_>) -> String {
    match (c.beside.value("below.small"), c.beside.value("below.large")) {
        (Some(_), Some(_)) => format!(
            "{} of small caps with interest expense do not earn it, against {} of large caps; the median small cap earns its interest {}, the \
             median large cap {}.",
            c.text("below.small"),
            c.text("below.large"),
            c.text("coverage.small"),
            c.text("coverage.large"),
        ),
        _ => "Debt cannot be measured from what the store holds: it needs filings.".into(),
    }
}

fn figures(c: &Context<'_>) -> Vec<Figure> {
    vec![
        c.figure("below.small", "Small caps that do not earn their interest", "EBIT below interest expense"),
        c.figure("below.large", "Large caps that do not earn their interest", "EBIT below interest expense"),
        c.figure("coverage.small", "Median interest coverage, small caps", ""),
        c.figure("coverage.large", "Median interest coverage, large caps", ""),
        c.figure("leverage.small", "Median debt to EBITDA, small caps with debt", "no EBITDA counts as the most leveraged"),
        c.figure("leverage.large", "Median debt to EBITDA, large caps with debt", "no EBITDA counts as the most leveraged"),
        c.figure("rate.small", "Rate paid, small caps", "interest expense over average debt, summed"),
        c.figure("rate.large", "Rate paid, large caps", "interest expense over average debt, summed"),
        c.figure("zombies.small", "Zombies among small caps", "BIS broad: three years, ten years old"),
        c.figure("zombies.fed.small", "Zombies among small caps", "Federal Reserve 2021"),
    ]
}

fn multiples(c: &Context<'_>) -> Vec<Chart> {
    vec![zombies_by_year(c), not_earning(c), zombies(c)]
}

/// Coverage of small and large over the same bins.
fn distribution(c: &Context<'_>) -> Chart {
    let title = "Small caps live closer to their interest";
    let groups = [("coverage.small", "Small caps", Tone::Rest), ("coverage.large", "Large caps", Tone::Whole)];
    let of = |(key, name, tone): (&str, &str, Tone)| {
        let Spread { shares, n, median } = c.beside.ask_cut(key, |cut, params, day| spread(cut, params, day, BINS))??;
        Some(Distribution { name: name.into(), tone, shares, n: n as u64, median: Some(median) })
    };
    let groups: Vec<Distribution> = groups.into_iter().filter_map(of).collect();
    if groups.is_empty() {
        let reason = c.beside.reason("coverage.small").unwrap_or_else(|| "no issuer has a coverage".into());
        return Chart::absent("debt-coverage", title, &reason);
    }
    let levels = vec![Level { value: 1.0, label: "earns its interest".into() }];
    Chart::new("debt-coverage", title, Plot::Histogram { unit: Unit::Multiple, edges: BINS.to_vec(), groups, levels })
        .subtitle("Share of issuers by interest coverage, past twelve months or last fiscal year")
        .foot(&c.foot("filings, membership lists"))
        .method("median_coverage")
}

fn not_earning(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("below.small", "Small caps", Tone::Rest).weight(Weight::Heavy),
        c.series("below.large", "Large caps", Tone::Whole),
    ];
    c.lines("debt-below", "Issuers that do not earn their interest", series, "below.small")
        .subtitle("Share with interest coverage below one")
        .foot(&c.foot("filings, membership lists"))
}

fn zombies(c: &Context<'_>) -> Chart {
    let series = vec![
        c.series("zombies.small", "Small, BIS broad", Tone::Rest).weight(Weight::Heavy),
        c.series("zombies.fed.small", "Small, Federal Reserve", Tone::Rest),
        c.series("zombies.large", "Large, BIS broad", Tone::Whole),
    ];
    c.lines("debt-zombies", "Zombies, by whose definition", series, "zombies.small")
        .subtitle("Share of members that can be judged, last fiscal year known")
        .foot(&c.foot("filings, membership lists"))
}

/// Zombies among all issuers by fiscal year and definition.
fn zombies_by_year(c: &Context<'_>) -> Chart {
    let title = "Zombies by fiscal year";
    let of = |key: &str| -> Vec<(i16, f64)> {
        let year = |label: &str| label.strip_prefix("fiscal ").and_then(|y| y.parse().ok());
        let counted = |note: &str| note.strip_prefix("n ").and_then(|n| n.parse::<usize>().ok()).unwrap_or(0);
        let all = c.beside.evidence(key);
        all.iter().filter(|f| counted(&f.note) >= FEWEST).filter_map(|f| Some((year(&f.label)?, f.value?))).collect()
    };
    let (broad, fed) = (of("zombies.years"), of("zombies.fed.years"));
    let years: Vec<i16> = broad.iter().map(|b| b.0).filter(|y| fed.iter().any(|f| f.0 == *y)).collect();
    if years.is_empty() {
        let reason = c.beside.reason("zombies.years").unwrap_or_else(|| "too few fiscal years are known".into());
        return Chart::absent("debt-zombies-years", title, &reason);
    }
    let values = |list: &[(i16, f64)]| {
        years.iter().map(|y| list.iter().find(|l| l.0 == *y).map_or(f64::NAN, |l| l.1)).collect::<Vec<f64>>()
    };
    let parts = vec![
        Part { name: "BIS broad".into(), tone: Tone::Rest, values: values(&broad) },
        Part { name: "Federal Reserve 2021".into(), tone: Tone::Whole, values: values(&fed) },
    ];
    let categories = years.iter().map(|y| format!("{:02}", y % 100)).collect();
    Chart::new("debt-zombies-years", title, Plot::Columns { unit: Unit::Fraction, categories, parts, grouped: true })
        .subtitle("Share of issuers that can be judged, every issuer with statements, as known on the day")
        .foot(&c.foot("filings"))
        .method("zombie_share")
}
