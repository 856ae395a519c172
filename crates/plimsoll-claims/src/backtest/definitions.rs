//! Series that a strategy defines: sums of returns, bonds of constant maturity; and knowledge that serves them beside what is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, KnowledgeError, Scan};
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::time::{AsOf, Day, Moment};

use super::listed::Listed;

/// What stands before the name of a defined series.
pub const PREFIX: &str = "defined:";

/// How a series of returns or of levels is made from what is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// A stored series of levels: prices adjusted for splits and dividends, or an index.
    Level(String),
    /// The sum of stored series of returns, such as an excess return and the bill rate.
    Returns(Vec<String>),
    /// A par bond of constant maturity, priced each day from its yield in per cent: the return is the day's interest and the change
    /// in price of yesterday's par bond at today's yield (Swinkels 2019, eq. 1, without rolling down).
    Bond {
        /// The series of yields.
        yields: String,
        /// Years to maturity.
        years: f64,
    },
    /// A security of the panel, or a basket of a universe's members: it has returns, and is no series that a signal could name.
    Listed(Listed),
}

impl Definition {
    /// What is listed, if it is that.
    pub fn listed(&self) -> Option<&Listed> {
        match self {
            Definition::Listed(listed) => Some(listed),
            _ => None,
        }
    }
    /// From the text of a strategy: one id, or ids of returns joined by `+`.
    pub fn parse(text: &str) -> Result<Definition, String> {
        let ids: Vec<String> = text.split(" + ").map(|id| id.trim().to_owned()).collect();
        let named = |id: &String| id.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        if let Some(bad) = ids.iter().find(|id| !named(id)) {
            return Err(format!("expected a series id such as `etf:SPY`, or ids of returns joined by ` + `, got `{bad}`"));
        }
        if let Some(bad) = ids.iter().find(|id| id.contains('|')) {
            return Err(format!("`{bad}`: a holding is one series; alternatives joined by `|` are for signals only"));
        }
        let returns = |id: &String| id.starts_with("french:");
        match ids.as_slice() {
            [one] if !returns(one) => Ok(Definition::Level(one.clone())),
            _ if ids.iter().all(returns) => Ok(Definition::Returns(ids)),
            _ => Err(format!("`{text}`: only series of returns (`french:`) can be added")),
        }
    }
    /// Ids of what it is made from.
    pub fn parts(&self) -> Vec<&str> {
        match self {
            Definition::Level(id) => vec![id],
            Definition::Returns(ids) => ids.iter().map(String::as_str).collect(),
            Definition::Bond { yields, .. } => vec![yields],
            Definition::Listed(_) => Vec::new(),
        }
    }
    /// For a person.
    pub fn text(&self) -> String {
        match self {
            Definition::Level(id) => id.clone(),
            Definition::Returns(ids) => ids.join(" + "),
            Definition::Bond { yields, years } => format!("par bond of {years} years priced from {yields}"),
            Definition::Listed(listed) => listed.text(),
        }
    }
}

/// One value of a series as stored.
#[derive(Clone, Copy, Debug)]
struct Row {
    period: i32,
    known_at: i64,
    value: f64,
    quality: u8,
}

/// Knowledge that also serves defined series (as levels, `defined:NAME`), and may be retrospective.
///
/// Retrospective knowledge takes series as they were compiled later, but each value only from the close of the day it is about: prices
/// behind an index of the past were public at their close, although this compilation of them was not. It sees no value about a later
/// day; it does see revisions. Whatever uses it says so.
pub struct Defined<'a> {
    inner: &'a dyn Knowledge,
    definitions: Arc<BTreeMap<String, Definition>>,
    retrospective: bool,
    as_of: AsOf,
}

impl<'a> Defined<'a> {
    /// What `inner` knows, with definitions beside it.
    pub fn new(inner: &'a dyn Knowledge, definitions: BTreeMap<String, Definition>, retrospective: bool) -> Defined<'a> {
        Defined { inner, definitions: Arc::new(definitions), retrospective, as_of: inner.as_of() }
    }
    /// Whether it is retrospective.
    pub fn retrospective(&self) -> bool {
        self.retrospective
    }

    /// Daily returns of a definition as known: ascending days, the return since the day before it in the series.
    pub fn returns(&self, definition: &Definition) -> Result<Vec<(Day, f64)>, KnowledgeError> {
        let rows = self.build(definition)?;
        Ok(match definition {
            // Sums of returns are kept as they are: chaining and dividing again would lose digits.
            Definition::Returns(_) => rows.iter().map(|r| (Day(r.period), r.value)).collect(),
            _ => rows.windows(2).map(|w| (Day(w[1].period), w[1].value / w[0].value - 1.0)).collect(),
        })
    }
    /// The days on which a definition has a value.
    pub fn days(&self, definition: &Definition) -> Result<Vec<Day>, KnowledgeError> {
        Ok(self.build(definition)?.iter().map(|r| Day(r.period)).collect())
    }
    /// The values of a stored series.
    pub fn values(&self, id: &str) -> Result<Vec<(Day, f64, Moment)>, KnowledgeError> {
        Ok(self.stored(id)?.iter().map(|r| (Day(r.period), r.value, Moment(r.known_at))).collect())
    }

    /// Rows of one stored series, by day, values finite.
    fn stored(&self, id: &str) -> Result<Vec<Row>, KnowledgeError> {
        let scan = Scan::all(Dataset::Series).keys([id]);
        let found = self.plain(&scan)?;
        let (value, quality) = (found.f64("value"), found.u8("quality"));
        let row = |i: usize| Row { period: found.period[i], known_at: found.known_at[i], value: value[i], quality: quality[i] };
        let mut rows: Vec<Row> = (0..found.len()).map(row).filter(|r| r.value.is_finite()).collect();
        // Of two sources with one id, one value a day.
        rows.sort_by_key(|r| (r.period, r.known_at));
        rows.dedup_by_key(|r| r.period);
        Ok(rows)
    }

    /// Returns of a sum, levels of everything else.
    fn build(&self, definition: &Definition) -> Result<Vec<Row>, KnowledgeError> {
        match definition {
            Definition::Level(id) => self.stored(id),
            Definition::Returns(ids) => {
                let mut sum = self.stored(&ids[0])?;
                for id in &ids[1..] {
                    let other = self.stored(id)?;
                    let mut at = 0;
                    sum.retain_mut(|row| {
                        while other.get(at).is_some_and(|o| o.period < row.period) {
                            at += 1;
                        }
                        let Some(o) = other.get(at).filter(|o| o.period == row.period) else { return false };
                        row.value += o.value;
                        row.known_at = row.known_at.max(o.known_at);
                        row.quality |= o.quality;
                        true
                    });
                }
                Ok(sum)
            }
            Definition::Bond { yields, years } => {
                let yields = self.stored(yields)?;
                let mut level = 1.0;
                let mut rows = Vec::with_capacity(yields.len());
                for (i, now) in yields.iter().enumerate() {
                    if let Some(before) = i.checked_sub(1).map(|i| yields[i]) {
                        let days = f64::from(now.period - before.period);
                        level *= 1.0 + par_bond_return(before.value / 100.0, now.value / 100.0, *years, days);
                    }
                    rows.push(Row { value: level, ..*now });
                }
                Ok(rows)
            }
            // What is listed is held, not read: see `listed::hold`.
            Definition::Listed(_) => Ok(Vec::new()),
        }
    }

    /// A defined series as levels.
    fn levels(&self, definition: &Definition) -> Result<Vec<Row>, KnowledgeError> {
        let mut rows = self.build(definition)?;
        if matches!(definition, Definition::Returns(_)) {
            let mut level = 1.0;
            for row in &mut rows {
                level *= 1.0 + row.value;
                row.value = level;
            }
        }
        // A level rests on all before it.
        let mut latest = i64::MIN;
        for row in &mut rows {
            latest = latest.max(row.known_at);
            row.known_at = latest;
        }
        Ok(rows)
    }

    /// The rows of stored series (no defined ones) as this knowledge sees them.
    fn plain(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        if !self.retrospective || scan.dataset != Dataset::Series {
            return self.inner.back_to(self.as_of).scan(scan);
        }
        let mut found = self.inner.scan(scan)?;
        let calendar = Calendar::nyse();
        let keep: Vec<usize> = (0..found.len())
            .filter(|&i| {
                let day = Day(found.period[i]);
                let close = if calendar.is_session(day) { calendar.close(day).0 } else { day.at(16, 0).0 };
                found.known_at[i] = found.known_at[i].min(close);
                self.as_of.knows(Moment(found.known_at[i]))
            })
            .collect();
        Ok(found.select(&keep))
    }

    fn definition(&self, key: &str) -> Option<&Definition> {
        self.definitions.get(key.strip_prefix(PREFIX)?)
    }
    /// The scan with defined ids replaced by what they are made from.
    fn underlying(&self, scan: &Scan) -> Scan {
        let mut plain = scan.clone();
        if let Some(keys) = &scan.keys {
            let parts = |k: &String| match self.definition(k) {
                Some(d) => d.parts().into_iter().map(str::to_owned).collect(),
                None => vec![k.clone()],
            };
            plain = plain.keys(keys.iter().flat_map(parts).collect::<BTreeSet<String>>());
        }
        plain
    }
}

/// The return over `days` calendar days of a par bond with semi-annual coupons, bought at the yield `before` and priced at the yield
/// `now`, both decimals a year.
fn par_bond_return(before: f64, now: f64, years: f64, days: f64) -> f64 {
    let interest = before * days / 365.0;
    let price = if now.abs() < 1e-12 {
        1.0 + before * years
    } else {
        let discount = (1.0 + now / 2.0).powf(-2.0 * years);
        before / now * (1.0 - discount) + discount
    };
    interest + price - 1.0
}

impl Knowledge for Defined<'_> {
    fn as_of(&self) -> AsOf {
        self.as_of
    }

    fn scan(&self, scan: &Scan) -> Result<Observations, KnowledgeError> {
        let defined: Vec<(&String, &Definition)> = match (&scan.keys, scan.dataset) {
            (Some(keys), Dataset::Series) => keys.iter().filter_map(|k| Some((k, self.definition(k)?))).collect(),
            _ => Vec::new(),
        };
        if defined.is_empty() {
            return self.plain(scan);
        }
        let others: BTreeSet<String> = scan.keys.iter().flatten().filter(|k| self.definition(k).is_none()).cloned().collect();
        let mut rows: Vec<(String, Row)> = Vec::new();
        if !others.is_empty() {
            let found = self.plain(&Scan { columns: Vec::new(), ..scan.clone() }.keys(others))?;
            let (id, value, quality) = (found.text("series"), found.f64("value"), found.u8("quality"));
            rows.extend((0..found.len()).map(|i| {
                let row = Row { period: found.period[i], known_at: found.known_at[i], value: value[i], quality: quality[i] };
                (id.get(i).to_owned(), row)
            }));
        }
        for (key, definition) in defined {
            let levels = self.levels(definition)?.into_iter().filter(|r| scan.periods.contains(&Day(r.period)));
            rows.extend(levels.map(|r| (key.clone(), r)));
        }
        rows.sort_by(|a, b| (&a.0, a.1.period).cmp(&(&b.0, b.1.period)));
        let names = scan.wanted();
        let columns = names.iter().map(|name| match *name {
            "series" => {
                let mut ids = TextBuilder::default();
                rows.iter().for_each(|(id, _)| ids.push(id));
                Column::Text(ids.finish())
            }
            "value" => Column::F64(rows.iter().map(|r| r.1.value).collect()),
            _ => Column::U8(rows.iter().map(|r| r.1.quality).collect()),
        });
        Ok(Observations {
            dataset: Dataset::Series,
            period: rows.iter().map(|r| r.1.period).collect(),
            known_at: rows.iter().map(|r| r.1.known_at).collect(),
            published_at: None,
            until: None,
            source: None,
            columns: columns.collect(),
            names,
        })
    }

    fn breaks(&self, scan: &Scan, after: Moment) -> Result<Vec<Moment>, KnowledgeError> {
        if self.retrospective && scan.dataset == Dataset::Series {
            return Ok(Vec::new());
        }
        self.inner.back_to(self.as_of).breaks(&self.underlying(scan), after)
    }

    fn back_to(&self, as_of: AsOf) -> Box<dyn Knowledge + '_> {
        Box::new(Defined {
            inner: self.inner,
            definitions: self.definitions.clone(),
            retrospective: self.retrospective,
            as_of: as_of.min(self.as_of),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(Definition::parse("etf:SPY"), Ok(Definition::Level("etf:SPY".into())));
        let sum = Definition::Returns(vec!["french:Mkt-RF".into(), "french:RF".into()]);
        assert_eq!(Definition::parse("french:Mkt-RF + french:RF"), Ok(sum));
        for bad in ["SPY", "", "etf:SPY + etf:IWM", "etf:SPY|etf:VOO", "french:RF + etf:SPY"] {
            assert!(Definition::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_par_bond_at_the_same_yield_earns_its_coupon_and_falls_with_yields() {
        assert!((par_bond_return(0.04, 0.04, 10.0, 365.0) - 0.04).abs() < 1e-15);
        // Ten years at 4 %: modified duration 8.176, so 1 bp costs about 8.17 bp.
        let fall = par_bond_return(0.04, 0.0401, 10.0, 0.0);
        assert!((fall + 8.17e-4).abs() < 1e-6, "{fall}");
        assert!((par_bond_return(0.02, 0.0, 5.0, 0.0) - 0.1).abs() < 1e-12);
    }
}
