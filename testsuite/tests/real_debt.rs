//! Statements, coverage and zombies on real filings: shares beside those counted by hand from the files, and beside published ones.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use plimsoll_measures::kernels::issuers::Issuers;
use plimsoll_measures::kernels::screens;
use plimsoll_measures::kernels::statements::{Basis, How, Item, Statements, concepts};
use plimsoll_measures::replay::{self, Asked};
use plimsoll_measures::{Fact, Params, Point, Scope, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_store::{Snapshot, Store};
use plimsoll_testsuite::{real, stored};

/// One store for all tests of this file, imported afresh.
fn store() -> Option<&'static Store> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    let import = || {
        let data = real::data()?;
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-debt");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).expect("the store of the last run");
        }
        let paths = ["fundamentals/simfin", "membership", "sec/companyfacts", "prices/screener", "macro/fred/CPIAUCSL.csv"];
        let paths: Vec<_> = paths.iter().map(|p| data.join(p)).collect();
        let start = std::time::Instant::now();
        let store = stored::import(&dir, &paths).expect("the real data can be imported");
        println!("imported in {:.1} s", start.elapsed().as_secs_f64());
        Some(store)
    };
    STORE.get_or_init(import).as_ref()
}

fn known(day: Day) -> Option<Snapshot> {
    store().map(|s| s.snapshot(AsOf::end_of(day)).expect("a snapshot"))
}

fn asked(name: &str, with: &[(&str, &str)]) -> Asked {
    let measure = find(name).unwrap();
    let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
    Asked { measure, params: Params::resolve(measure.spec(), &given, &Scope::default()).unwrap() }
}

fn at(known: &dyn Knowledge, name: &str, with: &[(&str, &str)]) -> (Day, Point, Vec<Fact>) {
    let asked = asked(name, with);
    let start = std::time::Instant::now();
    let (cut, found) = replay::at(known, &asked).unwrap();
    let (day, point) = found.unwrap_or_else(|e| panic!("{name} {with:?}: {e}"));
    let facts = asked.measure.evidence(&cut, &asked.params, cut.last().unwrap());
    println!("{name} {with:?}: {point:?} in {:.2} s", start.elapsed().as_secs_f64());
    (day, point, facts)
}

fn show(facts: &[Fact]) {
    for f in facts {
        println!(
            "    {} {} {} {}",
            f.label,
            f.value.map_or("-".into(), |v| f.unit.format(v)),
            f.day.map_or(String::new(), |d| d.to_string()),
            f.note
        );
    }
}

/// Counted from the publisher's files by hand (members by ticker, published by the day, operating income over the interest expense of
/// fiscal 2022, every company): 34.9 % of 910 members of the Russell 2000, 3.8 % of 365 of the S&P 500.
#[test]
fn a_third_of_small_caps_did_not_earn_their_interest_in_2022() {
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    for (universe, share, n) in [("russell2000", 0.349, 910.0), ("sp500", 0.038, 365.0)] {
        for members in ["listed", "priced"] {
            let with = [("universe", universe), ("members", members), ("fiscal_year", "2022"), ("financials", "include")];
            let (_, point, facts) = at(&known, "interest_coverage_below", &with);
            show(&facts);
            assert!((point.value.unwrap() - share).abs() < 0.015, "{universe}: {point:?}");
            assert!((f64::from(point.n_obs) / n - 1.0).abs() < 0.06, "{universe}: {point:?}");
        }
        let (_, point, facts) = at(&known, "interest_coverage_below", &[("universe", universe), ("by", "size")]);
        show(&facts);
        assert!(point.value.is_ok());
        at(&known, "median_coverage", &[("universe", universe)]);
        at(&known, "debt_weighted_coverage", &[("universe", universe)]);
    }
}

/// Zombie shares of every issuer by fiscal year, as known on 2024-02-02, beside a count from the publisher's files by another program and
/// beside what was published. See `testsuite/replication/zombies/README.md`.
#[test]
fn zombie_shares_by_definition_and_year() {
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    let year = |facts: &[Fact], year: i16| {
        let label = format!("fiscal {year}");
        facts.iter().find(|f| f.label == label).and_then(|f| f.value).unwrap_or(f64::NAN)
    };
    let of = |more: &[(&str, &str)]| at(&known, "zombie_share", &[&[("universe", "filers"), ("by", "year")], more].concat()).2;
    let (broad, indebted) = (of(&[]), of(&[("of", "indebted")]));
    let any_age = of(&[("age", "0"), ("financials", "include")]);
    let fed = of(&[("definition", "fed_2021")]);
    println!("fiscal year: BIS broad, of those with interest expense, Federal Reserve 2021");
    for y in 2010..=2023 {
        println!("  {y}: {:.3} {:.3} {:.3}", year(&broad, y), year(&indebted, y), year(&fed, y));
    }
    show(&broad);
    show(&fed);
    // Three years below one, any age, every company: counted with pandas from the same files.
    for (y, share) in [(2012, 0.0589), (2014, 0.0729), (2016, 0.1039), (2018, 0.0983), (2020, 0.0612), (2022, 0.1479)] {
        println!("  {y}: {:.4} beside {share}", year(&any_age, y));
        assert!((year(&any_age, y) - share).abs() < 0.01, "{y}: {}", year(&any_age, y));
    }
    // Banerjee and Hofmann (2018): about 12 % of listed non-financial firms of fourteen countries in 2016. Ours is lower: interest is net of
    // interest income, so that losses of companies rich in cash do not count, and the vendor's early years hold half of the market.
    assert!((0.06..0.14).contains(&year(&broad, 2016)), "{}", year(&broad, 2016));
    // Favara, Minoiu and Perez-Orive (2021): 5 to 15 % of listed firms in every year from 2000 to 2020, with a rise in 2020.
    for y in 2015..=2020 {
        assert!((0.02..0.15).contains(&year(&fed, y)), "{y}: {}", year(&fed, y));
    }
    assert!(year(&fed, 2020) > year(&fed, 2019));
    for definition in ["bis_broad", "bis_narrow", "fed_2021", "two_year"] {
        for universe in ["russell2000", "sp500"] {
            let (_, point, facts) = at(&known, "zombie_share", &[("universe", universe), ("definition", definition)]);
            show(&facts[..facts.len().min(12)]);
            assert!(point.value.is_ok(), "{definition} {universe}");
        }
    }
}

/// Defects that the screens report in the standardised statements, by rule; the two that were known before are among them.
#[test]
fn screens_find_the_errors_that_are_known_and_others() {
    let Some(known) = known(Day::ymd(2024, 2, 2)) else { return };
    let asked = asked("interest_coverage_below", &[("universe", "filers")]);
    let from = Day::ymd(2024, 2, 2);
    let cut = Cut::build(&known, &replay::needs(std::slice::from_ref(&asked), from), from).unwrap();
    let counts = screens::counts(&cut.facts, AsOf::end_of(from).moment());
    println!("doubted on 2024-02-02, of {} issuers: {counts:?}", cut.facts.issuers().len());
    let of = |symbol: &str| -> Vec<screens::Doubt> {
        let ids = cut.filers.named(symbol);
        ids.iter().filter_map(|id| cut.facts.issuer(id)).flat_map(|i| screens::doubts(&cut.facts, i)).collect()
    };
    let fiscal_2020 = |d: &&screens::Doubt| d.end == Day::ymd(2020, 12, 31);
    let amc: Vec<screens::Rule> = of("AMC").iter().filter(fiscal_2020).map(|d| d.rule).collect();
    assert_eq!(amc, [screens::Rule::NetIncomeScale, screens::Rule::ScaleSlip]);
    let aapl: Vec<screens::Doubt> = of("AAPL");
    println!("AAPL: {aapl:?}");
    assert!(aapl.iter().any(|d| d.rule == screens::Rule::MisplacedDebt && d.end.parts().0 == 2020), "{aapl:?}");
}

/// Nothing filed after a day changes anything on it; a company is present until it is gone.
#[test]
fn later_filings_change_nothing_and_the_bankrupt_stay() {
    let (Some(then), Some(later)) = (known(Day::ymd(2024, 2, 2)), known(Day::ymd(2024, 6, 28))) else { return };
    let from = Day::ymd(2023, 9, 1);
    let ways = [
        asked("interest_coverage_below", &[("universe", "russell2000"), ("members", "listed")]),
        asked("zombie_share", &[("universe", "russell2000"), ("members", "listed")]),
        asked("zombie_share", &[("universe", "filers"), ("definition", "fed_2021")]),
        asked("median_leverage", &[("universe", "filers"), ("leverage", "debt_to_assets")]),
    ];
    let start = std::time::Instant::now();
    let (a, b) = (replay::replay(&then, &ways, from).unwrap(), replay::replay(&later, &ways, from).unwrap());
    println!("two replays of {} measures in {:.1} s", ways.len(), start.elapsed().as_secs_f64());
    for (k, (x, y)) in a.histories.iter().zip(&b.histories).enumerate() {
        let (x, y) = (x.as_ref().unwrap(), y.as_ref().unwrap());
        assert!(x.len() > 100 && y.len() > x.len());
        for (p, q) in x.iter().zip(y) {
            assert_eq!((p.0, p.1.value.map(f64::to_bits), p.1.n_obs), (q.0, q.1.value.map(f64::to_bits), q.1.n_obs), "{k}");
        }
    }
    // Bed Bath & Beyond filed its last annual report in June 2023, for the year to February: eighteen months later it would be stale.
    let issuers = Issuers::named(&a.cut, "filers", false).unwrap();
    let gone = issuers.holders.iter().find(|h| h.label == "BBBY").expect("it is kept");
    let coverage = |day: Day| {
        let s = issuers.statements(gone).unwrap();
        s.coverage(Basis::LastYear, AsOf::end_of(day).moment()).map(|r| (r.value, r.end()))
    };
    println!(
        "BBBY: {:?} {:?} {:?}",
        coverage(Day::ymd(2020, 6, 1)),
        coverage(Day::ymd(2022, 6, 1)),
        coverage(Day::ymd(2024, 2, 2))
    );
    assert!(coverage(Day::ymd(2022, 6, 1)).unwrap().0 < 0.0);
}

/// Values read by hand: from the SEC's company facts, with the accession numbers of the filings that state them, and from annual reports
/// for issuers that only the vendor states here.
#[test]
fn twelve_months_read_by_hand() {
    let Some(known) = known(Day::ymd(2024, 6, 28)) else { return };
    let from = Day::ymd(2024, 6, 28);
    let ids = ["cik:0000320193", "cik:0001640147", "cik:0001997711", "MSFT", "AMZN", "KO", "WMT", "F", "NFLX", "BBBY"];
    let needs = ids.iter().fold(Needs::default().facts(concepts(Item::ALL)), |needs, id| needs.issuer(id));
    let cut = Cut::build(&known, &needs, from).unwrap();
    let position = |id: &str| cut.filers.named(id).iter().find_map(|id| cut.facts.issuer(id)).unwrap_or_else(|| panic!("{id}"));
    let ttm = |id: &str, item: Item, at: Day| {
        let found = Statements::new(&cut.facts, position(id)).ttm(item, AsOf::end_of(at).moment()).unwrap();
        println!("{id} {} {} to {} ({:?}) {:?}", item.name(), found.value, found.end, found.how, found.accessions(&cut.facts));
        found
    };
    // Apple, as known on 2023-09-01: the year to 2022-09-24 (0000320193-22-000108), plus nine months to 2023-07-01 (0000320193-23-000077),
    // less nine months to 2022-06-25 (0000320193-22-000070): 119,437 + 87,332 - 94,543 and 2,931 + 2,931 - 2,104.
    let day = Day::ymd(2023, 9, 1);
    let ebit = ttm("cik:0000320193", Item::OperatingIncome, day);
    assert_eq!((ebit.value, ebit.end), (112_226e6, Day::ymd(2023, 7, 1)));
    assert_eq!(ebit.accessions(&cut.facts), ["0000320193-22-000070", "0000320193-22-000108", "0000320193-23-000077"]);
    assert_eq!(ttm("cik:0000320193", Item::InterestExpense, day).value, 3_758e6);
    // And of the year to 2023-09-30: debt 5,985 of commercial paper, 9,822 due, 95,281 later.
    let at = AsOf::end_of(Day::ymd(2024, 2, 1)).moment();
    let apple = Statements::new(&cut.facts, position("cik:0000320193"));
    let debt = apple.debt(at).unwrap();
    assert_eq!((debt.total.value, debt.current.unwrap().value), (111_088e6, 15_807e6));
    assert_eq!(debt.total.accessions(&cut.facts), ["0000320193-23-000106"]);
    // A year of 53 weeks: 371 days to 2023-09-30.
    assert_eq!(apple.ttm(Item::Revenue, at).map(|r| (r.value, r.days())), Ok((383_285e6, 371)));
    // Snowflake: the year to 2023-01-31, plus nine months to 2023-10-31, less nine months to 2022-10-31.
    let day = Day::ymd(2024, 2, 2);
    let revenue = ttm("cik:0001640147", Item::Revenue, day);
    assert_eq!((revenue.value, revenue.end), (2_620_802e3, Day::ymd(2023, 10, 31)));
    assert_eq!(revenue.accessions(&cut.facts), ["0001640147-22-000100", "0001640147-23-000030", "0001640147-23-000260"]);
    assert_eq!(ttm("cik:0001640147", Item::OperatingIncome, day).value, -1_059_018e3);
    // Logistic Properties of the Americas files under IFRS, first on 2024-04-26 (0001493152-24-016772).
    let lpa = Statements::new(&cut.facts, position("cik:0001997711"));
    assert!(lpa.ttm(Item::Revenue, AsOf::end_of(Day::ymd(2024, 4, 25)).moment()).is_err());
    let day = Day::ymd(2024, 5, 1);
    assert_eq!(ttm("cik:0001997711", Item::OperatingIncome, day).value, 34_184_829.0);
    let at = AsOf::end_of(day).moment();
    assert_eq!(lpa.balance(Item::TotalDebt, at).map(|d| d.value), Ok(271_344_270.0));
    assert_eq!(lpa.coverage(Basis::Ttm, at).map(|c| c.under.value), Ok(22_557_977.0));
    // Annual reports, in millions: revenue and operating income of the last year known on 2023-09-01.
    for (symbol, revenue, income) in [
        ("MSFT", 211_915.0, 88_523.0),
        ("AMZN", 513_983.0, 12_248.0),
        ("KO", 43_004.0, 10_909.0),
        ("WMT", 611_289.0, 20_428.0),
        ("F", 158_057.0, 6_276.0),
        ("NFLX", 31_615.550, 5_632.831),
        ("BBBY", 5_344.685, -1_158.086),
    ] {
        let day = Day::ymd(2023, 9, 1);
        let (sold, earned) = (ttm(symbol, Item::Revenue, day), ttm(symbol, Item::OperatingIncome, day));
        assert_eq!((sold.value, earned.value), (revenue * 1e6, income * 1e6), "{symbol}");
        assert_eq!(sold.how, How::LastFiscalYear);
    }
}
