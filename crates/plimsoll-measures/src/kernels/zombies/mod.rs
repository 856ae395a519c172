//! Zombies: issuers that do not earn their interest and go on, under each published definition.
//!
//! One definition is one file, a function from an issuer's fiscal years (with the sample's yearly medians) to a judgement of each year.
//! What all share is here: the years as known at a moment, the medians of the sample, entry, exit and reason.
//!
//! Fiscal years are those that annual reports state, as restated last by then. A year is judged only from itself and years before it.

mod bis_broad;
mod bis_narrow;
mod fed_2021;
mod two_year;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use plimsoll_model::facts::known;
use plimsoll_model::panel::position;
use plimsoll_model::time::{Day, Moment};

use super::issuers::{Holder, Issuers, Tracks};
use super::statements::{Item, NEAR, STALE_DAYS, Stated, Statements, fiscal_year};

/// Items that definitions rest on.
pub const ITEMS: &[Item] = &[
    Item::Revenue,
    Item::OperatingIncome,
    Item::PretaxIncome,
    Item::InterestExpense,
    Item::TotalDebt,
    Item::Assets,
    Item::Liabilities,
];

/// Filers had to state machine-readable numbers, the smallest ones last, for periods that ended after this day (Securities and Exchange
/// Commission, release 33-9002, 2009): statements that begin before say nothing of an issuer's age.
const PHASED_IN: Day = Day(15_140);

/// Sessions between a fiscal year's end and the last capitalisation taken for it.
const CAP_DAYS: i32 = 10;

/// Tobin's q is taken for fiscal years that ended this many days before the last at most: five years.
const Q_DAYS: i32 = 4 * 366 + 10;

/// A published definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Definition {
    /// Coverage below one for three years in a row, and old enough.
    BisBroad,
    /// The same, and Tobin's q below the sector's median of the year.
    BisNarrow,
    /// Leverage above the median of the year, coverage below one, and sales that fell in real terms over three years.
    Fed2021,
    /// Coverage below one and Tobin's q below the sector's median for two years; out after two years without.
    TwoYear,
}

impl Definition {
    /// Every definition.
    pub const ALL: &[Definition] = &[Definition::BisBroad, Definition::BisNarrow, Definition::Fed2021, Definition::TwoYear];
    /// Their names.
    pub const NAMES: &[&str] = &["bis_broad", "bis_narrow", "fed_2021", "two_year"];

    /// The machine name.
    pub fn name(self) -> &'static str {
        Definition::NAMES[self as usize]
    }
    /// By machine name.
    pub fn by_name(name: &str) -> Option<Definition> {
        Definition::ALL.iter().copied().find(|d| d.name() == name)
    }
    /// Whether it needs capitalisations.
    pub fn needs_q(self) -> bool {
        matches!(self, Definition::BisNarrow | Definition::TwoYear)
    }
    /// A judgement of the last year: the last that [`Self::judge`] gives.
    pub fn judge_last(self, years: &[Year], sample: &Sample) -> Option<Judged> {
        let last = years.len().checked_sub(1)?;
        match self {
            Definition::BisBroad => Some(bis_broad::one(years, last, sample)),
            Definition::BisNarrow => Some(bis_narrow::one(years, last, sample)),
            Definition::Fed2021 => Some(fed_2021::one(years, last, sample)),
            // What it is depends on what it was.
            Definition::TwoYear => two_year::judge(years, sample).pop(),
        }
    }
    /// A judgement of each year.
    pub fn judge(self, years: &[Year], sample: &Sample) -> Vec<Judged> {
        match self {
            Definition::BisBroad => bis_broad::judge(years, sample),
            Definition::BisNarrow => bis_narrow::judge(years, sample),
            Definition::Fed2021 => fed_2021::judge(years, sample),
            Definition::TwoYear => two_year::judge(years, sample),
        }
    }
}

/// A fiscal year of one issuer, as known at a moment. Amounts in the unit of the filing; `None` where not stated.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// The fiscal year.
    pub year: i16,
    /// Its last day.
    pub end: Day,
    /// When the last of its numbers became known.
    pub known_at: Moment,
    /// EBIT.
    pub ebit: Option<f64>,
    /// Interest expense.
    pub interest: Option<f64>,
    /// Revenue.
    pub sales: Option<f64>,
    /// Debt over assets.
    pub leverage: Option<f64>,
    /// Tobin's q: capitalisation and liabilities over assets.
    pub q: Option<f64>,
}

impl Year {
    /// EBIT over interest expense, where there is any.
    pub fn coverage(&self) -> Option<f64> {
        self.interest.filter(|i| *i > 0.0).and_then(|i| self.ebit.map(|e| e / i))
    }
}

/// The years of one issuer, as known at a moment.
#[derive(Clone, Debug)]
pub struct Years {
    /// Ascending.
    pub years: Vec<Year>,
    /// Whether the last is recent enough to speak of now.
    pub fresh: bool,
    /// Whether borrowing and lending is its business.
    pub financial: bool,
    /// The sector whose median counts: the first two digits of the classification code, else the sector by name.
    pub sector: String,
    /// Total assets of the last year.
    pub assets: Option<f64>,
    /// The end of the first period stated in machine-readable filings themselves (a vendor's files begin when the vendor began).
    pub filed_since: Option<Day>,
}

/// Medians of a sample, and what a definition takes as given.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Median leverage by fiscal year.
    pub leverage: BTreeMap<i16, f64>,
    /// Median Tobin's q by fiscal year and sector.
    pub q: BTreeMap<(i16, String), f64>,
    /// The price level by day, ascending, for real growth; empty for nominal.
    pub prices: Vec<(Day, f64)>,
    /// The sector of the issuer judged.
    pub sector: String,
    /// See [`Years::filed_since`]; of the issuer judged.
    pub filed_since: Option<Day>,
    /// The least age in years.
    pub age: i32,
    /// Whether an issuer of unknown age counts as old.
    pub unknown_is_old: bool,
}

/// Why a year is judged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Every condition holds.
    All,
    /// It was a zombie, and what would end that has not lasted.
    NotYetOut,
    /// It earns its interest, or did in one of the years that count.
    Earns,
    /// It has no interest expense.
    NoInterest,
    /// It is too young.
    Young,
    /// The market values it above the sector's median.
    Valued,
    /// Its leverage is not above the median.
    LowLeverage,
    /// Its sales grew.
    Grows,
    /// Not enough years are known.
    FewYears,
    /// A number that is needed is not stated.
    NotStated,
    /// No capitalisation is known.
    NoValue,
}

impl Reason {
    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Reason::All => "every condition holds",
            Reason::NotYetOut => "was one, and has not been out long enough",
            Reason::Earns => "earns its interest",
            Reason::NoInterest => "no interest expense",
            Reason::Young => "too young",
            Reason::Valued => "valued above its sector's median",
            Reason::LowLeverage => "leverage not above the median",
            Reason::Grows => "sales grew",
            Reason::FewYears => "too few fiscal years known",
            Reason::NotStated => "operating income or sales not stated",
            Reason::NoValue => "no capitalisation known",
        }
    }
}

/// A judgement of one year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Whether it is a zombie; `None` where that cannot be told.
    pub zombie: Option<bool>,
    /// Why.
    pub reason: Reason,
}

impl Judged {
    fn yes() -> Judged {
        Judged { zombie: Some(true), reason: Reason::All }
    }
    fn no(reason: Reason) -> Judged {
        Judged { zombie: Some(false), reason }
    }
    fn unknown(reason: Reason) -> Judged {
        Judged { zombie: None, reason }
    }
}

/// A stretch of years as a zombie.
#[derive(Clone, Debug, PartialEq)]
pub struct Spell {
    /// The first fiscal year of it.
    pub first: i16,
    /// When the filing that made it one became known.
    pub entered: Moment,
    /// The first fiscal year after it, when that became known, and why it ended; `None` while it lasts or where nothing more is filed.
    pub exit: Option<(i16, Moment, Reason)>,
}

/// Stretches as a zombie, ascending.
pub fn spells(years: &[Year], judged: &[Judged]) -> Vec<Spell> {
    let mut out: Vec<Spell> = Vec::new();
    let mut open = false;
    for (year, j) in years.iter().zip(judged) {
        match (open, j.zombie) {
            (false, Some(true)) => {
                out.push(Spell { first: year.year, entered: year.known_at, exit: None });
                open = true;
            }
            (true, Some(false)) => {
                out.last_mut().expect("a spell is open").exit = Some((year.year, year.known_at, j.reason));
                open = false;
            }
            _ => {}
        }
    }
    out
}

/// Whether `years[k]` and the `n - 1` before it are consecutive, and where they begin.
fn run(years: &[Year], k: usize, n: usize) -> Option<usize> {
    let first = (k + 1).checked_sub(n)?;
    let follow = |w: &[Year]| w[1].year == w[0].year + 1;
    years[first..=k].windows(2).all(follow).then_some(first)
}

/// Whether coverage is below one in the `n` years to `k`: no where it is not in one of them, unknown where a year is missing.
fn unprofitable(years: &[Year], k: usize, n: usize) -> Judged {
    let y = &years[k];
    let of = |y: &Year| match (y.ebit, y.coverage()) {
        (None, _) => Judged::unknown(Reason::NotStated),
        (_, None) => Judged::no(Reason::NoInterest),
        (_, Some(c)) if c < 1.0 => Judged::yes(),
        _ => Judged::no(Reason::Earns),
    };
    // The year itself decides alone where it earns its interest.
    let now = of(y);
    if now.zombie == Some(false) {
        return now;
    }
    let Some(first) = run(years, k, n) else { return Judged::unknown(Reason::FewYears) };
    let mut worst = now;
    for y in &years[first..k] {
        match of(y) {
            no if no.zombie == Some(false) => return no,
            unknown if unknown.zombie.is_none() => worst = unknown,
            _ => {}
        }
    }
    worst
}

/// Whether an issuer is at least `age` years old at the end of a year: its statements, or its own filings, begin that long before. `None`
/// where they begin later but might have begun earlier, before filers had to state machine-readable numbers or a vendor took notice.
fn old_enough(years: &[Year], k: usize, sample: &Sample) -> Option<bool> {
    let first = years.first()?.end.min(sample.filed_since.unwrap_or(Day(i32::MAX)));
    // A year that is stated began a year before its end.
    let lived = f64::from(years[k].end.0 - first.0) / 365.25 + 1.0;
    if lived + 0.05 >= f64::from(sample.age) {
        return Some(true);
    }
    sample.filed_since.filter(|first| *first > PHASED_IN).map(|_| false)
}

/// Whether Tobin's q is below the median of the sector in the year.
fn undervalued(year: &Year, sample: &Sample) -> Judged {
    match (year.q, sample.q.get(&(year.year, sample.sector.clone()))) {
        (Some(q), Some(median)) if q < *median => Judged::yes(),
        (Some(_), Some(_)) => Judged::no(Reason::Valued),
        _ => Judged::unknown(Reason::NoValue),
    }
}

/// The fiscal years an issuer states, as known at a moment, without Tobin's q.
pub fn years(s: &Statements<'_>, at: Moment) -> Vec<Year> {
    let same = |list: &[Stated], end: Day| list.iter().find(|x| (x.end.0 - end.0).abs() <= NEAR).cloned();
    let (ebit, pretax) = (s.annual(Item::OperatingIncome, at), s.annual(Item::PretaxIncome, at));
    let (interest, sales) = (s.annual(Item::InterestExpense, at), s.annual(Item::Revenue, at));
    let mut ends: Vec<Day> = ebit.iter().chain(&pretax).chain(&sales).map(|x| x.end).collect();
    ends.sort_unstable();
    ends.dedup_by(|b, a| b.0 - a.0 <= NEAR);
    let mut out: Vec<Year> = Vec::with_capacity(ends.len());
    for end in ends {
        let paid = same(&interest, end);
        let earned = same(&ebit, end).or_else(|| {
            let (income, paid) = (same(&pretax, end)?, paid.as_ref()?);
            Some(Stated { value: income.value + paid.value, known_at: income.known_at.max(paid.known_at), ..income })
        });
        let (sold, debt, assets) = (same(&sales, end), s.debt_on(end, at), s.balance_on(Item::Assets, end, at));
        let known_at = [&paid, &earned, &sold, &debt, &assets].into_iter().flatten().map(|x| x.known_at).max();
        let leverage = debt.and_then(|d| assets.map(|a| d.value / a.value)).filter(|l| l.is_finite() && *l >= 0.0);
        let year = fiscal_year(end);
        // Two years with one name (a fiscal year's end that moved): the later counts.
        if out.last().is_some_and(|y| y.year == year) {
            out.pop();
        }
        out.push(Year {
            year,
            end,
            known_at: known_at.unwrap_or(at),
            ebit: earned.map(|x| x.value),
            interest: paid.map(|x| x.value),
            sales: sold.map(|x| x.value),
            leverage,
            q: None,
        });
    }
    out
}

/// The years of every holder on the sessions `days`, computed once a cut. A cut reaches further back than what is asked of it; filings
/// that were replaced before the first session asked are not laid out.
pub fn tracks(issuers: &Issuers<'_>, days: Range<usize>) -> Arc<Tracks<Years>> {
    issuers.cut.memo(&issuers.key("fiscal_years", format!("{}..{}", days.start, days.end)), || {
        let mut asked = issuers.clone();
        asked.holders = Arc::new(within(&issuers.holders, &days));
        Tracks::of(&asked, |holder: &Holder, s: &Statements<'_>, t, at: Moment| {
            let mut years = years(s, at);
            let last = years.last().map(|y| y.end);
            // What a status rests on must not depend on how far back prices were read.
            for year in years.iter_mut().filter(|y| last.is_some_and(|last| last.0 - y.end.0 <= Q_DAYS)) {
                year.q = tobin(issuers, holder, s, year, t, at);
            }
            let assets = last.and_then(|end| s.balance_on(Item::Assets, end, at)).map(|a| a.value);
            let first = |concept: &str| known(issuers.cut.facts.of(s.issuer, concept), at).map(|f| f.end).min();
            let code = issuers.description(holder, at).map(|d| d.sic.clone()).filter(|c| c.len() >= 2);
            let found = Years {
                fresh: last.is_some_and(|end| at.day().0 - end.0 <= STALE_DAYS),
                financial: issuers.is_financial(holder, at),
                sector: code.map_or_else(|| issuers.sector(holder, at), |c| c[..2].to_owned()),
                years,
                assets,
                filed_since: ["us-gaap:Assets", "ifrs-full:Assets"].into_iter().filter_map(first).min(),
            };
            (found, last.map(|end| end.plus(STALE_DAYS)))
        })
    })
}

/// The holders in their order, their membership cut to some sessions.
fn within(holders: &[Holder], days: &Range<usize>) -> Vec<Holder> {
    let clip = |s: &Range<usize>| s.start.max(days.start)..s.end.min(days.end);
    let mut out = holders.to_vec();
    out.iter_mut().for_each(|h| h.stretches = h.stretches.iter().map(clip).filter(|s| s.start < s.end).collect());
    out
}

/// Tobin's q of a year: capitalisation at its end and liabilities, over assets. Classes that each carry the whole company's
/// capitalisation count once. `None` before prices begin.
fn tobin(issuers: &Issuers<'_>, holder: &Holder, s: &Statements<'_>, year: &Year, t: usize, at: Moment) -> Option<f64> {
    const SAME_CAP: f64 = 1.15;
    let sessions = &issuers.cut.sessions;
    let k = position(sessions, year.end.plus(1)).checked_sub(1).filter(|k| year.end.0 - sessions[*k].0 <= CAP_DAYS && *k <= t)?;
    let mut cap: f64 = 0.0;
    for i in holder.securities_at(at) {
        let one = issuers.cut.panel.cap.at(i, k);
        if one.is_finite() {
            let repeated = cap > 0.0 && (cap / one).max(one / cap) <= SAME_CAP;
            cap = if repeated { cap.max(one) } else { cap + one };
        }
    }
    let (assets, owed) = (s.balance_on(Item::Assets, year.end, at)?.value, s.balance_on(Item::Liabilities, year.end, at)?.value);
    (cap > 0.0 && assets > 0.0).then(|| (cap + owed) / assets)
}

/// Medians of a sample by fiscal year, those that a definition asks for.
pub fn medians<'a>(members: impl Iterator<Item = &'a Years>, definition: Definition) -> Sample {
    let (with_leverage, with_q) = (definition == Definition::Fed2021, definition.needs_q());
    if !with_leverage && !with_q {
        return Sample::default();
    }
    let mut leverage: BTreeMap<i16, Vec<f64>> = BTreeMap::new();
    let mut q: BTreeMap<(i16, &str), Vec<f64>> = BTreeMap::new();
    for m in members {
        for y in &m.years {
            if let Some(l) = y.leverage.filter(|_| with_leverage) {
                leverage.entry(y.year).or_default().push(l);
            }
            if let Some(value) = y.q.filter(|_| with_q) {
                q.entry((y.year, &m.sector)).or_default().push(value);
            }
        }
    }
    let middle = |mut v: Vec<f64>| {
        v.sort_by(f64::total_cmp);
        (v[(v.len() - 1) / 2] + v[v.len() / 2]) / 2.0
    };
    Sample {
        leverage: leverage.into_iter().map(|(y, v)| (y, middle(v))).collect(),
        q: q.into_iter().map(|((y, s), v)| ((y, s.to_owned()), middle(v))).collect(),
        ..Sample::default()
    }
}

#[cfg(test)]
mod tests;
