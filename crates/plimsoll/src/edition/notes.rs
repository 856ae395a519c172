//! Method, inputs, what could not be known, disclosure.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_claims::{Assessment, Test, Thesis, Verdict};
use plimsoll_measures::Spec;
use plimsoll_measures::replay::Asked;
use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{InputEntry, MethodEntry, SourceThrough, Unknown};
use plimsoll_sources::feeds::feeds;
use plimsoll_sources::{SourceInfo, readers};

use super::Publication;
use super::beside::Beside;
use crate::lineage::Used;

/// Sessions after which a daily source counts as late, where its publisher's own lag is not stated.
const LATE: u16 = 3;

/// Sessions after which a source counts as late: as `plimsoll sources` states it.
fn late_after(source: &str) -> usize {
    let of_source = feeds().iter().map(|f| f.info()).filter(|i| i.readers.iter().any(|r| r.info().id == source));
    of_source.filter_map(|i| i.late_after).max().unwrap_or(LATE).into()
}

/// The disclosure.
pub fn disclosure(thesis: &Thesis, publication: &Publication) -> Vec<String> {
    let mut out = vec![
        "This page measures an argument; it is not investment advice, an offer, or a recommendation to buy or sell anything. Verdicts are \
         the outcome of stated thresholds on stated figures and can be wrong as those can."
            .to_owned(),
        "Figures use only what was known at the moment named above, by the documented rule of each source. Index figures are rebuilt from \
         public data and are not those of the index providers. Past relations need not hold."
            .to_owned(),
        publication.positions(),
    ];
    if !thesis.source.is_empty() {
        out.push(format!("The argument: {}", thesis.source));
    }
    out
}

fn info(source: &str) -> Option<&'static SourceInfo> {
    readers().iter().map(|r| r.info()).find(|i| i.id == source)
}

/// The source behind a name that the recorder gave: `series fred:DGS10`, `bars screener`, `members sp500`.
fn source_of(name: &str) -> &str {
    let (dataset, rest) = name.split_once(' ').unwrap_or(("", name));
    match dataset {
        "series" => rest.split(':').next().unwrap_or(rest),
        "members" => "membership",
        "symbol_changes" => "symbol_events",
        _ => rest,
    }
}

/// How far each source reaches: its last day used.
pub fn data_through(used: &BTreeMap<String, Used>, providers: &BTreeMap<String, String>, session: Day) -> Vec<SourceThrough> {
    let mut last: BTreeMap<String, Day> = BTreeMap::new();
    for (name, u) in used.iter().filter(|(n, _)| n.starts_with("series ") || n.starts_with("bars ")) {
        let through = last.entry(source_of(name).to_owned()).or_insert(u.last);
        *through = (*through).max(u.last);
    }
    last.into_iter()
        .map(|(source, through)| SourceThrough {
            stale: Calendar::nyse().between(through.plus(1), session).len() > late_after(&source),
            providers: providers.get(&source).cloned().unwrap_or_default(),
            source,
            through,
        })
        .collect()
}

/// The anchor of an input: its dataset and source.
fn input_id(name: &str) -> String {
    let dataset = name.split(' ').next().unwrap_or_default();
    format!("{dataset}-{}", source_of(name).replace([' ', ':', '^'], "-").to_lowercase())
}

/// What a reader must know of an input: who provided it, where several can, and its known defects.
fn note(about: Option<&SourceInfo>, provided: Option<&String>) -> Option<String> {
    let by = provided.map(|p| format!("Provided by {p}"));
    let parts: Vec<String> =
        by.into_iter().chain(about.into_iter().flat_map(|i| i.caveats.iter().map(|c| (*c).to_owned()))).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What was read, one entry a dataset and source.
pub fn inputs(used: &BTreeMap<String, Used>, providers: &BTreeMap<String, String>) -> Vec<InputEntry> {
    let mut grouped: BTreeMap<String, Vec<(&String, &Used)>> = BTreeMap::new();
    used.iter().for_each(|(name, u)| grouped.entry(input_id(name)).or_default().push((name, u)));
    grouped
        .into_iter()
        .map(|(id, parts)| {
            let (first, source) = (parts[0].0, source_of(parts[0].0));
            let about = info(source);
            let keys: Vec<&str> = parts.iter().filter_map(|(n, _)| n.split_once(' ').map(|x| x.1)).collect();
            let dataset = first.split(' ').next().unwrap_or_default();
            let known = parts.iter().map(|(_, u)| u.last_known_at).max();
            // One digest stands for itself; several are digested in the order of their names.
            let digest = match parts.as_slice() {
                [(_, only)] => only.digest.clone(),
                several => {
                    let mut hasher = blake3::Hasher::new();
                    for (n, u) in several {
                        hasher.update(n.as_bytes()).update(u.digest.as_bytes());
                    }
                    hasher.finalize().to_hex().to_string()
                }
            };
            InputEntry {
                id,
                name: format!("{dataset}: {}", keys.join(", ")),
                source: about.map_or_else(|| source.to_owned(), |i| format!("{} ({})", i.title, i.publisher)),
                rows: Some(parts.iter().map(|(_, u)| u.rows).sum()),
                span: parts.iter().map(|(_, u)| (u.first, u.last)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
                vintage: known.map(|k| format!("last known at {k}")).unwrap_or_default(),
                hash: format!("observations {}", &digest[..32]),
                note: note(about, providers.get(source.split('.').next().unwrap_or(source))),
            }
        })
        .collect()
}

/// The inputs of a measure, by anchor: those of its series, and everything a panel is made of.
fn inputs_of(asked: &Asked, session: Day, all: &BTreeMap<String, Used>) -> Vec<String> {
    let needs = asked.measure.needs(&asked.params, session);
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for id in needs.series.iter().flat_map(|s| s.split('|')) {
        ids.extend(all.keys().filter(|n| n.strip_prefix("series ") == Some(id)).map(|n| input_id(n)));
    }
    let of = |kinds: &[&str], name: &str| kinds.iter().any(|k| name.starts_with(k));
    const FILED: &[&str] = &["facts ", "filings ", "issuers "];
    if needs.panel() {
        ids.extend(all.keys().filter(|n| !of(&["series ", "events "], n) && !of(FILED, n)).map(|n| input_id(n)));
    }
    if !needs.facts.is_empty() || needs.filings {
        ids.extend(all.keys().filter(|n| of(FILED, n)).map(|n| input_id(n)));
    }
    if !needs.events.is_empty() {
        ids.extend(all.keys().filter(|n| n.starts_with("events ")).map(|n| input_id(n)));
    }
    ids.into_iter().collect()
}

/// The measures used, those of claims first.
pub fn methods(thesis: &Thesis, beside: &Beside<'_>, all: &BTreeMap<String, Used>, session: Day) -> Vec<MethodEntry> {
    let mut specs: BTreeMap<&'static str, (&'static Spec, Vec<String>, BTreeSet<String>)> = BTreeMap::new();
    let of_claims = thesis.claims.iter().filter_map(|c| match &c.test {
        Test::Measured { asked, .. } => Some(asked),
        Test::Awaits(_) => None,
    });
    for asked in of_claims.chain(beside.asked()) {
        let values: Vec<String> = asked.params.values().iter().map(|(k, v)| format!("{k} = {v}")).collect();
        let (_, used, inputs) =
            specs.entry(asked.measure.spec().name).or_insert_with(|| (asked.measure.spec(), Vec::new(), BTreeSet::new()));
        inputs.extend(inputs_of(asked, session, all));
        let text = values.join(", ");
        if !text.is_empty() && !used.contains(&text) {
            used.push(text);
        }
    }
    specs
        .into_values()
        .map(|(spec, used, inputs)| {
            let with = if used.is_empty() { String::new() } else { format!(" Used with: {}.", used.join("; or ")) };
            MethodEntry {
                id: spec.name.into(),
                name: spec.title.into(),
                definition: format!("{}{with} Missing data: {} Verified: {}.", spec.definition, spec.missing, spec.verified),
                unit: spec.unit,
                reference: spec.references.join("; "),
                inputs: inputs.into_iter().collect(),
            }
        })
        .collect()
}

/// What could not be known: claims without a verdict, members without a price, sessions that are missing, symbols without a security.
pub fn unknown(thesis: &Thesis, assessment: &Assessment) -> Vec<Unknown> {
    let mut out = Vec::new();
    let say = |what: String, detail: String, amount: Option<f64>, unit: Unit| Unknown { what, detail, amount, unit };
    for (claim, a) in thesis.claims.iter().zip(&assessment.claims) {
        if a.verdict == Verdict::Unknown {
            let reason = a.reason.clone().unwrap_or_default();
            out.push(say(format!("Claim {}: {}", claim.link, claim.says), reason, None, Unit::Number));
        }
    }
    let cut = &assessment.cut;
    if let Some(t) = cut.last() {
        for (name, universe) in &cut.universes {
            let (listed, matched) = (universe.listed[t], universe.matched[t]);
            if listed > matched {
                let named: Vec<&str> = universe.unmatched.iter().take(8).map(String::as_str).collect();
                let more = universe.unmatched.len().saturating_sub(named.len());
                let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
                out.push(say(
                    format!("Members of {name} without a price"),
                    format!("{} of {listed} listed have no row in the panel that session: {}{tail}. They are left out and the weights of the others renormalised.", listed - matched, named.join(", ")),
                    Some(f64::from(listed - matched)),
                    Unit::Count,
                ));
            }
        }
    }
    for (name, group) in cut.groups.iter().filter(|(_, g)| !g.unresolved.is_empty()) {
        let symbols = group.unresolved.join(", ");
        out.push(say(
            format!("Symbols of the group {name}"),
            format!("No security is known under {symbols}."),
            Some(group.unresolved.len() as f64),
            Unit::Count,
        ));
    }
    if !cut.missing_sessions.is_empty() {
        let days: Vec<String> = cut.missing_sessions.iter().map(ToString::to_string).collect();
        out.push(say(
            "Sessions without prices".into(),
            format!(
                "The panel has no row on {}. Returns across them are bridged by closes where no split lies between.",
                days.join(", ")
            ),
            Some(days.len() as f64),
            Unit::Sessions,
        ));
    }
    if !cut.panel.absurd.is_empty() {
        let mut some: Vec<String> = cut
            .panel
            .absurd
            .iter()
            .rev()
            .take(5)
            .map(|(s, t, r)| {
                format!("{} on {} ({})", cut.panel.securities[*s].symbol, cut.sessions[*t], Unit::Fraction.format(*r))
            })
            .collect();
        some.reverse();
        out.push(say(
            "Returns left out as absurd".into(),
            format!("A published return that the company's capitalisation contradicts counts as missing: {}.", some.join(", ")),
            Some(cut.panel.absurd.len() as f64),
            Unit::Count,
        ));
    }
    if !cut.panel.doubted.is_empty() {
        let mut names: Vec<&str> = cut.panel.doubted.iter().map(|d| cut.panel.securities[d.0].symbol.as_str()).collect();
        names.dedup();
        let worst = cut.panel.doubted.iter().filter(|d| cut.panel.cap.at(d.0, d.1) > 0.0).max_by(|a, b| {
            let ratio = |d: &(usize, usize, f64)| (d.2 / cut.panel.cap.at(d.0, d.1)).ln().abs();
            ratio(a).total_cmp(&ratio(b))
        });
        let example = worst.map_or_else(String::new, |d| {
            let (symbol, day) = (&cut.panel.securities[d.0].symbol, cut.sessions[d.1]);
            let (said, used) = (Unit::Dollars.format(d.2), Unit::Dollars.format(cut.panel.cap.at(d.0, d.1)));
            format!(" The largest: {symbol} on {day}, published {said}, used {used}.")
        });
        out.push(say(
            "Capitalisations not believed".into(),
            format!(
                "{} securities have days on which the published capitalisation implies a number of shares more than 40 % away from the usual \
                 one after a jump; the usual number is used until the new one has stood for half a year.{example}",
                names.len()
            ),
            Some(cut.panel.doubted.len() as f64),
            Unit::Count,
        ));
    }
    out
}
