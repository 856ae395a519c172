//! What issuers stated in their filings, cut: every vintage known, laid out by issuer and concept.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::observations::{Observations, TextColumn};
use crate::time::{Day, Moment};

/// One number that an issuer stated in one filing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fact {
    /// First day of the period; `None` for a balance.
    pub start: Option<Day>,
    /// Last day of the period, or the day of the balance.
    pub end: Day,
    /// The number as stated, in [`Facts::unit`].
    pub value: f64,
    /// When it could first be used.
    pub known_at: Moment,
    /// See [`Facts::accession`].
    pub accession: u32,
    /// See [`Facts::unit`].
    pub unit: u16,
    /// See [`Facts::form`].
    pub form: u16,
    /// See [`Facts::origin`].
    pub origin: u16,
    /// Quality flags.
    pub quality: u8,
}

impl Fact {
    /// Days of the period, both ends counted; `None` for a balance.
    pub fn days(&self) -> Option<i32> {
        self.start.map(|s| self.end.0 - s.0 + 1)
    }
}

/// Numbers by issuer and concept. All vintages are kept, so that one cut serves every earlier day: use [`known`].
#[derive(Clone, Debug, Default)]
pub struct Facts {
    issuers: Vec<String>,
    concepts: Vec<String>,
    /// Positions in `concepts`: long names with one beginning are slow to search.
    concept_at: FxHashMap<String, u32>,
    accessions: Vec<String>,
    units: Vec<String>,
    forms: Vec<String>,
    origins: Vec<String>,
    /// By issuer, concept: where its rows are.
    ranges: Vec<((u32, u32), Range<usize>)>,
    rows: Vec<Fact>,
}

/// Texts of a column that occur, sorted, and the number of each code among them.
fn sorted(column: &TextColumn, keep: &[usize]) -> (Vec<String>, Vec<u32>) {
    let used: BTreeSet<&str> = keep.iter().map(|&i| column.get(i)).collect();
    let texts: Vec<String> = used.iter().map(|t| (*t).to_owned()).collect();
    let map = column.dict.iter().map(|t| texts.binary_search(t).map_or(u32::MAX, |i| i as u32)).collect();
    (texts, map)
}

/// A day as YYYY-MM-DD.
fn day(text: &str) -> Option<Day> {
    text.parse::<jiff::civil::Date>().ok().map(Day::from_civil)
}

impl Facts {
    /// Lays out rows of [`crate::dataset::Dataset::Facts`] whose concept is wanted. Rows without a finite value are left out.
    pub fn lay_out(rows: &Observations, wanted: &BTreeSet<String>) -> Facts {
        let (issuer, concept, start) = (rows.text("issuer"), rows.text("concept"), rows.text("start"));
        let (unit, accession) = (rows.text("unit"), rows.text("accession"));
        let (form, origin, value) = (rows.text("form"), rows.text("origin"), rows.f64("value"));
        let quality = rows.u8("quality");
        let taken: Vec<bool> = concept.dict.iter().map(|c| wanted.contains(c)).collect();
        let keep: Vec<usize> = (0..rows.len()).filter(|&i| taken[concept.codes[i] as usize] && value[i].is_finite()).collect();
        let (issuers, issuer_at) = sorted(issuer, &keep);
        let (concepts, concept_at) = sorted(concept, &keep);
        let (accessions, accession_at) = sorted(accession, &keep);
        let (units, unit_at) = sorted(unit, &keep);
        let (forms, form_at) = sorted(form, &keep);
        let (origins, origin_at) = sorted(origin, &keep);
        let starts: Vec<Option<Day>> = start.dict.iter().map(|t| day(t)).collect();
        let of = |i: usize| {
            let fact = Fact {
                start: starts[start.codes[i] as usize],
                end: Day(rows.period[i]),
                value: value[i],
                known_at: Moment(rows.known_at[i]),
                accession: accession_at[accession.codes[i] as usize],
                unit: unit_at[unit.codes[i] as usize] as u16,
                form: form_at[form.codes[i] as usize] as u16,
                origin: origin_at[origin.codes[i] as usize] as u16,
                quality: quality[i],
            };
            ((issuer_at[issuer.codes[i] as usize], concept_at[concept.codes[i] as usize]), fact)
        };
        let mut all: Vec<((u32, u32), Fact)> = keep.into_iter().map(of).collect();
        let order = |f: &Fact| (f.end, f.start, f.unit, f.known_at, f.accession, f.origin);
        all.sort_unstable_by_key(|a| (a.0, order(&a.1)));
        let mut ranges: Vec<((u32, u32), Range<usize>)> = Vec::new();
        for (i, (key, _)) in all.iter().enumerate() {
            match ranges.last_mut() {
                Some((last, range)) if last == key => range.end = i + 1,
                _ => ranges.push((*key, i..i + 1)),
            }
        }
        let rows = all.into_iter().map(|(_, f)| f).collect();
        let concept_at = concepts.iter().zip(0..).map(|(c, at)| (c.clone(), at)).collect();
        Facts { issuers, concepts, concept_at, accessions, units, forms, origins, ranges, rows }
    }

    /// Ids of the issuers with at least one number, ascending; positions in it name issuers elsewhere.
    pub fn issuers(&self) -> &[String] {
        &self.issuers
    }
    /// Position of an issuer by id.
    pub fn issuer(&self, id: &str) -> Option<usize> {
        self.issuers.binary_search_by(|i| i.as_str().cmp(id)).ok()
    }
    /// Concepts of which there is at least one number, ascending.
    pub fn concepts(&self) -> &[String] {
        &self.concepts
    }
    /// Numbers of one issuer and concept, every vintage, by end, start, unit, then by when they were known.
    pub fn of(&self, issuer: usize, concept: &str) -> &[Fact] {
        let Some(&concept) = self.concept_at.get(concept) else { return &[] };
        let key = (issuer as u32, concept);
        match self.ranges.binary_search_by(|(k, _)| k.cmp(&key)) {
            Ok(i) => &self.rows[self.ranges[i].1.clone()],
            Err(_) => &[],
        }
    }
    /// Everything of one issuer: concept and its numbers.
    pub fn issuer_concepts(&self, issuer: usize) -> impl Iterator<Item = (&str, &[Fact])> {
        let from = self.ranges.partition_point(|(k, _)| (k.0 as usize) < issuer);
        let to = self.ranges.partition_point(|(k, _)| (k.0 as usize) <= issuer);
        self.ranges[from..to].iter().map(|(k, r)| (self.concepts[k.1 as usize].as_str(), &self.rows[r.clone()]))
    }
    /// The accession number of the filing that stated it.
    pub fn accession(&self, fact: &Fact) -> &str {
        &self.accessions[fact.accession as usize]
    }
    /// Units that occur, ascending.
    pub fn units(&self) -> &[String] {
        &self.units
    }
    /// The unit.
    pub fn unit(&self, fact: &Fact) -> &str {
        &self.units[fact.unit as usize]
    }
    /// The form of the filing.
    pub fn form(&self, fact: &Fact) -> &str {
        &self.forms[fact.form as usize]
    }
    /// Which publication brought it.
    pub fn origin(&self, fact: &Fact) -> &str {
        &self.origins[fact.origin as usize]
    }
    /// How many numbers.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
    /// Whether there is no number.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// Moments at which anything became known, ascending, without repetition: between two of them nothing changes.
    pub fn moments(&self, issuer: usize) -> Vec<Moment> {
        let all: BTreeSet<Moment> = self.issuer_concepts(issuer).flat_map(|(_, f)| f.iter().map(|f| f.known_at)).collect();
        all.into_iter().collect()
    }
}

/// Of the rows of one issuer and concept as [`Facts::of`] gives them, the vintage in force at a moment for each period and unit: the
/// last one known by then.
pub fn known(facts: &[Fact], at: Moment) -> impl Iterator<Item = &Fact> {
    facts
        .chunk_by(|a, b| (a.end, a.start, a.unit) == (b.end, b.start, b.unit))
        .filter_map(move |vintages| vintages[..vintages.partition_point(|f| f.known_at <= at)].last())
}

/// A filing, cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The last day of the period reported on, or the day of filing.
    pub period: Day,
    /// Accession number.
    pub accession: String,
    /// Form.
    pub form: String,
    /// Items of a current report.
    pub items: String,
    /// When it was accepted; of a later description of the same filing, when that became known.
    pub known_at: Moment,
}

/// Filings by issuer id, every vintage, in the order in which they became known: use [`filed`].
pub fn filings(rows: &Observations) -> BTreeMap<String, Vec<Filing>> {
    let (issuer, accession) = (rows.text("issuer"), rows.text("accession"));
    let (form, items) = (rows.text("form"), rows.text("items"));
    let mut out: BTreeMap<String, Vec<Filing>> = BTreeMap::new();
    for i in 0..rows.len() {
        out.entry(issuer.get(i).to_owned()).or_default().push(Filing {
            period: Day(rows.period[i]),
            accession: accession.get(i).to_owned(),
            form: form.get(i).to_owned(),
            items: items.get(i).to_owned(),
            known_at: Moment(rows.known_at[i]),
        });
    }
    let order = |f: &Filing| (f.known_at, f.accession.clone(), f.form.clone(), f.items.clone(), f.period);
    out.values_mut().for_each(|of_issuer| of_issuer.sort_by_key(order));
    out
}

/// Of the filings of one issuer as [`filings`] gives them, those known at a moment, in the order in which they became known, each once:
/// known since the first publication that told of it, described by the last known.
pub fn filed(filings: &[Filing], at: Moment) -> Vec<Filing> {
    let mut out: Vec<Filing> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for f in filings.iter().take_while(|f| f.known_at <= at) {
        match place.get(f.accession.as_str()) {
            Some(&k) => {
                let items = if f.items.is_empty() { &out[k].items } else { &f.items }.clone();
                out[k] = Filing { known_at: out[k].known_at, items, ..f.clone() };
            }
            None => {
                place.insert(&f.accession, out.len());
                out.push(f.clone());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Dataset;
    use crate::observations::Column;

    type Row<'a> = (&'a str, &'a str, &'a str, Day, f64, &'a str, i64);

    fn facts(rows: &[Row<'_>]) -> Observations {
        let text = |of: &dyn Fn(&Row<'_>) -> String| Column::Text(rows.iter().map(of).collect());
        let columns = vec![
            text(&|r| r.0.into()),
            text(&|r| r.1.into()),
            text(&|r| r.2.into()),
            text(&|_| "USD".into()),
            text(&|r| r.5.into()),
            Column::F64(rows.iter().map(|r| r.4).collect()),
            text(&|_| "10-K".into()),
            text(&|_| String::new()),
            text(&|_| "edgar".into()),
            Column::U8(vec![0; rows.len()]),
        ];
        Observations::new(Dataset::Facts, rows.iter().map(|r| r.3.0).collect(), rows.iter().map(|r| r.6).collect(), columns)
    }

    #[test]
    fn the_vintage_in_force_is_the_last_known() {
        let end = Day::ymd(2022, 12, 31);
        let rows = facts(&[
            ("cik:2", "us-gaap:Revenues", "2022-01-01", end, 110.0, "b", 20),
            ("cik:2", "us-gaap:Revenues", "2022-01-01", end, 100.0, "a", 10),
            ("cik:2", "us-gaap:Revenues", "2022-10-01", end, 30.0, "a", 10),
            ("cik:1", "us-gaap:Assets", "", end, 7.0, "c", 15),
            ("cik:1", "us-gaap:Liabilities", "", end, f64::NAN, "c", 15),
        ]);
        let wanted = ["us-gaap:Revenues", "us-gaap:Assets", "us-gaap:Liabilities"].map(str::to_owned).into_iter().collect();
        let laid = Facts::lay_out(&rows, &wanted);
        assert_eq!(laid.issuers(), ["cik:1", "cik:2"]);
        assert_eq!(laid.len(), 4);
        let revenue = laid.of(laid.issuer("cik:2").unwrap(), "us-gaap:Revenues");
        let values = |at: i64| known(revenue, Moment(at)).map(|f| (f.days().unwrap(), f.value)).collect::<Vec<_>>();
        assert_eq!(values(9), []);
        assert_eq!(values(10), [(365, 100.0), (92, 30.0)]);
        assert_eq!(values(20), [(365, 110.0), (92, 30.0)]);
        assert_eq!(laid.accession(known(revenue, Moment(20)).next().unwrap()), "b");
        assert_eq!(laid.of(0, "us-gaap:Assets")[0].start, None);
        assert_eq!(laid.moments(1), [Moment(10), Moment(20)]);
    }
}
