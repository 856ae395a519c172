//! Claims, theses and verdicts: what an argument says, and whether it holds as of a day.

pub mod assess;
pub mod backtest;
pub mod condition;
pub mod score;
pub mod sizing;
mod text;
pub mod thesis;
pub mod verdict;

pub use assess::{Assessed, Assessment, Flip, assess};
pub use condition::Condition;
pub use text::FileError;
pub use thesis::{Claim, Forward, Test, Thesis};
pub use verdict::Verdict;
