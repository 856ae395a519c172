//! The section `[alerts]` of the configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::alert::Kind;
use super::machine::Rules;
use super::quiet::Quiet;
use super::secret::{self, Secret};
use crate::config::Config;
use crate::failure::Failure;

/// The section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// The folder of the database and the key [default: the store's folder with `.alerts` behind its name].
    pub state: Option<PathBuf>,
    /// The address at which readers reach `plimsoll serve`: links in alerts begin with it.
    pub base_url: Option<String>,
    /// Whether the last entry of `X-Forwarded-For` names the caller: only behind a proxy that sets it.
    pub forwarded: bool,
    /// Sessions in a row with a new verdict before it is told.
    pub confirm: u32,
    /// Sessions between two flips told of one claim.
    pub cool_down: u32,
    /// Near: within this many usual five-session moves of a threshold; 0 turns it off.
    pub near: f64,
    /// Sessions without a figure before that is told.
    pub lost: u32,
    /// Sessions that data may lag behind before that is told.
    pub stale: u32,
    /// Nothing is sent to people within these hours unless they chose their own.
    pub quiet: Option<Quiet>,
    /// How sending is tried again.
    pub retry: Retry,
    /// How mail is sent.
    pub smtp: Option<Smtp>,
    /// Where alerts go, by name.
    pub channel: BTreeMap<String, Channel>,
}

impl Default for Alerts {
    fn default() -> Alerts {
        Alerts {
            state: None,
            base_url: None,
            forwarded: false,
            confirm: 2,
            cool_down: 5,
            near: 1.0,
            lost: 3,
            stale: 3,
            quiet: None,
            retry: Retry::default(),
            smtp: None,
            channel: BTreeMap::new(),
        }
    }
}

/// How sending is tried again: the pauses grow from `first` by `factor` to `most`, with jitter, until `tries` have failed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// The first pause.
    #[serde(deserialize_with = "duration")]
    pub first: Duration,
    /// How much longer each pause is.
    pub factor: f32,
    /// The longest.
    #[serde(deserialize_with = "duration")]
    pub most: Duration,
    /// After so many failures a message is dead: kept, listed, and sent only by `plimsoll alert retry`.
    pub tries: u32,
    /// How long one attempt may take.
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        let (first, most) = (Duration::from_secs(30), Duration::from_secs(6 * 3600));
        Retry { first, factor: 2.0, most, tries: 16, timeout: Duration::from_secs(30) }
    }
}

/// Where mail is handed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The server.
    pub host: String,
    /// Its port [default: 465 with `tls`, 587 with `starttls`, 25 without].
    pub port: Option<u16>,
    /// `tls`, `starttls` (required, never merely offered), or `none` (on loopback alone).
    #[serde(default)]
    pub tls: Tls,
    /// A certificate authority to trust beside the public ones, as PEM.
    pub ca_file: Option<PathBuf>,
    /// The user.
    pub user: Option<String>,
    /// The variable that holds the password.
    pub password_env: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// The sender that readers see: `Plimsoll <alerts@example.org>`.
    pub from: String,
    /// The mailbox that bounces come back to, as `bounces@example.org`: `+TAG` is put before the `@`.
    pub bounces: Option<String>,
    /// The name given in EHLO [default: the machine's].
    pub hello: Option<String>,
}

/// How a connection is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// From the first byte.
    Tls,
    /// After STARTTLS, without which nothing is sent.
    #[default]
    Starttls,
    /// Not at all.
    None,
}

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// Mail to the addresses in `to`.
    Mail,
    /// A signed POST of JSON.
    Webhook,
    /// An incoming webhook of Slack.
    Slack,
    /// A webhook of Discord.
    Discord,
    /// A file of JSON lines.
    File,
    /// Standard output.
    Stdout,
}

/// A channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What it is.
    pub kind: ChannelKind,
    /// Addresses, for mail.
    #[serde(default)]
    pub to: Vec<String>,
    /// The address of a webhook.
    pub url: Option<String>,
    /// The variable that holds it: the addresses of Slack and Discord are secrets.
    pub url_env: Option<String>,
    /// The file that holds it.
    pub url_file: Option<PathBuf>,
    /// The variable that holds the key of the signature.
    pub secret_env: Option<String>,
    /// The file that holds it.
    pub secret_file: Option<PathBuf>,
    /// A certificate authority to trust instead of the public ones, as PEM.
    pub ca_file: Option<PathBuf>,
    /// The file of JSON lines.
    pub path: Option<PathBuf>,
    /// Only these theses.
    #[serde(default)]
    pub theses: Vec<String>,
    /// Only these claims (alerts on data belong to no claim and always pass).
    #[serde(default)]
    pub claims: Vec<String>,
    /// Only these kinds.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Nothing is sent within these hours.
    pub quiet: Option<Quiet>,
}

impl Channel {
    /// Whether an alert goes there.
    pub fn wants(&self, kind: Kind, thesis: &str, claim: &str) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.theses.is_empty() || self.theses.iter().any(|t| t == thesis))
            && (self.claims.is_empty() || claim.is_empty() || self.claims.iter().any(|c| c == claim))
    }

    /// The address of a webhook: `https`, or `http` on loopback.
    pub fn address(&self, name: &str) -> Result<Secret, Failure> {
        let named = secret::read(&format!("channel.{name}.url"), self.url_env.as_deref(), self.url_file.as_deref())?;
        let found = match (named, &self.url) {
            (Some(_), Some(_)) => return Err(Failure::new(format!("[alerts.channel.{name}]: one of url, url_env, url_file"))),
            (Some(found), None) => found,
            (None, Some(url)) => Secret::new(url),
            (None, None) => return Err(Failure::new(format!("[alerts.channel.{name}]: needs url, url_env or url_file"))),
        };
        let parsed = url::Url::parse(found.expose()).map_err(|e| Failure::new(format!("[alerts.channel.{name}]: url: {e}")))?;
        match parsed.scheme() {
            "https" => Ok(found),
            "http" if loopback(parsed.host_str().unwrap_or_default()) => Ok(found),
            other => Err(Failure::new(format!("[alerts.channel.{name}]: url: expected https, got {other}"))
                .hint("plain http is taken on loopback alone: what is sent is signed, not secret")),
        }
    }
}

/// Whether a name is this machine itself.
pub fn loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl Alerts {
    /// Reads the section and checks what can be checked without a network. Paths are meant from the file's folder.
    pub fn load(config: &Config) -> Result<Alerts, Failure> {
        let mut alerts: Alerts = config.section("alerts")?;
        let folder = config.folder();
        let place = |path: &mut Option<PathBuf>| {
            if let Some(path) = path {
                *path = folder.join(&*path);
            }
        };
        place(&mut alerts.state);
        if let Some(smtp) = &mut alerts.smtp {
            place(&mut smtp.ca_file);
            place(&mut smtp.password_file);
        }
        for channel in alerts.channel.values_mut() {
            for path in [&mut channel.url_file, &mut channel.secret_file, &mut channel.ca_file, &mut channel.path] {
                place(path);
            }
        }
        alerts.check()?;
        Ok(alerts)
    }

    fn check(&self) -> Result<(), Failure> {
        if !self.near.is_finite() || self.near < 0.0 {
            return Err(Failure::new(format!("[alerts]: near: expected a number of moves from 0, got {}", self.near)));
        }
        if !(self.retry.factor.is_finite() && self.retry.factor >= 1.0) || self.retry.tries == 0 {
            return Err(Failure::new("[alerts.retry]: expected a factor of at least 1 and at least one try"));
        }
        if let Some(base) = &self.base_url {
            let url = url::Url::parse(base).map_err(|e| Failure::new(format!("[alerts]: base_url: {e}")))?;
            if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
                return Err(Failure::new("[alerts]: base_url: expected an address such as https://plimsoll.example.org"));
            }
        }
        if let Some(smtp) = &self.smtp {
            if smtp.tls == Tls::None && !loopback(&smtp.host) {
                return Err(Failure::new("[alerts.smtp]: tls = \"none\" is taken on loopback alone")
                    .hint("tls = \"starttls\" (port 587) or tls = \"tls\" (port 465)"));
            }
            super::smtp::sender(smtp)?;
        }
        for (name, channel) in &self.channel {
            let missing = |what: &str| Err(Failure::new(format!("[alerts.channel.{name}]: needs {what}")));
            match channel.kind {
                ChannelKind::Mail if channel.to.is_empty() => return missing("`to`, a list of addresses"),
                ChannelKind::Mail if self.smtp.is_none() => return missing("a section [alerts.smtp]"),
                ChannelKind::Mail => {
                    for address in &channel.to {
                        super::address::Address::parse(address)
                            .map_err(|e| Failure::new(format!("[alerts.channel.{name}]: to: {e}")))?;
                    }
                }
                ChannelKind::Webhook if channel.secret_env.is_none() && channel.secret_file.is_none() => {
                    return missing("`secret_env` or `secret_file`, the key of its signatures");
                }
                ChannelKind::File if channel.path.is_none() => return missing("`path`"),
                _ => {}
            }
        }
        Ok(())
    }

    /// When something is told.
    pub fn rules(&self) -> Rules {
        Rules { confirm: self.confirm, cool_down: self.cool_down, near: self.near, lost: self.lost }
    }

    /// The folder of the database: beside the store, not in it, so that whoever copies a store copies no address.
    pub fn folder(&self, store: &Path) -> PathBuf {
        self.state.clone().unwrap_or_else(|| {
            let mut name = store.file_name().unwrap_or_default().to_owned();
            name.push(".alerts");
            store.with_file_name(name)
        })
    }

    /// An address below the base, where there is one.
    pub fn url(&self, path: &str) -> Option<String> {
        self.base_url.as_ref().map(|base| format!("{}{path}", base.trim_end_matches('/')))
    }
}

/// Reads `30s`, `1h`, `250ms`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a duration such as 30s, 15m or 1h, got `{text}`");
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    parse_duration(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<Alerts, String> {
        let config = Config::parse(Path::new("/etc/plimsoll.toml"), text.into()).map_err(|e| e.to_string())?;
        Alerts::load(&config).map_err(|e| e.to_string())
    }

    #[test]
    fn a_whole_section_is_read() {
        let alerts = load(
            r#"[alerts]
            base_url = "https://plimsoll.example.org/"
            quiet = { from = "22:00", to = "07:00", zone = "Europe/Berlin" }
            [alerts.retry]
            first = "250ms"
            most = "1h"
            [alerts.smtp]
            host = "mail.example.org"
            from = "Plimsoll <alerts@example.org>"
            ca_file = "ca.pem"
            [alerts.channel.desk]
            kind = "webhook"
            url = "https://desk.example.org/hook"
            secret_env = "DESK"
            kinds = ["flip", "credit-event"]
            "#,
        )
        .unwrap();
        assert_eq!(alerts.retry.first, Duration::from_millis(250));
        assert_eq!(alerts.smtp.as_ref().unwrap().ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
        assert_eq!(alerts.url("/alerts"), Some("https://plimsoll.example.org/alerts".into()));
        let desk = &alerts.channel["desk"];
        assert!(desk.wants(Kind::Flip, "t", "c") && !desk.wants(Kind::Near, "t", "c"));
        assert_eq!(alerts.folder(Path::new("/data/store")), Path::new("/data/store.alerts"));
    }

    #[test]
    fn what_cannot_work_is_refused_when_it_is_read() {
        for (text, expected) in [
            ("[alerts]\nconfrim = 1\n", "confirm"),
            ("[alerts.retry]\nfirst = \"soon\"\n", "30s"),
            ("[alerts.smtp]\nhost = \"mail.example.org\"\ntls = \"none\"\nfrom = \"a@example.org\"\n", "loopback"),
            ("[alerts.smtp]\nhost = \"localhost\"\nfrom = \"nobody\"\n", "from"),
            ("[alerts.channel.x]\nkind = \"webhook\"\nurl = \"https://e.org\"\n", "secret_env"),
            ("[alerts.channel.x]\nkind = \"file\"\n", "path"),
            ("[alerts.channel.x]\nkind = \"mail\"\nto = [\"a@example.org\"]\n", "alerts.smtp"),
            ("[alerts]\nquiet = { from = \"25:00\", to = \"07:00\" }\n", "25:00"),
            ("[alerts]\nbase_url = \"ftp://x\"\n", "base_url"),
        ] {
            let error = load(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
        let alerts = load("[alerts.channel.x]\nkind = \"slack\"\nurl = \"http://example.org/x\"\n").unwrap();
        assert!(alerts.channel["x"].address("x").unwrap_err().to_string().contains("https"));
    }
}
