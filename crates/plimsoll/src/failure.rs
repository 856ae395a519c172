//! What the program says when something cannot be done: what happened, where, and what to do next.

use std::fmt;

/// A failure, with the exit code that scripts rely on.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

/// The result of a command: its exit code.
pub type Outcome = Result<u8, Failure>;

impl Failure {
    /// A failure that a person can read.
    pub fn new(message: impl fmt::Display) -> Failure {
        Failure { message: message.to_string(), hint: None, code: 2 }
    }
    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Failure {
        self.hint = Some(hint.to_string());
        self
    }
    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }
    /// What to do next, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

macro_rules! plain {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::new(error)
            }
        })*
    };
}

plain!(
    plimsoll_model::cut::CutError,
    plimsoll_model::knowledge::KnowledgeError,
    plimsoll_claims::FileError,
    plimsoll_measures::Unmeasurable,
    std::io::Error,
);

impl From<plimsoll_measures::UnknownMeasure> for Failure {
    fn from(error: plimsoll_measures::UnknownMeasure) -> Failure {
        Failure::new(error).hint("`plimsoll measures` lists them all")
    }
}

impl From<plimsoll_measures::ParamError> for Failure {
    fn from(error: plimsoll_measures::ParamError) -> Failure {
        Failure::new(error).hint("`plimsoll measures NAME` shows a measure's parameters")
    }
}

impl From<plimsoll_claims::backtest::BacktestError> for Failure {
    fn from(error: plimsoll_claims::backtest::BacktestError) -> Failure {
        let failure = Failure::new(&error);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
