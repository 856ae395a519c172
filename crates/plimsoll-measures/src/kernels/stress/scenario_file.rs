//! A scenario as its user writes it: TOML, every key known, every number within bounds.
//!
//! ```toml
//! name = "late and shallow"
//! says = "Two cuts at the end of next year."
//! extends = "soft_landing"          # what is not said here is as there; default "priced"
//!
//! [policy]
//! kind = "cuts"                     # priced, hold, cuts or path
//! first_quarter = 7                 # of cuts: 1 is the next quarter
//! total_bp = 50                     # of cuts; negative is rises
//! pace_bp = 25                      # of cuts: a quarter; default 50
//! # shift_bp = 25                   # of priced
//! # rates_percent = [5.33, 5.25]    # of path: up to twelve quarters, the last one is held
//!
//! [cash_flow]
//! growth_per_year = -0.05           # or level = [1.0, 0.95, ...], EBITDA over a quarter of the past year's
//!
//! [spreads]
//! multiple = 1.5                    # or a list by quarter
//!
//! [assumptions]
//! tenor_quarters = 28
//! ```

use toml::{Table, Value};

use super::assumptions::{Assumptions, TABLE};
use super::borrower::QUARTERS;
use super::scenario::{NAMES, Policy, Scenario, USUAL_PACE};

/// What is wrong with a scenario file: where, what was expected, what was found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: expected {expected}, got {got}{}", crate::suggestion(.suggest))]
pub struct ScenarioError {
    /// The key, as `policy.kind`, or the line and column where the text is no TOML.
    pub at: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
    /// The nearest word there is, where one is near.
    pub suggest: Option<String>,
}

fn fail<T>(at: impl Into<String>, expected: impl Into<String>, got: impl ToString) -> Result<T, ScenarioError> {
    Err(ScenarioError { at: at.into(), expected: expected.into(), got: got.to_string(), suggest: None })
}

/// Refuses keys that are not among `known`.
fn keys(at: &str, table: &Table, known: &[&str]) -> Result<(), ScenarioError> {
    for key in table.keys() {
        if !known.contains(&key.as_str()) {
            return Err(ScenarioError {
                at: if at.is_empty() { key.clone() } else { format!("{at}.{key}") },
                expected: format!("one of {}", known.join(", ")),
                got: format!("`{key}`"),
                suggest: crate::nearest(key, known.iter().copied()),
            });
        }
    }
    Ok(())
}

fn word(at: &str, value: &str, known: &[&str]) -> Result<(), ScenarioError> {
    if known.contains(&value) {
        return Ok(());
    }
    Err(ScenarioError {
        at: at.to_owned(),
        expected: format!("one of {}", known.join(", ")),
        got: format!("`{value}`"),
        suggest: crate::nearest(value, known.iter().copied()),
    })
}

fn text<'a>(at: &str, value: &'a Value) -> Result<&'a str, ScenarioError> {
    value.as_str().map_or_else(|| fail(at, "text", value), Ok)
}

fn number(at: &str, value: &Value, (least, most): (f64, f64)) -> Result<f64, ScenarioError> {
    let found = value.as_float().or(value.as_integer().map(|i| i as f64));
    match found {
        Some(x) if (least..=most).contains(&x) => Ok(x),
        _ => fail(at, format!("a number from {least} to {most}"), value),
    }
}

/// A number for every quarter, or a list of them whose last is held.
fn by_quarter(at: &str, value: &Value, bounds: (f64, f64)) -> Result<[f64; QUARTERS], ScenarioError> {
    let Some(list) = value.as_array() else { return number(at, value, bounds).map(|x| [x; QUARTERS]) };
    if list.is_empty() || list.len() > QUARTERS {
        return fail(at, format!("one number, or 1 to {QUARTERS} of them by quarter"), format!("{} numbers", list.len()));
    }
    let found: Vec<f64> =
        list.iter().enumerate().map(|(i, v)| number(&format!("{at}[{i}]"), v, bounds)).collect::<Result<_, _>>()?;
    Ok(std::array::from_fn(|q| found[q.min(found.len() - 1)]))
}

fn section<'a>(root: &'a Table, name: &str) -> Result<Option<&'a Table>, ScenarioError> {
    match root.get(name) {
        None => Ok(None),
        Some(Value::Table(t)) => Ok(Some(t)),
        Some(other) => fail(name, format!("a table `[{name}]`"), other),
    }
}

/// Reads a scenario. `name` is used where the file gives none.
pub fn parse(source: &str, name: &str) -> Result<Scenario, ScenarioError> {
    let root: Table = match source.parse() {
        Ok(root) => root,
        Err(e) => {
            let line = e.span().map_or(1, |s| source[..s.start.min(source.len())].matches('\n').count() + 1);
            return fail(format!("line {line}"), "TOML", e.message());
        }
    };
    keys("", &root, &["name", "says", "extends", "policy", "cash_flow", "spreads", "assumptions"])?;
    let base = root.get("extends").map_or(Ok("priced"), |v| text("extends", v))?;
    word("extends", base, NAMES)?;
    let mut s = Scenario::named(base).expect("one of the names");
    s.name = root.get("name").map_or(Ok(name), |v| text("name", v))?.to_owned();
    s.says = match root.get("says") {
        Some(v) => text("says", v)?.to_owned(),
        None => format!("As {base}, changed by its file."),
    };
    if let Some(t) = section(&root, "policy")? {
        s.policy = policy(t)?;
    }
    if let Some(t) = section(&root, "cash_flow")? {
        keys("cash_flow", t, &["level", "growth_per_year"])?;
        match (t.get("level"), t.get("growth_per_year")) {
            (Some(_), Some(_)) => return fail("cash_flow", "either `level` or `growth_per_year`", "both"),
            (Some(v), None) => s.cash_flow = by_quarter("cash_flow.level", v, (-5.0, 10.0))?,
            (None, Some(v)) => {
                let g = number("cash_flow.growth_per_year", v, (-0.95, 5.0))?;
                s.cash_flow = std::array::from_fn(|q| (1.0 + g).powf((q as f64 + 1.0) / 4.0));
            }
            (None, None) => {}
        }
    }
    if let Some(t) = section(&root, "spreads")? {
        keys("spreads", t, &["multiple"])?;
        if let Some(v) = t.get("multiple") {
            s.spreads = by_quarter("spreads.multiple", v, (0.0, 20.0))?;
        }
    }
    if let Some(t) = section(&root, "assumptions")? {
        let known: Vec<&str> = TABLE.iter().map(|a| a.name).collect();
        keys("assumptions", t, &known)?;
        let mut all = Assumptions::default();
        for (key, value) in t {
            let at = format!("assumptions.{key}");
            let x = number(&at, value, (f64::MIN, f64::MAX))?;
            if let Err(e) = all.set(key, x) {
                return fail(
                    at,
                    e.to_string().split_once("expected ").map_or("", |p| p.1).split(", got").next().unwrap_or(""),
                    x,
                );
            }
            s.changes.push((key.clone(), x));
        }
    }
    Ok(s)
}

fn policy(t: &Table) -> Result<Policy, ScenarioError> {
    let kind = match t.get("kind") {
        Some(v) => text("policy.kind", v)?,
        None => return fail("policy.kind", "one of priced, hold, cuts, path", "nothing"),
    };
    word("policy.kind", kind, &["priced", "hold", "cuts", "path"])?;
    let needed = |key: &str| t.get(key).map_or_else(|| fail(format!("policy.{key}"), "a value", "nothing"), Ok);
    match kind {
        "priced" => {
            keys("policy", t, &["kind", "shift_bp"])?;
            let shift = t.get("shift_bp").map_or(Ok(0.0), |v| number("policy.shift_bp", v, (-1000.0, 1000.0)))?;
            Ok(Policy::Priced { shift: shift / 1e4 })
        }
        "hold" => keys("policy", t, &["kind"]).map(|()| Policy::Hold),
        "cuts" => {
            keys("policy", t, &["kind", "first_quarter", "total_bp", "pace_bp"])?;
            let first = number("policy.first_quarter", needed("first_quarter")?, (1.0, QUARTERS as f64))?;
            if first.fract() != 0.0 {
                return fail("policy.first_quarter", "a whole number, 1 for the next quarter", first);
            }
            let total = number("policy.total_bp", needed("total_bp")?, (-2000.0, 2000.0))? / 1e4;
            let pace = match t.get("pace_bp") {
                Some(v) => number("policy.pace_bp", v, (1.0, 1000.0))? / 1e4,
                None => USUAL_PACE,
            };
            Ok(Policy::Cuts { first: first as usize - 1, total, pace })
        }
        _ => {
            keys("policy", t, &["kind", "rates_percent"])?;
            let rates = by_quarter("policy.rates_percent", needed("rates_percent")?, (0.0, 30.0))?;
            Ok(Policy::Path(rates.map(|r| r / 100.0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(source: &str) -> String {
        parse(source, "mine").unwrap_err().to_string()
    }

    #[test]
    fn a_whole_file() {
        let s = parse(
            "name = 'late'\nextends = 'hard_landing'\n[policy]\nkind = 'cuts'\nfirst_quarter = 7\ntotal_bp = 50\npace_bp = 25\n\
             [cash_flow]\nlevel = [1.0, 0.9]\n[spreads]\nmultiple = 1.5\n[assumptions]\ntenor_quarters = 28\n",
            "mine",
        )
        .unwrap();
        assert_eq!(s.policy, Policy::Cuts { first: 6, total: 0.005, pace: 0.0025 });
        assert_eq!((s.cash_flow[0], s.cash_flow[1], s.cash_flow[11], s.spreads[5]), (1.0, 0.9, 0.9, 1.5));
        assert_eq!(s.assumptions(&Assumptions::default()).tenor_quarters, 28.0);
        let short = parse("[policy]\nkind = 'path'\nrates_percent = [5, 4.5]", "mine").unwrap();
        assert!(short.name == "mine" && matches!(short.policy, Policy::Path(r) if r[0] == 0.05 && r[11] == 0.045));
        let hard = parse("extends = 'hard_landing'", "x").unwrap();
        assert_eq!(hard.cash_flow, Scenario::named("hard_landing").unwrap().cash_flow);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            error("[polcy]\nkind = 'hold'"),
            "polcy: expected one of name, says, extends, policy, cash_flow, spreads, assumptions, got `polcy` (did you mean `policy`?)"
        );
        assert!(error("[policy]\nkind = 'cut'").contains("did you mean `cuts`?"));
        assert!(error("extends = 'soft landing'").contains("did you mean `soft_landing`?"));
        assert_eq!(error("[policy]\nkind = 'cuts'\ntotal_bp = 50"), "policy.first_quarter: expected a value, got nothing");
        assert!(
            error("[policy]\nkind = 'cuts'\ntotal_bp = 50\nfirst_quarter = 0")
                .starts_with("policy.first_quarter: expected a number from 1 to 12")
        );
        assert!(error("[policy]\nkind = 'cuts'\ntotal_bp = 50\nfirst_quarter = 1.5").contains("whole number"));
        assert!(error("[policy]\nkind = 'hold'\npace_bp = 3").starts_with("policy.pace_bp"));
        assert!(error("[cash_flow]\nlevel = []").contains("0 numbers"));
        assert!(error("[spreads]\nmultiple = [1, 'x']").starts_with("spreads.multiple[1]"));
        assert_eq!(error("[assumptions]\ntax_rate = 3"), "assumptions.tax_rate: expected a number from 0 to 0.9, got 3");
        assert!(error("[assumptions]\ntaxrate = 0.1").contains("did you mean `tax_rate`?"));
        assert!(error("name = 'x'\n[policy\n").starts_with("line 2"));
        assert!(error("policy = 3").contains("a table `[policy]`"));
        assert!(error("[cash_flow]\ngrowth_per_year = nan").contains("a number from"));
    }
}
