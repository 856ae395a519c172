//! Shared helpers of the test suite.

pub mod filings;
pub mod folder;
pub mod laws;
pub mod real;
pub mod stored;

/// The checkout: asked at run time, since a build folder can outlive the checkout that filled it.
///
/// # Panics
/// Outside `cargo test` and `cargo run`.
#[must_use]
pub fn checkout() -> std::path::PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo");
    std::path::Path::new(&package).parent().expect("the workspace").to_owned()
}
