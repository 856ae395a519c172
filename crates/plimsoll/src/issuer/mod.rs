//! What is known of one issuer, gathered for a table or a page.

pub mod page;
pub mod stress;
pub mod zombie;

use std::collections::BTreeMap;

use plimsoll_measures::kernels::altman_z::{Accounts, Form, altman_z};
use plimsoll_measures::kernels::default_risk::{self, Books, WINDOW};
use plimsoll_measures::kernels::issuers::reports;
use plimsoll_measures::kernels::ladder::{self, AFTER_YEARS, Book, Change, Ladder, Reading};
use plimsoll_measures::kernels::merton::{Firm, Merton, Naive, merton, naive};
use plimsoll_measures::kernels::screens;
use plimsoll_measures::kernels::statements::{Absent, Basis, Dispute, Item, Ratio, Stated, Statements, concepts};
use plimsoll_measures::kernels::stress::{market, standing};
use plimsoll_measures::kernels::wall::{self, Means, UNDRAWN};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::{Entry, Needs};
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_model::unit::Unit;

use crate::failure::Failure;

/// The riskless rate, in per cent a year, in order of preference.
const RATES: [&str; 3] = ["treasury:1Y", "fred:DGS1", "fred:DTB3"];
/// The group under which the issuer's own shares are read.
const GROUP: &str = "issuer";

/// One issuer as known at a moment.
pub struct Profile {
    /// The cut it is read from.
    pub cut: Cut,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it was asked for by, or a symbol of it.
    pub symbol: String,
    /// Industry in the publisher's words, or its code.
    pub industry: String,
    /// Position among the issuers that state anything.
    pub issuer: usize,
    /// Moment and day of knowledge.
    pub at: Moment,
    /// The day.
    pub day: Day,
    /// Its maturities.
    pub reading: Option<Reading>,
    /// Its means.
    pub means: Means,
    /// Its books.
    pub books: Books,
    /// Capitalisation of its shares, dollars.
    pub cap: Option<f64>,
    /// The naive distance to default, by session.
    pub naive: Vec<(Day, f64)>,
    /// Merton's solution on the last session.
    pub merton: Option<Merton>,
    /// Altman's Z of 1968 and the one without sales.
    pub altman: [Option<f64>; 2],
    /// Its refinancing under stress, or why none can be told.
    pub stress: Result<stress::Stress, String>,
    /// Whether it is a zombie, definition by definition.
    pub zombie: zombie::Zombie,
    disputes: Vec<Dispute>,
}

/// One line of the table.
pub struct Line {
    /// Maturities, coverage, default.
    pub part: &'static str,
    /// What.
    pub item: String,
    /// The value.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Unit,
    /// The day it is about.
    pub day: Option<Day>,
    /// A word more, or why there is no value.
    pub note: String,
    /// The filing behind it.
    pub filing: String,
}

fn items() -> Vec<Item> {
    let mut all: Vec<Item> = wall::ITEMS.iter().chain(default_risk::ITEMS).chain(standing::ITEMS).copied().collect();
    all.push(Item::DepreciationAndAmortization);
    all.sort();
    all.dedup();
    all
}

impl Profile {
    /// Reads one issuer by symbol, CIK or id.
    ///
    /// # Errors
    /// Where no issuer, or more than one, goes by that name, or nothing it states is known.
    pub fn read(knowledge: &dyn Knowledge, name: &str) -> Result<Profile, Failure> {
        let as_of: AsOf = knowledge.as_of();
        let name = name.trim().to_uppercase().replace("CIK:", "cik:").replace("SIMFIN:", "simfin:");
        let symbol = plimsoll_model::symbol::canonical(&name).unwrap_or_else(|| name.clone());
        let coded = name.contains(':') || name.parse::<u64>().is_ok();
        let mut needs = Needs::default().facts(concepts(&items())).facts(ladder::concepts());
        needs = needs.facts([UNDRAWN, standing::FLOATING, standing::FIXED]).issuer(&name);
        needs = RATES.iter().fold(needs.issuer(&symbol).filings(), |n, id| n.series(id)).lookback(WINDOW * 2 + 80);
        needs.merge(&market::needs(as_of.day()));
        if !coded {
            needs = needs.group(GROUP, &[Entry::symbol(&symbol)]);
        }
        let cut = Cut::build(knowledge, &needs, as_of.day())?;
        let id = resolve(&cut, &name, &symbol)?;
        let Some(issuer) = cut.facts.issuer(&id) else {
            return Err(Failure::new(format!("nothing that {id} states was known by {as_of}"))
                .hint("import its company facts, or standardised statements; `plimsoll status` shows what the store holds"));
        };
        let at = as_of.moment();
        let description = cut.filers.description(&id, at).cloned();
        let disputes = screens::disputes(&cut.facts).swap_remove(issuer);
        let statements = Statements::new(&cut.facts, issuer).screened(&disputes);
        let (means, _) = Means::of(&statements, at);
        let (books, _) = Books::of(&statements, at);
        let reading = Book::of(&cut).reading(issuer, at).cloned();
        let market = Market::of(&cut, &books);
        let accounts = |form: Form| {
            let market_equity = if form == Form::Z { market.cap? } else { 0.0 };
            altman_z(&Accounts { market_equity, ..books.accounts? }, form)
        };
        let stress = stress::Stress::of(&cut, &statements, (issuer, at, as_of.day()), market.cap);
        let listed = description.as_ref().map(|d| d.symbol.clone()).filter(|s| coded && !s.is_empty());
        let industry = description.as_ref().map(|d| match (d.industry.is_empty(), d.sic.is_empty()) {
            (false, _) => d.industry.clone(),
            (true, false) => format!("SIC {}", d.sic),
            _ => String::new(),
        });
        let symbol = listed.unwrap_or(if coded { id.clone() } else { symbol });
        let zombie = zombie::Zombie::read(knowledge, &cut, &id, &symbol)?;
        Ok(Profile {
            name: description.as_ref().map_or_else(|| id.clone(), |d| d.name.clone()),
            symbol,
            industry: industry.unwrap_or_default(),
            issuer,
            at,
            day: as_of.day(),
            reading,
            means,
            cap: market.cap,
            altman: [accounts(Form::Z), accounts(Form::ZDoublePrime)],
            stress,
            zombie,
            naive: market.naive,
            merton: market.merton,
            books,
            disputes,
            id,
            cut,
        })
    }

    /// Its statements, screened.
    pub fn statements(&self) -> Statements<'_> {
        Statements::new(&self.cut.facts, self.issuer).screened(&self.disputes)
    }

    /// The ladder in force, unless it is too old.
    pub fn ladder(&self) -> Option<&Ladder> {
        self.reading.as_ref()?.ladder.as_ref().filter(|l| self.day.0 - l.balance.0 <= ladder::MAX_AGE)
    }

    /// Beside the ladder of a year before.
    pub fn change(&self) -> Option<Change> {
        Change::between(self.reading.as_ref()?.year_before.as_ref()?, self.ladder()?)
    }

    /// Why there is no ladder.
    pub fn no_ladder(&self) -> String {
        match &self.reading {
            Some(r) if r.ladder.is_some() => {
                let day = r.ladder.as_ref().map(|l| l.balance.to_string()).unwrap_or_default();
                format!("the last whole ladder is of {day}: the issuer no longer states its maturities in tagged form")
            }
            Some(r) if !r.partial.is_empty() => r.partial[0].explain(),
            _ => "no maturities are stated in tagged form".into(),
        }
    }

    /// Everything as lines of a table.
    pub fn lines(&self) -> Vec<Line> {
        let mut out = self.maturity_lines();
        out.extend(self.statement_lines());
        out.extend(self.default_lines());
        out.extend(self.stress_lines());
        out.extend(self.zombie_lines());
        out
    }

    fn maturity_lines(&self) -> Vec<Line> {
        let part = "maturities";
        let plain = |item: &str, value, unit, note: String| Line {
            part,
            item: item.into(),
            value,
            unit,
            day: None,
            note,
            filing: String::new(),
        };
        let Some(l) = self.ladder() else {
            return vec![plain("ladder", None, Unit::Dollars, self.no_ladder())];
        };
        let mut out: Vec<Line> = l
            .rungs
            .iter()
            .map(|r| Line {
                part,
                item: r.by.map_or_else(|| format!("due after {}", r.after), |by| format!("due by {by}")),
                value: Some(r.amount),
                unit: Unit::Dollars,
                day: Some(l.balance),
                note: match r.accession {
                    Some(_) => r.step.name(),
                    None if r.amount > 0.0 => "long-term debt less the other steps".into(),
                    None => "not stated: nil by the long-term debt".into(),
                },
                filing: r.accession.map(|a| l.accessions[a].clone()).unwrap_or_default(),
            })
            .collect();
        let against = self.means.against(24);
        let due = l.due_within(self.day, 24);
        out.push(plain("due within 24 months", Some(due), Unit::Dollars, format!("after {}", self.day)));
        out.push(plain("share due within 24 months", l.share_within(self.day, 24), Unit::Fraction, String::new()));
        out.push(plain(
            "cash, lines and two years of free cash flow",
            against,
            Unit::Dollars,
            if against.is_none() { "cash is not stated".into() } else { String::new() },
        ));
        out.push(plain(
            "weighted-average maturity",
            l.weighted_average_maturity(self.day, AFTER_YEARS),
            Unit::Years,
            String::new(),
        ));
        out.push(plain(
            "concentration by year of maturity",
            l.concentration(AFTER_YEARS),
            Unit::Number,
            "Herfindahl index".into(),
        ));
        out.push(plain("long-term debt less the ladder", l.gap(), Unit::Dollars, "discounts, issue costs, leases".into()));
        if let Some(c) = self.change() {
            out.push(plain(
                "weighted-average maturity a year before",
                Some(c.then),
                Unit::Years,
                format!("{}: {} now", c.course.name(), Unit::Years.format(c.now)),
            ));
        }
        out
    }

    fn statement_lines(&self) -> Vec<Line> {
        let (s, at) = (self.statements(), self.at);
        let facts = &self.cut.facts;
        let one = |item: &str, found: Result<Stated, Absent>| match found {
            Ok(v) => Line {
                part: "statements",
                item: item.into(),
                value: Some(v.value),
                unit: Unit::Dollars,
                day: Some(v.end),
                note: v.flags.names().join(" "),
                filing: v.accessions(facts).join(" "),
            },
            Err(why) => missing("statements", item, Unit::Dollars, &why),
        };
        let ratio = |item: &str, unit: Unit, found: Result<Ratio, Absent>| match found {
            Ok(r) => Line {
                part: "statements",
                item: item.into(),
                value: Some(r.value),
                unit,
                day: Some(r.end()),
                note: r.flags().names().join(" "),
                filing: filings_of(&r, facts),
            },
            Err(why) => missing("statements", item, unit, &why),
        };
        vec![
            one("debt", s.debt(at).map(|d| d.total)),
            one("cash and short-term investments", s.liquidity(at)),
            one("EBIT, twelve months", s.ebit(Basis::Ttm, at)),
            one("interest expense, twelve months", s.ttm(Item::InterestExpense, at)),
            one("free cash flow, twelve months", s.free_cash_flow(Basis::Ttm, at)),
            ratio("interest coverage", Unit::Multiple, s.coverage(Basis::Ttm, at)),
            ratio("debt over EBITDA", Unit::Multiple, s.leverage(Basis::Ttm, at)),
            ratio("rate paid on debt", Unit::Fraction, s.effective_rate(Basis::Ttm, at)),
        ]
    }

    fn default_lines(&self) -> Vec<Line> {
        let line = |item: &str, value: Option<f64>, unit, note: &str| Line {
            part: "default",
            item: item.into(),
            value,
            unit,
            day: self.naive.last().map(|n| n.0),
            note: if value.is_some() { note.into() } else { self.no_default() },
            filing: String::new(),
        };
        let [z, double] = self.altman;
        vec![
            line("capitalisation", self.cap, Unit::Dollars, ""),
            line("distance to default, naive", self.naive.last().map(|n| n.1), Unit::Number, "Bharath and Shumway 2008"),
            line("distance to default, Merton", self.merton.map(|m| m.distance), Unit::Number, "iterated"),
            line("Altman Z", z, Unit::Number, "distress below 1.81, safe above 2.99"),
            line("Altman Z''", double, Unit::Number, "distress below 1.10, safe above 2.60"),
        ]
    }

    fn stress_lines(&self) -> Vec<Line> {
        let line = |(item, value, unit, note): (String, Option<f64>, Unit, String)| Line {
            part: "stress",
            item,
            value,
            unit,
            day: None,
            note,
            filing: String::new(),
        };
        match &self.stress {
            Err(why) => vec![line(("refinancing stress".into(), None, Unit::Multiple, why.clone()))],
            Ok(stress) => stress::lines_of(stress, self.day).into_iter().map(line).collect(),
        }
    }

    fn zombie_lines(&self) -> Vec<Line> {
        let line = |item: String, note: String| Line {
            part: "zombie",
            item,
            value: None,
            unit: Unit::State,
            day: None,
            note,
            filing: String::new(),
        };
        if let Err(why) = &self.zombie.found {
            return vec![line("status".into(), why.clone())];
        }
        let row = |r: plimsoll_report::model::ZombieRow| {
            let status = match r.zombie {
                Some(true) => "zombie",
                Some(false) => "no zombie",
                None => "cannot be told",
            };
            let spells = if r.spells.is_empty() { String::new() } else { format!("; {}", r.spells.join("; ")) };
            line(r.definition, format!("{status} by fiscal {}: {}{spells}", r.year, r.reason))
        };
        self.zombie.rows().into_iter().map(row).collect()
    }

    /// Why a default measure may be missing.
    pub fn no_default(&self) -> String {
        match (self.cap, self.books.face) {
            (None, _) => "no price and capitalisation of its shares is known".into(),
            (_, None) => "debt is not known".into(),
            (_, Some(f)) if f <= 0.0 => "it has no debt".into(),
            _ => "a year of prices, or an account, is missing".into(),
        }
    }

    /// Filings behind the page: accession number, what was taken from each.
    pub fn filings(&self) -> BTreeMap<String, Vec<String>> {
        let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.lines() {
            for number in line.filing.split_whitespace() {
                let of = out.entry(number.to_owned()).or_default();
                let what = if line.part == "maturities" { "maturities".to_owned() } else { line.item.clone() };
                if !of.contains(&what) {
                    of.push(what);
                }
            }
        }
        out
    }
}

fn missing(part: &'static str, item: &str, unit: Unit, why: &Absent) -> Line {
    Line { part, item: item.into(), value: None, unit, day: None, note: why.to_string(), filing: String::new() }
}

fn filings_of(r: &Ratio, facts: &plimsoll_model::facts::Facts) -> String {
    let mut all: Vec<&str> = r.over.accessions(facts);
    all.extend(r.under.accessions(facts));
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

/// The issuer that a name means: the one behind the listed security where there is one, else the one that carried the symbol by the day of
/// the cut while it reports, else the only one that ever did.
fn resolve(cut: &Cut, name: &str, symbol: &str) -> Result<String, Failure> {
    let security = cut.groups.get(GROUP).and_then(|g| g.members.first()).copied();
    if let Some(id) = security.and_then(|s| cut.filers.issuer_of(s, cut.as_of.moment())) {
        return Ok(id.to_owned());
    }
    let day = cut.as_of.day();
    if let [one] = cut.filers.meant(symbol, cut.as_of.moment(), |id| reports(cut, id, day)).as_slice() {
        return Ok((*one).clone());
    }
    let mut ids = cut.filers.named(name);
    ids.extend(cut.filers.named(symbol));
    ids.sort();
    ids.dedup();
    let stating: Vec<&String> = ids.iter().filter(|id| cut.facts.issuer(id).is_some()).collect();
    match (stating.as_slice(), ids.as_slice()) {
        ([one], _) => Ok((*one).clone()),
        ([], [one]) => Ok(one.clone()),
        ([], []) => {
            Err(Failure::new(format!("no issuer is known by `{name}`"))
                .hint("give its CIK, or import company facts or a ticker map"))
        }
        (_, many) => {
            Err(Failure::new(format!("`{name}` names more than one issuer: {}", many.join(", "))).hint("give the id or the CIK"))
        }
    }
}

/// What the market says of the issuer's shares.
struct Market {
    cap: Option<f64>,
    naive: Vec<(Day, f64)>,
    merton: Option<Merton>,
}

impl Market {
    fn of(cut: &Cut, books: &Books) -> Market {
        let none = Market { cap: None, naive: Vec::new(), merton: None };
        let members = cut.groups.get(GROUP).map(|g| g.members.clone()).unwrap_or_default();
        let (Some(t), Some(&lead)) = (cut.last(), members.first()) else { return none };
        let caps: Vec<f64> = members.iter().map(|&s| cut.panel.cap.at(s, t)).filter(|c| c.is_finite()).collect();
        let most = caps.iter().copied().fold(f64::NAN, f64::max);
        // Classes that each carry the whole company's capitalisation are within a few per cent of one another.
        let cap = if caps.iter().all(|c| (c / most - 1.0).abs() < 0.1) { most } else { caps.iter().sum() };
        if !(cap > 0.0 && cut.panel.close.at(lead, t).is_finite()) {
            return none;
        }
        let level: &[f64] = cut.panel.level.row(lead);
        let Some(face) = books.face.filter(|f| *f > 0.0) else { return Market { cap: Some(cap), ..none } };
        let path = |end: usize| -> Option<Vec<f64>> {
            let first = (end + 1).checked_sub(WINDOW + 1)?;
            let all: Vec<f64> = level[first..=end].iter().filter(|l| l.is_finite()).map(|l| cap * l / level[t]).collect();
            (all.len() > 202).then_some(all)
        };
        let with = |end: usize| -> Option<Naive> {
            let equity = path(end)?;
            let debt = vec![face; equity.len()];
            naive(&Firm { equity: &equity, debt: &debt, rate: 0.0, horizon: 1.0 }, equity[equity.len() - 1] / equity[0] - 1.0)
        };
        let history = (t.saturating_sub(WINDOW)..=t).filter_map(|end| Some((cut.sessions[end], with(end)?.distance))).collect();
        let rate = RATES.iter().find_map(|id| cut.series.get(*id)?.last(cut.sessions[t])).map(|(_, r)| (r / 100.0).ln_1p());
        let solved = || {
            let equity = path(t)?;
            let debt = vec![face; equity.len()];
            merton(&Firm { equity: &equity, debt: &debt, rate: rate?, horizon: 1.0 })
        };
        Market { cap: Some(cap), naive: history, merton: solved() }
    }
}
