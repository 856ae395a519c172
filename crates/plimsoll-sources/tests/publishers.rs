//! What publishers serve to live feeds: every layout from the sample world's publishers, each kind of bad input, mutations.

mod support;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use plimsoll_model::dataset::Dataset;
use plimsoll_model::time::{Day, Moment};
use plimsoll_sources::sample::{Spec, World};
use plimsoll_sources::{readers, recognise};
use proptest::prelude::*;
use support::*;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(&Spec::small()));
const NOW: Day = Day(19_817); // 2024-04-04

/// A body under the name that a feed gives it, as of a day of the world.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let p = WORLD.publishers();
    vec![
        ("UNRATE.json", p.observations("UNRATE", Some(("1776-07-04", "9999-12-31")), NOW.plus(-1)).into_bytes()),
        ("releases.json", p.release_dates(NOW).into_bytes()),
        ("effr.json", p.reference_rates("EFFR", day("2024-01-02"), NOW.plus(-1)).into_bytes()),
        ("sofr.json", p.reference_rates("SOFR", day("2024-01-02"), NOW.plus(-1)).into_bytes()),
        ("fomccalendars.htm", p.meetings_page(NOW).into_bytes()),
        ("IWM_holdings.csv", p.ishares(true, NOW.plus(-1)).into_bytes()),
        ("IVV_holdings.csv", p.ishares(false, NOW.plus(-1)).into_bytes()),
        ("RSP_holdings.csv", p.invesco(NOW.plus(-1)).into_bytes()),
        ("holdings-daily-us-en-spy.xlsx", p.spdr(NOW.plus(-1))),
        ("AAPL.json", p.tiingo(giant(), NOW).unwrap().into_bytes()),
        ("SPY.json", p.eodhd("SPY", NOW).unwrap().into_bytes()),
        ("IWM.json", p.alpha_vantage("IWM", NOW).unwrap().into_bytes()),
        ("spy.us.csv", p.stooq("SPY", NOW).unwrap().into_bytes()),
        ("settlements.json", p.settlement_page(NOW, "Final").into_bytes()),
        ("cbt.settle.20240404.s.csv", p.settlement_file(NOW).into_bytes()),
        ("nasdaq_screener_1712264400000.json", p.screener(NOW).into_bytes()),
    ]
}

/// A stock with dividends.
fn giant() -> &'static str {
    &WORLD.truth.giants[0]
}

fn at(name: &str, body: impl AsRef<[u8]>, now: Moment) -> (Result<(), plimsoll_sources::SourceError>, Kept) {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), name, body);
    read_with(recognise(&path).unwrap_or_else(|e| panic!("{name}: {e}")), &path, now)
}

fn good(name: &str, body: impl AsRef<[u8]>) -> Kept {
    let (result, kept) = at(name, body, NOW.at(20, 0));
    result.unwrap_or_else(|e| panic!("{e}"));
    kept
}

fn failure(name: &str, body: impl AsRef<[u8]>) -> String {
    let (result, kept) = at(name, body, NOW.at(20, 0));
    assert_eq!(kept.taken(), 0, "{name}");
    result.expect_err(name).to_string()
}

#[test]
fn every_layout_is_recognised_and_read_without_a_refusal() {
    for (name, body) in bodies() {
        let kept = good(name, body);
        let some: Vec<_> = kept.refused.iter().take(3).collect();
        assert!(some.is_empty(), "{name}: {some:?}");
        assert!(kept.taken() > 0, "{name}");
        let now = NOW.at(20, 0).0;
        assert!(kept.rows.iter().all(|b| b.known_at.iter().all(|k| *k <= now)), "{name}: known after now");
    }
}

#[test]
fn releases_are_known_at_the_open_after_them_and_keep_the_first_value() {
    let kept = good("UNRATE.json", &bodies()[0].1);
    let truth = WORLD.publishers().releases("UNRATE", NOW.plus(-1));
    assert!(truth.windows(2).any(|w| w[0].period == w[1].period && w[0].value != w[1].value), "nothing is revised");
    let mut found = Vec::new();
    for b in &kept.rows {
        assert_eq!(b.dataset, Dataset::Vintages);
        for i in 0..b.len() {
            assert_eq!(b.text("series").get(i), "fred:UNRATE");
            let released: Day = b.text("released").get(i).parse().unwrap();
            let calendar = plimsoll_model::calendar::Calendar::nyse();
            assert_eq!(b.known_at[i], calendar.open(calendar.next(released)).0);
            found.push((Day(b.period[i]), released, b.f64("value")[i]));
        }
    }
    let planted: Vec<_> = truth.iter().map(|r| (r.period, r.released, r.value)).collect();
    assert_eq!(found.len(), planted.len());
    assert!(found.iter().zip(&planted).all(|(a, b)| (a.0, a.1) == (b.0, b.1) && (a.2 - b.2).abs() < 1e-9));
}

#[test]
fn an_answer_to_a_parameter_that_the_endpoint_does_not_know_is_refused() {
    // `vintage_date=2023-10-01` is passed over and today's values come back with status 200.
    let said = failure("UNRATE.json", WORLD.publishers().observations("UNRATE", None, NOW));
    assert!(said.contains("vintage_date") && said.contains("single day 2024-04-04"), "{said}");
    let asked = WORLD.publishers().observations("UNRATE", Some(("1776-07-04", "9999-12-31")), NOW);
    let said = failure("UNRATE.json", asked.replace("\"units\":\"lin\"", "\"units\":\"pch\""));
    assert!(said.contains("units"), "{said}");
    let said = failure("UNRATE.json", asked.replace("\"output_type\":1", "\"output_type\":4"));
    assert!(said.contains("output_type"), "{said}");
    assert!(failure("observations-of-something.json", &asked).contains("file name"));
    assert!(failure("UNRATE.json", asked.get(..asked.len() / 2).unwrap()).contains("JSON"));
}

#[test]
fn what_was_in_force_when_the_period_begins_is_no_release() {
    let p = WORLD.publishers();
    let all = good("UNRATE.json", p.observations("UNRATE", Some(("1776-07-04", "9999-12-31")), NOW));
    // In two questions, the second from the last release of the first on.
    let middle = p.releases("UNRATE", day("2023-02-20")).iter().map(|r| r.released).max().unwrap().to_string();
    let first = good("UNRATE.json", p.observations("UNRATE", Some(("1776-07-04", &middle)), NOW));
    let second = good("UNRATE.json", p.observations("UNRATE", Some((&middle, "9999-12-31")), NOW));
    assert_eq!(second.defect("in_force_before").len(), 1);
    assert!(second.taken() > 0 && second.taken() < 60, "{}", second.taken());
    let mut both = [first.lines(), second.lines()].concat();
    both.sort();
    assert_eq!(both, all.lines());
}

#[test]
fn bad_releases_are_refused_row_by_row() {
    let row = |a: &str, b: &str, d: &str, v: &str| {
        format!("{{\"realtime_start\":{a},\"realtime_end\":{b},\"date\":{d},\"value\":{v}}}")
    };
    let ok = ("\"2024-02-02\"", "\"9999-12-31\"", "\"2024-01-01\"", "\"3.7\"");
    let rows = [
        row(ok.0, ok.1, ok.2, ok.3),
        row(ok.0, ok.1, "\"soon\"", ok.3),
        row("null", ok.1, ok.2, ok.3),
        row("\"2024-02-03\"", "\"2024-02-02\"", ok.2, ok.3),
        row(ok.0, ok.1, ok.2, "\"lots\""),
        row(ok.0, ok.1, ok.2, "\".\""),
        row("\"1800-01-01\"", ok.1, ok.2, ok.3),
        row("\"2024-04-04\"", ok.1, ok.2, ok.3),
        row(ok.0, ok.1, ok.2, "[]"),
    ];
    let body = format!(
        "{{\"realtime_start\":\"1776-07-04\",\"realtime_end\":\"9999-12-31\",\"units\":\"lin\",\"output_type\":1,\"count\":20,\"offset\":0,\"observations\":[{}]}}",
        rows.join(",")
    );
    let kept = good("PAYEMS@2024-04-04.json", body);
    assert_eq!(kept.lines(), ["2024-01-01 2024-02-05T14:30:00Z fred:PAYEMS 2024-02-02 3.7 0"]);
    assert_eq!(
        kept.rules(),
        [
            ("not_a_day", 2, "date"),
            ("not_a_day", 3, "realtime_start"),
            ("reversed_interval", 4, "realtime_start"),
            ("not_a_number", 5, "value"),
            ("implausible_day", 7, "realtime_start"),
            ("future_dated", 8, "realtime_start"),
            ("not_a_number", 9, "value"),
        ]
    );
    assert_eq!((kept.missing, kept.defect("one_page_of_more").len()), (1, 1));
}

#[test]
fn rates_of_the_new_york_fed() {
    let body = "{\"refRates\":[\
        {\"effectiveDate\":\"2024-03-28\",\"type\":\"EFFR\",\"percentRate\":5.33,\"percentPercentile1\":5.31,\"targetRateFrom\":5.25,\"targetRateTo\":5.5,\"volumeInBillions\":82,\"revisionIndicator\":\"\"},\
        {\"effectiveDate\":\"2024-03-27\",\"type\":\"SOFR\",\"percentRate\":5.32,\"revisionIndicator\":\"[r]\"},\
        {\"effectiveDate\":\"2024-03-26\",\"type\":\"EFFR\",\"percentRate\":\"NA\"},\
        {\"effectiveDate\":\"2024-03-25\",\"type\":\"EFFR\",\"percentRate\":533},\
        {\"effectiveDate\":\"2024-03-28\",\"type\":\"EFFR\",\"percentRate\":5.33},\
        {\"effectiveDate\":\"2024-03-28\",\"type\":\"SOFRAI\",\"percentRate\":1.1},\
        {\"effectiveDate\":\"28.03.2024\",\"type\":\"EFFR\",\"percentRate\":5.33}]}";
    let kept = good("effr.json", body);
    // Thursday's rate comes on Monday: Good Friday is no session. The mark of a revision costs the morning.
    assert_eq!(
        kept.lines(),
        [
            "2024-03-27 2024-03-28T18:30:00Z nyfed:SOFR 5.32 0",
            "2024-03-28 2024-03-28T22:00:00Z nyfed:target:from 5.25 0",
            "2024-03-28 2024-03-28T22:00:00Z nyfed:target:to 5.5 0",
            "2024-03-28 2024-04-01T13:00:00Z nyfed:EFFR 5.33 0",
            "2024-03-28 2024-04-01T13:00:00Z nyfed:EFFR:p1 5.31 0",
            "2024-03-28 2024-04-01T13:00:00Z nyfed:EFFR:volume 82 0",
        ]
    );
    assert_eq!(
        kept.rules(),
        [
            ("implausible_rate", 4, "percentRate"),
            ("duplicate_key", 5, "effectiveDate"),
            ("unknown_rate", 6, "type"),
            ("not_a_day", 7, "effectiveDate")
        ]
    );
    assert_eq!(kept.missing, 1);
    assert!(failure("effr.json", "{\"refRates\": 5}").contains("JSON"));
}

#[test]
fn the_page_of_meetings_says_what_the_calendar_says() {
    let folder = tempfile::tempdir().unwrap();
    WORLD.write(folder.path()).unwrap();
    let (result, csv) = read_with(
        recognise(&folder.path().join("fedfunds/fomc_calendar.csv")).unwrap(),
        &folder.path().join("fedfunds/fomc_calendar.csv"),
        NOW.at(20, 0),
    );
    result.unwrap();
    let page = good("fomccalendars.htm", WORLD.publishers().meetings_page(NOW));
    let meetings = |kept: &Kept| -> Vec<String> {
        // Which meetings have projections the two tell differently.
        let lines = kept.lines().into_iter().filter(|l| !l.contains("fomc.minutes"));
        lines.map(|l| l.replace("projections", "").trim_end().to_owned()).filter(|l| l.as_str() < "2025-12").collect()
    };
    assert_eq!(meetings(&page), meetings(&csv));
    assert!(page.lines().iter().any(|l| l.contains("cancelled")) && page.lines().iter().any(|l| l.contains("unscheduled")));
    let minutes: Vec<String> = page.lines().into_iter().filter(|l| l.contains("fomc.minutes")).collect();
    assert!(
        minutes.iter().any(|l| l == "2024-02-28 2024-02-28T19:00:00Z fomc.minutes release NaN minutes of 2024-02-07"),
        "{minutes:?}"
    );
}

#[test]
fn a_page_of_meetings_with_another_layout_or_odd_rows() {
    let page = |rows: &str| {
        format!(
            "<html><body>FOMC <div class=\"panel\"><div class=\"panel-heading\"><h4>2024 FOMC Meetings</h4></div>{rows}</div></body></html>"
        )
    };
    let row = |month: &str, date: &str, more: &str| {
        format!(
            "<div class=\"row fomc-meeting\"><div class=\"fomc-meeting__month\"><strong>{month}</strong></div><div class=\"fomc-meeting__date\">{date}</div>{more}</div>"
        )
    };
    let said = failure(
        "fomccalendars.htm",
        page("<ul><li class=\"fomc-meeting\">January 30-31</li></ul>").replace("div class=\"panel\"", "section"),
    );
    assert!(said.contains("another layout"), "{said}");
    let statement = "<a href=\"/newsevents/pressreleases/monetary20240130a.htm\">HTML</a>";
    let rows = [
        row("January", "30-31", statement),
        row("January", "30-31", ""),
        row("Smarch", "1-2", ""),
        row("March", "19-28", ""),
        row("March", "20 (postponed)", ""),
        row("April", "9 (notation vote)", ""),
    ];
    let kept = good("fomccalendars.htm", page(&rows.concat()));
    assert_eq!(
        kept.rules(),
        [
            ("duplicate_key", 2, "fomc-meeting__date"),
            ("not_a_meeting_date", 3, "fomc-meeting__month"),
            ("reversed_interval", 4, "fomc-meeting__date"),
            ("not_a_meeting_date", 5, "fomc-meeting__date"),
        ]
    );
    assert_eq!((kept.taken(), kept.defect("not_a_meeting").len(), kept.defect("statement_on_another_day").len()), (1, 1, 1));
    // What the page says of a day to come is known now: a meeting called off, and one called.
    let rows = [row("June", "11-12 (cancelled)", ""), row("May", "7 (unscheduled)", "")];
    let kept = good("fomccalendars.htm", page(&rows.concat()));
    assert_eq!(
        kept.lines(),
        [
            "2024-05-07 2024-04-05T00:00:00Z fomc unscheduled NaN ",
            "2024-06-12 2023-03-10T14:30:00Z fomc scheduled NaN ",
            "2024-06-12 2024-04-05T00:00:00Z fomc cancelled NaN "
        ]
    );
}

/// Members of a universe and the weights of a fund, in the order of symbols.
fn members(kept: &Kept, universe: &str, fund: &str) -> (Vec<String>, Vec<f64>) {
    let (mut symbols, mut weights) = (Vec::new(), Vec::new());
    for b in &kept.rows {
        for i in 0..b.len() {
            if b.dataset == Dataset::Members {
                assert_eq!(b.text("universe").get(i), universe);
                assert_eq!(Day(b.period[i]), day("2024-04-05"));
                assert_eq!(b.known_at[i], day("2024-04-05").at(9, 30).0);
                assert_eq!(b.u8("member")[i] == 0, b.text("symbol").get(i) == "*");
                symbols.push(b.text("symbol").get(i).to_owned());
            } else {
                assert!(b.text("series").get(i).starts_with(&format!("weight:{fund}:")));
                weights.push(b.f64("value")[i]);
            }
        }
    }
    (symbols, weights)
}

#[test]
fn holdings_are_the_members_of_the_index() {
    let later = |name: &str, body: Vec<u8>| {
        let (result, kept) = at(name, body, NOW.plus(1).at(20, 0));
        result.unwrap();
        assert!(kept.refused.is_empty());
        kept
    };
    let p = WORLD.publishers();
    let mut large: Vec<String> = p.members(false, NOW).into_iter().map(|m| m.0.replace('/', ".")).collect();
    large.push("*".into());
    large.sort();
    let spdr = later("holdings-daily-us-en-spy.xlsx", p.spdr(NOW));
    let (symbols, weights) = members(&spdr, "sp500", "SPY");
    assert_eq!(symbols, large);
    assert!((weights.iter().sum::<f64>() - 0.997).abs() < 1e-4);
    assert_eq!(spdr.defect("not_a_share").len(), 1);
    let invesco = later("rsp.csv", p.invesco(NOW).into_bytes());
    assert_eq!(members(&invesco, "sp500", "RSP").0, large);
    let ishares = later("IWM_holdings.csv", p.ishares(true, NOW).into_bytes());
    let (symbols, _) = members(&ishares, "russell2000", "IWM");
    assert_eq!(symbols.len(), p.members(true, NOW).len() + 1);
    assert_eq!(ishares.defect("not_a_share")[0].rows, 3);
    assert_eq!(ishares.defect("without_ticker")[0].rows, 1);
    // On the evening of its day the list is not known yet.
    assert_eq!(at("IWM_holdings.csv", p.ishares(true, NOW), NOW.at(20, 0)).1.rules(), [("future_dated", 0, "date")]);
}

#[test]
fn a_list_that_is_cut_off_is_no_list() {
    let p = WORLD.publishers();
    let whole = p.ishares(true, NOW.plus(-1));
    let half: String = whole.lines().take(60).collect::<Vec<_>>().join("\n");
    let said = failure("IWM_holdings.csv", half);
    assert!(said.contains("cut off"), "{said}");
    assert!(failure("IWM_holdings.csv", whole.replace("Weight (%)", "Share")).contains("Weight (%)"));
    assert!(failure("IWM_holdings.csv", whole.replace("Apr 03, 2024", "soon")).contains("Fund Holdings as of"));
    assert!(failure("1234567.csv", &whole).contains("file name"));
    assert!(failure("holdings-daily-us-en-spy.xlsx", b"PK\x03\x04 and nothing else").contains("spreadsheet"));
    // A name with a strange symbol is refused and the others stay.
    let ticker = p.ishares(true, NOW.plus(-1)).lines().nth(12).unwrap().split('"').nth(1).unwrap().to_owned();
    let kept = good(
        "IWM_holdings.csv",
        whole.replacen(&format!("\"{ticker}\",\"{ticker} H"), &format!("\"{ticker}@\",\"{ticker} H"), 1),
    );
    assert_eq!(kept.refused[0].rule, "not_a_symbol");
    assert!(kept.taken() > 100);
}

fn returns(kept: &Kept, id: &str) -> BTreeMap<Day, f64> {
    let rows = kept.series(id);
    rows.windows(2).map(|w| (w[1].0, w[1].1 / w[0].1 - 1.0)).collect()
}

#[test]
fn vendors_of_prices_agree_on_the_return_of_a_holding() {
    let p = WORLD.publishers();
    for symbol in ["SPY", giant()] {
        let id = format!("etf:{symbol}");
        let a = good(&format!("{symbol}.json"), p.tiingo(symbol, NOW).unwrap());
        let b = good(&format!("{symbol}@x.json"), p.eodhd(symbol, NOW).unwrap());
        let c = good(&format!("{}.us.csv", symbol.to_lowercase()), p.stooq(symbol, NOW).unwrap());
        assert!(a.defects.iter().chain(&b.defects).chain(&c.defects).all(|d| d.rule == "series_gap"), "{symbol}");
        let (a, b, c) = (returns(&a, &id), returns(&b, &id), returns(&c, &id));
        assert!(a.len() > 700 && a.len() == b.len() && a.len() == c.len());
        for (day, r) in &a {
            assert!((r - b[day]).abs() < 1e-9 && (r - c[day]).abs() < 1e-9, "{symbol} {day}");
        }
    }
    // A later dividend changes no level that is built forward, and every one that is adjusted.
    let level = |kept: Kept| kept.series(&format!("etf:{}", giant()));
    let name = format!("{}.json", giant());
    let whole = level(good(&name, p.tiingo(giant(), NOW).unwrap()));
    let part = level(good(&name, p.tiingo(giant(), day("2023-06-01")).unwrap()));
    assert_eq!(part[..], whole[..part.len()]);
    let stooq = format!("{}.us.csv", giant().to_lowercase());
    let (part, whole) =
        (level(good(&stooq, p.stooq(giant(), day("2023-06-01")).unwrap())), level(good(&stooq, p.stooq(giant(), NOW).unwrap())));
    assert!(part[0].1 != whole[0].1);
    // Prices as traded alone give bars and no level.
    let kept = good("x.json", p.alpha_vantage("SPY", NOW).unwrap());
    assert_eq!((kept.taken(), kept.series("etf:SPY").len()), (100, 0));
}

#[test]
fn bad_prices_are_refused_and_their_neighbours_stay() {
    let row = |date: &str, close: &str, split: &str| {
        format!("{{\"date\":\"{date}\",\"close\":{close},\"adjClose\":1.0,\"volume\":1,\"divCash\":0.0,\"splitFactor\":{split}}}")
    };
    let rows = [
        row("2024-03-28T00:00:00.000Z", "10", "1.0"),
        row("2024-03-29T00:00:00.000Z", "10", "1.0"),
        row("2024-04-01", "0", "1.0"),
        row("2024-04-02", "10", "0.0"),
        row("2024-04-03", "20", "1.0"),
        row("2024-04-03", "21", "1.0"),
        row("soon", "10", "1.0"),
        row("2024-04-05", "10", "1.0"),
        row("2024-04-04", "null", "1.0").replace("\"adjClose\":1.0", "\"adjClose\":null"),
    ];
    let kept = good("SPY.json", format!("[{}]", rows.join(",")));
    let mut rules: Vec<_> = kept.rules();
    rules.sort();
    assert_eq!(
        rules,
        [
            ("duplicate_key", 6, "date"),
            ("future_dated", 8, "date"),
            ("not_a_day", 7, "date"),
            ("not_a_distribution", 4, "split"),
            ("not_a_price", 3, "close"),
            ("not_a_session", 2, "date"),
        ]
    );
    assert_eq!((kept.series("etf:SPY"), kept.missing), (vec![(day("2024-03-28"), 10.0), (day("2024-04-03"), 20.0)], 1));
    // The close doubled and the adjusted close did not move.
    assert_eq!(kept.defect("adjustment_mismatch")[0].from, Some(day("2024-04-03")));
}

#[test]
fn what_a_publisher_says_in_place_of_data_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (name, body) in [
        ("spy.us.csv", "Exceeded the daily hits limit"),
        ("SPY.json", "{\"Note\": \"Thank you for using Alpha Vantage!\"}"),
        ("SPY.json", "{\"detail\":\"You have run over your hourly request allocation.\"}"),
        (
            "UNRATE.json",
            "{\"error_code\":400,\"error_message\":\"Bad Request. The value for variable api_key is not registered.\"}",
        ),
    ] {
        let path = write(folder.path(), name, body);
        let said = recognise(&path).map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("in place of data"), "{said}");
    }
}

#[test]
fn settlements_of_the_exchange_are_those_of_the_vendors() {
    let folder = tempfile::tempdir().unwrap();
    WORLD.write(folder.path()).unwrap();
    let path = folder.path().join("fedfunds/zq_settlements.parquet");
    let (result, vendor) = read_with(recognise(&path).unwrap(), &path, NOW.at(20, 0));
    result.unwrap();
    let of_the_day = |kept: &Kept| -> Vec<String> { kept.lines().into_iter().filter(|l| l.starts_with("2024-04-04")).collect() };
    let p = WORLD.publishers();
    let page = good("settlements.json", p.settlement_page(NOW, "Final"));
    let file = good("cbt.settle.20240404.s.csv", p.settlement_file(NOW));
    assert_eq!(page.lines().len(), 25);
    assert_eq!(of_the_day(&page), of_the_day(&file));
    assert_eq!(of_the_day(&page), of_the_day(&vendor));
    assert!(failure("settlements.json", p.settlement_page(NOW, "Preliminary")).contains("Preliminary"));
    // Before 17:00 of the day nothing is known.
    assert_eq!(at("settlements.json", p.settlement_page(NOW, "Final"), NOW.at(16, 0)).1.taken(), 0);
    let odd = p
        .settlement_page(NOW, "Final")
        .replacen("APR 24", "XXX 24", 1)
        .replacen("MAY 24", "JAN 24", 1)
        .replacen("JUN 24", "JUN 34", 1);
    let kept = good("settlements.json", odd);
    assert_eq!(kept.rules(), [("not_a_contract", 1, "month"), ("after_expiry", 2, "month"), ("wrong_century", 3, "month")]);
    assert_eq!(kept.taken(), 22);
}

#[test]
fn days_of_releases_are_events_and_those_to_come_are_scheduled() {
    let kept = good("releases.json", WORLD.publishers().release_dates(NOW));
    let lines = kept.lines();
    assert!(lines.iter().any(|l| l.starts_with("2024-03-12 2024-03-12T12:30:00Z cpi release")), "{lines:?}");
    assert!(lines.iter().any(|l| l.starts_with("2024-04-12 2024-04-05T00:00:00Z employment scheduled")), "{lines:?}");
    assert_eq!(kept.missing, 1);
    let kept = good(
        "r.json",
        "{\"release_dates\":[{\"release_id\":\"x\",\"date\":\"2024-01-11\"},{\"release_id\":10,\"date\":\"x\"},{\"release_id\":10,\"date\":\"2024-01-11\"},{\"release_id\":10,\"date\":\"2024-01-11\"}]}",
    );
    assert_eq!(kept.rules(), [("not_a_release", 1, "release_id"), ("not_a_day", 2, "date"), ("duplicate_key", 4, "date")]);
}

#[test]
fn a_download_of_the_screener_is_a_session_of_its_panel() {
    let folder = tempfile::tempdir().unwrap();
    WORLD.write(folder.path()).unwrap();
    let path = folder.path().join("prices/screener/2024.parquet");
    let (result, panel) = read_with(recognise(&path).unwrap(), &path, NOW.at(20, 0));
    result.unwrap();
    let rows = |kept: &Kept| -> BTreeMap<String, [f64; 2]> {
        let mut out = BTreeMap::new();
        for b in kept.rows.iter().filter(|b| b.dataset == Dataset::Bars) {
            for i in (0..b.len()).filter(|&i| Day(b.period[i]) == NOW) {
                out.insert(b.text("symbol").get(i).to_owned(), [b.f64("close")[i], b.f64("ret")[i]]);
            }
        }
        out
    };
    let body = WORLD.publishers().screener(NOW);
    let snapshot = good("nasdaq_screener_1712264400000.json", &body);
    let (a, b) = (rows(&snapshot), rows(&panel));
    let near = |x: f64, y: f64| (x - y).abs() < 1e-3 * y.abs().max(1.0);
    let same = a.iter().filter(|(s, v)| b.get(*s).is_some_and(|w| near(v[0], w[0]) && near(v[1], w[1]))).count();
    assert!(a.len() > 200 && same * 100 >= a.len() * 98, "{same} of {}", a.len());
    // While the session is open there are prices of no session.
    assert!(failure("nasdaq_screener_1712246400000.json", &body).contains("while prices moved"));
    assert!(failure("screener.json", &body).contains("file name"));
    let csv = "Symbol,Name,Last Sale,Net Change,% Change,Market Cap,Country,IPO Year,Volume,Sector,Industry\nAAPL,Apple Inc. Common Stock,$168.82,-0.83,-0.489%,2606878800000.00,United States,1980,53704390,Technology,Computer Manufacturing\nBRK/A,Berkshire,\"$615,000.00\",0,0%,,United States,,3,Finance,X\nBAD,Bad,lots,0,0%,1,US,,1,X,Y\nAAPL,Apple,$1,0,0%,1,US,,1,X,Y\nNIL,Nil,$0.00,0,0%,1,US,,1,X,Y\nNEG,Neg,$1,0,-100%,1,US,,1,X,Y\n";
    let kept = good("nasdaq_screener_1712264400000.csv", csv);
    let bars: Vec<String> = kept.lines().into_iter().filter(|l| l.starts_with("2024-04-04")).collect();
    assert_eq!(
        bars,
        [
            "2024-04-04 2024-04-04T20:00:00Z AAPL  168.82 NaN -0.00489 53704390 2606878800000 0",
            "2024-04-04 2024-04-04T20:00:00Z BRK.A  615000 NaN 0 3 NaN 16"
        ]
    );
    assert_eq!(
        kept.rules(),
        [
            ("not_a_number", 4, "lastsale"),
            ("duplicate_key", 5, "symbol"),
            ("zero_price", 6, "lastsale"),
            ("impossible_return", 7, "pctchange")
        ]
    );
}

static BODIES: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(|| {
    // Short ones, so that an edit hits something.
    bodies()
        .into_iter()
        .map(|(n, b)| if n.ends_with("xlsx") || n.ends_with("htm") { (n, b) } else { (n, b[..b.len().min(6_000)].to_vec()) })
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_answers_are_borne_by_every_reader(
        which in 0usize..16,
        whole in any::<bool>(),
        edits in proptest::collection::vec((any::<u32>(), 0u8..5, prop_oneof![any::<u8>(), Just(b'\n'), Just(b','), Just(b'"'), Just(b'9'), Just(b'-'), Just(b'{'), Just(b']')]), 1..8),
    ) {
        let (name, body) = &BODIES[which];
        let mut body = body.clone();
        if !whole && name.ends_with("json") {
            // Closed again, so that what is inside is reached.
            let end = body.iter().rposition(|b| *b == b'}').unwrap_or(0);
            body.truncate(end + 1);
            body.extend(if body.starts_with(b"[") { &b"]"[..] } else { b"]}" });
        }
        for (at, what, byte) in edits {
            let n = body.len();
            if n == 0 { break; }
            let at = at as usize % n;
            match what {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 => drop(body.remove(at)),
                3 => body.truncate(at.max(n / 2)),
                _ => { let tail = body[at..n.min(at + 60)].to_vec(); body.extend(tail); }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), name, &body);
        let now = NOW.at(20, 0);
        for reader in readers() {
            let head = plimsoll_sources::head(&path);
            let Ok(head) = head else { continue };
            if !reader.recognises(&head) { continue }
            let (_, kept) = read_with(*reader, &path, now);
            for rows in &kept.rows {
                prop_assert!(rows.known_at.iter().all(|k| *k <= now.0), "known after now");
            }
        }
    }
}
