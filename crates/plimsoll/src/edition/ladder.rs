//! The section on maturities: when the debt of small and large companies falls due, and what they have against it.

use plimsoll_measures::Scope;
use plimsoll_measures::kernels::issuers::Issuers;
use plimsoll_measures::kernels::ladder::{AFTER_YEARS, Book};
use plimsoll_measures::kernels::wall::{self, Wall, wall_within};
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Chart, Figure, Part, Plot, Section, Tone};

/// Fewer issuers with a ladder than these draw no picture of a group.
const FEWEST: usize = 10;
/// Calendar years ahead.
const YEARS: i16 = 5;

/// What the section is read from.
pub fn needs(scope: &Scope) -> Needs {
    let concepts = plimsoll_measures::kernels::statements::concepts(wall::ITEMS);
    let ladders = plimsoll_measures::kernels::ladder::concepts();
    Needs::default().facts(concepts).facts(ladders).facts([wall::UNDRAWN]).universe(&small(scope)).universe(&large(scope))
}

fn small(scope: &Scope) -> String {
    scope.universes.get("small").cloned().unwrap_or_else(|| "russell2000".into())
}

fn large(scope: &Scope) -> String {
    scope.universes.get("large").cloned().unwrap_or_else(|| "sp500".into())
}

/// Shares of a group's debt by calendar year, the rest of this one first, and what comes after.
fn by_year(wall: &Wall<'_>, day: Day) -> Vec<f64> {
    let (year, _, _) = day.parts();
    let end = |k: i16| Day::ymd(year + k, 12, 31);
    let all = wall.outstanding();
    let mut out: Vec<f64> = (0..YEARS)
        .map(|k| {
            let from = if k == 0 { day } else { end(k - 1) };
            wall.parts.iter().map(|p| p.ladder.due(from, end(k))).sum::<f64>() / all
        })
        .collect();
    out.push((1.0 - out.iter().sum::<f64>()).max(0.0));
    out
}

/// The section from a cut that holds [`needs`].
pub fn section(cut: &Cut, scope: &Scope) -> Section {
    let (small_name, large_name) = (small(scope), large(scope));
    let walls = cut.last().map(|t| {
        let book = Book::of(cut);
        let wall = |name: &str| -> Result<(usize, Vec<f64>, Figures), String> {
            let issuers = Issuers::named(cut, name, false).map_err(|e| e.to_string())?;
            let wall = wall_within(&issuers, &book, (24, "exclude"), t);
            let day = cut.sessions[t];
            Ok((wall.parts.len(), by_year(&wall, day), Figures::of(&issuers, &wall, day)))
        };
        (cut.sessions[t], wall(&small_name), wall(&large_name))
    });
    let Some((day, small, large)) = walls else {
        return blank("No session is known.");
    };
    let (small, large) = match (small, large) {
        (Ok(small), large) => (small, large.ok()),
        (Err(why), _) => return blank(&format!("Maturities cannot be shown: {why}.")),
    };
    let foot = format!("Source: maturities as tagged in filings; as known on {day}; without financial issuers");
    let (year, _, _) = day.parts();
    let mut categories: Vec<String> =
        (0..YEARS).map(|k| if k == 0 { format!("rest of {year}") } else { (year + k).to_string() }).collect();
    categories.push("later".into());
    let mut parts = Vec::new();
    if let Some((n, values, _)) = large.as_ref().filter(|l| l.0 >= FEWEST) {
        parts.push(Part { name: format!("large, n = {n}"), tone: Tone::Giants, values: values.clone() });
    }
    if small.0 >= FEWEST {
        parts.push(Part { name: format!("small, n = {}", small.0), tone: Tone::Rest, values: small.1.clone() });
    }
    let f = &small.2;
    let main = if parts.is_empty() {
        let why = format!("Only {} small companies state a whole ladder known by {day}: too few to speak for the group", small.0);
        Chart::absent("maturity-ladder", "When debt falls due", &why)
    } else {
        let title = format!(
            "{} of small companies' debt falls due within 24 months",
            f.share.map_or("–".into(), |s| Unit::Fraction.format(s))
        );
        Chart::new("maturity-ladder", &title, Plot::Columns { unit: Unit::Fraction, categories, parts, grouped: true })
            .subtitle("Share of long-term debt by the calendar year in which it falls due")
            .foot(&foot)
    };
    let top = if f.debtors.is_empty() {
        Chart::absent("maturity-debtors", "Largest debts due", "no small company states a whole ladder")
    } else {
        let (categories, values) = f.debtors.iter().cloned().unzip();
        let parts = vec![Part { name: "due".into(), tone: Tone::Rest, values }];
        Chart::new(
            "maturity-debtors",
            "Largest debts due within 24 months",
            Plot::Columns { unit: Unit::Dollars, categories, parts, grouped: false },
        )
        .subtitle("Small companies, dollars")
        .foot(&foot)
    };
    Section {
        id: "maturities".into(),
        title: "Maturities".into(),
        finding: format!(
            "Of {} small companies that owe anything or publish no statement, {} state when it falls due: {} of the debt known.",
            small.0 + f.without,
            small.0,
            f.coverage.map_or("none".into(), |c| Unit::Fraction.format(c))
        ),
        main,
        figures: f.list(large.as_ref().map(|l| &l.2)),
        multiples: vec![top],
        wrong: "Who states maturities in tagged form is not a random draw: what the others owe is counted, but when it falls due is not known. Debt \
                refinanced since the last balance is still on its ladder."
            .into(),
    }
}

fn blank(reason: &str) -> Section {
    Section {
        id: "maturities".into(),
        title: "Maturities".into(),
        finding: reason.to_owned(),
        main: Chart::absent("maturity-ladder", "When debt falls due", reason),
        figures: Vec::new(),
        multiples: Vec::new(),
        wrong: String::new(),
    }
}

/// Figures of a group.
struct Figures {
    share: Option<f64>,
    due: f64,
    short: Option<(f64, usize)>,
    maturity: Option<f64>,
    coverage: Option<f64>,
    unseen: f64,
    without: usize,
    apart: (usize, f64),
    debtors: Vec<(String, f64)>,
}

impl Figures {
    fn of(issuers: &Issuers<'_>, wall: &Wall<'_>, day: Day) -> Figures {
        let enough = wall.parts.len() >= FEWEST;
        let all = wall.outstanding();
        let known: Vec<bool> = wall.parts.iter().filter_map(|p| Some(p.due > p.means.against(24)?)).collect();
        let mean: f64 =
            wall.parts.iter().filter_map(|p| Some(p.ladder.weighted_average_maturity(day, AFTER_YEARS)? * p.outstanding)).sum();
        let mut order: Vec<_> = wall.parts.iter().filter(|p| p.due > 0.0).collect();
        order.sort_by(|a, b| b.due.total_cmp(&a.due).then(a.holder.cmp(&b.holder)));
        Figures {
            share: enough.then(|| wall.due() / all),
            due: wall.due(),
            short: (known.len() >= FEWEST)
                .then(|| (known.iter().filter(|s| **s).count() as f64 / known.len() as f64, known.len())),
            maturity: enough.then(|| mean / all),
            coverage: wall.coverage(),
            unseen: wall.unseen(),
            without: wall.absent.len(),
            apart: (wall.apart.len(), wall.apart.iter().fold(0.0, |sum, p| sum + p.due)),
            debtors: order.iter().take(8).map(|p| (issuers.holders[p.holder].label.clone(), p.due)).collect(),
        }
    }

    fn list(&self, large: Option<&Figures>) -> Vec<Figure> {
        let figure = |label: &str, value: Option<f64>, unit, note: String| Figure {
            label: label.into(),
            value,
            unit,
            n: None,
            note: (!note.is_empty()).then_some(note),
            method: None,
        };
        let few = || format!("fewer than {FEWEST} issuers");
        let beside = |value: Option<f64>, unit: Unit| match value {
            Some(v) => format!("large: {}", unit.format(v)),
            None => String::new(),
        };
        let note = |own: Option<f64>, other: Option<f64>, unit| if own.is_some() { beside(other, unit) } else { few() };
        vec![
            figure("Due within 24 months", Some(self.due), Unit::Dollars, "on the ladders of small companies".into()),
            figure(
                "Share of their debt",
                self.share,
                Unit::Fraction,
                note(self.share, large.and_then(|l| l.share), Unit::Fraction),
            ),
            figure(
                "Issuers that cannot pay it",
                self.short.map(|s| s.0),
                Unit::Fraction,
                self.short.map_or_else(few, |s| format!("from cash, lines and two years of free cash flow; n = {}", s.1)),
            ),
            figure(
                "Weighted-average maturity",
                self.maturity,
                Unit::Years,
                note(self.maturity, large.and_then(|l| l.maturity), Unit::Years),
            ),
            figure(
                "Debt known on ladders",
                self.coverage,
                Unit::Fraction,
                beside(large.and_then(|l| l.coverage), Unit::Fraction),
            ),
            figure("Debt without a ladder", Some(self.unseen), Unit::Dollars, format!("{} members", self.without)),
            figure("Due by financial issuers, apart", Some(self.apart.1), Unit::Dollars, format!("{} issuers", self.apart.0)),
        ]
    }
}
