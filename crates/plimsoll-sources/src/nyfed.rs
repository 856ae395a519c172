//! Reference rates of the Federal Reserve Bank of New York: the effective federal funds rate and its relatives.

use std::path::Path;

use plimsoll_model::intake::Refusal;
use plimsoll_model::time::Day;
use serde::Deserialize;

use crate::edgar::json::Text;
use crate::known::Rule;
use crate::series::{SeriesWriter, Value};
use crate::table::{layout, parse_day, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

/// Reads `{"refRates": [..]}` of the Markets API into `nyfed:EFFR`, `nyfed:SOFR` and the like, per cent a year.
pub struct NyFed;

static INFO: SourceInfo = SourceInfo {
    id: "nyfed",
    title: "Reference rates: effective federal funds rate, SOFR, overnight bank funding rate",
    publisher: "Federal Reserve Bank of New York, markets.newyorkfed.org/api/rates",
    terms: "Terms of use of the New York Fed: free with attribution, no endorsement implied, rates are subject to the disclaimer on the reference rates page",
    known_at: "09:00 of the next session (SOFR is out at about 08:00, EFFR at about 09:00 of the next business day); a rate marked as revised 14:30 of it, when revisions of the same day are published; the target range at 18:00 of the day it holds on, which follows its announcement",
    revisions: "On the day of publication only, at about 14:30, by a mark on the row; what was first published is not kept",
    caveats: &[
        "EFFR is a volume-weighted median of overnight transactions since 2016-03-01 and was a mean of brokered ones before",
        "Percentiles and volume exist from 2016-03-01 on; SOFR begins on 2018-04-02 (indicative values before are no publication)",
        "Business days only: over a weekend the rate of the Friday stands (FRED's DFF repeats it)",
    ],
    layout: "JSON `{refRates: [{effectiveDate, type, percentRate, percentPercentile1, percentPercentile25, percentPercentile75, percentPercentile99, targetRateFrom, targetRateTo, volumeInBillions, revisionIndicator}]}`",
};

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, rename = "refRates")]
    rates: Vec<Rate<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Rate<'a> {
    #[serde(borrow)]
    effective_date: Text<'a>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    percent_rate: Text<'a>,
    #[serde(borrow)]
    percent_percentile1: Text<'a>,
    #[serde(borrow)]
    percent_percentile25: Text<'a>,
    #[serde(borrow)]
    percent_percentile75: Text<'a>,
    #[serde(borrow)]
    percent_percentile99: Text<'a>,
    #[serde(borrow)]
    target_rate_from: Text<'a>,
    #[serde(borrow)]
    target_rate_to: Text<'a>,
    #[serde(borrow)]
    volume_in_billions: Text<'a>,
    #[serde(borrow)]
    revision_indicator: Text<'a>,
}

/// Rates that are read; the API has averages and an index as well, which are computed from them.
const KINDS: [&str; 5] = ["EFFR", "OBFR", "SOFR", "BGCR", "TGCR"];
/// A rate beyond these is a slip of the pen, per cent.
const BAND: std::ops::RangeInclusive<f64> = -5.0..=30.0;

impl Reader for NyFed {
    fn info(&self) -> &'static SourceInfo {
        &INFO
    }

    fn recognises(&self, head: &Head) -> bool {
        let text = head.bytes.trim_ascii_start();
        let start = &text[..text.len().min(64)];
        start.starts_with(b"{") && start.windows(10).any(|w| w == b"\"refRates\"")
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let bytes = std::fs::read(path).map_err(|cause| SourceError::Io { path: path.to_owned(), cause })?;
        let answer: Answer<'_> =
            serde_json::from_slice(&bytes).map_err(|e| layout(path, e.line() as u64, "JSON", INFO.layout, &e.to_string()))?;
        // A day without a rate is missing; an answer without any has another layout.
        let known = |r: &Rate<'_>| !matches!(r.percent_rate, Text::Missing);
        if !answer.rates.is_empty() && !answer.rates.iter().any(known) {
            return Err(layout(path, 1, "percentRate", "a rate in some row", "none in any"));
        }
        let mut out = SeriesWriter::new(sink, false);
        let mut seen: Vec<(String, Day)> = Vec::new();
        for (i, rate) in answer.rates.iter().enumerate() {
            let row = i as u64 + 1;
            let Some(period) = parse_day(rate.effective_date.as_str().as_bytes()) else {
                let got = rate.effective_date.shown();
                out.sink().refuse(refusal("not_a_day", row, "effectiveDate", "a day as YYYY-MM-DD", got.as_bytes()));
                continue;
            };
            let kind = rate.kind.as_str();
            let mut refuse = |rule: &str, field: &str, expected: &str, got: &str| {
                let refused = refusal(rule, row, field, expected, got.as_bytes());
                out.sink().refuse(Refusal { period: Some(period), ..refused });
            };
            if !KINDS.contains(&kind) {
                refuse("unknown_rate", "type", "EFFR, OBFR, SOFR, BGCR or TGCR", &rate.kind.shown());
                continue;
            }
            if seen.iter().any(|(k, d)| k == kind && *d == period) {
                refuse("duplicate_key", "effectiveDate", "one row a rate and day", &format!("{kind} {period}"));
                continue;
            }
            seen.push((kind.to_owned(), period));
            one(rate, row, period, &mut out)?;
        }
        sink_done(&mut out, bytes.len() as u64);
        Ok(out.finish()?)
    }
}

fn sink_done(out: &mut SeriesWriter<'_>, bytes: u64) {
    out.sink().progress(bytes, bytes);
}

fn one(rate: &Rate<'_>, row: u64, period: Day, out: &mut SeriesWriter<'_>) -> Result<(), SourceError> {
    let kind = rate.kind.as_str();
    let revised = !rate.revision_indicator.as_str().trim().is_empty();
    let published = Rule::Next(if revised { (14, 30) } else { (9, 0) }).known_at(period);
    let held = Rule::SameDay((18, 0)).known_at(period);
    let fields = [
        ("percentRate", &rate.percent_rate, format!("nyfed:{kind}"), true),
        ("percentPercentile1", &rate.percent_percentile1, format!("nyfed:{kind}:p1"), true),
        ("percentPercentile25", &rate.percent_percentile25, format!("nyfed:{kind}:p25"), true),
        ("percentPercentile75", &rate.percent_percentile75, format!("nyfed:{kind}:p75"), true),
        ("percentPercentile99", &rate.percent_percentile99, format!("nyfed:{kind}:p99"), true),
        ("targetRateFrom", &rate.target_rate_from, "nyfed:target:from".to_owned(), true),
        ("targetRateTo", &rate.target_rate_to, "nyfed:target:to".to_owned(), true),
        ("volumeInBillions", &rate.volume_in_billions, format!("nyfed:{kind}:volume"), false),
    ];
    for (field, text, series, percent) in fields {
        let missing = matches!(text, Text::Missing) || matches!(text.as_str().trim(), "NA" | "N/A") || is_blank(text);
        if missing {
            // Only the rate itself is owed.
            if field == "percentRate" {
                out.sink().missing(1);
            }
            continue;
        }
        let value = text.number().filter(|v| if percent { BAND.contains(v) } else { *v >= 0.0 && *v < 1e6 });
        let Some(value) = value else {
            let expected = if percent { "a rate in per cent between -5 and 30" } else { "billions of dollars" };
            let refused = refusal("implausible_rate", row, field, expected, text.shown().as_bytes());
            out.sink().refuse(Refusal { period: Some(period), ..refused });
            continue;
        };
        let known_at = if field.starts_with("target") { held } else { published };
        out.push(Value { series: &series, row, period, known_at, value, quality: 0 })?;
    }
    Ok(())
}

fn is_blank(text: &Text<'_>) -> bool {
    matches!(text, Text::Is(t) if t.trim().is_empty())
}
