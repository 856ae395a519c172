//! The section `[serve]` of the configuration.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::failure::Failure;

/// The variable of the environment that holds the token.
pub const TOKEN: &str = "PLIMSOLL_SERVE_TOKEN";

/// How the server listens and what it allows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where it listens: an address with a port.
    pub listen: String,
    /// The address that readers use, such as `https://plimsoll.example.org`; cards of shared links need it.
    pub public_url: Option<String>,
    /// Names of hosts that requests may be for, beside those of this machine: a page elsewhere cannot have this one read through a
    /// name of its own.
    pub hosts: Vec<String>,
    /// Whoever sends this token may write; without one nobody may. Better set in `PLIMSOLL_SERVE_TOKEN`.
    pub token: Option<String>,
    /// The thesis; the shipped one unless named.
    pub thesis: Option<PathBuf>,
    /// Memory for finished answers and for what they are made from, in megabytes.
    pub memory_mb: usize,
    /// Heavy computations at a time, beside one whole edition.
    pub computations: usize,
    /// Heavy computations that may wait; more are refused.
    pub waiting: usize,
    /// Seconds after which a computation is given up.
    pub seconds: u64,
    /// Requests at a time; more are refused.
    pub requests: usize,
    /// Readers of news at a time.
    pub listeners: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: "127.0.0.1:8787".into(),
            public_url: None,
            hosts: Vec::new(),
            token: None,
            thesis: None,
            memory_mb: 256,
            computations: 2,
            waiting: 32,
            seconds: 120,
            requests: 1024,
            listeners: 512,
        }
    }
}

impl Settings {
    /// The settings with the token of the environment, checked.
    pub fn checked(mut self) -> Result<Settings, Failure> {
        if let Ok(token) = std::env::var(TOKEN) {
            self.token = Some(token);
        }
        if self.token.as_ref().is_some_and(|t| t.len() < 16 || !t.bytes().all(|b| b.is_ascii_graphic())) {
            return Err(Failure::new("the token is too short or holds blanks")
                .hint("16 or more characters, such as `openssl rand -hex 24` makes"));
        }
        self.address()?;
        if let Some(url) = &self.public_url {
            let parsed = url::Url::parse(url).map_err(|e| Failure::new(format!("public_url: {e}")))?;
            if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
                return Err(Failure::new(format!("public_url: expected an address that begins with https://, got `{url}`")));
            }
        }
        for (name, value) in [("memory_mb", self.memory_mb), ("computations", self.computations), ("requests", self.requests)] {
            if value == 0 {
                return Err(Failure::new(format!("{name}: expected at least 1, got 0")));
            }
        }
        Ok(self)
    }
    /// Where it listens.
    pub fn address(&self) -> Result<SocketAddr, Failure> {
        self.listen.parse().map_err(|_| {
            Failure::new(format!("listen: expected an address with a port, got `{}`", self.listen)).hint("such as 127.0.0.1:8787")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_served_is_refused_with_a_reason() {
        let wrong = |change: fn(&mut Settings)| {
            let mut s = Settings::default();
            change(&mut s);
            s.checked().unwrap_err().to_string()
        };
        assert!(wrong(|s| s.listen = "localhost".into()).contains("port"));
        assert!(wrong(|s| s.token = Some("short".into())).contains("token"));
        assert!(wrong(|s| s.public_url = Some("ftp://x".into())).contains("https"));
        assert!(wrong(|s| s.computations = 0).contains("computations"));
        assert!(Settings::default().checked().unwrap().address().unwrap().ip().is_loopback());
    }
}
