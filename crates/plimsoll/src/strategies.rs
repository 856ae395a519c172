//! The shipped strategies, and strategies from files.

use std::path::Path;

use plimsoll_claims::Thesis;
use plimsoll_claims::backtest::Strategy;
use plimsoll_claims::backtest::strategy::Numbers;

use crate::failure::Failure;

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// Name and text of every shipped strategy.
        pub const SHIPPED: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../strategies/", $name, ".toml")))),*];
    };
}

shipped!(
    "utilities-rotation",
    "lumber-gold",
    "treasury-duration",
    "treasury-duration-1977",
    "leverage-for-the-long-run",
    "small-against-large",
    "credit",
    "breadth",
    "failed-breakouts",
    "claim-small-caps",
    "momentum-small-caps",
    "equal-weight-large",
    "buy-and-hold",
    "cash",
);

/// A strategy as written: its file's name and its text.
pub struct Written {
    /// For errors.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The text of a shipped strategy, or of a file.
pub fn written(given: &str) -> Result<Written, Failure> {
    if let Some((name, text)) = SHIPPED.iter().find(|s| s.0 == given) {
        return Ok(Written { name: format!("{name}.toml"), text: (*text).to_owned() });
    }
    match std::fs::read_to_string(Path::new(given)) {
        Ok(text) => Ok(Written { name: given.to_owned(), text }),
        Err(e) => {
            let near = plimsoll_measures::nearest(given, SHIPPED.iter().map(|s| s.0));
            let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
            Err(Failure::new(format!("{given}: neither a shipped strategy nor a file that can be read ({e})")).hint(format!(
                "{near}`plimsoll backtest` lists the shipped ones; a strategy is a file such as strategies/credit.toml"
            )))
        }
    }
}

impl Written {
    /// Read and checked.
    pub fn parse(&self, thesis: &Thesis, parameters: &Numbers) -> Result<Strategy, Failure> {
        Ok(Strategy::parse(&self.name, &self.text, thesis, parameters)?)
    }
}
