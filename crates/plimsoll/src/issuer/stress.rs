//! Refinancing stress of one issuer: its course under each scenario and the fan of paths about the priced one.

use plimsoll_measures::kernels::ladder::{Book, months_after};
use plimsoll_measures::kernels::statements::Statements;
use plimsoll_measures::kernels::stress::fan::{CoverageFan, coverage_fan};
use plimsoll_measures::kernels::stress::frontier::{BreakEven, Frontier, Grid, LatestCut, break_even};
use plimsoll_measures::kernels::stress::scenario::NAMES;
use plimsoll_measures::kernels::stress::standing::{Profile as Source, Standing, WithoutLadder};
use plimsoll_measures::kernels::stress::{
    Assumptions, Conditions, Course, Paths, Policy, QUARTERS, Scenario, Terms, follow, market,
};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::{Day, Moment};
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Band, Chart, Dash, Figure, Level, Plot, ScenarioRow, Section, Series, TimeMarks, Tone, Weight};

use super::Profile;
use super::page::figure;
use crate::edition::casualties::{REST_YEARS, outcome, title};
use crate::edition::scenarios::DRAW;

/// Quantiles of the fan: the outer pair, the inner pair, the middle.
const QUANTILES: [f64; 5] = [0.05, 0.95, 0.25, 0.75, 0.5];

/// One issuer under stress.
pub struct Stress {
    /// Laid out for the quarters.
    pub terms: Terms,
    /// What markets said.
    pub conditions: Conditions,
    /// Where its maturities are from.
    pub source: Source,
    /// Its course under each scenario, in the order of the names.
    pub courses: Vec<(Scenario, Course)>,
    /// Coverage along random paths about the priced one.
    pub fan: Option<CoverageFan>,
}

impl Stress {
    /// The stress of an issuer by what it states, or why there is none.
    ///
    /// # Errors
    /// In words: the path of rates, or a figure that is needed, is not known.
    pub fn of(
        cut: &Cut,
        statements: &Statements<'_>,
        (issuer, at, day): (usize, Moment, Day),
        cap: Option<f64>,
    ) -> Result<Stress, String> {
        let (conditions, _) = market::conditions(cut, day).map_err(|why| format!("the path of rates is not known: {why}"))?;
        let standing = Standing::of(statements, at).map_err(|why| why.words().to_owned())?;
        let book = Book::of(cut);
        let without = WithoutLadder::BalanceSheet { rest_years: REST_YEARS };
        // The number that names it in the stress of a universe, so that its own shocks are the same in both.
        let key = plimsoll_measures::kernels::stress::roll::key(&cut.facts.issuers()[issuer]);
        let (mut borrower, source) =
            standing.borrower(key, day, book.ladder(issuer, day).ok(), without).map_err(|why| why.words().to_owned())?;
        borrower.market_cap = cap;
        let a = Assumptions::default();
        let terms = Terms::new(&borrower, &a, &conditions).map_err(|why| format!("its figures cannot be laid out: {why}"))?;
        let course = |s: Scenario| {
            let course = follow(&terms, &s.path(&conditions, &s.assumptions(&a)), 0);
            (s, course)
        };
        let courses: Vec<(Scenario, Course)> = NAMES.iter().filter_map(|n| Scenario::named(n)).map(course).collect();
        let fan = courses.first().and_then(|(s, _)| coverage_fan(&terms, &Paths::draw(s, &conditions, &a, DRAW), &QUANTILES));
        Ok(Stress { terms, conditions, source, courses, fan })
    }

    /// The probability of running out of cash within three years, about the priced path.
    pub fn short(&self) -> Option<f64> {
        self.fan.as_ref().map(|f| f.short as f64 / f.paths as f64)
    }

    /// The dearest rate at which its debt can be refinanced.
    pub fn break_even(&self) -> BreakEven {
        break_even(&self.terms, &self.courses[0].0)
    }

    /// The latest first cut of three points in total that saves it.
    pub fn latest_cut(&self) -> LatestCut {
        let grid = Grid::default();
        let last = grid.totals.len() - 1;
        let held = Scenario::of("held", Policy::Hold);
        let map = Frontier::map(std::slice::from_ref(&self.terms), &held, &self.conditions, &Assumptions::default(), grid);
        map.latest_cut(0, last)
    }

    /// One row a scenario.
    pub fn rows(&self, day: Day) -> Vec<ScenarioRow> {
        let row = |(s, c): &(Scenario, Course)| {
            let end = c.shortfall.map_or(QUARTERS, |(q, _)| q + 1);
            let lowest = c.quarters[..end].iter().filter_map(|q| q.coverage).reduce(f64::min);
            ScenarioRow {
                name: title(&s.name),
                says: s.says.clone(),
                outcome: outcome(c, day),
                lowest,
                coverage: c.quarters[QUARTERS - 1].coverage.filter(|_| c.shortfall.is_none()),
                cash: Some(c.quarters[end - 1].cash),
            }
        };
        self.courses.iter().map(row).collect()
    }
}

/// A break-even rate in words, with its number where there is one.
pub fn break_even_words(found: BreakEven) -> (Option<f64>, &'static str) {
    match found {
        BreakEven::Never => (None, "it runs short even at no interest"),
        BreakEven::Rate(r) => (Some(100.0 * r), "spread included; above it cash runs out within three years"),
        BreakEven::Always => (None, "it survives any rate up to 100 % a year"),
    }
}

/// The latest cut in words.
pub fn latest_words(found: LatestCut) -> String {
    match found {
        LatestCut::NotSaved => "no cut saves it, however early".into(),
        LatestCut::Quarter(q) => format!("cuts of three points must begin by quarter {}", q + 1),
        LatestCut::NoneNeeded => "it survives without any cut".into(),
    }
}

/// The section; what is lacking where it cannot be run.
pub fn section(p: &Profile) -> Section {
    let name = "Coverage ahead";
    let stress = match &p.stress {
        Ok(stress) => stress,
        Err(why) => {
            return Section {
                id: "stress".into(),
                title: "Refinancing stress".into(),
                finding: format!("Refinancing cannot be stressed: {why}."),
                main: Chart::absent("fan", name, why),
                figures: Vec::new(),
                multiples: Vec::new(),
                wrong: String::new(),
            };
        }
    };
    let fails: Vec<String> =
        stress.courses.iter().filter(|(_, c)| c.shortfall.is_some()).map(|(s, _)| title(&s.name).to_lowercase()).collect();
    let odds = stress.short().map_or_else(String::new, |v| {
        format!(" On random paths about the priced one it does so in {} of the cases.", Unit::Fraction.format(v))
    });
    let finding = match fails.len() {
        0 => format!("It does not run out of cash within three years under any of the scenarios.{odds}"),
        n if n == stress.courses.len() => format!("It runs out of cash within three years under every scenario.{odds}"),
        n => format!(
            "It runs out of cash within three years under {n} of {} scenarios: {}.{odds}",
            stress.courses.len(),
            fails.join(", ")
        ),
    };
    let (rate, rate_note) = break_even_words(stress.break_even());
    let t = &stress.terms;
    let figures = vec![
        figure(
            "Probability of a shortfall within three years",
            stress.short(),
            Unit::Fraction,
            &format!("{} paths about the priced one, seed {}", DRAW.paths, DRAW.seed),
        ),
        figure("Dearest rate it survives", rate, Unit::PercentPerYear, rate_note),
        figure("Latest cut that saves it", None, Unit::Number, &latest_words(stress.latest_cut())),
        figure(
            "Debt under stress",
            Some(t.debt),
            Unit::Dollars,
            match stress.source {
                Source::Ladder => "falls due as on its ladder",
                Source::BalanceSheet => "no ladder: current debt within a year, the rest evenly over five years",
            },
        ),
        figure("Falls due within three years", Some(t.due.iter().sum()), Unit::Dollars, ""),
        figure("Cash above what must stay", Some(t.cash), Unit::Dollars, ""),
    ];
    Section {
        id: "stress".into(),
        title: "Refinancing stress".into(),
        finding,
        main: fan(p, stress),
        figures: figures.into_iter().filter(|f| f.label != "Latest cut that saves it" || f.note.is_some()).collect(),
        multiples: vec![cash(p, stress)],
        wrong: "Cash flow of the past year stands for the next three; what the company could sell, issue or cut is left out. The scenarios \
                are stylised. A ladder is as old as its balance sheet."
            .into(),
    }
}

/// The day and the ends of the quarters ahead.
fn ends(day: Day) -> Vec<Day> {
    (0..=QUARTERS as i32).map(|q| months_after(day, 3 * q)).collect()
}

/// Tones and dashes of the scenarios, in the order of the names.
const STYLES: [(Tone, Dash); 5] = [
    (Tone::Rest, Dash::Solid),
    (Tone::Context, Dash::Dashed),
    (Tone::Whole, Dash::Solid),
    (Tone::Context, Dash::Solid),
    (Tone::Giants, Dash::Solid),
];

/// One line a scenario from what holds on the day, which ends where cash runs out.
fn lines(
    stress: &Stress,
    day: Day,
    now: Option<f64>,
    of: impl Fn(&plimsoll_measures::kernels::stress::course::Moment) -> Option<f64>,
) -> Vec<Series> {
    stress
        .courses
        .iter()
        .zip(STYLES)
        .map(|((s, c), (tone, dash))| {
            let end = c.shortfall.map_or(QUARTERS, |(q, _)| q + 1);
            let ahead = (0..QUARTERS).map(|q| if q < end { of(&c.quarters[q]) } else { None });
            let values = [now].into_iter().chain(ahead).map(|v| v.unwrap_or(f64::NAN)).collect();
            let line = Series::new(&title(&s.name), tone, ends(day), values).dash(dash);
            if s.name == "priced" { line.weight(Weight::Heavy) } else { line }
        })
        .collect()
}

fn fan(p: &Profile, stress: &Stress) -> Chart {
    let name = "Coverage ahead";
    let t = &stress.terms;
    let now = (t.past_interest > 0.0).then(|| t.past_ebit / t.past_interest);
    let series = lines(stress, p.day, now, |m| m.coverage);
    if series.iter().all(|s| s.line.values.iter().all(|v| v.is_nan())) {
        return Chart::absent("fan", name, "it pays no interest");
    }
    // A path without interest has no bound: the fan is drawn where every quantile has one.
    let fan = stress.fan.as_ref().filter(|f| f.quantiles.iter().flatten().all(|v| v.is_finite()));
    // Every path begins where it stands now.
    let edge = |k: usize| {
        let ahead = fan?.quantiles.iter().map(|q| q[k]);
        Some([now?].into_iter().chain(ahead).collect::<Vec<f64>>())
    };
    let band = |label: &str, low: usize, high: usize| Some(Band { label: label.into(), low: edge(low)?, high: edge(high)? });
    let bands: Vec<Band> =
        [band("5th to 95th percentile of random paths about the priced one", 0, 1), band("25th to 75th percentile", 2, 3)]
            .into_iter()
            .flatten()
            .collect();
    let days = if bands.is_empty() { Vec::new() } else { ends(p.day) };
    let priced = &stress.courses[0].1;
    let heading = match (priced.shortfall, priced.quarters[QUARTERS - 1].coverage) {
        (Some((q, why)), _) => format!("At priced rates cash runs out in quarter {}: {}", q + 1, why.words()),
        (None, Some(c)) if c < 1.0 => {
            format!("At priced rates it covers {} of its interest in three years", Unit::Fraction.format(c.max(0.0)))
        }
        (None, Some(c)) => format!("At priced rates it covers its interest {} in three years", Unit::Multiple.format(c)),
        (None, None) => name.to_owned(),
    };
    let plot = Plot::Fan {
        unit: Unit::Multiple,
        days,
        bands,
        series,
        levels: vec![Level { value: 1.0, label: "earns its interest".into() }],
        time: TimeMarks::default(),
    };
    Chart::new("fan", &heading, plot)
        .subtitle("EBIT over interest of four quarters, quarters ahead; a line ends where cash runs out")
        .foot(&format!("Source: filings, 30-day fed funds futures, spreads by coverage; as known on {}", p.day))
}

fn cash(p: &Profile, stress: &Stress) -> Chart {
    let plot = Plot::Lines {
        unit: Unit::Dollars,
        series: lines(stress, p.day, Some(stress.terms.cash), |m| Some(m.cash)),
        levels: vec![Level { value: 0.0, label: "nothing left".into() }],
        extremes: Vec::new(),
        time: TimeMarks::default(),
    };
    Chart::new("cash", "Cash ahead", plot)
        .subtitle("Cash above what must stay, quarters ahead")
        .foot(&format!("Source: filings, 30-day fed funds futures; as known on {}", p.day))
}

/// A figure for the table: name, value, unit, note.
pub fn lines_of(stress: &Stress, day: Day) -> Vec<(String, Option<f64>, Unit, String)> {
    let (rate, note) = break_even_words(stress.break_even());
    let row = |r: ScenarioRow| {
        let word = format!("{:?}", r.outcome.kind).to_lowercase();
        let when = r.outcome.when.map(|w| format!(", {w}")).unwrap_or_default();
        (r.name, r.coverage, Unit::Multiple, format!("{word}{when}; coverage in three years"))
    };
    let mut out: Vec<_> = stress.rows(day).into_iter().map(row).collect();
    let figure = |f: Figure| (f.label, f.value, f.unit, f.note.unwrap_or_default());
    out.push(figure(self::figure(
        "probability of a shortfall",
        stress.short(),
        Unit::Fraction,
        "within three years, Monte Carlo about the priced path",
    )));
    out.push(figure(self::figure("dearest rate it survives", rate, Unit::PercentPerYear, note)));
    out.push(figure(self::figure("latest cut that saves it", None, Unit::Number, &latest_words(stress.latest_cut()))));
    out
}
