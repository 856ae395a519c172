//! The page as a whole: structure, links, silence on the network, determinism, size, and hostile input.

mod specimen;

use std::collections::BTreeSet;

use plimsoll_model::unit::Unit;
use plimsoll_report::model::*;
use plimsoll_report::{render, to_json, verify};

/// The tags of a page in order, without scripts and styles.
fn tags(html: &str) -> Vec<&str> {
    let mut list = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("every tag is closed");
        let tag = &rest[start + 1..end];
        list.push(tag);
        rest = &rest[end + 1..];
        for raw in ["script", "style"] {
            if tag == raw {
                rest = &rest[rest.find(&format!("</{raw}>")).expect("raw text is closed")..];
            }
        }
    }
    list
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    Some(&tag[start..start + tag[start..].find('"')?])
}

/// The text that a reader sees and the attributes, without scripts and styles.
fn without_code(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(i) = ["<script>", "<style>"].iter().filter_map(|t| rest.find(t)).min() {
        out.push_str(&rest[..i]);
        let close = if rest[i..].starts_with("<script>") { "</script>" } else { "</style>" };
        rest = &rest[i + rest[i..].find(close).unwrap()..];
    }
    out.push_str(rest);
    out
}

fn assert_well_formed(html: &str) {
    const VOID: [&str; 4] = ["meta", "link", "br", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(html) {
        let name = tag.split([' ', '/']).find(|s| !s.is_empty()).unwrap_or("");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closing </{name}>, open: {open:?}");
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn assert_links_resolve(html: &str) {
    let tags = tags(html);
    let mut ids = BTreeSet::new();
    for id in tags.iter().filter_map(|t| attribute(t, "id")) {
        assert!(ids.insert(id), "the id {id} is used twice");
    }
    for tag in &tags {
        for name in ["aria-labelledby", "aria-describedby"] {
            for id in attribute(tag, name).into_iter().flat_map(str::split_whitespace) {
                assert!(ids.contains(id), "{name} {id}");
            }
        }
        if let Some(id) = attribute(tag, "href").and_then(|h| h.strip_prefix('#')) {
            assert!(ids.contains(id), "the link #{id} leads nowhere");
        }
    }
}

fn assert_silent(html: &str) {
    for tag in tags(html) {
        let name = tag.split(' ').next().unwrap();
        assert!(!["img", "iframe", "object", "embed", "video", "audio", "use", "image", "base"].contains(&name), "{tag}");
        assert!(attribute(tag, "src").is_none() && attribute(tag, "srcset").is_none(), "{tag}");
        if let Some(href) = attribute(tag, "href") {
            assert!(href.starts_with('#') || name == "a" || (name == "link" && href.starts_with("data:")), "{tag}");
        }
    }
    assert!(!html.contains("@import") && !html.contains("url(") && !html.contains("fetch("));
}

fn assert_no_word_for_a_number(html: &str) {
    let text = without_code(html);
    for bad in ["NaN", "Infinity", "\"inf\"", "\"-inf\"", ">inf<", " inf ", "-inf", "\u{2212}inf", "inf\u{a0}", "None", "Some("] {
        assert!(
            !text.contains(bad),
            "{bad} at {:?}",
            text.find(bad).map(|i| &text[i.saturating_sub(60)..(i + 20).min(text.len())])
        );
    }
}

fn assert_sound(edition: &Edition) -> String {
    let page = render(edition);
    assert_well_formed(&page.html);
    assert_links_resolve(&page.html);
    assert_silent(&page.html);
    assert_no_word_for_a_number(&page.html);
    assert_eq!(verify(&page.html), Some(true));
    page.html
}

fn empty() -> Edition {
    Edition {
        claims: Vec::new(),
        sections: Vec::new(),
        casualties: Casualties::Absent { reason: "Issuers are not measured yet.".into() },
        unknown: Vec::new(),
        methods: Vec::new(),
        inputs: Vec::new(),
        data_through: Vec::new(),
        disclosure: Vec::new(),
        since: None,
        card: None,
        ..specimen::edition()
    }
}

#[test]
fn the_specimen_is_sound_and_small() {
    let html = assert_sound(&specimen::edition());
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
    // A hundred years of daily lines are thinned to a few thousand points.
    let century =
        plimsoll_report::charts::svg(&Chart::new("c", "c", specimen::charts::century()), plimsoll_report::svg::Size::WIDE, "w");
    assert!(century.len() < 150_000, "{} bytes", century.len());
}

#[test]
fn an_empty_edition_is_a_page_too() {
    let html = assert_sound(&empty());
    assert!(html.contains("Issuers are not measured yet."));
}

#[test]
fn the_same_edition_gives_the_same_bytes_and_a_changed_page_is_found_out() {
    let page = render(&specimen::edition());
    assert_eq!(page, render(&specimen::edition()));
    assert_eq!(page.hash.len(), 32);
    assert_eq!(verify(&page.html.replacen("62.4", "64.2", 1)), Some(false));
    assert_eq!(verify("<html></html>"), None);
    let mut other = specimen::edition();
    other.claims[2].value = Some(36.3);
    assert_ne!(render(&other).hash, page.hash);
}

#[test]
fn the_page_keeps_its_order() {
    let html = assert_sound(&specimen::edition());
    let mut last = 0;
    let order = [
        "<h1",
        "class=\"verdict\"",
        "id=\"claims\"",
        "id=\"section-masking\"",
        "id=\"section-momentum\"",
        "id=\"section-rates\"",
        "id=\"section-debt\"",
        "id=\"section-credit\"",
        "id=\"section-scenarios\"",
        "id=\"section-signals\"",
        "id=\"casualties\"",
        "id=\"unknown\"",
        "id=\"method\"",
        "id=\"disclosure\"",
    ];
    for mark in order {
        let at = html.find(mark).unwrap_or_else(|| panic!("{mark} is missing"));
        assert!(at > last, "{mark}");
        last = at;
    }
}

#[test]
fn every_claim_is_shown_with_its_verdict_and_unknown_with_its_reason() {
    let edition = specimen::edition();
    let html = assert_sound(&edition);
    for c in &edition.claims {
        let at = html.find(&format!("id=\"claim-{}\"", c.id)).expect("a row");
        let row = &html[at..at + html[at..].find("</tr>").unwrap()];
        assert!(row.contains(&format!("class=\"vd {}\"", c.verdict.word())), "{}", c.id);
        if let Verdict::Unknown { reason } = &c.verdict {
            let reason = plimsoll_report::format::prose(reason);
            assert!(row.contains(&format!("title=\"{}\"", reason.replace('\u{a0}', " "))) && row.contains(&reason), "{}", c.id);
        }
    }
}

#[test]
fn charts_and_tables_are_described() {
    let edition = specimen::edition();
    let html = assert_sound(&edition);
    let tags = tags(&html);
    let plots = tags.iter().filter(|t| t.starts_with("svg class=\"plot\"")).count();
    let drawn: usize = edition.sections.iter().map(|s| 2 + s.multiples.len()).sum();
    assert_eq!(plots, drawn, "a main chart is drawn for screens and for phones, a multiple once");
    let described = tags.iter().filter(|t| t.starts_with("svg class=\"plot\" role=\"img\" aria-labelledby=")).count();
    assert_eq!(plots, described);
    assert!(tags.iter().filter(|t| **t == "th" || t.starts_with("th ")).all(|t| t.contains("scope=\"")));
    assert!(html.contains("prefers-color-scheme:dark") && html.contains("@media print") && html.contains("max-width:720px"));
}

#[test]
fn hostile_and_unmatched_text_stays_text() {
    let hostile = "<script>alert(\"x\")</script> & \u{1} ' </style> \\";
    let mut e = specimen::edition();
    e.title = hostile.into();
    e.verdict_sentence = hostile.into();
    e.publisher = hostile.into();
    e.claims[0].says = hostile.into();
    e.claims[0].id = "we/ird id".into();
    e.claims[0].method = Some("absent".into());
    e.claims[0].section = Some("absent".into());
    e.sections[0].main.title = hostile.into();
    e.sections[0].figures[0].method = Some(hostile.into());
    if let Plot::Lines { series, .. } = &mut e.sections[0].main.plot {
        series[0].name = hostile.into();
    }
    let html = assert_sound(&e);
    assert_eq!(html.matches("<script>").count(), 1, "only our own script");
}

#[test]
fn missing_values_are_dashes() {
    let mut e = specimen::edition();
    for f in &mut e.sections[0].figures {
        f.value = Some(f64::NAN);
        f.note = Some("not known on the day".into());
    }
    for c in &mut e.claims {
        c.value = Some(f64::INFINITY);
        c.history = Some(Line { days: vec![specimen::today(); 3], values: vec![f64::NAN; 3] });
    }
    let html = assert_sound(&e);
    assert!(html.contains("title=\"not known on the day\">\u{2013}<"));
}

#[test]
fn the_json_carries_everything_and_null_for_what_is_missing() {
    let mut e = specimen::edition();
    e.sections[0].figures[0].value = Some(f64::NAN);
    let page = render(&e);
    let json: serde_json::Value = serde_json::from_str(&to_json(&e, &page.hash)).expect("valid JSON");
    assert_eq!(json["format"], "plimsoll-edition/1");
    assert_eq!(json["edition_hash"], page.hash.as_str());
    assert_eq!(json["as_of"], "2024-02-02");
    assert_eq!(json["claims"].as_array().unwrap().len(), 14);
    assert_eq!(json["claims"][2]["verdict"]["verdict"], "holds");
    assert_eq!(json["claims"][2]["unit"], Unit::BasisPoints.name());
    assert!(json["sections"][0]["figures"][0]["value"].is_null());
    assert_eq!(json["sections"][0]["main"]["plot"]["kind"], "lines");
}

#[test]
fn cards_and_exported_charts_stand_alone() {
    let e = specimen::edition();
    let card = plimsoll_report::card(&e, &render(&e).hash);
    assert_well_formed(&card);
    assert!(card.contains("width=\"1200\"") && card.contains("height=\"630\"") && !card.contains("var("));
    for s in &e.sections {
        for c in [&s.main].into_iter().chain(&s.multiples) {
            let svg = plimsoll_report::chart_svg(c, plimsoll_report::svg::Size::WIDE, plimsoll_report::theme::Theme::Dark);
            assert_well_formed(&svg);
            assert!(!svg.contains("var(") && !svg.contains("NaN"), "{}", c.id);
        }
    }
}

#[test]
fn faults_of_an_edition_are_named() {
    let found = plimsoll_report::problems(&specimen::edition());
    // The specimen names one method and one input that it does not list, on purpose, many times over.
    assert!(found.iter().all(|p| p.contains("which the edition does not list")), "{found:#?}");
    assert!(
        found.contains(
            &"method `interest_coverage` names the input `a missing input`, which the edition does not list".to_owned()
        )
    );
    let mut e = empty();
    assert!(plimsoll_report::problems(&e).is_empty());
    e.sections = specimen::charts::sections();
    e.sections.truncate(1);
    e.sections[0].multiples.clear();
    e.sections[0].figures.clear();
    e.sections[0].main.method = None;
    assert!(plimsoll_report::problems(&e).is_empty());
    let twin = e.sections[0].main.clone();
    e.sections[0].multiples.push(twin);
    if let Plot::Lines { series, .. } = &mut e.sections[0].main.plot {
        series[0].line.values.pop();
        series[1].line.days.reverse();
    }
    let found = plimsoll_report::problems(&e);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("two charts"), "{found:#?}");
}
