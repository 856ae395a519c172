//! Parameters: texts checked against what a measure declares.

use std::collections::BTreeMap;

use plimsoll_model::needs::Entry;
use plimsoll_model::time::Day;
use plimsoll_model::universe::UniverseRule;

use crate::spec::{ParamKind, Spec};
use crate::window::Window;

/// Names that a thesis (or the command line) gives to universes and groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Alias to list or rule.
    pub universes: BTreeMap<String, String>,
    /// Group to entries.
    pub groups: BTreeMap<String, Vec<Entry>>,
    /// The source of prices; `None` means the screener panel.
    pub panel: Option<String>,
}

/// The group that measures of a group mean where none is given and the scope has it.
pub const GIANTS: &str = "mega";

/// What stands before a universe where a series could stand.
const UNIVERSE: &str = "universe:";
/// What stands before a calendar's name where days could stand.
const CALENDAR: &str = "calendar:";

/// A parameter that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// No such parameter.
    #[error("{measure} has no parameter `{name}`; it takes {known}{}", crate::suggestion(.suggest))]
    Unknown {
        /// The measure.
        measure: &'static str,
        /// The name given.
        name: String,
        /// Names it has.
        known: String,
        /// The nearest of them.
        suggest: Option<String>,
    },
    /// A value that does not fit.
    #[error("{measure}: {name}: expected {expected}, got `{got}`")]
    Value {
        /// The measure.
        measure: &'static str,
        /// The parameter.
        name: &'static str,
        /// What was expected.
        expected: String,
        /// What was given.
        got: String,
    },
}

/// Checked parameters of one measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    measure: &'static str,
    values: BTreeMap<&'static str, String>,
    groups: BTreeMap<String, Vec<Entry>>,
    panel: Option<String>,
}

impl Params {
    /// Checks `given` against the specification; what is not given has its default. Aliases are resolved in `scope`.
    pub fn resolve(spec: &'static Spec, given: &BTreeMap<String, String>, scope: &Scope) -> Result<Params, ParamError> {
        for name in given.keys() {
            if !spec.params.iter().any(|p| p.name == name) {
                let known: Vec<&str> = spec.params.iter().map(|p| p.name).collect();
                return Err(ParamError::Unknown {
                    measure: spec.name,
                    name: name.clone(),
                    suggest: crate::nearest(name, known.iter().copied()),
                    known: if known.is_empty() { "none".into() } else { known.join(", ") },
                });
            }
        }
        let mut params =
            Params { measure: spec.name, values: BTreeMap::new(), groups: BTreeMap::new(), panel: scope.panel.clone() };
        for p in spec.params {
            // A thesis that names its giants means them wherever no group is given.
            let default = if p.kind == ParamKind::Group && scope.groups.contains_key(GIANTS) { GIANTS } else { p.default };
            let text = given.get(p.name).map_or(default, String::as_str).trim();
            let fail = |expected: String| ParamError::Value { measure: spec.name, name: p.name, expected, got: text.to_owned() };
            let value = match p.kind {
                ParamKind::Universe => {
                    let rule = scope.universes.get(text).map_or(text, String::as_str);
                    rule.parse::<UniverseRule>().map_err(|e| fail(e.expected))?.to_string()
                }
                ParamKind::Group => {
                    let entries = match scope.groups.get(text) {
                        Some(entries) => entries.clone(),
                        None => symbols(text).ok_or_else(|| {
                            let known: Vec<&str> = scope.groups.keys().map(String::as_str).collect();
                            fail(format!("a group ({}) or symbols separated by commas", known.join(", ")))
                        })?,
                    };
                    params.groups.insert(text.to_owned(), entries);
                    text.to_owned()
                }
                ParamKind::SeriesOrUniverse if text.starts_with(UNIVERSE) => {
                    let name = &text[UNIVERSE.len()..];
                    let rule = scope.universes.get(name).map_or(name, String::as_str);
                    format!("{UNIVERSE}{}", rule.parse::<UniverseRule>().map_err(|e| fail(e.expected))?)
                }
                ParamKind::Series | ParamKind::SeriesOrUniverse if text.is_empty() || text.contains(char::is_whitespace) => {
                    return Err(fail("a series id such as `treasury:10Y`".into()));
                }
                ParamKind::Series | ParamKind::SeriesOrUniverse => text.to_owned(),
                ParamKind::SeriesList => {
                    let entries: Vec<&str> = text.split(',').map(str::trim).collect();
                    let id = |t: &str| !t.is_empty() && !t.contains(char::is_whitespace);
                    let fits = |e: &str| e.split('/').count() <= 2 && e.split('/').all(id);
                    if !entries.iter().all(|e| fits(e)) {
                        return Err(fail(
                            "series ids or ratios A/B separated by commas, such as `etf:SPY,etf:XLU/etf:SPY`".into(),
                        ));
                    }
                    entries.join(",")
                }
                ParamKind::Calendars if !text.split(',').map(str::trim).all(calendar_name) => {
                    return Err(fail("names of calendars separated by commas, such as `cpi,employment`".into()));
                }
                ParamKind::Calendars => text.split(',').map(str::trim).collect::<Vec<_>>().join(","),
                ParamKind::Days(_) if text.strip_prefix(CALENDAR).is_some_and(calendar_name) => text.to_owned(),
                ParamKind::Int(a, b) => match text.parse::<i64>() {
                    Ok(n) if (a..=b).contains(&n) => n.to_string(),
                    _ => return Err(fail(format!("a whole number from {a} to {b}"))),
                },
                ParamKind::Float(a, b) => match text.parse::<f64>() {
                    Ok(x) if x >= a && x <= b => text.to_owned(),
                    _ => return Err(fail(format!("a number from {a} to {b}"))),
                },
                ParamKind::Window => text.parse::<Window>().map(|w| w.to_string()).map_err(fail)?,
                ParamKind::Day(words) | ParamKind::Days(words) if words.contains(&text) => text.to_owned(),
                ParamKind::Day(words) => match text.parse::<Day>() {
                    Ok(day) => day.to_string(),
                    Err(_) => return Err(fail(["a day as YYYY-MM-DD", &words.join(", ")].join(", or one of "))),
                },
                ParamKind::Days(words) => match text.split(',').map(|d| d.trim().parse::<Day>()).collect::<Result<Vec<_>, _>>() {
                    Ok(mut days) => {
                        days.sort_unstable();
                        days.dedup();
                        days.iter().map(Day::to_string).collect::<Vec<_>>().join(",")
                    }
                    Err(_) => {
                        let expected =
                            ["days as YYYY-MM-DD separated by commas, those of a calendar as `calendar:NAME`", &words.join(", ")]
                                .join(", or one of ");
                        return Err(fail(expected));
                    }
                },
                ParamKind::Choice(words) if !words.contains(&text) => return Err(fail(format!("one of {}", words.join(", ")))),
                ParamKind::Choice(_) => text.to_owned(),
            };
            params.values.insert(p.name, value);
        }
        Ok(params)
    }

    /// The checked text of a parameter.
    ///
    /// # Panics
    /// Where the measure did not declare it: a mistake of the measure.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("{} does not declare `{name}`", self.measure))
    }
    /// A whole number.
    pub fn int(&self, name: &str) -> usize {
        self.text(name).parse().expect("checked")
    }
    /// A number.
    pub fn float(&self, name: &str) -> f64 {
        self.text(name).parse().expect("checked")
    }
    /// A window.
    pub fn window(&self, name: &str) -> Window {
        self.text(name).parse().expect("checked")
    }
    /// The entries of a list of series.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.text(name).split(',').collect()
    }
    /// A day; `None` where one of the parameter's words stands there.
    pub fn day(&self, name: &str) -> Option<Day> {
        self.text(name).parse().ok()
    }
    /// The universe of a parameter that may be a series; `None` where a series stands there.
    pub fn universe(&self, name: &str) -> Option<&str> {
        self.text(name).strip_prefix(UNIVERSE)
    }
    /// The calendar that a parameter of days names, if any.
    pub fn calendar(&self, name: &str) -> Option<&str> {
        self.text(name).strip_prefix(CALENDAR)
    }
    /// Days, ascending; `None` where one of the parameter's words or a calendar stands there.
    pub fn days(&self, name: &str) -> Option<Vec<Day>> {
        self.text(name).split(',').map(|d| d.parse().ok()).collect()
    }
    /// The entries of a group parameter.
    pub fn group(&self, name: &str) -> &[Entry] {
        &self.groups[self.text(name)]
    }
    /// The source of prices, where the scope names one.
    pub fn panel(&self) -> Option<&str> {
        self.panel.as_deref()
    }
    /// All values, by name.
    pub fn values(&self) -> &BTreeMap<&'static str, String> {
        &self.values
    }
}

fn calendar_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_whitespace)
}

fn symbols(text: &str) -> Option<Vec<Entry>> {
    let entries: Option<Vec<Entry>> =
        text.split(',').map(|s| plimsoll_model::symbol::canonical(s).map(|s| Entry::symbol(&s))).collect();
    entries.filter(|e| !e.is_empty() && text.chars().any(char::is_uppercase))
}
