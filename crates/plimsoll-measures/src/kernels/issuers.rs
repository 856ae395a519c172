//! The issuers behind a universe, session by session, and what their statements say, step by step.
//!
//! Three ways to say who counts:
//! * a universe of securities with prices: members with a row, each linked to its issuer by symbol and name ([`plimsoll_model::filers`]);
//! * a published list alone (`members = listed`): no prices are needed, so that histories reach back before the panel; symbols are linked
//!   without a name to check; of two issuers with fresh statements the one that carried the symbol first counts
//!   ([`plimsoll_model::filers::Filers::meant`]), and neither where that cannot be told;
//! * [`ALL`]: every issuer whose statements are known.
//!
//! Classes of one issuer count once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use plimsoll_model::cut::Cut;
use plimsoll_model::filers::Description;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day, Moment};
use plimsoll_model::universe::UniverseRule;
use rayon::prelude::*;

use super::constituents::{CAPS, Constituents, reach};
use super::ladder::{Funding, funding};
use super::screens;
use super::statements::{Dispute, Item, STALE_DAYS, Statements, concepts};
use crate::{ParamKind, ParamSpec, Params, Unmeasurable};

/// The universe of every issuer whose statements are known.
pub const ALL: &str = "filers";

/// Who counts: a parameter.
pub const MEMBERS: ParamSpec = ParamSpec::new(
    "members",
    ParamKind::Choice(&["priced", "listed"]),
    "priced",
    "`priced`: members with a price; `listed`: everyone on the published list, without prices, also before they begin",
);

/// Whose business is to borrow and lend: a parameter.
pub const FINANCIALS: ParamSpec = ParamSpec::new(
    "financials",
    ParamKind::Choice(&["exclude", "include", "only"]),
    "exclude",
    "banks, lenders, insurers and mortgage trusts: their interest is a cost of goods",
);

/// What a measure of issuers' statements reads: the universe and the concepts behind some items.
pub fn needs(params: &Params, items: &[Item]) -> Needs {
    needs_of(params.text("universe"), params.text("members") == "listed", items)
}

/// [`needs`] of a universe by its text.
pub fn needs_of(universe: &str, listed: bool, items: &[Item]) -> Needs {
    let needs = Needs::default()
        .facts(concepts(items))
        .facts(concepts(screens::ITEMS))
        .facts([screens::STARTING_LINE])
        .facts(super::ladder::FUNDING_CONCEPTS);
    if universe == ALL {
        needs.issuer("*")
    } else if listed {
        needs.list(universe)
    } else {
        needs.universe(universe).lookback(reach(1) + CAPS)
    }
}

/// One issuer of a universe.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its id; `None` where no issuer is linked to the security.
    pub id: Option<String>,
    /// Its position in [`plimsoll_model::facts::Facts::issuers`]; `None` where it states nothing known.
    pub facts: Option<usize>,
    /// A symbol, or its id.
    pub label: String,
    /// Positions of its securities in the panel, each with the moments from and until which it was known to be this issuer's.
    pub securities: Vec<(usize, Moment, Moment)>,
    /// Stretches of the axis in which it is a member, ascending, apart.
    pub stretches: Vec<Range<usize>>,
    /// Whether borrowing and lending is its business, from moment to moment: asked on every session, found once.
    lends: OnceLock<Vec<(Moment, bool)>>,
}

impl Holder {
    /// Whether it is a member at a position.
    pub fn is_member(&self, t: usize) -> bool {
        self.stretches.iter().any(|s| s.contains(&t))
    }
    /// Its securities by what was known at a moment.
    pub fn securities_at(&self, at: Moment) -> impl Iterator<Item = usize> {
        self.securities.iter().filter(move |s| s.1 <= at && at < s.2).map(|s| s.0)
    }
}

/// The issuers of a universe on the axis of a cut.
#[derive(Clone)]
pub struct Issuers<'a> {
    /// The cut.
    pub cut: &'a Cut,
    /// The universe's text and how it was read.
    pub name: String,
    /// The issuers, ordered by id and label.
    pub holders: Arc<Vec<Holder>>,
    /// The last moment of each session.
    pub ends: Arc<Vec<Moment>>,
    disputes: Option<Arc<Vec<Vec<Dispute>>>>,
}

impl<'a> Issuers<'a> {
    /// The issuers of the parameter `universe`, read as `members` says. Statements are screened.
    ///
    /// # Errors
    /// Where no statement at all is known, or the universe is not.
    pub fn of(cut: &'a Cut, params: &'a Params) -> Result<Issuers<'a>, Unmeasurable> {
        let universe = params.text("universe");
        Issuers::named(cut, universe, params.text("members") == "listed")
    }

    /// The issuers of a universe.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn named(cut: &'a Cut, universe: &'a str, listed: bool) -> Result<Issuers<'a>, Unmeasurable> {
        if cut.facts.is_empty() {
            return Err(Unmeasurable(format!(
                "no statement of any issuer is known by {}; hint: import company facts or standardised statements",
                cut.as_of
            )));
        }
        let name = if universe == ALL { ALL.to_owned() } else { format!("{universe}{}", if listed { " (listed)" } else { "" }) };
        let key = format!("issuers|{name}");
        let holders = if universe == ALL {
            cut.memo(&key, || everyone(cut))
        } else if listed {
            let rule: UniverseRule = universe.parse().map_err(|e| Unmeasurable(format!("{e}")))?;
            let list = rule.list.filter(|l| cut.lists.contains_key(l) && !universe.contains('&')).ok_or_else(|| {
                Unmeasurable(format!(
                    "`{universe}` is no published list that the store holds; hint: members = listed takes a list's name"
                ))
            })?;
            cut.memo(&key, || on_list(cut, &list))
        } else {
            let c = Constituents::named(cut, universe)?;
            cut.memo(&key, || priced(&c))
        };
        let ends = cut.memo("session_ends", || cut.sessions.iter().map(|d| AsOf::end_of(*d).moment()).collect::<Vec<_>>());
        let disputes = Some(cut.memo("statement_disputes", || screens::disputes(&cut.facts)));
        Ok(Issuers { cut, name, holders, ends, disputes })
    }

    /// With numbers that screens doubt.
    #[must_use]
    pub fn unscreened(self) -> Issuers<'a> {
        Issuers { disputes: None, ..self }
    }

    /// A key of the cut's memo that names this universe.
    pub fn key(&self, kernel: &str, parameters: impl std::fmt::Display) -> String {
        format!("{kernel}|{}|{}|{parameters}", self.name, self.disputes.is_some())
    }

    /// Statements of a holder that states anything.
    pub fn statements<'b>(&'b self, holder: &Holder) -> Option<Statements<'b>> {
        let issuer = holder.facts?;
        let statements = Statements::new(&self.cut.facts, issuer);
        Some(match &self.disputes {
            Some(disputes) => statements.screened(&disputes[issuer]),
            None => statements,
        })
    }

    /// The description of a holder in force at a moment.
    pub fn description(&self, holder: &Holder, at: Moment) -> Option<&'a Description> {
        self.cut.filers.description(holder.id.as_deref()?, at)
    }

    /// The sector of a holder: its issuer's in the publisher's words, else its security's.
    pub fn sector(&self, holder: &Holder, at: Moment) -> String {
        let stated = self.description(holder, at).map(|d| d.sector.clone()).filter(|s| !s.is_empty());
        let listed = || holder.securities_at(at).next().map(|s| self.cut.panel.securities[s].description.sector.clone());
        stated.or_else(listed).filter(|s| !s.is_empty()).unwrap_or_else(|| "unclassified".into())
    }

    /// Whether borrowing and lending is the holder's business: by its classification code and what it states, else by its sector.
    pub fn is_financial(&self, holder: &Holder, at: Moment) -> bool {
        let courses = holder.lends.get_or_init(|| {
            // Nothing that decides it changes between these.
            let mut moments = BTreeSet::from([Moment::MIN]);
            moments.extend(holder.facts.into_iter().flat_map(|issuer| self.cut.facts.moments(issuer)));
            moments.extend(holder.id.as_deref().into_iter().flat_map(|id| self.cut.filers.moments(id)));
            moments.extend(holder.securities.iter().flat_map(|s| [s.1, s.2]));
            let mut out: Vec<(Moment, bool)> = moments.into_iter().map(|m| (m, self.lends(holder, m))).collect();
            out.dedup_by(|b, a| a.1 == b.1);
            out
        });
        courses[..courses.partition_point(|c| c.0 <= at)].last().is_some_and(|c| c.1)
    }

    fn lends(&self, holder: &Holder, at: Moment) -> bool {
        let description = self.description(holder, at);
        let coded = description.is_some_and(|d| !d.sic.is_empty());
        match (coded, self.sector(holder, at).as_str()) {
            (false, "Financial Services" | "Finance" | "Financials") => true,
            // Standardised statements name a sector where filers have no code; a name alone decides nothing then.
            (false, sector) if sector != "unclassified" => {
                holder.facts.is_some_and(|_| funding(&self.cut.facts, holder.facts, None, at) == Funding::Financial)
            }
            _ => funding(&self.cut.facts, holder.facts, description, at) == Funding::Financial,
        }
    }

    /// Whether a holder counts under the parameter `financials`.
    pub fn wanted(&self, holder: &Holder, financials: &str, at: Moment) -> bool {
        match financials {
            "include" => true,
            "only" => self.is_financial(holder, at),
            _ => !self.is_financial(holder, at),
        }
    }

    /// What `evaluate` finds in a holder's statements, as steps: from which position on what holds. It gets the position and the moment
    /// and says beside its answer until which day the answer stands if nothing is filed. Between filings nothing is computed.
    pub fn steps<T>(
        &self,
        holder: &Holder,
        mut evaluate: impl FnMut(&Statements<'_>, usize, Moment) -> (T, Option<Day>),
    ) -> Vec<(usize, T)> {
        let mut out = Vec::new();
        let (Some(statements), Some(issuer)) = (self.statements(holder), holder.facts) else { return out };
        let (Some(first), Some(last)) = (holder.stretches.first(), holder.stretches.last()) else { return out };
        let mut moments = self.cut.facts.moments(issuer);
        moments.extend(holder.id.as_deref().into_iter().flat_map(|id| self.cut.filers.moments(id)));
        moments.sort_unstable();
        let mut t = first.start;
        while t < last.end {
            let at = self.ends[t];
            let (value, until) = evaluate(&statements, t, at);
            out.push((t, value));
            // The first session by whose end something more is known, or the answer is too old.
            let filed = moments.get(moments.partition_point(|m| *m <= at));
            let filed = filed.map_or(last.end, |m| self.ends.partition_point(|e| e < m));
            let aged = until.map_or(last.end, |day| self.cut.sessions.partition_point(|s| *s <= day));
            t = filed.min(if aged > t { aged } else { last.end }).max(t + 1);
        }
        out
    }
}

fn label(cut: &Cut, id: &str) -> String {
    let symbol = cut.filers.issuers.get(id).and_then(|d| d.iter().find(|d| !d.symbol.is_empty()));
    symbol.map_or_else(|| id.to_owned(), |d| d.symbol.clone())
}

fn everyone(cut: &Cut) -> Vec<Holder> {
    let all = 0..cut.sessions.len();
    let holder = |(i, id): (usize, &String)| Holder {
        id: Some(id.clone()),
        facts: Some(i),
        label: label(cut, id),
        securities: Vec::new(),
        stretches: vec![all.clone()],
        lends: OnceLock::new(),
    };
    cut.facts.issuers().iter().enumerate().map(holder).collect()
}

fn on_list(cut: &Cut, list: &str) -> Vec<Holder> {
    let mut by_issuer: BTreeMap<String, Holder> = BTreeMap::new();
    for (symbol, stretches) in cut.lists[list].stretches(&cut.sessions).filter(|(_, s)| !s.is_empty()) {
        // Issuers that were said to carry the symbol and state anything; each counts from when that was known, while its statements are
        // fresh.
        let ids: Vec<String> = cut.filers.named(symbol).into_iter().filter(|id| cut.facts.issuer(id).is_some()).collect();
        let spans: Vec<Vec<Range<usize>>> = ids.iter().map(|id| shared(&reporting(cut, id), &claimed(cut, symbol, id))).collect();
        let mut edges: BTreeSet<usize> = stretches.iter().flat_map(|s| [s.0, s.1]).collect();
        edges.extend(spans.iter().flatten().flat_map(|s| [s.start, s.end]));
        let edges: Vec<usize> = edges.into_iter().collect();
        for span in edges.windows(2).map(|e| e[0]..e[1]) {
            if !stretches.iter().any(|s| s.0 <= span.start && span.end <= s.1) {
                continue;
            }
            let at = AsOf::end_of(cut.sessions[span.start]).moment();
            let fresh =
                |id: &str| ids.iter().position(|i| i == id).is_some_and(|k| spans[k].iter().any(|s| s.contains(&span.start)));
            match cut.filers.meant(symbol, at, fresh).as_slice() {
                [] => add(&mut by_issuer, None, None, symbol, span),
                [id] => add(&mut by_issuer, Some(id), cut.facts.issuer(id), symbol, span),
                // Nobody can say who is meant.
                _ => {}
            }
        }
    }
    finish(by_issuer)
}

/// Positions of the sessions that end at or after one moment and before another.
fn between(cut: &Cut, from: Moment, until: Moment) -> Range<usize> {
    let at = |m: Moment| cut.sessions.partition_point(|s| AsOf::end_of(*s).moment() < m);
    at(from)..at(until)
}

/// Sessions by whose end a symbol was said to be an issuer's.
fn claimed(cut: &Cut, symbol: &str, id: &str) -> Vec<Range<usize>> {
    let of = cut.filers.claims(symbol).iter().filter(|c| c.issuer == id).map(|c| between(cut, c.from, c.until));
    joined(of.filter(|s| s.start < s.end).collect())
}

/// What two lists of stretches share.
fn shared(a: &[Range<usize>], b: &[Range<usize>]) -> Vec<Range<usize>> {
    let both = |x: &Range<usize>| b.iter().map(move |y| (x.start.max(y.start), x.end.min(y.end))).collect::<Vec<_>>();
    a.iter().flat_map(both).filter(|(start, end)| start < end).map(|(start, end)| start..end).collect()
}

/// Whether an issuer's statements are fresh on a day: something known by then ended no more than [`STALE_DAYS`] before.
pub fn reports(cut: &Cut, id: &str, day: Day) -> bool {
    let at = AsOf::end_of(day).moment();
    let facts = cut.facts.issuer(id).into_iter().flat_map(|i| cut.facts.issuer_concepts(i)).flat_map(|(_, f)| f);
    facts.into_iter().any(|f| f.known_at <= at && f.end.plus(STALE_DAYS) >= day)
}

/// Sessions on which an issuer's statements are fresh: something known by then ended no more than [`STALE_DAYS`] before.
fn reporting(cut: &Cut, id: &str) -> Vec<Range<usize>> {
    let Some(issuer) = cut.facts.issuer(id) else { return Vec::new() };
    let fresh = |(known, end): (Moment, Day)| {
        let (from, to) = (known.day(), end.plus(STALE_DAYS));
        cut.sessions.partition_point(|s| *s < from)..cut.sessions.partition_point(|s| *s <= to)
    };
    let all: BTreeSet<(Moment, Day)> =
        cut.facts.issuer_concepts(issuer).flat_map(|(_, f)| f).map(|f| (f.known_at, f.end)).collect();
    joined(all.into_iter().map(fresh).filter(|s| s.start < s.end).collect())
}

fn add(by_issuer: &mut BTreeMap<String, Holder>, id: Option<&String>, facts: Option<usize>, symbol: &str, stretch: Range<usize>) {
    let key = id.cloned().unwrap_or_else(|| format!("~{symbol}"));
    let holder = by_issuer.entry(key).or_insert_with(|| Holder {
        id: id.cloned(),
        facts,
        label: symbol.to_owned(),
        securities: Vec::new(),
        stretches: Vec::new(),
        lends: OnceLock::new(),
    });
    holder.stretches.push(stretch);
}

fn priced(c: &Constituents<'_>) -> Vec<Holder> {
    let cut = c.cut;
    let mut by_issuer: BTreeMap<String, Holder> = BTreeMap::new();
    for &i in c.rows() {
        let security = &cut.panel.securities[i];
        let member = c.universe.row(i);
        for (from, until, id) in cut.filers.links(i) {
            let span = between(cut, from, until);
            if !member[span.clone()].iter().any(|m| *m != 0) {
                continue;
            }
            // Classes of one issuer that no filer is linked to still count once.
            let key = id.map_or_else(|| format!("~{}", security.issuer), str::to_owned);
            let holder = by_issuer.entry(key).or_insert_with(|| Holder {
                id: id.map(str::to_owned),
                facts: id.and_then(|id| cut.facts.issuer(id)),
                label: security.symbol.clone(),
                securities: Vec::new(),
                stretches: Vec::new(),
                lends: OnceLock::new(),
            });
            holder.securities.push((i, from, until));
            let mut t = span.start;
            while t < span.end {
                let start = t;
                while t < span.end && member[t] == member[start] {
                    t += 1;
                }
                if member[start] != 0 {
                    holder.stretches.push(start..t);
                }
            }
        }
    }
    finish(by_issuer)
}

/// Holders in their order, their stretches joined.
fn finish(by_issuer: BTreeMap<String, Holder>) -> Vec<Holder> {
    by_issuer.into_values().map(|h| Holder { stretches: joined(h.stretches), ..h }).collect()
}

/// Stretches in order, those that touch made one.
fn joined(mut stretches: Vec<Range<usize>>) -> Vec<Range<usize>> {
    stretches.sort_by_key(|s| (s.start, s.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for s in stretches {
        match out.last_mut() {
            Some(last) if s.start <= last.end => last.end = last.end.max(s.end),
            _ => out.push(s),
        }
    }
    out
}

/// What was found for every holder, step by step.
pub struct Tracks<T> {
    /// For each holder: from which position on what holds.
    pub steps: Vec<Vec<(usize, T)>>,
}

impl<T: Send + Sync + 'static> Tracks<T> {
    /// [`Issuers::steps`] of every holder, shared among threads.
    pub fn of(
        issuers: &Issuers<'_>,
        evaluate: impl Fn(&Holder, &Statements<'_>, usize, Moment) -> (T, Option<Day>) + Sync,
    ) -> Tracks<T> {
        let of = |holder: &Holder| issuers.steps(holder, |s, t, at| evaluate(holder, s, t, at));
        Tracks { steps: issuers.holders.par_iter().map(of).collect() }
    }

    /// What holds for a holder at a position.
    pub fn at(&self, holder: usize, t: usize) -> Option<&T> {
        let steps = &self.steps[holder];
        steps.partition_point(|s| s.0 <= t).checked_sub(1).map(|k| &steps[k].1)
    }

    /// Members at a position, each with what holds.
    pub fn section<'a>(&'a self, holders: &'a [Holder], t: usize) -> impl Iterator<Item = (&'a Holder, Option<&'a T>)> {
        holders.iter().enumerate().filter(move |(_, h)| h.is_member(t)).map(move |(k, h)| (h, self.at(k, t)))
    }

    /// One answer a position from all members there; where nothing changed since the position before, its answer stands.
    pub fn sections<R: Clone>(
        &self,
        holders: &[Holder],
        days: Range<usize>,
        mut each: impl FnMut(&[(&Holder, Option<&T>)]) -> R,
    ) -> Vec<R> {
        let mut changes: BTreeSet<usize> = holders.iter().flat_map(|h| &h.stretches).flat_map(|s| [s.start, s.end]).collect();
        changes.extend(self.steps.iter().flatten().map(|s| s.0));
        let mut out: Vec<R> = Vec::with_capacity(days.len());
        for t in days.clone() {
            match out.last() {
                Some(before) if !changes.contains(&t) => out.push(before.clone()),
                _ => {
                    let section: Vec<_> = self.section(holders, t).collect();
                    out.push(each(&section));
                }
            }
        }
        out
    }
}
