//! The sample world's filings, read back: every issuer's twelve months, every ladder, and which issuer stands behind which security.

use std::sync::LazyLock;

use plimsoll_measures::kernels::ladder::{Book, concepts as ladder_concepts};
use plimsoll_measures::kernels::statements::{Item, Statements, concepts};
use plimsoll_measures::kernels::zombies;
use plimsoll_model::cut::Cut;
use plimsoll_model::facts::known as known_facts;
use plimsoll_model::needs::Needs;
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_sources::sample::filings::{Balance, Filer};
use plimsoll_sources::sample::{Spec, World, truth};
use plimsoll_testsuite::folder;

static WORLD: LazyLock<(World, tempfile::TempDir)> = LazyLock::new(|| {
    let world = World::new(&Spec::small());
    let dir = tempfile::tempdir().expect("a folder");
    world.write(dir.path()).expect("the sample world's files");
    (world, dir)
});

fn cut(day: Day) -> Cut {
    let memory = folder::memory(WORLD.1.path(), AsOf::end_of(day)).expect("the readers read the sample world");
    let items = [Item::OperatingIncome, Item::InterestExpense, Item::TotalDebt, Item::Assets];
    let needs = Needs::default().universe("sp500").universe("russell2000").universe("all");
    Cut::build(&memory, &needs.facts(concepts(&items)).facts(ladder_concepts()).issuer("*"), day).expect("a cut")
}

#[test]
fn every_issuer_states_what_was_planted() {
    for day in [Day::ymd(2024, 2, 2), Day::ymd(2022, 12, 30), Day::ymd(2024, 6, 28)] {
        let cut = cut(day);
        let moment = cut.as_of.moment();
        let book = Book::of(&cut);
        let planted = truth::issuers(&WORLD.0, day);
        let mut ladders = 0;
        for p in &planted {
            let at = format!("{} ({}) on {day}", p.symbol, p.id);
            let issuer = cut.facts.issuer(&p.id).unwrap_or_else(|| panic!("{at} states nothing"));
            let statements = Statements::new(&cut.facts, issuer);
            let income = statements.ttm(Item::OperatingIncome, moment).unwrap_or_else(|e| panic!("{at}: {e}"));
            assert_eq!(income.value, p.operating_income, "{at}: operating income to {}, {income:?}", p.end);
            match statements.ttm(Item::InterestExpense, moment) {
                Ok(interest) => assert_eq!(interest.value, p.interest_expense, "{at}: interest to {}", p.end),
                Err(why) => assert_eq!(p.interest_expense, 0.0, "{at}: {why}"),
            }
            let debt = statements.debt(moment).unwrap_or_else(|e| panic!("{at}: {e}"));
            assert_eq!(debt.total.value, p.debt, "{at}: debt");
            match (book.ladder(issuer, day), p.due) {
                (Ok(ladder), Some(due)) => {
                    ladders += 1;
                    let found = ladder.due_within(day, 24);
                    // Fiscal years that end on a Saturday are a few days off the month's end by which a ladder is laid.
                    assert!((found - due).abs() <= 0.01 * ladder.total(), "{at}: {found} due, planted {due}");
                }
                (Err(_), None) => {}
                (found, planted) => panic!("{at}: {found:?}, planted {planted:?}"),
            }
        }
        println!("{day}: {} issuers, {ladders} ladders", planted.len());
        assert!(planted.len() > 150 && ladders > 100);
    }
}

#[test]
fn securities_are_linked_to_their_own_issuer() {
    let day = Day::ymd(2024, 2, 2);
    let cut = cut(day);
    let world = &WORLD.0;
    let (mut right, mut without) = (0, 0);
    for (i, security) in cut.panel.securities.iter().enumerate() {
        let issuer = cut.filers.issuer_of(i, cut.as_of.moment());
        let t = world.session(day).expect("a session");
        let owner = |f: &&Filer| {
            world
                .securities
                .iter()
                .any(|s| s.issuer == f.issuer && s.trades(t) && canonical(s.symbol_at(t)).as_deref() == Some(&security.symbol))
        };
        // Warrants are nobody's here, and a symbol without a trade that day may have been two companies'.
        let Some(owner) = world.filers.iter().find(owner) else { continue };
        match issuer {
            Some(id) => {
                assert_eq!(*id, format!("cik:{:010}", owner.cik), "{}", security.symbol);
                right += 1;
            }
            None => without += 1,
        }
    }
    println!("{right} linked, {without} not");
    assert!(right > 200 && without == 0);
}

/// Who is a zombie by the broad definition at any age, when it became one and when it ceased to be: every issuer, both ways.
#[test]
fn zombies_enter_and_leave_when_planted() {
    for day in [Day::ymd(2024, 2, 2), Day::ymd(2022, 12, 30)] {
        let cut = cut(day);
        let at = cut.as_of.moment();
        let (mut spells_found, mut ended) = (0, 0);
        for planted in truth::stretches(&WORLD.0, day) {
            let Some(issuer) = cut.facts.issuer(&planted.id) else {
                assert!(planted.years.is_empty(), "{} states nothing", planted.id);
                continue;
            };
            let years = zombies::years(&Statements::new(&cut.facts, issuer), at);
            let judged = zombies::Definition::BisBroad.judge(&years, &zombies::Sample::default());
            let found = zombies::spells(&years, &judged);
            let found: Vec<(i16, Option<i16>)> = found.into_iter().map(|s| (s.first, s.exit.map(|e| e.0))).collect();
            assert_eq!(found, planted.years, "{} on {day}: {years:?}", planted.id);
            spells_found += found.len();
            ended += found.iter().filter(|s| s.1.is_some()).count();
        }
        println!("{day}: {spells_found} spells, {ended} of them over");
        assert!(spells_found > 10 && ended > 0);
    }
}

/// What submissions and a statement set say is what was filed, accepted on the minute planted.
#[test]
fn filings_and_the_statement_set_are_what_was_planted() {
    let day = Day::ymd(2024, 2, 2);
    let memory = folder::memory(WORLD.1.path(), AsOf::end_of(day)).expect("the readers read the sample world");
    let items = [Item::Revenue, Item::Assets];
    let needs = Needs::default().facts(concepts(&items)).filings().issuer("*");
    let cut = Cut::build(&memory, &needs, day).expect("a cut");
    let (mut filings, mut early) = (0, 0);
    for filer in WORLD.0.filers.iter().filter(|f| f.edgar && !f.reports.is_empty()) {
        let id = format!("cik:{:010}", filer.cik);
        let known = cut.filings.get(&id).map_or(&[][..], |all| all.as_slice());
        // After the close of the day of filing a report can be read.
        for report in filer.reports.iter().filter(|r| r.filed <= day) {
            let found: Vec<_> = known.iter().filter(|f| f.accession == report.accession).collect();
            assert!(!found.is_empty(), "{id} {} is not known", report.accession);
            for f in found {
                assert_eq!((f.form.as_str(), f.known_at.day()), (report.form, report.filed), "{}", report.accession);
                assert!(f.known_at > report.filed.at(16, 0) && f.known_at < report.filed.at(17, 30));
            }
            filings += 1;
        }
        let late = filer.reports.iter().filter(|r| r.filed > day).find(|r| known.iter().any(|f| f.accession == r.accession));
        assert!(late.is_none(), "{id} has a filing of the future");
        // The set's numbers are known from acceptance, company facts' from the next open: the same number, earlier.
        let quarter = Day::ymd(2023, 10, 1)..=Day::ymd(2023, 12, 31);
        let issuer = cut.facts.issuer(&id);
        for report in filer.reports.iter().filter(|r| quarter.contains(&r.filed)) {
            let issuer = issuer.unwrap_or_else(|| panic!("{id} states nothing"));
            let last = &filer.quarters[report.quarters.end - 1];
            let assets = last.balances[Balance::Assets as usize] as f64 * 1e3;
            let evening = report.filed.at(17, 0);
            let stated = known_facts(cut.facts.of(issuer, "us-gaap:Assets"), evening);
            assert!(
                stated.filter(|f| f.value == assets && (f.end.0 - last.end.0).abs() <= 16).count() > 0,
                "{id}: assets of {} are not known on the evening of {}",
                last.end,
                report.filed
            );
            early += 1;
        }
    }
    println!("{filings} filings, {early} in the set");
    assert!(filings > 1000 && early > 100);
}
