//! A thesis: a small text file of claims, each tied to a measure and a threshold.

use std::collections::BTreeMap;

use plimsoll_measures::replay::Asked;
use plimsoll_measures::{Params, Scope, Topic, Window, find};
use plimsoll_model::needs::Entry;
use plimsoll_model::symbol::canonical;
use plimsoll_model::universe::UniverseRule;
use serde::Deserialize;
use toml::Spanned;

use crate::condition::Condition;
use crate::text::{FileError, Source, with_suggestion};

/// A thesis, checked.
#[derive(Debug)]
pub struct Thesis {
    /// Its title.
    pub title: String,
    /// Who makes the argument, when and where.
    pub source: String,
    /// A paragraph.
    pub summary: String,
    /// Names of universes and groups.
    pub scope: Scope,
    /// The claims, in order.
    pub claims: Vec<Claim>,
}

/// One claim.
#[derive(Debug)]
pub struct Claim {
    /// Machine name.
    pub id: String,
    /// The link of the argument that it serves, from 1.
    pub link: u32,
    /// The statement.
    pub says: String,
    /// The section of the report it stands in.
    pub topic: Topic,
    /// What would make the verdict wrong although the figure is right.
    pub wrong: String,
    /// What decides it.
    pub test: Test,
    /// What it says of the future, where it does.
    pub forward: Option<Forward>,
}

/// What a claim says of the future: it is scored when the horizon ends.
#[derive(Debug)]
pub struct Forward {
    /// Sessions ahead.
    pub sessions: usize,
    /// Over the claim's own figure at the horizon, as known then: whether it came true.
    pub resolves: Condition,
    /// The probability given to that where the claim holds; one less it where the claim fails, a half where it is undecided.
    pub confidence: f64,
}

/// The confidence of a forward claim that states none.
pub const CONFIDENCE: f64 = 0.7;

/// What decides a claim.
#[expect(clippy::large_enum_variant, reason = "a thesis has a dozen claims")]
pub enum Test {
    /// A measure and its two conditions. Between them the claim is undecided; without `fails`, what does not hold fails.
    Measured {
        /// The measure with its parameters.
        asked: Asked,
        /// When it holds.
        holds: Condition,
        /// When it fails.
        fails: Option<Condition>,
    },
    /// The measure does not exist yet: the claim is unknown, visibly.
    Awaits(String),
}

impl std::fmt::Debug for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Test::Measured { asked, holds, fails } => {
                write!(f, "{} {:?} {holds:?} {fails:?}", asked.measure.spec().name, asked.params.values())
            }
            Test::Awaits(what) => write!(f, "awaits {what}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThesis {
    title: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    panel: Option<String>,
    #[serde(default)]
    universes: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    groups: BTreeMap<String, Spanned<Vec<RawEntry>>>,
    #[serde(rename = "claim", default)]
    claims: Vec<Spanned<RawClaim>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a symbol, or a table of symbols and the days they were used")]
enum RawEntry {
    Symbol(String),
    Renamed(Entry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table `[[claim]]`")]
struct RawClaim {
    id: Spanned<String>,
    #[serde(default)]
    link: Option<u32>,
    says: String,
    #[serde(default)]
    measure: Option<Spanned<String>>,
    #[serde(default)]
    with: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    unit: Option<Spanned<String>>,
    #[serde(default)]
    holds: Option<Spanned<String>>,
    #[serde(default)]
    fails: Option<Spanned<String>>,
    #[serde(default)]
    horizon: Option<Spanned<String>>,
    #[serde(default)]
    resolves: Option<Spanned<String>>,
    #[serde(default)]
    confidence: Option<Spanned<f64>>,
    #[serde(default)]
    awaits: Option<String>,
    #[serde(default)]
    topic: Option<Spanned<String>>,
    #[serde(default)]
    wrong: String,
}

impl Thesis {
    /// Reads and checks a thesis; `name` is the file's name for errors.
    pub fn parse(name: &str, text: &str) -> Result<Thesis, FileError> {
        Thesis::parse_with(name, text, &BTreeMap::new())
    }

    /// The same with some groups replaced: the sample world has other giants.
    pub fn parse_with(name: &str, text: &str, groups: &BTreeMap<String, Vec<Entry>>) -> Result<Thesis, FileError> {
        let source = Source { name, text };
        let raw: RawThesis = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            source.error(at, with_suggestion(e.message()))
        })?;
        let mut scope = scope(&source, &raw)?;
        scope.groups.extend(groups.iter().map(|(name, entries)| (name.clone(), entries.clone())));
        let mut claims: Vec<Claim> = Vec::with_capacity(raw.claims.len());
        if raw.claims.is_empty() {
            return Err(source.error(text.len(), "a thesis needs at least one `[[claim]]`"));
        }
        for (i, claim) in raw.claims.into_iter().enumerate() {
            let at = claim.span().start;
            let claim = claim.into_inner();
            if claims.iter().any(|c| c.id == *claim.id.get_ref()) {
                return Err(source.error(claim.id.span().start, format!("the id `{}` is used twice", claim.id.get_ref())));
            }
            claims.push(check(&source, at, i, claim, &scope)?);
        }
        Ok(Thesis { title: raw.title, source: raw.source, summary: raw.summary, scope, claims })
    }

    /// The measures that the claims ask for, in order, with the position of the claim.
    pub fn asked(&self) -> Vec<(usize, Asked)> {
        let measured = |(i, c): (usize, &Claim)| match &c.test {
            Test::Measured { asked, .. } => Some((i, asked.clone())),
            Test::Awaits(_) => None,
        };
        self.claims.iter().enumerate().filter_map(measured).collect()
    }
}

fn scope(source: &Source<'_>, raw: &RawThesis) -> Result<Scope, FileError> {
    let mut scope = Scope { panel: raw.panel.clone(), ..Scope::default() };
    for (alias, rule) in &raw.universes {
        let parsed: UniverseRule = rule.get_ref().parse().map_err(|e| source.error(rule.span().start, format!("{e}")))?;
        scope.universes.insert(alias.clone(), parsed.to_string());
    }
    for (name, entries) in &raw.groups {
        let at = entries.span().start;
        let entry = |e: &RawEntry| -> Result<Entry, FileError> {
            let symbol = |s: &str| {
                canonical(s).ok_or_else(|| source.error(at, format!("group {name}: expected a symbol such as AAPL, got `{s}`")))
            };
            match e {
                RawEntry::Symbol(s) => Ok(Entry::symbol(&symbol(s)?)),
                RawEntry::Renamed(e) if e.from.is_some() != e.before.is_some() => Err(source.error(
                    at,
                    format!("group {name}: {} needs `from` (first day of the symbol) and `before` (the symbol until then), or neither", e.symbol),
                )),
                RawEntry::Renamed(e) => Ok(Entry {
                    symbol: symbol(&e.symbol)?,
                    from: e.from,
                    before: e.before.as_deref().map(symbol).transpose()?,
                }),
            }
        };
        scope.groups.insert(name.clone(), entries.get_ref().iter().map(entry).collect::<Result<_, _>>()?);
    }
    Ok(scope)
}

fn check(source: &Source<'_>, at: usize, index: usize, raw: RawClaim, scope: &Scope) -> Result<Claim, FileError> {
    let id = raw.id.get_ref().clone();
    let topic = raw.topic.as_ref().map(|t| {
        topic(t.get_ref()).ok_or_else(|| {
            source.error(
                t.span().start,
                format!("claim `{id}`: topic: expected masking, momentum, rates, debt, credit or signals, got `{}`", t.get_ref()),
            )
        })
    });
    let topic = topic.transpose()?;
    let (test, default_topic) = match (&raw.measure, &raw.awaits) {
        (Some(_), Some(_)) => return Err(source.error(at, format!("claim `{id}`: has both `measure` and `awaits`"))),
        (None, None) => {
            return Err(source
                .error(at, format!("claim `{id}`: needs a `measure`, or `awaits = \"what is missing\"` where none exists yet")));
        }
        (None, Some(what)) => (Test::Awaits(what.clone()), Topic::Signals),
        (Some(name), None) => measured(source, at, &raw, name, scope)?,
    };
    let link = raw.link.unwrap_or(index as u32 + 1);
    let forward = forward(source, at, &raw)?;
    Ok(Claim { id, link, says: raw.says, topic: topic.unwrap_or(default_topic), wrong: raw.wrong, test, forward })
}

fn measured(
    source: &Source<'_>,
    at: usize,
    raw: &RawClaim,
    name: &Spanned<String>,
    scope: &Scope,
) -> Result<(Test, Topic), FileError> {
    let id = raw.id.get_ref();
    let measure = find(name.get_ref()).map_err(|e| source.error(name.span().start, format!("claim `{id}`: {e}")))?;
    let spec = measure.spec();
    let mut given = BTreeMap::new();
    for (key, value) in &raw.with {
        let text = match value.get_ref() {
            toml::Value::String(s) => s.clone(),
            toml::Value::Integer(i) => i.to_string(),
            toml::Value::Float(x) => x.to_string(),
            other => {
                let message = format!("claim `{id}`: {}: expected a text or a number, got a {}", key.get_ref(), other.type_str());
                return Err(source.error(value.span().start, message));
            }
        };
        given.insert(key.get_ref().clone(), text);
    }
    let params = Params::resolve(spec, &given, scope).map_err(|e| {
        let start = raw.with.keys().next().map_or(at, |k| k.span().start);
        source.error(start, format!("claim `{id}`: {e}"))
    })?;
    if let Some(unit) = raw.unit.as_ref().filter(|u| *u.get_ref() != spec.unit.name()) {
        let message = format!("claim `{id}`: unit: {} is in `{}`, got `{}`", spec.name, spec.unit.name(), unit.get_ref());
        return Err(source.error(unit.span().start, message));
    }
    let compile = |key: &str, text: &Spanned<String>| {
        Condition::compile(text.get_ref())
            .map_err(|e| source.error(text.span().start, format!("claim `{id}`: {key} = \"{}\": {e}", text.get_ref())))
    };
    let holds =
        raw.holds.as_ref().ok_or_else(|| source.error(at, format!("claim `{id}`: needs `holds`, such as \"value >= 0.5\"")))?;
    let holds = compile("holds", holds)?;
    let fails = raw.fails.as_ref().map(|f| compile("fails", f)).transpose()?;
    Ok((Test::Measured { asked: Asked { measure, params }, holds, fails }, spec.topic))
}

/// What a claim says of the future.
fn forward(source: &Source<'_>, at: usize, raw: &RawClaim) -> Result<Option<Forward>, FileError> {
    let id = raw.id.get_ref();
    let (horizon, resolves) = match (&raw.horizon, &raw.resolves) {
        (None, None) if raw.confidence.is_none() => return Ok(None),
        (Some(horizon), Some(resolves)) if raw.measure.is_some() => (horizon, resolves),
        _ => {
            let message = format!("claim `{id}`: a claim about the future needs `measure`, `horizon` and `resolves` together");
            return Err(source.error(at, message));
        }
    };
    let sessions = match horizon.get_ref().parse() {
        Ok(Window::Sessions(n)) => n,
        _ => {
            let message = format!(
                "claim `{id}`: horizon: expected sessions, months or years ahead such as `63`, `3m`, `1y`, got `{}`",
                horizon.get_ref()
            );
            return Err(source.error(horizon.span().start, message));
        }
    };
    let compiled = Condition::compile(resolves.get_ref())
        .map_err(|e| source.error(resolves.span().start, format!("claim `{id}`: resolves = \"{}\": {e}", resolves.get_ref())))?;
    let confidence = raw.confidence.as_ref().map_or(CONFIDENCE, |c| *c.get_ref());
    if !(0.5..=1.0).contains(&confidence) {
        let at = raw.confidence.as_ref().map_or(at, |c| c.span().start);
        return Err(source.error(at, format!("claim `{id}`: confidence: expected a probability from 0.5 to 1, got {confidence}")));
    }
    Ok(Some(Forward { sessions, resolves: compiled, confidence }))
}

fn topic(text: &str) -> Option<Topic> {
    [Topic::Masking, Topic::Momentum, Topic::Rates, Topic::Debt, Topic::Credit, Topic::Signals]
        .into_iter()
        .find(|t| t.title().eq_ignore_ascii_case(text))
}
