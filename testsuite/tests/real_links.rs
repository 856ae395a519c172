//! Which issuer stands behind a security, on real maps and prices: how much of the weight of two indices is linked, who is not, and that a
//! symbol which passed to another company later is still its first holder's on earlier days.

use std::collections::BTreeSet;

use plimsoll_measures::kernels::issuers::{Issuers, needs_of};
use plimsoll_measures::kernels::statements::{Item, concepts};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_testsuite::real;

const MAPS: [&str; 4] = ["fundamentals/simfin", "sec/company_tickers.json", "sec/filers_sic.parquet", "sec/submissions"];

/// Weight linked at least, of all capitalisation of the members: S&P 500, Russell 2000.
const FLOOR: [(&str, f64); 2] = [("sp500", 0.998), ("russell2000", 0.994)];

#[test]
fn nearly_all_of_the_weight_is_linked() {
    let Some(data) = real::data() else { return };
    let prices = ["prices/screener/2023.parquet", "prices/screener/2024.parquet", "prices/screener/symbols.csv", "membership"];
    let day = Day::ymd(2024, 2, 2);
    let memory = real::memory(&data, &[&MAPS[..], &prices[..]].concat(), AsOf::end_of(day));
    for (universe, floor) in FLOOR {
        let cut = Cut::build(&memory, &needs_of(universe, false, &[Item::OperatingIncome]), day).expect("a cut");
        let issuers = Issuers::named(&cut, universe, false).expect("members");
        let t = cut.last().expect("a session");
        let (mut linked, mut all, mut n) = (0.0, 0.0, 0);
        let mut without: Vec<(f64, String)> = Vec::new();
        for holder in issuers.holders.iter().filter(|h| h.is_member(t)) {
            let at = AsOf::end_of(day).moment();
            let cap = holder.securities_at(at).map(|s| cut.panel.cap.at(s, t)).filter(|c| c.is_finite()).fold(0.0, f64::max);
            all += cap;
            n += 1;
            match &holder.id {
                Some(_) => linked += cap,
                None => without.push((cap, holder.label.clone())),
            }
        }
        without.sort_by(|a, b| b.0.total_cmp(&a.0));
        println!("{universe}: {:.2} % of the weight of {n} members linked; not: {}", 100.0 * linked / all, without.len());
        for (cap, label) in &without {
            let refused = cut.filers.refused.iter().find(|r| cut.panel.securities[r.0].symbol == *label);
            let name = cut.panel.securities.iter().find(|s| s.symbol == *label).map(|s| s.description.name.as_str());
            println!("    {label} ({:.2} bn, {}) {}", cap / 1e9, name.unwrap_or("-"), refused.map_or("", |r| r.2.as_str()));
        }
        assert!(linked / all >= floor, "{universe}: {}", linked / all);
        // One issuer, one company: securities that an id brings together carry one name.
        let at = AsOf::end_of(day).moment();
        for holder in issuers.holders.iter().filter(|h| h.is_member(t)) {
            let all: Vec<usize> = holder.securities_at(at).collect();
            let names: BTreeSet<&str> = all.iter().map(|&s| cut.panel.securities[s].description.name.as_str()).collect();
            let companies: BTreeSet<u32> = all.iter().map(|&s| cut.panel.securities[s].issuer).collect();
            if companies.len() > 1 {
                println!("    {} is behind {names:?}", holder.id.as_deref().unwrap_or("-"));
            }
        }
        let linked_to = |symbol: &str| {
            let i = cut.panel.securities.iter().position(|s| s.symbol == symbol);
            i.and_then(|i| cut.filers.issuer_of(i, AsOf::end_of(day).moment()))
        };
        // Renamed: Arch Coal is Arch Resources. Radius Health is not Radius Recycling, though one map gives both the symbol.
        if universe == "russell2000" {
            assert_eq!(linked_to("ARCH"), Some("cik:0001037676"));
            assert_ne!(linked_to("RDUS"), Some("cik:0001428522"));
        }
    }
}

/// BBBY was Bed Bath & Beyond's until 2023; the SEC's map of today gives it to the company that was Overstock.com (OSTK) until 2023 and
/// Beyond (BYON) until 2025. Both filed all along.
#[test]
fn a_symbol_is_its_first_holders_as_long_as_that_one_reports() {
    let Some(data) = real::data() else { return };
    let (gone, heir) = ("cik:0000886158", "cik:0001130713");
    let income = ["2008-2020", "2020-2023"].map(|span| format!("fundamentals/simfin/us-income-annual-{span}.csv"));
    let paths = ["fundamentals/simfin/us-companies.csv", &income[0], &income[1], MAPS[1], MAPS[2], "membership"];
    let with = real::batches(&data, &paths);
    let without = with.iter().filter(|(source, _)| source != "edgar-tickers").cloned().collect();
    let day = Day::ymd(2024, 6, 28);
    let (with, without) = (Memory::new(AsOf::end_of(day), with), Memory::new(AsOf::end_of(day), without));
    for (list, days) in [
        ("sp500", ["2012-05-15", "2014-03-31", "2016-11-15"].as_slice()),
        ("russell2000", ["2018-09-28", "2020-04-30", "2022-06-01"].as_slice()),
    ] {
        for day in days.iter().map(|d| d.parse::<Day>().unwrap()) {
            let holder = |memory: &Memory| {
                let known = memory.back_to(AsOf::end_of(day));
                let needs = Needs::default().facts(concepts(&[Item::OperatingIncome])).list(list).issuer("BBBY").issuer("OSTK");
                let cut = Cut::build(known.as_ref(), &needs, day).expect("a cut");
                let issuers = Issuers::named(&cut, list, true).expect("members");
                let t = cut.last().expect("a session");
                let of =
                    |id: &str| issuers.holders.iter().any(|h| h.id.as_deref() == Some(id) && h.label == "BBBY" && h.is_member(t));
                (of(gone), of(heir))
            };
            assert_eq!(holder(&with), (true, false), "{list} on {day}");
            // What the map of a later day says changes nothing.
            assert_eq!(holder(&with), holder(&without), "{list} on {day}");
        }
    }
}
