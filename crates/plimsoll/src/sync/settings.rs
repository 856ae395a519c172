//! `[sync]` of the configuration: who asks, for what, from whom first.

use std::path::PathBuf;
use std::time::Duration;

use plimsoll_model::time::Day;
use plimsoll_sources::feeds::feeds;
use plimsoll_sources::fetch::{Feed, FeedInfo, Keys, Manners, Role, Secret, Wanted};

use crate::failure::Failure;

/// Series of FRED that the shipped thesis and strategies read.
const SERIES: &[&str] =
    &["BAMLC0A0CM", "BAMLH0A0HYM2", "CPIAUCSL", "DFEDTARL", "DFEDTARU", "DFF", "DGS1", "DGS10", "DGS2", "DTB3", "NFCI"];
/// Funds and indices that the shipped thesis and strategies read.
const SYMBOLS: &[&str] = &[
    "^GSPC", "^RUT", "GLD", "IEF", "IWM", "RSP", "SPY", "TLT", "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLU", "XLV",
    "XLY",
];
/// Data sets of the French library that the shipped strategies read.
const FRENCH: &[&str] = &["F-F_Research_Data_Factors_daily", "10_Industry_Portfolios_daily", "Portfolios_Formed_on_ME_Daily"];
/// Funds whose holdings are kept from now on.
const FUNDS: &[&str] = &["IVV", "IWM", "RSP", "SPY"];

/// The section.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name and address that publishers may write to; the SEC demands them: `Jane Doe jane@example.org`.
    pub contact: Option<String>,
    /// Keys by name; what is not here is read from the environment.
    pub keys: Keys,
    /// Where fetched files are kept; beside the store otherwise.
    pub cache: Option<PathBuf>,
    /// Asked in place of the publishers: `MIRROR/HOST/PATH`.
    pub mirror: Option<String>,
    /// Providers of daily prices, in the order in which they are tried.
    pub prices: Vec<String>,
    /// Providers of fed funds futures, in the order in which they are tried.
    pub futures: Vec<String>,
    /// Series of FRED.
    pub series: Vec<String>,
    /// Symbols of funds, indices and shares, `^` before an index.
    pub symbols: Vec<String>,
    /// Data sets of the French library.
    pub french: Vec<String>,
    /// Funds whose holdings are fetched.
    pub funds: Vec<String>,
    /// Filers by central index key; all, in bulk, where none is named.
    pub ciks: Vec<u64>,
    /// Quarterly data sets of statements from this year on.
    pub statement_sets_from: Option<i16>,
    /// Nothing before this day.
    pub from: Option<String>,
    /// Sources that `plimsoll sync` without names leaves out.
    pub without: Vec<String>,
    /// How often a request is tried.
    pub attempts: usize,
    /// Seconds before the second try; each pause after is twice as long, with jitter.
    pub pause_seconds: f64,
    /// Seconds without a byte after which a connection counts as dead.
    pub timeout_seconds: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        let texts = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        // A provider whose terms ask for more than its name is asked only where the configuration names it.
        let role = |role| {
            let of_role = feeds().iter().map(|f| f.info()).filter(|i| i.role == Some(role) && i.by_default);
            of_role.map(|i| i.id.to_owned()).collect()
        };
        Settings {
            contact: None,
            keys: Keys::new(),
            cache: None,
            mirror: None,
            prices: role(Role::Prices),
            futures: role(Role::Futures),
            series: texts(SERIES),
            symbols: texts(SYMBOLS),
            french: texts(FRENCH),
            funds: texts(FUNDS),
            ciks: Vec::new(),
            statement_sets_from: None,
            from: None,
            without: Vec::new(),
            attempts: 5,
            pause_seconds: 1.0,
            timeout_seconds: 60.0,
        }
    }
}

impl Settings {
    /// With the keys that the environment has, checked.
    pub fn complete(mut self, environment: impl Fn(&str) -> Option<String>) -> Result<Settings, Failure> {
        let known: Vec<_> = feeds().iter().filter_map(|f| f.info().key).collect();
        if let Some(name) = self.keys.keys().find(|n| !known.iter().any(|k| k.name == n.as_str())) {
            let names: Vec<&str> = known.iter().map(|k| k.name).collect();
            return Err(
                Failure::new(format!("[sync.keys]: no source has a key `{name}`")).hint(format!("keys: {}", names.join(", ")))
            );
        }
        for key in known {
            if self.keys.get(key.name).is_none_or(Secret::is_empty)
                && let Some(value) = environment(key.environment)
            {
                self.keys.insert(key.name.to_owned(), Secret::new(&value));
            }
        }
        if let Some(contact) = &self.contact {
            let printable = contact.chars().all(|c| (' '..='~').contains(&c));
            let address = contact
                .split_whitespace()
                .any(|w| w.trim_matches(['<', '>']).split_once('@').is_some_and(|(n, h)| !n.is_empty() && h.contains('.')));
            if !printable || !address {
                return Err(Failure::new(format!(
                    "[sync] contact: expected a name and an e-mail address in plain letters, got `{contact}`"
                ))
                .hint("contact = \"Jane Doe jane@example.org\""));
            }
        }
        for (role, names) in [(Role::Prices, &self.prices), (Role::Futures, &self.futures)] {
            if let Some(name) = names.iter().find(|n| !feeds().iter().any(|f| f.info().id == *n && f.info().role == Some(role))) {
                let of_role: Vec<&str> =
                    feeds().iter().map(|f| f.info()).filter(|i| i.role == Some(role)).map(|i| i.id).collect();
                return Err(Failure::new(format!("[sync] {}: `{name}` provides none", role.name()))
                    .hint(format!("providers: {}", of_role.join(", "))));
            }
        }
        Ok(self)
    }

    /// What is wanted.
    pub fn wanted(&self) -> Result<Wanted, Failure> {
        let from = self.from.as_deref().map(str::parse::<Day>).transpose();
        Ok(Wanted {
            symbols: self.symbols.clone(),
            series: self.series.clone(),
            french: self.french.clone(),
            ciks: self.ciks.clone(),
            statement_sets_from: self.statement_sets_from,
            funds: self.funds.clone(),
            from: from.map_err(|e| Failure::new(format!("[sync] from: {e}")))?,
        })
    }

    /// How a publisher is asked. Only those that demand it are told who asks.
    pub fn manners(&self, info: &FeedInfo) -> Manners {
        let own = Manners::default();
        let user_agent = match &self.contact {
            Some(contact) if info.contact => format!("{} {contact}", own.user_agent),
            _ => format!("{} (+{})", own.user_agent, env!("CARGO_PKG_REPOSITORY")),
        };
        let seconds = |s: f64, most: f64| Duration::from_secs_f64(if s.is_finite() { s.clamp(0.001, most) } else { most });
        Manners {
            user_agent,
            mirror: self.mirror.clone(),
            attempts: self.attempts.clamp(1, 20),
            first_pause: seconds(self.pause_seconds, 600.0),
            read_timeout: seconds(self.timeout_seconds, 3600.0),
            ..own
        }
    }

    /// The feeds to run: chains of which the later ones stand in for the earlier, in the order of `plimsoll sources`.
    pub fn chains(&self, named: &[String]) -> Result<Vec<Vec<&'static dyn Feed>>, Failure> {
        let find = |name: &String| {
            feeds().iter().copied().find(|f| f.info().id == name).ok_or_else(|| {
                let near = feeds().iter().map(|f| f.info().id).min_by_key(|id| strsim::damerau_levenshtein(id, name));
                Failure::new(format!("no source `{name}`"))
                    .hint(format!("did you mean `{}`? `plimsoll sources` lists them", near.unwrap_or_default()))
            })
        };
        self.without.iter().try_for_each(|name| find(name).map(drop))?;
        if !named.is_empty() {
            let mut chains: Vec<Vec<&'static dyn Feed>> = Vec::new();
            for name in named {
                let feed = find(name)?;
                if !chains.iter().flatten().any(|f| f.info().id == feed.info().id) {
                    chains.push(vec![feed]);
                }
            }
            return Ok(chains);
        }
        let left = |f: &&'static dyn Feed| !self.without.iter().any(|w| w == f.info().id);
        let mut chains: Vec<Vec<&'static dyn Feed>> = feeds()
            .iter()
            .copied()
            .filter(|f| f.info().role.is_none() && f.info().by_default)
            .filter(left)
            .map(|f| vec![f])
            .collect();
        for names in [&self.prices, &self.futures] {
            let chain: Vec<_> =
                names.iter().filter_map(|n| feeds().iter().copied().find(|f| f.info().id == n)).filter(left).collect();
            if !chain.is_empty() {
                chains.push(chain);
            }
        }
        Ok(chains)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_name_and_an_address() {
        let with = |contact: &str| Settings { contact: Some(contact.into()), ..Settings::default() }.complete(|_| None).is_ok();
        assert!(with("Jane Doe jane@example.org") && with("Jane Doe <jane@example.org>"));
        assert!(!with("Jane Doe") && !with("jane@") && !with("x\r\ny@example.org"));
    }

    #[test]
    fn only_who_demands_a_contact_is_told_one() {
        let settings = Settings { contact: Some("Jane Doe jane@example.org".into()), ..Settings::default() };
        for feed in feeds() {
            let told = settings.manners(feed.info()).user_agent.contains("jane@example.org");
            assert_eq!(told, feed.info().contact, "{}", feed.info().id);
        }
    }

    #[test]
    fn sources_are_found_by_name_or_the_nearest_is_named() {
        let settings = Settings::default();
        assert_eq!(settings.chains(&["fred".into(), "fred".into()]).unwrap().len(), 1);
        let error = settings.chains(&["fredd".into()]).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("`fred`"), "{error}");
    }
}
