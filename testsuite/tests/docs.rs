//! Pages that are made from code are up to date.

#[test]
fn the_catalogue_page_is_what_the_measures_say() {
    let page = plimsoll_testsuite::checkout().join("docs/measures.md");
    let written = std::fs::read_to_string(&page).expect("docs/measures.md");
    assert!(written == plimsoll_measures::catalogue::markdown(), "docs/measures.md is out of date: run `cargo run -p xtask`");
}

#[test]
fn every_measure_says_what_it_is() {
    for m in plimsoll_measures::registry() {
        let s = m.spec();
        for (part, text) in
            [("summary", s.summary), ("definition", s.definition), ("missing", s.missing), ("point in time", s.point_in_time)]
        {
            assert!(!text.trim().is_empty(), "{}: {part}", s.name);
        }
        assert!(!s.references.is_empty() && !s.verified.is_empty(), "{}: references, verified", s.name);
        assert!(s.params.iter().all(|p| !p.doc.is_empty()), "{}: parameters", s.name);
    }
}
