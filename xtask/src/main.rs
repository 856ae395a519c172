//! Chores of the house: writes the pages that are made from code.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::write(docs.join("measures.md"), plimsoll_measures::catalogue::markdown())?;
    println!("wrote docs/measures.md");
    Ok(())
}
