//! The file as written, before anything is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStrategy {
    pub(super) title: String,
    #[serde(default)]
    pub(super) summary: String,
    #[serde(default)]
    pub(super) source: String,
    #[serde(default)]
    pub(super) published: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) knowledge: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) from: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) to: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) benchmark: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) panel: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Spanned<f64>>,
    pub(super) assets: BTreeMap<String, Spanned<RawAsset>>,
    #[serde(default)]
    pub(super) signals: BTreeMap<String, Spanned<RawSignal>>,
    #[serde(rename = "rule")]
    pub(super) rules: Vec<Spanned<RawRule>>,
    pub(super) schedule: Spanned<RawSchedule>,
    #[serde(default)]
    pub(super) costs: Option<Spanned<RawCosts>>,
    pub(super) money: Spanned<RawMoney>,
    #[serde(default)]
    pub(super) gaps: RawGaps,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table such as `{ series = \"etf:SPY\" }` or `{ universe = \"small\", weight = \"cap\" }`"
)]
pub(super) struct RawAsset {
    #[serde(default)]
    pub(super) series: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) bond: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) security: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) universe: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) weight: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) rank: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) sessions: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) keep: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) top: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) bottom: Option<Spanned<Number>>,
    #[serde(default)]
    pub(super) renew: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) years: Option<f64>,
    #[serde(default)]
    pub(super) open: Option<String>,
    #[serde(default)]
    pub(super) fee_bps: Option<Number>,
    #[serde(default)]
    pub(super) borrow_bps: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table such as `{ measure = \"share_above_average\", with = { n = 200 } }`")]
pub(super) struct RawSignal {
    #[serde(default)]
    pub(super) measure: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) with: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
    #[serde(default)]
    pub(super) claim: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `hold`, and `when` unless it is the last rule")]
pub(super) struct RawRule {
    #[serde(default)]
    pub(super) when: Option<Spanned<String>>,
    pub(super) hold: BTreeMap<Spanned<String>, Spanned<Number>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `decide` and `execute`")]
pub(super) struct RawSchedule {
    pub(super) decide: Spanned<String>,
    pub(super) execute: Spanned<String>,
    #[serde(default)]
    pub(super) weights: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table of costs in basis points")]
pub(super) struct RawCosts {
    #[serde(default)]
    pub(super) commission_bps: Option<Number>,
    #[serde(default)]
    pub(super) half_spread_bps: Option<Number>,
    #[serde(default)]
    pub(super) slippage_bps: Option<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `bill`")]
pub(super) struct RawMoney {
    pub(super) bill: Spanned<String>,
    #[serde(default)]
    pub(super) cash_spread_bps: Option<Number>,
    #[serde(default)]
    pub(super) financing_spread_bps: Option<Number>,
    #[serde(default)]
    pub(super) financing: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) gross_limit: Option<Number>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table with `halt_sessions`, `delisted` or `delisting_return`")]
pub(super) struct RawGaps {
    #[serde(default)]
    pub(super) halt_sessions: Option<usize>,
    #[serde(default)]
    pub(super) delisted: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) delisting_return: Option<f64>,
}

/// A number, or a parameter as `"{name}"`.
#[derive(Deserialize, Clone)]
#[serde(untagged, expecting = "expected a number, or a parameter as `\"{name}\"`")]
pub(super) enum Number {
    Value(f64),
    Text(String),
}
