//! Refinancing stress: issuer by issuer and quarter by quarter, what a path of rates does to coverage and cash.
//!
//! [`borrower`] says what must be known of an issuer, [`assumptions`] names everything that is assumed, [`scenario`] and [`paths`] say
//! what happens, [`engine`] makes it happen, [`course`] follows one issuer, [`fan`] many paths of one, [`frontier`] asks how early and how deep cuts must come and
//! [`sensitivity`] which assumption matters. [`market`], [`standing`] and [`roll`] take conditions, figures and borrowers from a cut. `docs/stress-example.md` works three issuers by hand.

pub mod assumptions;
pub mod borrower;
pub mod course;
pub mod engine;
pub mod fan;
pub mod frontier;
mod lanes;
pub mod market;
pub mod paths;
mod random;
pub mod roll;
pub mod scenario;
pub mod scenario_file;
pub mod sensitivity;
pub mod spreads;
pub mod stage;
pub mod standing;

pub use assumptions::Assumptions;
pub use borrower::{Borrower, QUARTERS, Terms, Unusable};
pub use course::{Cause, Course, follow};
pub use engine::{Simulation, first_shortfalls, simulate};
pub use paths::{Draw, Paths};
pub use scenario::{Conditions, Policy, Scenario};
pub use stage::{Financials, Setting, Stage, Stages};

#[cfg(test)]
mod tests;
