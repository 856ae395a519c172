//! The sample world's filings, read back: every issuer's twelve months, every ladder, and which issuer stands behind which security.

use std::sync::LazyLock;

use plimsoll_measures::kernels::ladder::{Book, concepts as ladder_concepts};
use plimsoll_measures::kernels::statements::{Item, Statements, concepts};
use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_sources::sample::filings::Filer;
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
