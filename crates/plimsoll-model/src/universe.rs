//! Universes: published lists, and rules that need none.

use std::fmt;
use std::str::FromStr;

/// How a ranked universe is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Renewal {
    /// At the last session of each quarter.
    #[default]
    Quarter,
    /// At the last session of June, as the Russell indices are.
    June,
}

/// A universe as a text: parts joined by `&`.
///
/// | part | meaning |
/// |---|---|
/// | `sp500`, `russell2000`, any list's name | the published list as known then |
/// | `top:500` | the 500 largest issuers by capitalisation |
/// | `rank:1001-3000` | issuers ranked 1001st to 3000th |
/// | `@quarter` (default), `@june` | when ranks and price floors are renewed |
/// | `exchange:nyse`, `sector:Technology`, `country:United States` | described so |
/// | `price>=5` | close at renewal at least 5 dollars |
///
/// ```
/// use plimsoll_model::universe::UniverseRule;
/// let rule: UniverseRule = "rank:1001-3000 & price>=5 & @june".parse().unwrap();
/// assert_eq!(rule.rank, Some((1001, 3000)));
/// assert_eq!(rule.to_string(), "rank:1001-3000 & price>=5 & @june");
/// assert!("rank:0-10".parse::<UniverseRule>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UniverseRule {
    /// A published list.
    pub list: Option<String>,
    /// First and last rank by capitalisation, from 1.
    pub rank: Option<(usize, usize)>,
    /// When ranks are renewed.
    pub renewal: Renewal,
    /// Listing exchange.
    pub exchange: Option<String>,
    /// Sector.
    pub sector: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Lowest close at renewal, in dollars.
    pub price_floor: Option<f64>,
}

impl UniverseRule {
    /// Whether the rule looks at every listed security: it names no list, or it ranks (ranks are always of the whole market).
    pub fn whole_market(&self) -> bool {
        self.list.is_none() || self.renewed()
    }
    /// Whether membership is renewed on dates (and frozen between).
    pub fn renewed(&self) -> bool {
        self.rank.is_some() || self.price_floor.is_some()
    }
}

/// A text that is not a universe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("universe `{text}`: expected {expected}, got `{got}`")]
pub struct UniverseError {
    /// The whole text.
    pub text: String,
    /// What was expected.
    pub expected: String,
    /// The part that does not fit.
    pub got: String,
}

impl FromStr for UniverseRule {
    type Err = UniverseError;

    fn from_str(text: &str) -> Result<UniverseRule, UniverseError> {
        let fail = |expected: &str, got: &str| UniverseError { text: text.into(), expected: expected.into(), got: got.into() };
        let mut rule = UniverseRule::default();
        for part in text.split('&').map(str::trim) {
            if let Some(n) = part.strip_prefix("top:") {
                let n = n.parse().ok().filter(|n| *n > 0).ok_or_else(|| fail("a positive number after `top:`", part))?;
                rule.rank = Some((1, n));
            } else if let Some(range) = part.strip_prefix("rank:") {
                rule.rank = range
                    .split_once('-')
                    .and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)))
                    .filter(|(a, b): &(usize, usize)| *a >= 1 && a <= b);
                if rule.rank.is_none() {
                    return Err(fail("`rank:FIRST-LAST` with 1 <= FIRST <= LAST", part));
                }
            } else if let Some(x) = part.strip_prefix("exchange:") {
                rule.exchange = Some(x.trim().to_lowercase());
            } else if let Some(x) = part.strip_prefix("sector:") {
                rule.sector = Some(x.trim().to_owned());
            } else if let Some(x) = part.strip_prefix("country:") {
                rule.country = Some(x.trim().to_owned());
            } else if let Some(x) = part.strip_prefix("price>=") {
                let floor = x.trim().parse().ok().filter(|p: &f64| p.is_finite() && *p >= 0.0);
                rule.price_floor = Some(floor.ok_or_else(|| fail("a price in dollars after `price>=`", part))?);
            } else if let Some(x) = part.strip_prefix('@') {
                rule.renewal = match x {
                    "quarter" => Renewal::Quarter,
                    "june" => Renewal::June,
                    _ => return Err(fail("`@quarter` or `@june`", part)),
                };
            } else if !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
                && rule.list.is_none()
            {
                rule.list = Some(part.to_lowercase());
            } else {
                return Err(fail(
                    "a list's name or a rule such as `top:500`, `rank:1001-3000`, `sector:Energy`, `price>=5`",
                    part,
                ));
            }
        }
        Ok(rule)
    }
}

impl fmt::Display for UniverseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.list.clone());
        parts.extend(self.rank.map(|(a, b)| if a == 1 { format!("top:{b}") } else { format!("rank:{a}-{b}") }));
        parts.extend(self.exchange.as_ref().map(|x| format!("exchange:{x}")));
        parts.extend(self.sector.as_ref().map(|x| format!("sector:{x}")));
        parts.extend(self.country.as_ref().map(|x| format!("country:{x}")));
        parts.extend(self.price_floor.map(|x| format!("price>={x}")));
        if self.renewal == Renewal::June {
            parts.push("@june".into());
        }
        f.write_str(&parts.join(" & "))
    }
}
