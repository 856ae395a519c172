//! The share of a universe that are zombies under a published definition.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::of_issuers::{self as of};
use crate::kernels::issuers::{FINANCIALS, Holder, Issuers, MEMBERS, needs};
use crate::kernels::zombies::{self, Definition, Judged, Reason, Sample, Spell, Years, medians, spells};
use crate::{Fact, Flags, Measure, Missing, ParamKind, ParamSpec, Params, Point, Spec, Topic, Unmeasurable};

/// Share of members that are zombies.
pub struct ZombieShare;

/// Sessions of capitalisations read for Tobin's q: five fiscal years and the wait for a filing.
const Q_SESSIONS: usize = 5 * 253 + 390;
/// Days over which entries and exits are listed in the evidence.
const RECENT: i32 = 365;

const DEFINITION: ParamSpec = ParamSpec::new(
    "definition",
    ParamKind::Choice(Definition::NAMES),
    "bis_broad",
    "whose definition: BIS broad or narrow (2018), Federal Reserve (2021), two years with a way out (Banerjee and Hofmann 2020)",
);
const AGE: ParamSpec =
    ParamSpec::new("age", ParamKind::Int(0, 100), "10", "the least age in years, for the BIS definitions of 2018; 0 for any");
const UNKNOWN_AGE: ParamSpec = ParamSpec::new(
    "unknown_age",
    ParamKind::Choice(&["old", "untold"]),
    "old",
    "an issuer whose age cannot be told counts as old, or cannot be judged: its filings begin before machine-readable numbers were due (June 2011), or only a vendor states it",
);
const OF: ParamSpec = ParamSpec::new(
    "of",
    ParamKind::Choice(&["all", "indebted"]),
    "all",
    "the share of all issuers that can be judged, or of those with interest expense in their last year",
);
const DEFLATOR: ParamSpec = ParamSpec::new(
    "deflator",
    ParamKind::Series,
    "fred:CPIAUCSL",
    "the price index for real growth of sales (Federal Reserve); where it is not known growth is nominal",
);
const BY: ParamSpec = ParamSpec::new(
    "by",
    ParamKind::Choice(&["none", "sector", "size", "year"]),
    "none",
    "break the evidence down by sector, by decile of total assets (1 is the smallest), or by fiscal year as known on the day",
);

static SPEC: Spec = Spec {
    name: "zombie_share",
    title: "Share of zombies",
    topic: Topic::Debt,
    unit: Unit::Fraction,
    summary: "The share of issuers that do not earn their interest and go on, under a published definition.",
    definition: "Judged is the last fiscal year known, at most eighteen months old. `bis_broad`: interest coverage (EBIT over interest expense) \
                 below one for three consecutive fiscal years, and at least ten years old. `bis_narrow`: the same, and Tobin's q \
                 (capitalisation at the fiscal year's end plus liabilities, over assets) below the median of the sector in the year. \
                 `fed_2021`: debt over assets above the sample's median of the year, coverage below one, and sales that fell in real terms \
                 over three years. `two_year`: coverage below one and q below the sector's median, both for two consecutive years; it ends \
                 when coverage is at least one, or q at least the median, for two consecutive years. Age is counted from the first statement; a proof of youth are filings of its own that begin after June 2011, when the last filers had to state machine-readable numbers. \
                 n is the number that can be judged.",
    params: &[of::UNIVERSE, MEMBERS, DEFINITION, AGE, UNKNOWN_AGE, OF, FINANCIALS, DEFLATOR, BY],
    inputs: "Fiscal years from filings, every vintage, in the unit of the filing (dollars): operating income, interest expense, revenue, debt, \
             assets, liabilities; capitalisations (dollars) for Tobin's q; a price index. Issuers by fiscal years.",
    missing: "Issuers that cannot be judged are in neither number and are counted by reason in the evidence: too few fiscal years, a number that \
              is not stated, no capitalisation. Tobin's q needs prices: before they begin, and for `members = listed` or `filers`, the \
              definitions that rest on it have no value. Flagged missing_members where more than 5 % of the members have no statement.",
    point_in_time: of::POINT_IN_TIME,
    references: &[
        "Banerjee, R. and Hofmann, B. (2018), The rise of zombie firms: causes and consequences, BIS Quarterly Review, September, 67-78",
        "Banerjee, R. and Hofmann, B. (2020), Corporate zombies: anatomy and life cycle, BIS Working Papers 882",
        "Favara, G., Minoiu, C. and Perez-Orive, A. (2021), U.S. zombie firms: how many and how consequential?, FEDS Notes, 30 July",
    ],
    verified: "testsuite/tests/real_debt.rs",
};

fn definition(params: &Params) -> Definition {
    Definition::by_name(params.text("definition")).expect("checked")
}

type Section<'a> = [(&'a Holder, Option<&'a Years>)];

fn wanted<'a>(section: &'a Section<'a>, financials: &'a str) -> impl Iterator<Item = (&'a Holder, &'a Years)> + Clone {
    section.iter().filter_map(|(h, y)| y.map(|y| (*h, y))).filter(move |(_, y)| match financials {
        "include" => true,
        "only" => y.financial,
        _ => !y.financial,
    })
}

/// The sample that a section is.
fn sample(cut: &Cut, params: &Params, section: &Section<'_>, day: Day) -> Sample {
    let series = cut.series.get(params.text("deflator"));
    let series = series.filter(|_| definition(params) == Definition::Fed2021);
    let prices = series.map(|s| (0..s.known_by(day)).map(|k| (s.day[k], s.value[k])).collect()).unwrap_or_default();
    let years = wanted(section, params.text("financials")).map(|(_, y)| y);
    Sample {
        prices,
        age: params.int("age") as i32,
        unknown_is_old: params.text("unknown_age") == "old",
        ..medians(years, definition(params))
    }
}

/// Judgements of every year of every wanted member.
fn judged<'a>(section: &'a Section<'a>, params: &'a Params, mut sample: Sample) -> Vec<(&'a Holder, &'a Years, Vec<Judged>)> {
    let definition = definition(params);
    let judge = |(holder, years): (&'a Holder, &'a Years)| {
        sample.sector.clone_from(&years.sector);
        sample.filed_since = years.filed_since;
        (holder, years, definition.judge(&years.years, &sample))
    };
    wanted(section, params.text("financials")).map(judge).collect()
}

/// Whether the last year of an issuer, judged so, is a zombie's, and counts.
fn now(years: &Years, judged: Option<&Judged>, indebted: bool) -> Option<bool> {
    let last = years.years.last()?;
    let counts = years.fresh && (!indebted || last.coverage().is_some());
    judged.filter(|_| counts)?.zombie
}

fn share(section: &Section<'_>, params: &Params, mut sample: Sample) -> Result<(f64, usize), Missing> {
    let (definition, indebted) = (definition(params), params.text("of") == "indebted");
    let (mut n, mut zombies) = (0usize, 0usize);
    for (_, years) in wanted(section, params.text("financials")).filter(|(_, y)| y.fresh) {
        if definition.needs_q() {
            sample.sector.clone_from(&years.sector);
        }
        sample.filed_since = years.filed_since;
        let judged = definition.judge_last(&years.years, &sample);
        if let Some(zombie) = now(years, judged.as_ref(), indebted) {
            n += 1;
            zombies += usize::from(zombie);
        }
    }
    if n == 0 { Err(Missing::NoData) } else { Ok((zombies as f64 / n as f64, n)) }
}

/// Share by fiscal year, as known on the day of the section: members of then, and their years.
fn by_year(all: &[(&Holder, &Years, Vec<Judged>)], indebted: bool) -> Vec<Fact> {
    let mut counts: BTreeMap<i16, (usize, usize)> = BTreeMap::new();
    for (_, years, judged) in all {
        for (y, j) in years.years.iter().zip(judged) {
            if let Some(zombie) = j.zombie.filter(|_| !indebted || y.coverage().is_some()) {
                let count = counts.entry(y.year).or_default();
                count.0 += usize::from(zombie);
                count.1 += 1;
            }
        }
    }
    let fact = |(year, (zombies, n)): (i16, (usize, usize))| {
        Fact::new(format!("fiscal {year}"), zombies as f64 / n as f64, Unit::Fraction).note(format!("n {n}"))
    };
    counts.into_iter().map(fact).collect()
}

/// Entries and exits that became known within a year of the day.
fn moves(all: &[(&Holder, &Years, Vec<Judged>)], day: Day) -> Vec<Fact> {
    let mut found: Vec<(Day, Fact)> = Vec::new();
    for (holder, years, judged) in all {
        for Spell { first, entered, exit } in spells(&years.years, judged) {
            let coverage = |year: i16| years.years.iter().find(|y| y.year == year).and_then(zombies::Year::coverage);
            let mut push = |at: Day, year: i16, word: String| {
                if day.0 - at.0 <= RECENT {
                    let value = coverage(year).unwrap_or(f64::NAN);
                    found.push((at, Fact::new(holder.label.clone(), value, Unit::Multiple).on(at).note(word)));
                }
            };
            push(entered.day(), first, format!("entered with fiscal {first}"));
            if let Some((year, at, why)) = exit {
                push(at.day(), year, format!("left with fiscal {year}: {}", why.text()));
            }
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.label.cmp(&b.1.label)));
    found.into_iter().take(20).map(|f| f.1).collect()
}

impl Measure for ZombieShare {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }
    fn needs(&self, params: &Params, _from: Day) -> Needs {
        let all = needs(params, zombies::ITEMS).series(params.text("deflator"));
        // Only the panel knows capitalisations; what a sample is read with must not depend on the definition asked beside it.
        if definition(params).needs_q() && all.panel() { all.lookback(Q_SESSIONS) } else { all }
    }
    fn track(&self, cut: &Cut, params: &Params, days: Range<usize>) -> Result<Vec<Point>, Unmeasurable> {
        let issuers = Issuers::of(cut, params)?;
        let tracks = zombies::tracks(&issuers, days.clone());
        let mut changed: Vec<usize> = issuers.holders.iter().flat_map(|h| &h.stretches).flat_map(|s| [s.start, s.end]).collect();
        changed.extend(tracks.steps.iter().flatten().map(|s| s.0));
        // Prices of the past year become known month by month.
        let prices = cut.series.get(params.text("deflator")).map(|s| s.known_at.as_slice()).unwrap_or_default();
        changed.extend(prices.iter().map(|known| issuers.ends.partition_point(|e| e < known)));
        changed.sort_unstable();
        changed.dedup();
        let mut out: Vec<Point> = Vec::with_capacity(days.len());
        for t in days {
            if let Some(before) = out.last().filter(|_| changed.binary_search(&t).is_err()) {
                out.push(*before);
                continue;
            }
            let section: Vec<_> = tracks.section(&issuers.holders, t).collect();
            let silent = section.iter().filter(|(_, y)| y.is_none()).count();
            let short = silent * 20 > section.len();
            let found = share(&section, params, sample(cut, params, &section, cut.sessions[t]));
            out.push(
                found.map_or_else(Point::missing, |(value, n)| Point::of(value, n).flagged(Flags::MISSING_MEMBERS.when(short))),
            );
        }
        Ok(out)
    }
    fn evidence(&self, cut: &Cut, params: &Params, day: usize) -> Vec<Fact> {
        let Ok(issuers) = Issuers::of(cut, params) else { return Vec::new() };
        let tracks = zombies::tracks(&issuers, day..day + 1);
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let indebted = params.text("of") == "indebted";
        let all = judged(&section, params, sample(cut, params, &section, cut.sessions[day]));
        let count = |label: &str, n: usize| Fact::new(label, n as f64, Unit::Count);
        let silent = section.iter().filter(|(_, y)| y.is_none()).count();
        let mut facts = vec![
            count("issuers that are members", section.len()),
            count("without any statement known", silent),
            count("left out by `financials`", section.len() - silent - all.len()),
            count("last fiscal year older than eighteen months", all.iter().filter(|(_, y, _)| !y.fresh).count()),
        ];
        let mut reasons: BTreeMap<(bool, Reason), usize> = BTreeMap::new();
        for (_, _, judged) in all.iter().filter(|(_, y, _)| y.fresh) {
            if let Some(j) = judged.last() {
                *reasons.entry((j.zombie.is_none(), j.reason)).or_default() += 1;
            }
        }
        facts.extend(reasons.into_iter().map(|((untold, reason), n)| {
            count(&format!("{}{}", if untold { "cannot be judged: " } else { "" }, reason.text()), n)
        }));
        let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        let mut sized: Vec<(f64, bool)> = Vec::new();
        for (holder, years, judged) in &all {
            let Some(zombie) = now(years, judged.last(), indebted) else { continue };
            match params.text("by") {
                "sector" => {
                    let sector = issuers.sector(holder, issuers.ends[day]);
                    groups.entry(sector).or_default().push(f64::from(u8::from(zombie)));
                }
                "size" => sized.extend(years.assets.map(|a| (a, zombie))),
                _ => {}
            }
        }
        sized.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let n = sized.len();
        for (k, (_, zombie)) in sized.into_iter().enumerate() {
            groups.entry(format!("decile {:02} of assets", k * 10 / n + 1)).or_default().push(f64::from(u8::from(zombie)));
        }
        facts.extend(of::by_group(groups, Unit::Fraction, |v| v.iter().sum::<f64>() / v.len() as f64));
        if params.text("by") == "year" {
            facts.extend(by_year(&all, indebted));
        }
        facts.extend(moves(&all, cut.sessions[day]));
        facts
    }
}

/// An issuer's fiscal years under one definition.
#[derive(Clone, Debug)]
pub struct Status {
    /// The definition.
    pub definition: Definition,
    /// The years, ascending.
    pub years: Vec<zombies::Year>,
    /// A judgement of each.
    pub judged: Vec<Judged>,
    /// Whether the last year is recent enough to speak of now.
    pub fresh: bool,
}

fn status_params(universe: &str, definition: Definition) -> Params {
    let given = [("universe", universe), ("definition", definition.name())];
    let given = given.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    Params::resolve(&SPEC, &given, &crate::Scope::default()).expect("parameters of its own")
}

/// What [`statuses`] is read from.
pub fn status_needs(universe: &str, from: Day) -> Needs {
    // The one that reads most: Tobin's q. The deflator is read by all.
    ZombieShare.needs(&status_params(universe, Definition::TwoYear), from)
}

/// An issuer among a universe at a position: its years judged under every definition, each as `zombie_share` of that universe counts it.
/// `None` where it is no member then, or states nothing.
///
/// # Errors
/// Where the universe is not known, or no statement at all.
pub fn statuses(cut: &Cut, universe: &str, issuer: &str, day: usize) -> Result<Option<Vec<Status>>, Unmeasurable> {
    let mut out = Vec::with_capacity(Definition::ALL.len());
    for &definition in Definition::ALL {
        let params = status_params(universe, definition);
        let issuers = Issuers::of(cut, &params)?;
        let tracks = zombies::tracks(&issuers, day..day + 1);
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let found = section.iter().find(|(h, _)| h.id.as_deref() == Some(issuer));
        let Some(years) = found.and_then(|(_, years)| *years) else { return Ok(None) };
        let mut sample = sample(cut, &params, &section, cut.sessions[day]);
        sample.sector.clone_from(&years.sector);
        sample.filed_since = years.filed_since;
        let judged = definition.judge(&years.years, &sample);
        out.push(Status { definition, years: years.years.clone(), judged, fresh: years.fresh });
    }
    Ok(Some(out))
}
