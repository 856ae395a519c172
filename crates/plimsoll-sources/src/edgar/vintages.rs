//! From the numbers of one company's filings to rows: of several filings that state the same number the first is kept, a different one
//! later is a row of its own, and what cannot be is flagged by what was known before it.

use plimsoll_model::dataset::{Dataset, quality};
use plimsoll_model::intake::{Defect, Refusal, Severity};
use plimsoll_model::observations::{Column, Observations, TextBuilder, TextColumn};
use plimsoll_model::time::{Day, Moment};
use rustc_hash::FxHashMap;

use super::accession_text;
use super::company::{BALANCE, Company, Number};
use crate::table::refusal;

/// Values that must agree before one is called a slip.
const NEIGHBOURS: usize = 3;
/// How far they may lie apart, largest over smallest.
const AGREE: f64 = 5.0;
/// How far a slip may lie from a thousandfold of their median.
const NEAR: f64 = 3.0;
/// How far a restated number may lie from a thousandfold of the number before it.
const EXACT: f64 = 1.01;

/// Rows of one company and what is to be said of them.
pub(super) struct Settled {
    pub rows: Option<Observations>,
    /// Numbers that repeat what an earlier filing stated.
    pub repeated: u64,
    pub refused: Vec<Refusal>,
    pub defects: Vec<Defect>,
}

/// Settles a company's numbers. `now`: rows known later are refused.
pub(super) fn settle(company: &mut Company<'_>, issuer: &str, origin: &str, now: Moment) -> Settled {
    let mut numbers = std::mem::take(&mut company.numbers);
    numbers.sort_unstable_by_key(|n| (n.concept, n.unit, n.start, n.end, n.known, n.accession, n.row));
    let mut out = Settled { rows: None, repeated: 0, refused: Vec::new(), defects: Vec::new() };
    let mut kept: Vec<Number> = Vec::with_capacity(numbers.len() / 2);
    let mut from = 0;
    for group in numbers.chunk_by(|a, b| (a.concept, a.unit) == (b.concept, b.unit)) {
        let mut slips = Vec::new();
        for vintages in group.chunk_by(|a, b| (a.start, a.end) == (b.start, b.end)) {
            for n in vintages {
                let before = kept[from..].last().filter(|k| (k.start, k.end) == (n.start, n.end)).copied();
                match before {
                    Some(k) if k.value == n.value => out.repeated += 1,
                    Some(k) if k.accession == n.accession => {
                        let name = &company.concepts.get(n.concept).name;
                        let expected =
                            format!("one number of a period in {}, {} there before", accession_text(n.accession), k.value);
                        let got = n.value.to_string();
                        let refused = refusal("duplicate_key", u64::from(n.row), name, &expected, got.as_bytes());
                        out.refused.push(Refusal { period: Some(Day(n.end)), ..refused });
                    }
                    _ if n.known > now.0 => {
                        let name = &company.concepts.get(n.concept).name;
                        let expected = format!("a filing known by {now}");
                        let got = format!("filed {}", Day(n.filed));
                        let refused = refusal("future_dated", u64::from(n.row), name, &expected, got.as_bytes());
                        out.refused.push(Refusal { period: Some(Day(n.end)), ..refused });
                    }
                    _ => {
                        if let Some(k) = before
                            && thousandfold(n.value, k.value, EXACT).is_some()
                        {
                            slips.push((k, *n));
                        }
                        kept.push(*n);
                    }
                }
            }
        }
        let rows = &mut kept[from..];
        signs(company, issuer, rows, &mut out.defects);
        scales(company, issuer, rows, &slips, &mut out.defects);
        from = kept.len();
    }
    if !kept.is_empty() {
        out.rows = Some(rows(company, issuer, origin, &kept));
    }
    out
}

/// The power of a thousand, up or down, that separates two numbers, where one does.
fn thousandfold(value: f64, of: f64, near: f64) -> Option<f64> {
    let ratio = (value / of).abs();
    [1e3, 1e6, 1e-3, 1e-6].into_iter().find(|k| ratio / k <= near && k / ratio <= near)
}

fn span(numbers: &[&Number]) -> (Option<Day>, Option<Day>) {
    let ends = || numbers.iter().map(|n| Day(n.end));
    (ends().min(), ends().max())
}

fn defect(rule: &str, issuer: &str, about: &[&Number], detail: String) -> Defect {
    let (from, to) = span(about);
    let (rule, subject, rows) = (rule.to_owned(), issuer.to_owned(), about.len() as u64);
    Defect { rule, severity: Severity::Warning, subject, from, to, rows, detail }
}

/// A number for a sentence, with where it is from.
fn told(n: &Number) -> String {
    format!("{} to {} in {}", n.value, Day(n.end), accession_text(n.accession))
}

/// Numbers below zero where there can be none: kept and flagged.
fn signs(company: &Company<'_>, issuer: &str, rows: &mut [Number], defects: &mut Vec<Defect>) {
    let Some(concept) = rows.first().map(|n| company.concepts.get(n.concept)).filter(|c| c.never_negative) else { return };
    rows.iter_mut().filter(|n| n.value < 0.0).for_each(|n| n.quality |= quality::SIGN);
    let bad: Vec<&Number> = rows.iter().filter(|n| n.value < 0.0).collect();
    let Some(first) = bad.first() else { return };
    let interest = concept.group == "interest" || concept.name.contains("Interest") || concept.name.ends_with(":FinanceCosts");
    let rule = if interest { "negative_interest" } else { "negative_amount" };
    let detail = format!("{} cannot be below zero: {}", concept.name, told(first));
    defects.push(defect(rule, issuer, &bad, detail));
}

/// Balance, quarter, half year, nine months, year: numbers of one kind are neighbours.
fn class(n: &Number) -> usize {
    match n.end.saturating_sub(n.start.max(-1_000_000)) {
        _ if n.start == BALANCE => 0,
        ..=120 => 1,
        121..=210 => 2,
        211..=300 => 3,
        _ => 4,
    }
}

/// The last values of one kind in the order of filing.
#[derive(Default)]
struct Neighbours {
    last: [f64; NEIGHBOURS + 2],
    held: usize,
    /// The filing of the last slip: a second filing at that scale is a new level, not a slip.
    slipped: Option<(u64, f64)>,
}

impl Neighbours {
    fn median(&self) -> Option<f64> {
        let mut values = self.last;
        let values = &mut values[..self.held];
        values.sort_unstable_by(f64::total_cmp);
        let agree = self.held >= NEIGHBOURS && values[self.held - 1] <= AGREE * values[0];
        agree.then(|| values[self.held / 2])
    }
    fn push(&mut self, value: f64) {
        if self.held == self.last.len() {
            self.last.copy_within(1.., 0);
            self.held -= 1;
        }
        self.last[self.held] = value;
        self.held += 1;
    }
    /// Whether a value is a thousandfold of those before it.
    fn slip(&mut self, n: &Number) -> bool {
        let slip = self.median().and_then(|m| thousandfold(n.value, m, NEAR));
        match (slip, self.slipped) {
            (Some(k), None) => self.slipped = Some((n.accession, k)),
            (Some(k), Some((accession, before))) if accession != n.accession && k == before => {
                *self = Neighbours::default();
                self.push(n.value.abs());
                return false;
            }
            (Some(_), Some(_)) => {}
            (None, _) => {
                self.push(n.value.abs());
                if self.slipped.is_some_and(|(a, _)| a != n.accession) {
                    self.slipped = None;
                }
                return false;
            }
        }
        true
    }
}

/// Numbers a thousand or a million times their neighbours, or what another filing stated of the same period: kept, and flagged where the
/// numbers before them say so.
fn scales(company: &Company<'_>, issuer: &str, rows: &mut [Number], restated: &[(Number, Number)], defects: &mut Vec<Defect>) {
    let Some(first) = rows.first() else { return };
    let concept = company.concepts.get(first.concept);
    let unit = &company.units.all[usize::from(first.unit)];
    let amount = unit == "shares" || (unit.len() == 3 && unit.bytes().all(|b| b.is_ascii_uppercase()));
    if !amount {
        return;
    }
    if concept.steady() {
        flag_scales(rows);
    }
    let flagged: Vec<&Number> = rows.iter().filter(|n| n.quality & quality::SCALE != 0).collect();
    if let Some(first) = flagged.first() {
        let detail = format!(
            "{}: {} is about a thousand or a million times more or less than stated before; kept and flagged",
            concept.name,
            told(first)
        );
        defects.push(defect("scale_slip", issuer, &flagged, detail));
    }
    if let Some((before, after)) = restated.first() {
        let about: Vec<&Number> = restated.iter().map(|(_, n)| n).collect();
        let detail = format!("{}: {}, and {}: one of them is a slip of scale", concept.name, told(before), told(after));
        defects.push(defect("scale_restated", issuer, &about, detail));
    }
}

fn flag_scales(rows: &mut [Number]) {
    let mut order: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].value != 0.0).collect();
    order.sort_unstable_by_key(|&i| (rows[i].known, rows[i].accession, rows[i].end));
    let mut neighbours: [Neighbours; 5] = Default::default();
    for i in order {
        if neighbours[class(&rows[i])].slip(&rows[i]) {
            rows[i].quality |= quality::SCALE;
        }
    }
}

/// Codes by anything that can be looked up.
struct Codes<K> {
    codes: FxHashMap<K, u32>,
    texts: TextBuilder,
}

impl<K: std::hash::Hash + Eq> Codes<K> {
    fn new() -> Codes<K> {
        Codes { codes: FxHashMap::default(), texts: TextBuilder::default() }
    }
    fn push(&mut self, key: K, text: impl FnOnce(&K) -> String) {
        let code = match self.codes.get(&key) {
            Some(code) => *code,
            None => {
                let code = self.texts.code(&text(&key));
                self.codes.insert(key, code);
                code
            }
        };
        self.texts.push_code(code);
    }
    fn column(self) -> Column {
        Column::Text(self.texts.finish())
    }
}

fn rows(company: &Company<'_>, issuer: &str, origin: &str, kept: &[Number]) -> Observations {
    let (mut start, mut accession, mut fiscal) = (Codes::new(), Codes::new(), Codes::new());
    let (mut unit, mut form) = (Codes::new(), Codes::new());
    for n in kept {
        start.push(n.start, |s| if *s == BALANCE { String::new() } else { Day(*s).to_string() });
        accession.push(n.accession, |a| accession_text(*a));
        unit.push(n.unit, |u| company.units.all[usize::from(*u)].clone());
        form.push(n.form, |f| company.forms.all[usize::from(*f)].clone());
        fiscal.push((n.year, n.fiscal_period), |(year, period)| match year {
            0 => String::new(),
            year => format!("{year} {}", company.fiscal_periods.all[usize::from(*period)]).trim_end().to_owned(),
        });
    }
    let concept =
        TextColumn { codes: kept.iter().map(|n| u32::from(n.concept)).collect(), dict: company.concepts.names().clone() };
    let columns = vec![
        Column::Text(TextColumn::constant(issuer, kept.len())),
        Column::Text(concept),
        start.column(),
        unit.column(),
        accession.column(),
        Column::F64(kept.iter().map(|n| n.value).collect()),
        form.column(),
        fiscal.column(),
        Column::Text(TextColumn::constant(origin, kept.len())),
        Column::U8(kept.iter().map(|n| n.quality).collect()),
    ];
    Observations::new(Dataset::Facts, kept.iter().map(|n| n.end).collect(), kept.iter().map(|n| n.known).collect(), columns)
}
