//! One issuer as a page.

use plimsoll_measures::kernels::altman_z::{Form, Zone};
use plimsoll_measures::kernels::ladder::{AFTER_YEARS, Ladder, months_after};
use plimsoll_measures::kernels::statements::{Basis, Item};
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{
    Accession, Chart, Figure, FilingRow, IssuerPage, Level, Part, Plot, Section, Series, TimeMarks, Tone, Unknown,
};

use super::{Profile, stress};
use crate::edition::Publication;

/// What stands out, in one or two sentences.
pub fn finding(p: &Profile) -> String {
    let dollars = |v: f64| Unit::Dollars.format(v);
    let mut out = match p.ladder() {
        Some(l) => {
            let due = l.due_within(p.day, 24);
            let share =
                l.share_within(p.day, 24).map_or_else(String::new, |s| format!(", {} of its debt,", Unit::Fraction.format(s)));
            let against = match p.means.against(24) {
                Some(m) if m > 0.0 => format!(" against {} of cash, undrawn lines and two years of free cash flow", dollars(m)),
                Some(_) => " against nothing: cash is spent within two years at the present rate".to_owned(),
                None => String::new(),
            };
            format!("{}{share} falls due within 24 months{against}.", dollars(due))
        }
        None => format!("When its debt falls due is not known: {}.", p.no_ladder()),
    };
    match p.statements().coverage(Basis::Ttm, p.at) {
        Ok(r) => out.push_str(&format!(" Operating income covers interest {}.", Unit::Multiple.format(r.value))),
        Err(why) => out.push_str(&format!(" Interest coverage is not known: {why}.")),
    }
    out
}

pub(super) fn figure(label: &str, value: Option<f64>, unit: Unit, note: &str) -> Figure {
    Figure { label: label.into(), value, unit, n: None, note: (!note.is_empty()).then(|| note.to_owned()), method: None }
}

/// A ladder as columns: what falls due within 24 months of the day in the strong colour.
pub fn ladder_columns(l: &Ladder, p: &Profile) -> Plot {
    let horizon = months_after(p.day, 24);
    let mut gone = Vec::new();
    let mut near = Vec::new();
    let mut later = Vec::new();
    let mut categories = Vec::new();
    for r in &l.rungs {
        let until = |day: Day| {
            r.by.map_or(0.0, |by| {
                let whole = f64::from(by.0 - r.after.0).max(1.0);
                r.amount * (f64::from(day.min(by).0 - r.after.0) / whole).clamp(0.0, 1.0)
            })
        };
        let (past, soon) = (until(p.day), until(horizon));
        gone.push(past);
        near.push(soon - past);
        later.push(r.amount - soon);
        categories.push(r.by.map_or_else(|| "after".to_owned(), |by| label(by.parts())));
    }
    let mut parts = vec![
        Part { name: format!("due before {}", p.day), tone: Tone::Faint, values: gone },
        Part { name: "within 24 months".into(), tone: Tone::Giants, values: near },
        Part { name: "later".into(), tone: Tone::Rest, values: later },
    ];
    parts.retain(|part| part.values.iter().any(|v| *v > 0.0));
    Plot::Columns { unit: Unit::Dollars, categories, parts, grouped: false }
}

/// `2025` for a year that ends in December, else `to 2025-03`.
fn label((year, month, day): (i16, i8, i8)) -> String {
    match (month, day) {
        (12, _) => format!("{year}"),
        // Years of 52 or 53 weeks may end in the first days of January.
        (1, 1..=7) => format!("{}", year - 1),
        _ => format!("to {year}-{month:02}"),
    }
}

fn maturities(p: &Profile) -> Section {
    let id = "maturities";
    let foot = |l: &Ladder| format!("Source: {}; balance of {}; as known on {}", l.accessions.join(", "), l.balance, p.day);
    let (main, figures, multiples, finding) = match p.ladder() {
        Some(l) => {
            let peak = l.peak().map_or_else(String::new, |r| {
                let by = r.by.map(|b| label(b.parts())).unwrap_or_default();
                format!("The largest step is {} in {by}", Unit::Dollars.format(r.amount))
            });
            let title = if peak.is_empty() { "Nothing falls due within the years stated".to_owned() } else { peak };
            let main = Chart::new("ladder", &title, ladder_columns(l, p))
                .subtitle("Principal of long-term debt by the year in which it falls due")
                .foot(&foot(l));
            let mut figures = vec![
                figure("Debt on the ladder", Some(l.total()), Unit::Dollars, &format!("balance of {}", l.balance)),
                figure("Due within 24 months", Some(l.due_within(p.day, 24)), Unit::Dollars, &format!("after {}", p.day)),
                figure("Share of debt outstanding", l.share_within(p.day, 24), Unit::Fraction, ""),
                figure("Cash and short-term investments", p.means.liquidity, Unit::Dollars, ""),
                figure(
                    "Undrawn credit",
                    p.means.undrawn,
                    Unit::Dollars,
                    if p.means.undrawn.is_some() { "as tagged" } else { "Not tagged in the filings" },
                ),
                figure("Free cash flow, twelve months", p.means.free_cash_flow, Unit::Dollars, ""),
                figure(
                    "Weighted-average maturity",
                    l.weighted_average_maturity(p.day, AFTER_YEARS),
                    Unit::Years,
                    "what lies beyond is spread over five years",
                ),
                figure("Concentration by year", l.concentration(AFTER_YEARS), Unit::Number, "Herfindahl index"),
                figure("Long-term debt less the ladder", l.gap(), Unit::Dollars, "discounts, issue costs, leases"),
            ];
            let mut multiples = Vec::new();
            if let Some(then) = p.reading.as_ref().and_then(|r| r.year_before.as_ref()) {
                multiples.push(
                    Chart::new("ladder-before", "The ladder a year before", ladder_columns(then, p))
                        .subtitle("The same years as stated then")
                        .foot(&foot(then)),
                );
            }
            if let Some(c) = p.change() {
                let note = format!("{}; {} then", c.course.name(), Unit::Years.format(c.then));
                figures.push(figure("Maturity from its balance", Some(c.now), Unit::Years, &note));
            }
            multiples.push(quarters(l, p).foot(&foot(l)));
            let part = if l.nil.is_empty() { "" } else { " Steps that are not stated are nil by the long-term debt." };
            let rest =
                if l.rest_derived { " What lies beyond the last year stated is long-term debt less the steps." } else { "" };
            let finding = format!("{} due on the ladder of {}.{part}{rest}", Unit::Dollars.format(l.total()), l.balance);
            (main, figures, multiples, finding)
        }
        None => {
            let debt = p.means.debt.or(p.reading.as_ref().and_then(|r| r.debt.as_ref()).map(|d| d.1.amount));
            let figures = vec![
                figure("Debt", debt, Unit::Dollars, ""),
                figure("Due within a year by the balance sheet", p.means.current_debt, Unit::Dollars, ""),
                figure("Cash and short-term investments", p.means.liquidity, Unit::Dollars, ""),
            ];
            (
                Chart::absent("ladder", "No maturity ladder", &p.no_ladder()),
                figures,
                Vec::new(),
                format!("{}.", capital(&p.no_ladder())),
            )
        }
    };
    Section {
        id: id.into(),
        title: "Maturities".into(),
        finding,
        main,
        figures,
        multiples,
        wrong: "A ladder is as old as its balance sheet: debt refinanced since then is still on it until the next filing. Within a year debt is \
                taken to fall due evenly, though a bond falls due on one day."
            .into(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

fn quarters(l: &Ladder, p: &Profile) -> Chart {
    let all = l.quarters(p.day, 12);
    let parts = vec![Part { name: "due".into(), tone: Tone::Giants, values: all.iter().map(|q| q.due).collect() }];
    let categories = all.iter().map(|q| format!("{}Q{}", q.year % 100, q.quarter)).collect();
    Chart::new(
        "ladder-quarters",
        "Debt due by calendar quarter",
        Plot::Columns { unit: Unit::Dollars, categories, parts, grouped: false },
    )
    .subtitle("Three years ahead; even within each year of the ladder; the first is the rest of this quarter")
}

/// Fiscal years that a chart shows at most.
const SHOWN: usize = 12;

/// Values by fiscal year, the last [`SHOWN`].
fn by_year(mut all: Vec<(i16, f64)>) -> (Vec<String>, Vec<f64>) {
    let from = all.len().saturating_sub(SHOWN);
    all.drain(..from);
    all.into_iter().map(|(y, v)| (y.to_string(), v)).unzip()
}

fn yearly(id: &str, title: &str, unit: Unit, (all, name): (Vec<(i16, f64)>, &str)) -> Chart {
    let (categories, values) = by_year(all);
    if values.len() < 2 {
        return Chart::absent(id, title, "fewer than two fiscal years are stated");
    }
    let parts = vec![Part { name: name.to_owned(), tone: if id == "coverage" { Tone::Giants } else { Tone::Rest }, values }];
    Chart::new(id, title, Plot::Columns { unit, categories, parts, grouped: false })
}

fn coverage(p: &Profile) -> Section {
    let (s, at) = (p.statements(), p.at);
    let history: Vec<(i16, f64)> = s.coverage_by_year(at).into_iter().filter_map(|(y, r)| Some((y, r.ok()?.value))).collect();
    let below = history.iter().rev().take_while(|(_, v)| *v < 1.0).count();
    let title = match (history.last(), below) {
        (None, _) => "Interest coverage".to_owned(),
        (Some((y, v)), 0) => format!("Operating income covered interest {} in fiscal {y}", Unit::Multiple.format(*v)),
        (Some(_), 1) => "Operating income did not cover interest in the last fiscal year".to_owned(),
        (Some(_), n) => format!("Operating income has not covered interest for {n} fiscal years"),
    };
    let source = format!("Source: filings; as known on {}", p.day);
    let shown = if history.len() > SHOWN { ", the last twelve" } else { "" };
    let years: Vec<i16> = history.iter().map(|h| h.0).collect();
    let paid = years.iter().filter_map(|y| Some((*y, s.effective_rate(Basis::Year(*y), at).ok()?.value))).collect();
    let debt = years.iter().filter_map(|y| Some((*y, s.leverage(Basis::Year(*y), at).ok()?.value))).collect();
    let interest: Vec<(i16, f64)> = s.annual(Item::InterestExpense, at).iter().map(|x| (x.fiscal_year(), x.value)).collect();
    let value = |r: Result<plimsoll_measures::kernels::statements::Ratio, _>| r.map(|r| r.value);
    let of = |label: &str, unit, found: Result<f64, plimsoll_measures::kernels::statements::Absent>| match found {
        Ok(v) => figure(label, Some(v), unit, ""),
        Err(why) => figure(label, None, unit, &why.to_string()),
    };
    let dollars = |r: Result<plimsoll_measures::kernels::statements::Stated, _>| r.map(|r| r.value);
    let finding = match value(s.coverage(Basis::Ttm, at)) {
        Ok(v) if v < 1.0 => {
            format!("Operating income of the past twelve months covers {} of interest.", Unit::Fraction.format(v.max(0.0)))
        }
        Ok(v) => format!("Operating income of the past twelve months covers interest {}.", Unit::Multiple.format(v)),
        Err(why) => format!("Coverage cannot be told: {why}."),
    };
    Section {
        id: "coverage".into(),
        title: "Coverage and cost of debt".into(),
        finding,
        main: yearly("coverage", &title, Unit::Multiple, (history, "coverage"))
            .subtitle(&format!("Operating income over interest expense, by fiscal year{shown}"))
            .foot(&source),
        figures: vec![
            of("Interest coverage", Unit::Multiple, value(s.coverage(Basis::Ttm, at))),
            of("EBIT, twelve months", Unit::Dollars, dollars(s.ebit(Basis::Ttm, at))),
            of("Interest expense, twelve months", Unit::Dollars, dollars(s.ttm(Item::InterestExpense, at))),
            of("Debt", Unit::Dollars, dollars(s.debt(at).map(|d| d.total))),
            of("Debt over EBITDA", Unit::Multiple, value(s.leverage(Basis::Ttm, at))),
            of("Rate paid on average debt", Unit::Fraction, value(s.effective_rate(Basis::Ttm, at))),
        ],
        multiples: vec![
            yearly("rate-paid", "Rate paid on debt", Unit::Fraction, (paid, "rate paid"))
                .subtitle("Interest expense over average debt, by fiscal year")
                .foot(&source),
            yearly("leverage", "Debt over EBITDA", Unit::Multiple, (debt, "debt over EBITDA")).subtitle("By fiscal year").foot(&source),
            yearly("interest", "Interest expense", Unit::Dollars, (interest, "interest")).subtitle("By fiscal year").foot(&source),
        ],
        wrong: "Interest expense is what was booked: capitalised interest and what swaps change are not in it, and debt that reprices \
                tomorrow still pays yesterday's rate."
            .into(),
    }
}

fn default(p: &Profile) -> Section {
    let distance = p.naive.last().map(|n| n.1);
    let zone = |form: Form, z: Option<f64>| match z.map(|z| form.zone(z)) {
        Some(Zone::Distress) => "distress",
        Some(Zone::Grey) => "grey zone",
        Some(Zone::Safe) => "safe",
        None => "an account is missing",
    };
    let main = if p.naive.len() >= 2 {
        let (days, values) = p.naive.iter().copied().unzip();
        let title = match distance {
            Some(d) if d < 1.0 => "Its assets stand less than one standard deviation above its debt",
            Some(d) if d < 2.0 => "Its assets stand less than two standard deviations above its debt",
            _ => "Its assets stand well above its debt",
        };
        let plot = Plot::Lines {
            unit: Unit::Number,
            series: vec![Series::new("naive", Tone::Giants, days, values)],
            levels: vec![Level { value: 1.0, label: "one deviation".into() }],
            extremes: Vec::new(),
            time: TimeMarks::default(),
        };
        Chart::new("distance", title, plot)
            .subtitle("Naive distance to default, standard deviations; today's debt and number of shares")
            .foot(&format!("Source: closes and filings; as known on {}", p.day))
    } else {
        Chart::absent("distance", "Distance to default", &p.no_default())
    };
    let [z, double] = p.altman;
    Section {
        id: "default".into(),
        title: "Default measures".into(),
        finding: match distance {
            Some(d) => format!("The naive distance to default is {} standard deviations.", Unit::Number.format(d)),
            None => format!("Distance to default cannot be told: {}.", p.no_default()),
        },
        main,
        figures: vec![
            figure("Capitalisation", p.cap, Unit::Dollars, ""),
            figure("Distance to default, naive", distance, Unit::Number, "Bharath and Shumway 2008"),
            figure("Distance to default, Merton", p.merton.map(|m| m.distance), Unit::Number, "iterated; needs a riskless rate"),
            figure("Volatility of assets", p.merton.map(|m| m.volatility), Unit::Fraction, ""),
            figure("Altman Z", z, Unit::Number, zone(Form::Z, z)),
            figure("Altman Z\u{2033}", double, Unit::Number, zone(Form::ZDoublePrime, double)),
        ],
        multiples: Vec::new(),
        wrong: "Distances hold a normal distribution and a debt due in one year; they rank firms better than they price them."
            .into(),
    }
}

/// Where a filing can be read.
pub fn address(id: &str, accession: &str) -> Option<String> {
    let cik: u64 = id.strip_prefix("cik:")?.parse().ok()?;
    let plain: String = accession.chars().filter(char::is_ascii_digit).collect();
    (plain.len() == 18).then(|| format!("https://www.sec.gov/Archives/edgar/data/{cik}/{plain}/{accession}-index.htm"))
}

fn filings(p: &Profile) -> Vec<FilingRow> {
    let known = p.cut.filings.get(&p.id).map(|all| plimsoll_model::facts::filed(all, p.cut.as_of.moment()));
    let facts = || p.cut.facts.issuer_concepts(p.issuer).flat_map(|(_, f)| f);
    let mut rows: Vec<FilingRow> = p
        .filings()
        .into_iter()
        .map(|(number, what)| {
            let filed = known.as_ref().and_then(|all| all.iter().find(|f| f.accession == number));
            let fact = facts().find(|f| p.cut.facts.accession(f) == number);
            let form = filed.map(|f| f.form.clone()).or_else(|| fact.map(|f| p.cut.facts.form(f).to_owned())).unwrap_or_default();
            let known = filed.map(|f| f.known_at).or(fact.map(|f| f.known_at));
            FilingRow {
                accession: Accession { url: address(&p.id, &number), number },
                form,
                what: what.join(", "),
                known: known.map(|m| m.day().to_string()).unwrap_or_default(),
            }
        })
        .collect();
    rows.sort_by(|a, b| b.known.cmp(&a.known).then(a.accession.number.cmp(&b.accession.number)));
    rows
}

fn missing(p: &Profile) -> Vec<Unknown> {
    let row = |what: String, detail: String| Unknown { what, detail, amount: None, unit: Unit::Count };
    let mut out: Vec<Unknown> = p
        .lines()
        .into_iter()
        .filter(|l| {
            l.value.is_none() && (l.part != "stress" || p.stress.is_err()) && (l.part != "zombie" || p.zombie.found.is_err())
        })
        .map(|l| row(capital(&l.item), format!("{}.", capital(&l.note))))
        .collect();
    let partial = p.reading.iter().flat_map(|r| &r.partial).take(3);
    out.extend(partial.map(|x| row("A partial ladder".into(), format!("{}.", x.explain()))));
    if p.means.undrawn.is_none() {
        out.push(row("Undrawn credit".into(), "Not tagged within the past 400 days: counted as none against the wall.".into()));
    }
    out
}

/// The page.
pub fn build(p: &Profile, publication: &Publication) -> IssuerPage {
    IssuerPage {
        name: p.name.clone(),
        symbol: p.symbol.clone(),
        id: p.id.clone(),
        industry: p.industry.clone(),
        as_of: p.cut.as_of,
        as_of_text: format!("{}, end of day in New York", p.day),
        publisher: publication.publisher(),
        finding: finding(p),
        sections: vec![maturities(p), coverage(p), stress::section(p), default(p)],
        outcomes: p.stress.as_ref().map_or_else(|_| Vec::new(), |s| s.rows(p.day)),
        zombies: p.zombie.rows(),
        zombies_of: p.zombie.says(),
        filings: filings(p),
        missing: missing(p),
        reproduce: format!("plimsoll issuer {} --as-of {} -o issuer.html", p.symbol, p.cut.as_of),
    }
}
