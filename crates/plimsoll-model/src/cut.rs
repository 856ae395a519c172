//! The as-of cut: everything a measure may see, laid out, and nothing else.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use crate::calendar::Calendar;
use crate::clean::CAP_MEMORY;
use crate::consolidate;
use crate::dataset::Dataset;
use crate::facts::{Facts, Filing, filings};
use crate::filers::Filers;
use crate::identity::{self, Change, Lineage};
use crate::knowledge::{Knowledge, KnowledgeError, Scan};
use crate::needs::Needs;
use crate::observations::Observations;
use crate::panel::{Description, Panel, Rows, position};
use crate::time::{AsOf, Day, Moment};
use crate::universe::{Renewal, UniverseError, UniverseRule};
use crate::universe_mask::{Listing, Renewed, Universe};

/// Sessions read before the lookback, so that rules which look back see the same rows from any start: a believed capitalisation rests
/// on [`CAP_MEMORY`] sessions, and those on as many before them where a jump stands there.
const MARGIN: usize = CAP_MEMORY + 25;

/// The source of prices where a measure does not name one.
pub const DEFAULT_PANEL: &str = "screener";

/// Columns of bars that a panel is laid out from.
const BAR_COLUMNS: &[&str] = &["symbol", "close", "adj_close", "ret", "cap"];

/// A named number through time, cut: ascending days, each with the moment it became known.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Its id.
    pub id: String,
    /// Days.
    pub day: Vec<Day>,
    /// Values, finite.
    pub value: Vec<f64>,
    /// When each was known.
    pub known_at: Vec<Moment>,
    /// Quality flags.
    pub quality: Vec<u8>,
}

impl Series {
    /// How many leading observations were known by the end of `day`.
    ///
    /// Publishers release days in order, so the known part is a prefix; where one became known later than its successor (a revision),
    /// replay re-cuts.
    pub fn known_by(&self, day: Day) -> usize {
        let moment = AsOf::end_of(day).moment();
        self.known_at.partition_point(|k| *k <= moment)
    }
    /// The last observation known by the end of `day`.
    pub fn last(&self, day: Day) -> Option<(Day, f64)> {
        let n = self.known_by(day);
        (n > 0).then(|| (self.day[n - 1], self.value[n - 1]))
    }
}

/// An event, cut: it may lie after the cut's moment where it was announced before.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The day.
    pub day: Day,
    /// What happens: `scheduled`, `unscheduled`, `cancelled`, `decision`, `release`.
    pub kind: String,
    /// What came out; NaN where nothing is measured or known.
    pub value: f64,
    /// A word more.
    pub note: String,
    /// When it was known.
    pub known_at: Moment,
}

/// A group of securities as of the cut.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Positions in [`Panel::securities`], every class of each named issuer, ascending.
    pub members: Vec<usize>,
    /// Symbols that name no security known.
    pub unresolved: Vec<String>,
}

/// A failure to assemble a cut.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    /// Reading failed.
    #[error(transparent)]
    Knowledge(#[from] KnowledgeError),
    /// A universe is not one.
    #[error(transparent)]
    Universe(#[from] UniverseError),
}

/// What was known at a moment, laid out for measures.
pub struct Cut {
    /// The moment of knowledge.
    pub as_of: AsOf,
    /// The axis: sessions up to the moment, ascending. Where a panel is there, only sessions on which it has rows.
    pub sessions: Vec<Day>,
    /// Prices.
    pub panel: Panel,
    /// Universes by the text that names them.
    pub universes: BTreeMap<String, Universe>,
    /// Published lists asked for without prices.
    pub lists: BTreeMap<String, Listing>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// Series by the text that asked for them (alternatives included); absent where none of the alternatives is known.
    pub series: BTreeMap<String, Series>,
    /// Events by calendar, by day and kind: all that were known, past and announced.
    pub events: BTreeMap<String, Vec<Event>>,
    /// Numbers from filings, every vintage known.
    pub facts: Facts,
    /// Issuers, and which of them stands behind each security of the panel. Empty where no facts were asked for.
    pub filers: Filers,
    /// Filings by issuer id.
    pub filings: BTreeMap<String, Vec<Filing>>,
    /// Sessions of the calendar within the axis on which the panel has no row at all.
    pub missing_sessions: Vec<Day>,
    /// What was read, for lineage.
    pub scans: Vec<Scan>,
    memo: Memo,
}

type Memoised = Arc<dyn Any + Send + Sync>;

/// Work shared between measures on one cut.
#[derive(Default)]
struct Memo(Mutex<BTreeMap<String, Arc<Mutex<Option<Memoised>>>>>);

impl Cut {
    /// Reads and lays out what `needs` asks for, to evaluate sessions from `from` on.
    pub fn build(knowledge: &dyn Knowledge, needs: &Needs, from: Day) -> Result<Cut, CutError> {
        Builder { knowledge, needs, as_of: knowledge.as_of(), scans: Vec::new() }.build(from)
    }

    /// The value of `key`, computed once a cut. The key must name everything the value depends on.
    pub fn memo<T: Any + Send + Sync>(&self, key: &str, compute: impl FnOnce() -> T) -> Arc<T> {
        let slot = self.memo.0.lock().expect("no panic while held").entry(key.to_owned()).or_default().clone();
        let mut slot = slot.lock().expect("no panic while held");
        let value = slot.get_or_insert_with(|| Arc::new(compute())).clone();
        value.downcast().expect("one type a key")
    }

    /// The last position of the axis.
    pub fn last(&self) -> Option<usize> {
        self.sessions.len().checked_sub(1)
    }
    /// Positions of the sessions from `from` to `to`.
    pub fn positions(&self, from: Day, to: Day) -> std::ops::Range<usize> {
        let a = position(&self.sessions, from);
        let b = self.sessions.partition_point(|s| *s <= to);
        a..b.max(a)
    }
}

/// Which securities to load: all, or those under some symbols.
struct Loaded {
    bars: Observations,
    axis: Vec<u32>,
    sessions: Vec<Day>,
    lineages: Vec<Lineage>,
    issuers: Vec<u32>,
}

struct Builder<'a> {
    knowledge: &'a dyn Knowledge,
    needs: &'a Needs,
    as_of: AsOf,
    scans: Vec<Scan>,
}

impl Builder<'_> {
    fn scan(&mut self, scan: Scan) -> Result<Observations, KnowledgeError> {
        let found = self.knowledge.scan(&scan)?;
        self.scans.push(scan);
        Ok(found)
    }

    fn build(mut self, from: Day) -> Result<Cut, CutError> {
        let calendar = Calendar::nyse();
        let last = calendar.on_or_before(self.as_of.day());
        let start = calendar.back(from.min(last), self.needs.lookback + MARGIN);
        let series = self.series()?;
        let events = self.events()?;
        let mut cut = Cut {
            as_of: self.as_of,
            sessions: calendar.between(start, last).to_vec(),
            panel: Panel::default(),
            universes: BTreeMap::new(),
            lists: BTreeMap::new(),
            groups: BTreeMap::new(),
            series,
            events,
            facts: Facts::default(),
            filers: Filers::default(),
            filings: BTreeMap::new(),
            missing_sessions: Vec::new(),
            scans: Vec::new(),
            memo: Memo::default(),
        };
        if self.needs.panel() {
            self.panel(&mut cut, start, last)?;
        }
        if !self.needs.lists.is_empty() {
            let rows = self.scan(Scan::all(Dataset::Members).keys(self.needs.lists.iter().cloned()))?;
            cut.lists = Listing::from_rows(&rows);
        }
        if !self.needs.facts.is_empty() || self.needs.filings {
            self.facts(&mut cut)?;
        }
        cut.scans = self.scans;
        Ok(cut)
    }

    fn series(&mut self) -> Result<BTreeMap<String, Series>, CutError> {
        let ids: BTreeSet<String> = self.needs.series.iter().flat_map(|s| s.split('|')).map(str::to_owned).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = self.scan(Scan::all(Dataset::Series).keys(ids.iter().cloned()))?;
        let mut found = consolidate::lay_out(&rows);
        for series in found.values_mut().filter(|s| consolidate::doubled(s)) {
            let mut parts = Vec::new();
            for source in consolidate::SOURCES {
                let one = Scan::all(Dataset::Series).keys([series.id.clone()]).source(source);
                parts.extend(consolidate::lay_out(&self.knowledge.scan(&one)?).remove(&series.id));
            }
            *series = consolidate::join(std::mem::take(series), &parts);
        }
        let releases = Scan::all(Dataset::Vintages).keys(ids);
        let rows = self.knowledge.scan(&releases)?;
        if !rows.is_empty() {
            consolidate::released(&mut found, &rows);
            self.scans.push(releases);
        }
        let pick = |wanted: &String| wanted.split('|').find_map(|id| found.get(id)).map(|s| (wanted.clone(), s.clone()));
        Ok(self.needs.series.iter().filter_map(pick).collect())
    }

    fn events(&mut self) -> Result<BTreeMap<String, Vec<Event>>, CutError> {
        let mut out: BTreeMap<String, Vec<Event>> = BTreeMap::new();
        if self.needs.events.is_empty() {
            return Ok(out);
        }
        let rows = self.scan(Scan::all(Dataset::Events).keys(self.needs.events.iter().cloned()))?;
        let (calendar, kind, note, value) = (rows.text("calendar"), rows.text("kind"), rows.text("note"), rows.f64("value"));
        for (i, value) in value.iter().enumerate() {
            out.entry(calendar.get(i).to_owned()).or_default().push(Event {
                day: Day(rows.period[i]),
                kind: kind.get(i).to_owned(),
                value: *value,
                note: note.get(i).to_owned(),
                known_at: Moment(rows.known_at[i]),
            });
        }
        out.values_mut().for_each(|v| v.sort_by(|a, b| (a.day, &a.kind).cmp(&(b.day, &b.kind))));
        Ok(out)
    }

    fn facts(&mut self, cut: &mut Cut) -> Result<(), CutError> {
        cut.filers = Filers::lay_out(&self.scan(Scan::all(Dataset::Issuers).vintages())?);
        // Who reports is told from everything stated, so that a link does not depend on which numbers a measure asks for.
        let sharing = cut.filers.sharing(&cut.panel.securities);
        if !sharing.is_empty() {
            cut.filers.note_reports(&self.scan(Scan::all(Dataset::Facts).vintages().keys(sharing))?);
        }
        cut.filers.link(&cut.panel.securities);
        let mut wanted: BTreeSet<String> = cut.filers.linked().cloned().collect();
        wanted.extend(self.needs.issuers.iter().filter(|t| *t != "*").flat_map(|t| cut.filers.named(t)));
        wanted.extend(cut.lists.values().flat_map(Listing::symbols).flat_map(|s| cut.filers.named(&s)));
        let all = self.needs.issuers.contains("*");
        // Every vintage: kernels choose by when each was known, so that one cut serves every day before it.
        let every = |dataset| Scan::all(dataset).vintages();
        let limited = |dataset| if all { every(dataset) } else { every(dataset).keys(wanted.iter().cloned()) };
        if !self.needs.facts.is_empty() {
            cut.facts = Facts::lay_out(&self.scan(limited(Dataset::Facts))?, &self.needs.facts);
        }
        if self.needs.filings {
            cut.filings = filings(&self.scan(limited(Dataset::Filings))?);
        }
        Ok(())
    }

    fn panel(&mut self, cut: &mut Cut, mut start: Day, last: Day) -> Result<(), CutError> {
        let calendar = Calendar::nyse();
        let rules: BTreeMap<String, UniverseRule> =
            self.needs.universes.iter().map(|t| Ok((t.clone(), t.parse()?))).collect::<Result<_, UniverseError>>()?;
        for rule in rules.values().filter(|r| r.renewed()) {
            let back = if rule.renewal == Renewal::June { 260 } else { 70 };
            start = start.min(calendar.back(start, back));
        }
        let changes = self.changes()?;
        let descriptions = self.descriptions()?;
        let listings = self.listings(&rules)?;
        let whole = rules.values().any(UniverseRule::whole_market);
        let symbols = (!whole).then(|| self.symbols(&listings, &changes));
        let loaded = self.load(start, last, symbols, &changes, &descriptions)?;

        // Renewed universes are ranked on the rows themselves, so that only chosen securities are laid out.
        let mut chosen: BTreeSet<usize> = BTreeSet::new();
        let mut renewed: BTreeMap<&String, Renewed> = BTreeMap::new();
        for (text, rule) in rules.iter().filter(|(_, r)| r.renewed() || r.whole_market()) {
            let rows = Rows { bars: &loaded.bars, axis: &loaded.axis };
            let r = Renewed::rank(
                rule,
                &rows,
                &loaded.lineages,
                &loaded.sessions,
                &Described { descriptions: &descriptions, issuers: &loaded.issuers },
            );
            chosen.extend(r.ever());
            renewed.insert(text, r);
        }
        let listed = self.symbols(&listings, &changes);
        for (i, lineage) in loaded.lineages.iter().enumerate() {
            if lineage.spells.iter().any(|s| listed.contains(&s.symbol)) {
                chosen.insert(i);
            }
        }
        let chosen: Vec<usize> = chosen.into_iter().collect();
        let lineages: Vec<Lineage> = chosen.iter().map(|&i| loaded.lineages[i].clone()).collect();
        let issuers: Vec<u32> = chosen.iter().map(|&i| loaded.issuers[i]).collect();
        let rows = Rows { bars: &loaded.bars, axis: &loaded.axis };
        cut.panel = Panel::lay_out(&rows, &lineages, loaded.sessions.len(), &descriptions, &issuers);
        let present: BTreeSet<Day> = loaded.sessions.iter().copied().collect();
        if let (Some(a), Some(b)) = (loaded.sessions.first(), loaded.sessions.last()) {
            cut.missing_sessions = calendar.between(*a, *b).iter().copied().filter(|d| !present.contains(d)).collect();
        }
        cut.sessions = loaded.sessions;
        for (text, rule) in &rules {
            let listing = rule.list.as_ref().map(|l| listings.get(l).cloned().unwrap_or_default());
            let ranked = renewed.get(text).map(|r| r.on(&chosen));
            let universe = Universe::mask(rule, listing.as_ref(), ranked.as_ref(), &lineages, cut);
            cut.universes.insert(text.clone(), universe);
        }
        for (name, entries) in &self.needs.groups {
            let wanted: Vec<&str> = entries.iter().map(|e| e.as_of(self.as_of)).collect();
            cut.groups.insert(name.clone(), group(&cut.panel, &wanted));
        }
        Ok(())
    }

    fn changes(&mut self) -> Result<Vec<Change>, CutError> {
        let rows = self.scan(Scan::all(Dataset::SymbolChanges))?;
        let (old, new, kind) = (rows.text("symbol"), rows.text("new_symbol"), rows.text("kind"));
        let change = |i: usize| Change { old: old.get(i).into(), new: new.get(i).into(), on: Day(rows.period[i]) };
        Ok((0..rows.len()).filter(|&i| kind.get(i) == "change" && !new.get(i).is_empty()).map(change).collect())
    }

    fn descriptions(&mut self) -> Result<BTreeMap<String, Description>, CutError> {
        let rows = self.scan(Scan::all(Dataset::Securities))?;
        let field = |name: &str, i: usize| rows.text(name).get(i).to_owned();
        // Rows come in order of period: the latest description of a symbol stands.
        Ok((0..rows.len())
            .map(|i| {
                let d = Description {
                    name: field("name", i),
                    exchange: field("exchange", i).to_lowercase(),
                    sector: field("sector", i),
                    industry: field("industry", i),
                    country: field("country", i),
                };
                (field("symbol", i), d)
            })
            .collect())
    }

    fn listings(&mut self, rules: &BTreeMap<String, UniverseRule>) -> Result<BTreeMap<String, Listing>, CutError> {
        let names: BTreeSet<String> = rules.values().filter_map(|r| r.list.clone()).collect();
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let rows = self.scan(Scan::all(Dataset::Members).keys(names))?;
        Ok(Listing::from_rows(&rows))
    }

    /// Every symbol that lists or groups name, with those before and after known changes.
    fn symbols(&self, listings: &BTreeMap<String, Listing>, changes: &[Change]) -> BTreeSet<String> {
        let mut out: BTreeSet<String> = listings.values().flat_map(Listing::symbols).collect();
        for entry in self.needs.groups.values().flatten() {
            out.insert(entry.symbol.clone());
            out.extend(entry.before.clone());
        }
        // Lists that drop the class separator mean either spelling.
        let classes: Vec<String> = out
            .iter()
            .filter(|s| s.len() > 2 && s.ends_with(['A', 'B', 'C', 'K', 'V']))
            .map(|s| format!("{}.{}", &s[..s.len() - 1], &s[s.len() - 1..]))
            .collect();
        out.extend(classes);
        loop {
            let more: Vec<String> = changes
                .iter()
                .filter(|c| out.contains(&c.old) != out.contains(&c.new))
                .flat_map(|c| [c.old.clone(), c.new.clone()])
                .collect();
            if more.is_empty() {
                return out;
            }
            out.extend(more);
        }
    }

    fn load(
        &mut self,
        start: Day,
        last: Day,
        symbols: Option<BTreeSet<String>>,
        changes: &[Change],
        descriptions: &BTreeMap<String, Description>,
    ) -> Result<Loaded, CutError> {
        let source = self.needs.panel_source.as_deref().unwrap_or(DEFAULT_PANEL);
        let mut scan = Scan::all(Dataset::Bars).columns(BAR_COLUMNS).periods(start..=last).source(source);
        scan.keys = symbols;
        let bars = self.scan(scan)?;
        let calendar = Calendar::nyse().between(start, last);
        let width = (last.0 - start.0 + 1).max(0) as usize;
        let mut seen = vec![false; width];
        bars.period.iter().for_each(|p| seen[(p - start.0) as usize] = true);
        let sessions: Vec<Day> = calendar.iter().copied().filter(|d| seen[(d.0 - start.0) as usize]).collect();
        let mut at = vec![u32::MAX; width];
        sessions.iter().enumerate().for_each(|(t, d)| at[(d.0 - start.0) as usize] = t as u32);
        let axis: Vec<u32> = bars.period.iter().map(|p| at[(p - start.0) as usize]).collect();

        let symbol = bars.text("symbol");
        let mut spells = Vec::new();
        let mut i = 0;
        while i < bars.len() {
            let code = symbol.codes[i];
            let end = i + symbol.codes[i..].iter().take_while(|c| **c == code).count();
            let name = symbol.get(i);
            let taken: Vec<usize> = changes.iter().filter(|c| c.old == name).map(|c| position(&sessions, c.on)).collect();
            spells.extend(identity::spells(name, i..end, &axis, &taken));
            i = end;
        }
        let lineages = identity::join(spells, changes, |d| position(&sessions, d));
        let issuers = issuers(&lineages, descriptions);
        Ok(Loaded { bars, axis, sessions, lineages, issuers })
    }
}

/// Descriptions and issuers of lineages.
pub(crate) struct Described<'a> {
    pub(crate) descriptions: &'a BTreeMap<String, Description>,
    pub(crate) issuers: &'a [u32],
}

/// Numbers the issuers: securities whose descriptions name one company share a number. Without descriptions, symbols that differ only
/// in the class letter after the separator do.
fn issuers(lineages: &[Lineage], descriptions: &BTreeMap<String, Description>) -> Vec<u32> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    lineages
        .iter()
        .enumerate()
        .map(|(i, lineage)| {
            let last = lineage.spells.last().expect("a lineage has a spell");
            let company = descriptions.get(&last.symbol).map(|d| identity::company(&d.name)).filter(|c| !c.is_empty());
            let key = company.unwrap_or_else(|| format!("={}", last.symbol.split('.').next().unwrap_or_default()));
            // Two companies may follow each other under one symbol: only spells that overlap or stand under other symbols are classes.
            let reused =
                lineages[..i].iter().rev().take_while(|l| l.spells.last().map(|s| &s.symbol) == Some(&last.symbol)).count();
            let next = numbers.len() as u32;
            *numbers.entry(if reused > 0 { format!("{key}#{reused}") } else { key }).or_insert(next)
        })
        .collect()
}

/// Resolves symbols as of the cut: the latest security under each symbol, with the other classes of its issuer.
fn group(panel: &Panel, symbols: &[&str]) -> Group {
    let mut members = BTreeSet::new();
    let mut unresolved = Vec::new();
    for symbol in symbols {
        match panel.securities.iter().rposition(|s| s.symbol == *symbol) {
            Some(i) => {
                let issuer = panel.securities[i].issuer;
                members.extend((0..panel.securities.len()).filter(|&k| panel.securities[k].issuer == issuer));
            }
            None => unresolved.push((*symbol).to_owned()),
        }
    }
    Group { members: members.into_iter().collect(), unresolved }
}
