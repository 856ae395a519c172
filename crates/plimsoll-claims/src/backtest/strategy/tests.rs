use std::collections::BTreeMap;

use super::*;
use crate::thesis::Thesis;

const THESIS: &str = r#"
title = "T"
[[claim]]
id = "trailing"
says = "x"
measure = "relative_strength"
holds = "value < 0"
fails = "value > 0.05"
"#;

const GOOD: &str = r#"
title = "Trend"
knowledge = "retrospective"
benchmark = "market"
[parameters]
sessions = 200
leverage = 2
[assets]
market = { series = "french:Mkt-RF + french:RF" }
[signals]
trend = { measure = "trend_state", with = { series = "market", sessions = "{sessions}" } }
[[rule]]
when = "trend > 0"
hold = { market = "{leverage}" }
[[rule]]
hold = {}
[schedule]
decide = "daily"
execute = "next_close"
[money]
bill = "french:RF"
gross_limit = "{leverage}"
"#;

fn parse(text: &str) -> Result<Strategy, crate::FileError> {
    Strategy::parse("dir/trend.toml", text, &Thesis::parse("t", THESIS).unwrap(), &BTreeMap::new())
}

#[test]
fn a_strategy_is_read_and_parameters_are_filled_in() {
    let strategy = parse(GOOD).unwrap();
    assert_eq!(strategy.id, "trend");
    assert_eq!(strategy.rules[0].weights, [2.0]);
    assert_eq!(strategy.asked()[0].params.int("sessions"), 200);
    // A name of an asset means its series.
    assert_eq!(strategy.asked()[0].params.text("series"), "defined:market");
    assert_eq!(strategy.series(), ["french:Mkt-RF", "french:RF"]);
    let given = BTreeMap::from([("sessions".to_owned(), 50.0), ("leverage".to_owned(), 3.0)]);
    let thesis = Thesis::parse("t", THESIS).unwrap();
    let strategy = Strategy::parse("trend.toml", GOOD, &thesis, &given).unwrap();
    assert_eq!((strategy.rules[0].weights[0], strategy.asked()[0].params.int("sessions")), (3.0, 50));
}

#[test]
fn mistakes_are_placed_and_explained() {
    for (from, to, line, says) in [
        ("trend_state", "trend_stat", 11, "did you mean `trend_state`?"),
        ("trend_state", "no_such_thing", 11, "`plimsoll measures` lists them"),
        ("market = {", "other = \"etf:SPY\"\nmarket = {", 9, "expected a table such as `{ series = \"etf:SPY\" }`"),
        ("{ market = \"{leverage}\" }", "{ market = [2] }", 14, "expected a number, or a parameter"),
        ("sessions = \"{sessions}\"", "session = \"{sessions}\"", 11, "has no parameter `session`"),
        ("{sessions}", "{sesions}", 11, "did you mean `sessions`?"),
        ("{ market = \"{leverage}\" }", "{ market = 5, }", 12, "above the limit"),
        ("{ market = \"{leverage}\" }", "{ markt = \"{leverage}\" }", 14, "did you mean `market`?"),
        ("trend > 0", "trnd > 0", 13, "did you mean `trend`?"),
        ("next_close", "same_close", 19, "expected next_open"),
        ("next_close", "next_open", 19, "no opening prices"),
        ("daily", "hourly", 18, "expected daily, weekly"),
        ("bill = \"french:RF\"", "bil = \"french:RF\"", 21, "did you mean `bill`?"),
        ("bill = \"french:RF\"", "bill = \"RF\"", 21, "expected a series of daily returns"),
        ("[parameters]", "from = \"2020-01-02\"\nto = \"2019-01-02\"\n[parameters]", 5, "does not lie before"),
        ("sessions = 200", "sessions = 200\nunused = 1", 7, "used nowhere"),
        ("[[rule]]\nhold = {}", "", 12, "the last rule must have no `when`"),
        ("when = \"trend > 0\"\n", "", 12, "rules after it never apply"),
        ("gross_limit = \"{leverage}\"", "gross_limit = nan", 20, "finite"),
        ("[money]", "[costs]\nhalf_spread_bps = -2\n[money]", 20, "expected basis points"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(error.message.contains(says), "{from} -> {to}: {error}");
        assert_eq!(error.line, line, "{from} -> {to}: {error}");
    }
}

#[test]
fn parameters_from_outside_must_exist() {
    let thesis = Thesis::parse("t", THESIS).unwrap();
    let error = Strategy::parse("t", GOOD, &thesis, &BTreeMap::from([("sesions".to_owned(), 1.0)])).unwrap_err();
    assert!(error.message.contains("did you mean `sessions`?"), "{error}");
}

#[test]
fn a_claim_is_a_signal() {
    let text = GOOD
        .replace("[parameters]\nsessions = 200\nleverage = 2\n", "")
        .replace(
            "{ measure = \"trend_state\", with = { series = \"market\", sessions = \"{sessions}\" } }",
            "{ claim = \"trailing\" }",
        )
        .replace("\"{leverage}\"", "1");
    let strategy = parse(&text).unwrap();
    assert!(matches!(strategy.signals[0].source, Source::Claim { .. }));
    let error = parse(&text.replace("trailing", "trailin")).unwrap_err();
    assert!(error.message.contains("did you mean `trailing`?"), "{error}");
}

#[test]
fn periods_end_between_sessions() {
    let d = |m, d| Day::ymd(2024, m, d);
    assert!(Frequency::Weekly.ends(d(1, 5), d(1, 8)) && !Frequency::Weekly.ends(d(1, 4), d(1, 5)));
    assert!(Frequency::Monthly.ends(d(1, 31), d(2, 1)) && !Frequency::Monthly.ends(d(2, 1), d(2, 2)));
    assert!(Frequency::Quarterly.ends(d(3, 28), d(4, 1)) && !Frequency::Quarterly.ends(d(1, 31), d(2, 1)));
    assert!(Frequency::Yearly.ends(Day::ymd(2023, 12, 29), d(1, 2)) && !Frequency::Once.ends(d(1, 2), d(1, 3)));
}
