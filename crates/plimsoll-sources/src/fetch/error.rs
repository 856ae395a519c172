//! Why a file could not be fetched, by what can be done about it. No message carries a key: addresses are those without secrets, and
//! what others wrote is redacted by the client.

use std::path::PathBuf;
use std::time::Duration;

use super::Changed;

/// Why a file could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The publisher says no: wrong key, no permission, no such file. Asking again will not help.
    #[error("{url}: status {status}{}", hint(*.status))]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// The publisher asks for patience, or is out of order; it was asked several times.
    #[error("{url}: status {status}{}", .after.map_or_else(String::new, |a| format!("; it asks to come back in {} s", a.as_secs())))]
    Busy {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// What `Retry-After` says.
        after: Option<Duration>,
    },
    /// No connection, or it broke.
    #[error("{url}: {cause}")]
    Network {
        /// The address.
        url: String,
        /// Why.
        cause: String,
    },
    /// The answer broke off; what arrived is kept where it can be continued.
    #[error("{url}: the answer broke off after {got} bytes{}", .expected.map_or_else(String::new, |e| format!(" of {e}")))]
    BrokeOff {
        /// The address.
        url: String,
        /// Bytes that arrived.
        got: u64,
        /// Bytes that were announced.
        expected: Option<u64>,
    },
    /// The address leads to a host that the feed does not name, or away from an encrypted connection.
    #[error("{url}: leads to {to}, which is not among the publisher's hosts over https; nothing was fetched from there")]
    Astray {
        /// The address.
        url: String,
        /// Where it leads.
        to: String,
    },
    /// More bytes than the feed takes for possible.
    #[error("{url}: more than {most} bytes, which cannot be the file asked for")]
    TooLarge {
        /// The address.
        url: String,
        /// The bound.
        most: u64,
    },
    /// The publisher demands a contact.
    #[error("{publisher} demands a name and an address in every request")]
    NoContact {
        /// Who.
        publisher: &'static str,
    },
    /// Not in the documented layout.
    #[error("{source_name}: {changed}; the file is kept as {}", .kept.display())]
    Changed {
        /// The feed.
        source_name: String,
        /// What differs.
        changed: Changed,
        /// Where the file is kept.
        kept: PathBuf,
    },
    /// This machine's clock is behind the publisher's: what is new would be refused as being of the future.
    #[error("this machine's clock is {} minutes behind that of {url}; set it right, then run this again", .behind.as_secs() / 60)]
    Clock {
        /// The address.
        url: String,
        /// By how much.
        behind: Duration,
    },
    /// The cache cannot be read or written.
    #[error("the cache: {0}")]
    Disk(#[from] std::io::Error),
}

fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => " (refused: check the key or the contact, and the publisher's limits)",
        404 | 410 => " (no such file: the address may have changed)",
        _ => "",
    }
}

impl FetchError {
    /// Whether asking again may help: broken connections, 429 and 5xx, and answers that broke off.
    pub fn worth_retrying(&self) -> bool {
        matches!(self, FetchError::Busy { .. } | FetchError::Network { .. } | FetchError::BrokeOff { .. })
    }
}
