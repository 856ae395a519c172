//! What the invented filings say on a day, by plain sums over the quarters they were made from.

use plimsoll_model::time::Day;

use super::canonical;
use crate::sample::World;
use crate::sample::filings::{Balance, Filer, FiscalCalendar, Flow, Oddity, Report};

/// A statement older than this many days is none.
const STALE: i32 = 548;

/// Issuers' statements and maturities.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Filings {
    /// The burden of interest in both universes on some days.
    pub burdens: Vec<Burden>,
    /// Debt due within 24 months in both universes on some days.
    pub walls: Vec<Wall>,
    /// Some issuers on 2024-02-02, those with odd filings among them.
    pub issuers: Vec<Issuer>,
    /// Issuers that earn less than their interest in planted years: symbol, first fiscal year, the year in which they earn it again.
    pub below: Vec<(String, i16, Option<i16>)>,
    /// Zombies in both universes on some days, by the broad definition at any age.
    pub zombies: Vec<Zombies>,
    /// The same by the Federal Reserve's definition of 2021.
    pub fed_zombies: Vec<Zombies>,
    /// Issuers whose fate needs no model, in both universes on some days.
    pub fates: Vec<Fates>,
    /// Issuers whose filings are odd: symbol, what is odd.
    pub oddities: Vec<(String, String)>,
}

/// Interest coverage of a universe, financial issuers left out.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Burden {
    /// The day.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// Issuers with interest expense in the past twelve months known.
    pub indebted: usize,
    /// Those of them whose operating income is less.
    pub below_one: usize,
    /// Issuers with interest expense in the last fiscal year known and in the two before it.
    pub judged: usize,
    /// Those of them that earned less than their interest in all three.
    pub three_years: usize,
}

/// Zombies of a universe, financial issuers left out: less earned than interest in three fiscal years in a row, at any age.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Zombies {
    /// The day.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// Issuers that can be judged by their last fiscal year.
    pub judged: usize,
    /// Those that are zombies.
    pub zombies: usize,
}

/// Issuers whose refinancing over three years is plain, whatever lenders ask; financial issuers left out. Ids of those that the SEC's files
/// have and whose figures are as stated.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Fates {
    /// The day.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// They owe, and lose more before any interest in three years like the last than they hold in cash.
    pub doomed: Vec<String>,
    /// They owe, and three fifths of their operating income pay more than 15 % on all debt.
    pub safe: Vec<String>,
}

/// Stretches of one issuer as a zombie: the fiscal year that made it one, and the first after it, by what was known on a day.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Stretches {
    /// Its id.
    pub id: String,
    /// First year and, where it ended, the year in which it earned its interest again.
    pub years: Vec<(i16, Option<i16>)>,
}

/// Maturities of a universe, financial issuers left out.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Wall {
    /// The day.
    pub day: Day,
    /// `sp500` or `russell2000`.
    pub universe: &'static str,
    /// Issuers whose filings state maturities.
    pub issuers: usize,
    /// Debt due within 24 months, dollars.
    pub due: f64,
    /// All debt due after the day, dollars.
    pub debt: f64,
}

/// An issuer on a day, dollars.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Issuer {
    /// Canonical symbol.
    pub symbol: String,
    /// Issuer id.
    pub id: String,
    /// The day.
    pub day: Day,
    /// Last day of the past twelve months known.
    pub end: Day,
    /// Operating income of the past twelve months.
    pub operating_income: f64,
    /// Interest expense of the past twelve months.
    pub interest_expense: f64,
    /// Debt at their end.
    pub debt: f64,
    /// Debt due within 24 months of the day, where stated.
    pub due: Option<f64>,
}

/// The last report known on a day from which, with those before it, twelve months follow; SimFin has annual ones only.
fn latest(filer: &Filer, day: Day) -> Option<&Report> {
    let usable = |r: &&Report| {
        let annual = r.annual() && (filer.edgar || r.form == "10-K");
        let follows = || {
            let year = filer.quarters[r.quarters.start].year;
            filer.edgar && filer.known(day).any(|k| k.annual() && filer.quarters[k.quarters.start].year + 1 == year)
        };
        (annual && r.quarters.len() == 4) || follows()
    };
    let last = filer.known(day).filter(usable).max_by_key(|r| r.quarters.end)?;
    (day.0 - filer.quarters[last.quarters.end - 1].end.0 <= STALE).then_some(last)
}

/// Operating income and interest of the four quarters up to one, thousands.
fn twelve_months(filer: &Filer, last: usize) -> Option<(i64, i64)> {
    let quarters = (last + 1).checked_sub(4)?..last + 1;
    Some((filer.sum(quarters.clone(), Flow::OperatingIncome), filer.sum(quarters, Flow::InterestExpense)))
}

/// Coverage below one in each of the last three fiscal years known; `None` where they are not three, or one without interest.
fn three_years_below(filer: &Filer, day: Day) -> Option<bool> {
    let mut years: Vec<&Report> = filer.known(day).filter(|r| r.form == "10-K").collect();
    years.sort_by_key(|r| r.quarters.end);
    let last = years.last()?.quarters.clone();
    // A report states the year before for comparison, so two reports tell of three years.
    let before = filer.year_before(&last)?;
    let third = filer.year_before(&before).filter(|q| years.iter().any(|r| r.quarters == *q || r.quarters == before))?;
    let below =
        [last.clone(), before, third].map(|q| (filer.sum(q.clone(), Flow::OperatingIncome), filer.sum(q, Flow::InterestExpense)));
    let fresh = day.0 - filer.quarters[last.end - 1].end.0 <= STALE;
    (fresh && below.iter().all(|b| b.1 > 0)).then(|| below.iter().all(|b| b.0 < b.1))
}

/// Quarters of the fiscal years that annual reports known on a day state: their own year, and the one before for comparison.
fn stated_spans(filer: &Filer, day: Day) -> Vec<std::ops::Range<usize>> {
    let mut spans: Vec<std::ops::Range<usize>> = Vec::new();
    for report in filer.known(day).filter(|r| r.form == "10-K") {
        spans.extend(filer.year_before(&report.quarters));
        spans.push(report.quarters.clone());
    }
    spans.sort_by_key(|q| q.end);
    spans.dedup();
    spans
}

/// [`stated_spans`] by fiscal year, each with what was earned and what interest was paid, thousands.
fn stated_years(filer: &Filer, day: Day) -> Vec<(i16, i64, i64)> {
    let sums = |q: std::ops::Range<usize>| {
        let year = filer.quarters[q.end - 1].fiscal;
        (year, filer.sum(q.clone(), Flow::OperatingIncome), filer.sum(q, Flow::InterestExpense))
    };
    stated_spans(filer, day).into_iter().map(sums).collect()
}

/// Whether the issuer is a zombie by the last of some years; `None` where that cannot be told.
fn zombie_by(years: &[(i16, i64, i64)]) -> Option<bool> {
    let (last, earned, paid) = *years.last()?;
    if paid <= 0 || earned >= paid {
        return Some(false);
    }
    let three = years.len().checked_sub(3).map(|k| &years[k..]).filter(|y| y[0].0 == last - 2 && y[1].0 == last - 1)?;
    Some(three.iter().all(|y| y.2 > 0 && y.1 < y.2))
}

fn zombies_of(world: &World, day: Day, large: bool) -> Option<Zombies> {
    let universe = if large { "sp500" } else { "russell2000" };
    let mut out = Zombies { day, universe, judged: 0, zombies: 0 };
    for filer in members(world, day, large)? {
        let ends = filer.known(day).filter(|r| r.form == "10-K").map(|r| filer.quarters[r.quarters.end - 1].end).max();
        let fresh = ends.is_some_and(|end| day.0 - end.0 <= STALE);
        if let Some(zombie) = zombie_by(&stated_years(filer, day)).filter(|_| fresh) {
            out.judged += 1;
            out.zombies += usize::from(zombie);
        }
    }
    Some(out)
}

/// Debt over assets at the end of some quarters.
fn leverage(filer: &Filer, quarters: &std::ops::Range<usize>) -> f64 {
    let balances = &filer.quarters[quarters.end - 1].balances;
    let debt = balances[Balance::CurrentDebt as usize] + balances[Balance::LongTermDebt as usize];
    debt as f64 / balances[Balance::Assets as usize] as f64
}

/// Consumer prices of the last month that began by a day.
fn price_level(world: &World, day: Day) -> Option<f64> {
    let series = world.economy.iter().find(|s| s.id == "CPIAUCSL")?;
    series.values.iter().rev().find(|(d, _)| *d <= day).map(|(_, v)| *v)
}

/// Zombies by the Federal Reserve's definition: earned less than interest, leverage above the median of the year, and sales lower than
/// three years before in real terms.
fn fed_zombies_of(world: &World, day: Day, large: bool) -> Option<Zombies> {
    let universe = if large { "sp500" } else { "russell2000" };
    let mut out = Zombies { day, universe, judged: 0, zombies: 0 };
    let filers = members(world, day, large)?;
    let year = |f: &Filer, q: &std::ops::Range<usize>| f.quarters[q.end - 1].fiscal;
    let mut levered: std::collections::BTreeMap<i16, Vec<f64>> = std::collections::BTreeMap::new();
    for filer in &filers {
        for span in stated_spans(filer, day) {
            levered.entry(year(filer, &span)).or_default().push(leverage(filer, &span));
        }
    }
    levered.values_mut().for_each(|all| all.sort_by(f64::total_cmp));
    let median = |y: i16| levered.get(&y).map(|all| (all[(all.len() - 1) / 2] + all[all.len() / 2]) / 2.0);
    for filer in filers {
        let spans = stated_spans(filer, day);
        let Some(last) = spans.last().filter(|q| day.0 - filer.quarters[q.end - 1].end.0 <= STALE) else { continue };
        let sum = |flow| filer.sum(last.clone(), flow);
        let (earned, paid) = (sum(Flow::OperatingIncome), sum(Flow::InterestExpense));
        let poor = paid > 0 && earned < paid && median(year(filer, last)).is_some_and(|m| leverage(filer, last) > m);
        let before = spans.iter().find(|q| year(filer, q) == year(filer, last) - 3);
        let shrank = before.and_then(|b| {
            let sales = sum(Flow::Revenue) as f64 / filer.sum(b.clone(), Flow::Revenue) as f64;
            let end = |q: &std::ops::Range<usize>| filer.quarters[q.end - 1].end;
            Some(sales < price_level(world, end(last))? / price_level(world, end(b))?)
        });
        if let Some(zombie) = if poor { shrank } else { Some(false) } {
            out.judged += 1;
            out.zombies += usize::from(zombie);
        }
    }
    Some(out)
}

fn fates_of(world: &World, day: Day, large: bool) -> Option<Fates> {
    let universe = if large { "sp500" } else { "russell2000" };
    let mut out = Fates { day, universe, doomed: Vec::new(), safe: Vec::new() };
    for filer in members(world, day, large)?.into_iter().filter(|f| f.edgar && f.oddities.is_empty()) {
        let Some(last) = latest(filer, day).map(|r| r.quarters.end).filter(|end| *end >= 4) else { continue };
        let sum = |flow| filer.sum(last - 4..last, flow);
        let balances = &filer.quarters[last - 1].balances;
        let debt = balances[Balance::CurrentDebt as usize] + balances[Balance::LongTermDebt as usize];
        let income = sum(Flow::OperatingIncome);
        if debt > 0 && balances[Balance::Cash as usize] + 3 * (income + sum(Flow::Depreciation)) < 0 {
            out.doomed.push(format!("cik:{:010}", filer.cik));
        } else if debt > 0 && income * 60 > debt * 15 {
            out.safe.push(format!("cik:{:010}", filer.cik));
        }
    }
    Some(out)
}

/// Entry and exit of every issuer that is no bank, whose fiscal year's end never moved, as known on a day.
pub fn stretches(world: &World, day: Day) -> Vec<Stretches> {
    let of = |filer: &Filer| {
        let years = stated_years(filer, day);
        let mut out: Vec<(i16, Option<i16>)> = Vec::new();
        for k in 1..=years.len() {
            let open = out.last().is_some_and(|s| s.1.is_none());
            match zombie_by(&years[..k]) {
                Some(true) if !open => out.push((years[k - 1].0, None)),
                Some(false) if open => out.last_mut().expect("one is open").1 = Some(years[k - 1].0),
                _ => {}
            }
        }
        Stretches { id: format!("cik:{:010}", filer.cik), years: out }
    };
    world.filers.iter().filter(|f| !f.financial() && f.edgar && f.calendar != FiscalCalendar::Moved).map(of).collect()
}

/// Days by months of a ladder's steps.
fn months_after(day: Day, months: i32) -> Day {
    let (year, month, _) = day.parts();
    let count = i32::from(year) * 12 + i32::from(month) - 1 + months;
    let first = Day::ymd((count / 12) as i16, (count % 12) as i8 + 1, 1);
    if day == day.month_end() { first.month_end() } else { first.plus(i32::from(day.parts().2) - 1).min(first.month_end()) }
}

/// Debt due within 24 months of a day and all debt due after it, dollars, by the last maturities known.
fn wall(filer: &Filer, day: Day) -> Option<(f64, f64)> {
    let stated = |r: &&Report| r.maturities.is_some() && filer.edgar;
    let report = filer.known(day).filter(stated).max_by_key(|r| r.quarters.end)?;
    let quarter = &filer.quarters[report.quarters.end - 1];
    let (balance, amounts) = (quarter.end, report.maturities?);
    if day.0 - balance.0 > 550 || amounts.iter().sum::<i64>() == 0 {
        return None;
    }
    let year_end = || {
        // Whole quarters to come until the fiscal year ends.
        let left = 4 - report.quarters.len() as i32;
        months_after(balance.month_end(), 3 * left)
    };
    let base = if report.annual() { months_after(balance, 12) } else { year_end() };
    let horizon = months_after(day, 24);
    let mut edges = vec![balance];
    edges.extend((0..5).map(|k| months_after(base, 12 * k)));
    let mut sums = (0.0, amounts[5] as f64);
    for (k, pair) in edges.windows(2).enumerate() {
        let length = f64::from(pair[1].0 - pair[0].0);
        let share = |from: Day, to: Day| f64::from((to.0.min(pair[1].0) - from.0.max(pair[0].0)).max(0)) / length;
        sums.0 += amounts[k] as f64 * share(day, horizon);
        sums.1 += amounts[k] as f64 * share(day, pair[1]);
    }
    Some((sums.0 * 1e3, sums.1 * 1e3))
}

fn members(world: &World, day: Day, large: bool) -> Option<Vec<&Filer>> {
    let t = world.session(day)?;
    let ids: Vec<usize> = if large {
        (0..world.securities.len()).filter(|&i| world.securities[i].primary && world.membership.in_large(i, t)).collect()
    } else {
        world.membership.small_as_listed(t).into_iter().filter(|&i| world.securities[i].trades(t)).collect()
    };
    Some(world.filers.iter().filter(|f| !f.financial() && ids.contains(&f.issuer)).collect())
}

fn burden(world: &World, day: Day, large: bool) -> Option<Burden> {
    let universe = if large { "sp500" } else { "russell2000" };
    let mut out = Burden { day, universe, indebted: 0, below_one: 0, judged: 0, three_years: 0 };
    for filer in members(world, day, large)? {
        if let Some((income, interest)) = latest(filer, day).and_then(|r| twelve_months(filer, r.quarters.end - 1))
            && interest > 0
        {
            out.indebted += 1;
            out.below_one += usize::from(income < interest);
        }
        if let Some(below) = three_years_below(filer, day) {
            out.judged += 1;
            out.three_years += usize::from(below);
        }
    }
    Some(out)
}

fn wall_of(world: &World, day: Day, large: bool) -> Option<Wall> {
    let universe = if large { "sp500" } else { "russell2000" };
    let mut out = Wall { day, universe, issuers: 0, due: 0.0, debt: 0.0 };
    for (due, debt) in members(world, day, large)?.into_iter().filter_map(|f| wall(f, day)) {
        out.issuers += 1;
        out.due += due;
        out.debt += debt;
    }
    Some(out)
}

/// An issuer as known on a day.
fn issuer(world: &World, filer: &Filer, day: Day) -> Option<Issuer> {
    let last = latest(filer, day)?.quarters.end - 1;
    let (income, interest) = twelve_months(filer, last)?;
    let quarter = &filer.quarters[last];
    let debt = quarter.balances[Balance::CurrentDebt as usize] + quarter.balances[Balance::LongTermDebt as usize];
    Some(Issuer {
        symbol: canonical(world.securities[filer.issuer].symbol()),
        id: format!("cik:{:010}", filer.cik),
        day,
        end: quarter.end,
        operating_income: income as f64 * 1e3,
        interest_expense: interest as f64 * 1e3,
        debt: debt as f64 * 1e3,
        due: wall(filer, day).map(|w| w.0),
    })
}

/// Every issuer that is no bank as known on a day.
pub fn issuers(world: &World, day: Day) -> Vec<Issuer> {
    world.filers.iter().filter(|f| !f.financial()).filter_map(|f| issuer(world, f, day)).collect()
}

pub(super) fn filings(world: &World, day: Day) -> Filings {
    use crate::sample::filings::Condition;
    let days = [day, Day::ymd(2024, 6, 28)];
    let both = || days.into_iter().flat_map(|d| [(d, true), (d, false)]);
    let symbol = |f: &Filer| canonical(world.securities[f.issuer].symbol());
    let odd =
        |f: &&Filer| !f.oddities.is_empty() || f.calendar == FiscalCalendar::Moved || f.calendar == FiscalCalendar::Weeks(9);
    let told = |f: &Filer| {
        let what = match (f.oddities.first(), f.calendar) {
            (Some(Oddity::ScaleSlip(y)), _) => format!("the annual report of {y} is in thousands"),
            (Some(Oddity::NegativeInterest(y)), _) => format!("interest of {y} is stated below zero"),
            (Some(Oddity::Restated(y)), _) => format!("operating income of {y} is restated a year later, a tenth lower"),
            (Some(Oddity::Amended(y)), _) => format!("the annual report of {y} is amended, revenue a fiftieth higher"),
            (None, FiscalCalendar::Moved) => "the fiscal year's end moves from June to December 2022".to_owned(),
            (None, _) => "fiscal years of 52 or 53 weeks".to_owned(),
        };
        (symbol(f), what)
    };
    let first = world.filers.iter().filter(|f| world.securities[f.issuer].giant()).take(2);
    let below = |f: &Filer| match f.condition {
        Condition::Below { from, until } => Some((symbol(f), from, (until < 2030).then_some(until))),
        _ => None,
    };
    Filings {
        burdens: both().filter_map(|(d, large)| burden(world, d, large)).collect(),
        walls: both().filter_map(|(d, large)| wall_of(world, d, large)).collect(),
        issuers: first.chain(world.filers.iter().filter(odd)).filter_map(|f| issuer(world, f, day)).collect(),
        below: world.filers.iter().filter_map(below).collect(),
        zombies: both().filter_map(|(d, large)| zombies_of(world, d, large)).collect(),
        fed_zombies: both().filter_map(|(d, large)| fed_zombies_of(world, d, large)).collect(),
        fates: both().filter_map(|(d, large)| fates_of(world, d, large)).collect(),
        oddities: world.filers.iter().filter(odd).map(told).collect(),
    }
}
