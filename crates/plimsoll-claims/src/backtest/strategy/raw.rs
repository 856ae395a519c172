//! The checks of a file as written.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_measures::replay::Asked;
use plimsoll_measures::{ParamKind, Params, Scope, find, nearest};
use plimsoll_model::time::Day;
use toml::Spanned;

use super::shape::{Number, RawAsset, RawGaps, RawMoney, RawRule, RawSignal, RawStrategy};
use super::{
    Asset, Bill, Costs, Definition, Execution, Frequency, Gaps, Money, Rule, Schedule, Signal, Source as SignalSource, Strategy,
    When,
};
use crate::condition::Condition;
use crate::text::{FileError, Source, with_suggestion};
use crate::thesis::{Test, Thesis};

/// Parameters given from outside: they replace those of the file.
pub type Numbers = BTreeMap<String, f64>;

/// What the checks share.
pub(super) struct Context<'a> {
    source: Source<'a>,
    parameters: BTreeMap<String, f64>,
    used: std::cell::RefCell<BTreeSet<String>>,
}

impl Context<'_> {
    pub(super) fn error(&self, at: usize, message: impl Into<String>) -> FileError {
        self.source.error(at, message)
    }

    /// Puts the values of parameters in the places of `{name}`.
    pub(super) fn fill(&self, at: usize, text: &str) -> Result<String, FileError> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}') else {
                return Err(self.error(at, format!("`{text}`: a `{{` without a `}}`")));
            };
            let name = &rest[open + 1..open + close];
            let Some(value) = self.parameters.get(name) else {
                let known: Vec<&str> = self.parameters.keys().map(String::as_str).collect();
                let near = nearest(name, known.iter().copied()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
                let message = format!("`{text}`: no parameter is called `{name}`; there are: {}{near}", known.join(", "));
                return Err(self.error(at, message));
            };
            self.used.borrow_mut().insert(name.to_owned());
            out.push_str(&rest[..open]);
            out.push_str(&value.to_string());
            rest = &rest[open + close + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    pub(super) fn number(&self, at: usize, number: &Number) -> Result<f64, FileError> {
        let value = match number {
            Number::Value(x) => *x,
            Number::Text(text) => {
                let filled = self.fill(at, text)?;
                filled.parse().map_err(|_| self.error(at, format!("expected a number or `{{parameter}}`, got `{text}`")))?
            }
        };
        if value.is_finite() { Ok(value) } else { Err(self.error(at, format!("expected a finite number, got {value}"))) }
    }

    /// Basis points as a decimal, not negative.
    fn bps(&self, at: usize, what: &str, number: Option<&Number>) -> Result<f64, FileError> {
        let Some(number) = number else { return Ok(0.0) };
        let value = self.number(at, number)?;
        if (0.0..=10_000.0).contains(&value) {
            Ok(value / 1e4)
        } else {
            Err(self.error(at, format!("{what}: expected basis points from 0 to 10000, got {value}")))
        }
    }

    fn day(&self, what: &str, text: &Spanned<String>) -> Result<Day, FileError> {
        text.get_ref().parse().map_err(|e| self.error(text.span().start, format!("{what}: {e}")))
    }

    pub(super) fn word<T: Copy>(&self, what: &str, text: &Spanned<String>, words: &[(&str, T)]) -> Result<T, FileError> {
        let got = text.get_ref().as_str();
        words.iter().find(|w| w.0 == got).map(|w| w.1).ok_or_else(|| {
            let all: Vec<&str> = words.iter().map(|w| w.0).collect();
            let near = nearest(got, all.iter().copied()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            self.error(text.span().start, format!("{what}: expected {}, got `{got}`{near}", all.join(", ")))
        })
    }
}

impl Strategy {
    /// Reads and checks a strategy; `name` is the file's name, `thesis` gives aliases of universes, groups and claims, `given` replaces
    /// parameters of the file.
    pub fn parse(name: &str, text: &str, thesis: &Thesis, given: &Numbers) -> Result<Strategy, FileError> {
        let source = Source { name, text };
        let raw: RawStrategy = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            source.error(at, with_suggestion(e.message()))
        })?;
        let mut parameters: BTreeMap<String, f64> = raw.parameters.iter().map(|(k, v)| (k.clone(), *v.get_ref())).collect();
        for (key, value) in given {
            if !parameters.contains_key(key) {
                let known: Vec<&str> = raw.parameters.keys().map(String::as_str).collect();
                let near = nearest(key, known.iter().copied()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(source.error(0, format!("no parameter is called `{key}`; there are: {known}{near}")));
            }
            parameters.insert(key.clone(), *value);
        }
        let context = Context { source, parameters, used: std::cell::RefCell::default() };
        context.strategy(raw, thesis)
    }
}

impl Context<'_> {
    fn strategy(&self, raw: RawStrategy, thesis: &Thesis) -> Result<Strategy, FileError> {
        let day = |what: &str, text: &Option<Spanned<String>>| text.as_ref().map(|t| self.day(what, t)).transpose();
        let panel = match &raw.panel {
            None => thesis.scope.panel.clone(),
            Some(text) => Some(self.word("panel", text, &[("screener", "screener"), ("adjusted", "adjusted")])?.to_owned()),
        };
        let assets = raw.assets.iter().map(|(name, a)| self.asset(name, a, thesis)).collect::<Result<Vec<Asset>, FileError>>()?;
        if assets.is_empty() {
            return Err(self.error(0, "a strategy needs at least one asset"));
        }
        let names: Vec<&str> = assets.iter().map(|a| a.name.as_str()).collect();
        let benchmark = match &raw.benchmark {
            None => None,
            Some(text) => Some(self.position(text.span().start, "benchmark", text.get_ref(), &names)?),
        };
        let signals = raw
            .signals
            .iter()
            .map(|(name, s)| self.signal(name, s, &assets, thesis, panel.as_deref()))
            .collect::<Result<Vec<Signal>, FileError>>()?;
        let money = self.money(&raw.money)?;
        let signal_names: Vec<String> = signals.iter().map(|s| s.name.clone()).collect();
        let rules = self.rules(&raw.rules, &signal_names, &names, money.gross_limit)?;
        let schedule = raw.schedule.get_ref();
        let restore = match &schedule.weights {
            None => true,
            Some(text) => self.word("weights", text, &[("restored", true), ("kept", false)])?,
        };
        let retrospective = match &raw.knowledge {
            None => false,
            Some(text) => self.word("knowledge", text, &[("as_known", false), ("retrospective", true)])?,
        };
        let strategy = Strategy {
            id: self.source.name.rsplit('/').next().unwrap_or_default().trim_end_matches(".toml").to_owned(),
            title: raw.title,
            summary: raw.summary,
            source: raw.source,
            published: day("published", &raw.published)?,
            retrospective,
            from: day("from", &raw.from)?,
            to: day("to", &raw.to)?,
            benchmark,
            panel,
            rules,
            schedule: Schedule {
                decide: self.word("decide", &schedule.decide, &Frequency::WORDS)?,
                execute: self.word("execute", &schedule.execute, &Execution::WORDS)?,
                restore,
            },
            costs: self.costs(raw.costs.as_ref())?,
            gaps: self.gaps(&raw.gaps)?,
            money,
            assets,
            signals,
            parameters: self.parameters.clone(),
        };
        if let (Some(from), Some(to)) = (strategy.from, strategy.to)
            && from >= to
        {
            let at = raw.from.as_ref().map_or(0, |f| f.span().start);
            return Err(self.error(at, format!("from {from} does not lie before to {to}")));
        }
        if let Some(asset) = strategy.assets.iter().find(|a| a.open.is_none())
            && strategy.schedule.execute == Execution::NextOpen
        {
            let message = format!(
                "execute = \"next_open\": `{}` has no opening prices; name a series of them with `open = \"...\"`, or use \"next_close\"",
                asset.name
            );
            return Err(self.error(schedule.execute.span().start, message));
        }
        if let Some((name, at)) = raw.parameters.iter().find(|(k, _)| !self.used.borrow().contains(*k)) {
            return Err(self.error(at.span().start, format!("the parameter `{name}` is used nowhere")));
        }
        Ok(strategy)
    }

    fn position(&self, at: usize, what: &str, name: &str, names: &[&str]) -> Result<usize, FileError> {
        names.iter().position(|n| *n == name).ok_or_else(|| {
            let near = nearest(name, names.iter().copied()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            self.error(at, format!("{what}: no asset is called `{name}`; there are: {}{near}", names.join(", ")))
        })
    }

    fn asset(&self, name: &str, raw: &Spanned<RawAsset>, thesis: &Thesis) -> Result<Asset, FileError> {
        let at = raw.span().start;
        let asset = raw.get_ref();
        let listed = self.listed(name, at, asset, thesis)?;
        let definition = match (&asset.series, &asset.bond, asset.years) {
            (None, None, None) if listed.is_some() => Definition::Listed(listed.expect("just looked")),
            (Some(text), None, None) if listed.is_none() => {
                Definition::parse(text.get_ref()).map_err(|e| self.error(text.span().start, format!("asset `{name}`: {e}")))?
            }
            (None, Some(yields), Some(years)) if listed.is_none() && years > 0.0 && years <= 100.0 => {
                Definition::Bond { yields: yields.get_ref().clone(), years }
            }
            _ => {
                let message = format!(
                    "asset `{name}`: needs one of `series = \"...\"`, `security = \"AAPL\"`, `universe = \"...\"`, or `bond = \"a series of yields\"` with `years` (0 to 100)"
                );
                return Err(self.error(at, message));
            }
        };
        Ok(Asset {
            name: name.to_owned(),
            definition,
            open: asset.open.clone(),
            fee: self.bps(at, "fee_bps", asset.fee_bps.as_ref())?,
            borrow: self.bps(at, "borrow_bps", asset.borrow_bps.as_ref())?,
        })
    }

    fn signal(
        &self,
        name: &str,
        raw: &Spanned<RawSignal>,
        assets: &[Asset],
        thesis: &Thesis,
        panel: Option<&str>,
    ) -> Result<Signal, FileError> {
        let at = raw.span().start;
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(self.error(at, format!("signal `{name}`: a name has letters, digits and underscores")));
        }
        let signal = raw.get_ref();
        let source = match (&signal.measure, &signal.claim) {
            (Some(measure), None) => {
                let scope = Scope { panel: panel.map(str::to_owned), ..thesis.scope.clone() };
                SignalSource::Measure(self.measure(name, measure, signal, assets, &scope)?)
            }
            (None, Some(claim)) if signal.with.is_empty() => self.claim(name, claim, thesis)?,
            _ => return Err(self.error(at, format!("signal `{name}`: needs a `measure` (with `with`), or a `claim`"))),
        };
        Ok(Signal { name: name.to_owned(), source })
    }

    fn measure(
        &self,
        name: &str,
        measure: &Spanned<String>,
        signal: &RawSignal,
        assets: &[Asset],
        scope: &Scope,
    ) -> Result<Asked, FileError> {
        let found = find(measure.get_ref()).map_err(|e| self.error(measure.span().start, format!("signal `{name}`: {e}")))?;
        let spec = found.spec();
        let mut given = BTreeMap::new();
        for (key, value) in &signal.with {
            let text = match value.get_ref() {
                toml::Value::String(s) => self.fill(value.span().start, s)?,
                toml::Value::Integer(i) => i.to_string(),
                toml::Value::Float(x) => x.to_string(),
                other => {
                    let message =
                        format!("signal `{name}`: {}: expected a text or a number, got a {}", key.get_ref(), other.type_str());
                    return Err(self.error(value.span().start, message));
                }
            };
            let series = spec
                .params
                .iter()
                .any(|p| p.name == key.get_ref() && matches!(p.kind, ParamKind::Series | ParamKind::SeriesOrUniverse));
            let asset = assets.iter().find(|a| series && a.name == text);
            if let Some(asset) = asset.filter(|a| a.definition.listed().is_some()) {
                let message = format!(
                    "signal `{name}`: {}: `{}` is held, and is no series; a measure of members takes `universe`, a measure of a series `universe:NAME` or a series",
                    key.get_ref(),
                    asset.name
                );
                return Err(self.error(value.span().start, message));
            }
            let text = asset.map_or(text, |a| Strategy::series_id(&a.name, &a.definition));
            given.insert(key.get_ref().clone(), text);
        }
        let params = Params::resolve(spec, &given, scope).map_err(|e| {
            let start = signal.with.keys().next().map_or(measure.span().start, |k| k.span().start);
            self.error(start, format!("signal `{name}`: {e}"))
        })?;
        Ok(Asked { measure: found, params })
    }

    fn claim(&self, name: &str, id: &Spanned<String>, thesis: &Thesis) -> Result<SignalSource, FileError> {
        let at = id.span().start;
        let Some(claim) = thesis.claims.iter().find(|c| c.id == *id.get_ref()) else {
            let near = nearest(id.get_ref(), thesis.claims.iter().map(|c| c.id.as_str()));
            let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            return Err(self.error(at, format!("signal `{name}`: the thesis has no claim `{}`{near}", id.get_ref())));
        };
        match &claim.test {
            Test::Measured { asked, holds, fails } => {
                let again = |c: &Condition| Condition::compile(c.text()).map_err(|e| self.error(at, e));
                let fails = fails.as_ref().map(again).transpose()?;
                Ok(SignalSource::Claim { asked: asked.clone(), holds: again(holds)?, fails })
            }
            Test::Awaits(what) => Err(self.error(at, format!("signal `{name}`: the claim is not measured yet: {what}"))),
        }
    }

    fn rules(&self, raw: &[Spanned<RawRule>], signals: &[String], assets: &[&str], limit: f64) -> Result<Vec<Rule>, FileError> {
        let mut rules = Vec::with_capacity(raw.len());
        for (i, rule) in raw.iter().enumerate() {
            let (at, last) = (rule.span().start, i + 1 == raw.len());
            let number = i + 1;
            let when = match &rule.get_ref().when {
                None if !last => {
                    return Err(self.error(at, format!("rule {number} has no `when`, so the rules after it never apply")));
                }
                None => None,
                Some(_) if last => {
                    return Err(
                        self.error(at, format!("rule {number}: the last rule must have no `when`, so that one always applies"))
                    );
                }
                Some(text) => {
                    let filled = self.fill(text.span().start, text.get_ref())?;
                    let when = When::compile(&filled, signals);
                    Some(when.map_err(|e| self.error(text.span().start, format!("rule {number}: when = \"{filled}\": {e}")))?)
                }
            };
            let mut weights = vec![0.0; assets.len()];
            for (name, weight) in &rule.get_ref().hold {
                let asset = self.position(name.span().start, &format!("rule {number}: hold"), name.get_ref(), assets)?;
                weights[asset] = self.number(weight.span().start, weight.get_ref())?;
            }
            let gross: f64 = weights.iter().map(|w| w.abs()).sum();
            if gross > limit + 1e-9 {
                let message = format!(
                    "rule {number}: the weights sum to {gross} without their signs, above the limit of {limit}; where borrowing is meant, say `gross_limit = {gross}` under `[money]`"
                );
                return Err(self.error(at, message));
            }
            rules.push(Rule { when, weights });
        }
        match rules.len() {
            0 => Err(self.error(0, "a strategy needs at least one `[[rule]]`")),
            1..=200 => Ok(rules),
            n => Err(self.error(0, format!("expected at most 200 rules, got {n}"))),
        }
    }

    fn costs(&self, raw: Option<&Spanned<RawCosts>>) -> Result<Costs, FileError> {
        let Some(raw) = raw else { return Ok(Costs::default()) };
        let (at, costs) = (raw.span().start, raw.get_ref());
        Ok(Costs {
            commission: self.bps(at, "commission_bps", costs.commission_bps.as_ref())?,
            half_spread: self.bps(at, "half_spread_bps", costs.half_spread_bps.as_ref())?,
            slippage: self.bps(at, "slippage_bps", costs.slippage_bps.as_ref())?,
        })
    }

    fn money(&self, raw: &Spanned<RawMoney>) -> Result<Money, FileError> {
        let at = raw.span().start;
        let money = raw.get_ref();
        let id = money.bill.get_ref();
        let bill = if id.starts_with("french:") {
            Bill::Returns(id.clone())
        } else if id.contains(':') {
            Bill::Discount(id.clone())
        } else {
            let message =
                format!("bill: expected a series of daily returns (`french:RF`) or of discount rates (`fred:DTB3`), got `{id}`");
            return Err(self.error(money.bill.span().start, message));
        };
        let charged = match &money.financing {
            None => true,
            Some(text) => self.word("financing", text, &[("bill", true), ("free_forbidden", false)])?,
        };
        let gross_limit = money.gross_limit.as_ref().map(|n| self.number(at, n)).transpose()?.unwrap_or(1.0);
        if !(0.0..=100.0).contains(&gross_limit) {
            return Err(self.error(at, format!("gross_limit: expected a number from 0 to 100, got {gross_limit}")));
        }
        Ok(Money {
            bill,
            cash_spread: self.bps(at, "cash_spread_bps", money.cash_spread_bps.as_ref())?,
            financing_spread: self.bps(at, "financing_spread_bps", money.financing_spread_bps.as_ref())?,
            charged,
            gross_limit,
        })
    }

    fn gaps(&self, raw: &RawGaps) -> Result<Gaps, FileError> {
        let usual = Gaps::default();
        let pay_out = match &raw.delisted {
            None => usual.pay_out,
            Some(text) => self.word("delisted", text, &[("refuse", false), ("cash", true)])?,
        };
        let delisting_return = raw.delisting_return.unwrap_or(usual.delisting_return);
        if !(-1.0..=1.0).contains(&delisting_return) {
            return Err(self.error(0, format!("delisting_return: expected a decimal from -1 to 1, got {delisting_return}")));
        }
        Ok(Gaps { halt: raw.halt_sessions.unwrap_or(usual.halt), pay_out, delisting_return })
    }
}
