//! What the invented companies file: fiscal calendars, statements quarter by quarter, maturities, and the oddities that readers must
//! survive. Amounts are whole thousands of dollars, so that quarters add up to years exactly.

mod amounts;
mod calendar;

use std::ops::Range;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

use super::Spec;
use super::market::Panel;
use super::quirks::nth;
use super::rng::Rng;
use super::securities::{SECTORS, Security, Tier};

pub use amounts::{Balance, Flow};
pub use calendar::FiscalCalendar;

/// How an issuer stands to its interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Earns its interest three times and more.
    Sound,
    /// Earns it, and little more.
    Thin,
    /// Owes nothing.
    NoDebt,
    /// Earns less than its interest in the fiscal years from the one to before the other.
    Below {
        /// First fiscal year.
        from: i16,
        /// The fiscal year in which it earns its interest again; one beyond the world where it never does.
        until: i16,
    },
    /// A bank, insurer or lender: borrowing is its business, and it states no operating income.
    Financial,
}

/// How the debt of an issuer falls due: shares of years one to five and after.
pub type Maturities = [f64; 6];
const SPREAD: Maturities = [0.06, 0.10, 0.14, 0.18, 0.17, 0.35];
const LONG: Maturities = [0.04, 0.06, 0.09, 0.11, 0.12, 0.58];
const WALL: Maturities = [0.30, 0.42, 0.10, 0.08, 0.05, 0.05];
const ROLLING: Maturities = [0.80, 0.08, 0.05, 0.03, 0.02, 0.02];

/// What is wrong or unusual with an issuer's filings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// The annual report of a fiscal year states everything a thousandfold too small.
    ScaleSlip(i16),
    /// The annual report of a fiscal year states interest below zero.
    NegativeInterest(i16),
    /// The annual report of the year after restates the operating income of a fiscal year, a tenth lower.
    Restated(i16),
    /// The annual report of a fiscal year is amended: revenue a fiftieth higher.
    Amended(i16),
}

/// A fiscal quarter. Amounts in thousands of dollars.
#[derive(Clone, Debug)]
pub struct Quarter {
    /// First day.
    pub start: Day,
    /// Last day.
    pub end: Day,
    /// The fiscal year it belongs to, named by the calendar year in which it ends; January to March belong to the year before.
    pub fiscal: i16,
    /// The same, by its position in [`Filer::years`].
    pub year: usize,
    /// Whether the fiscal year (or transition period) ends with it.
    pub closes: bool,
    /// Flows, by [`Flow`].
    pub flows: [i64; Flow::COUNT],
    /// Balances at its end, by [`Balance`].
    pub balances: [i64; Balance::COUNT],
}

/// A periodic report.
#[derive(Clone, Debug)]
pub struct Report {
    /// `10-K`, `10-Q`, `10-KT`, `10-K/A`.
    pub form: &'static str,
    /// The day it was filed.
    pub filed: Day,
    /// Its accession number.
    pub accession: String,
    /// The quarters from the beginning of the fiscal year to the one it reports.
    pub quarters: Range<usize>,
    /// Maturities of long-term debt: years one to five and after, thousands; in a quarterly report the first is the remainder of the
    /// fiscal year.
    pub maturities: Option<[i64; 6]>,
    /// Shares outstanding on the cover.
    pub shares: u64,
}

impl Report {
    /// Whether it is of a whole fiscal year or transition period.
    pub fn annual(&self) -> bool {
        self.form != "10-Q"
    }
}

/// An issuer that files.
#[derive(Clone, Debug)]
pub struct Filer {
    /// Its number: the position of its primary security.
    pub issuer: usize,
    /// Central index key.
    pub cik: u64,
    /// SimFin's number.
    pub simfin: u64,
    /// Name, without class of shares.
    pub name: String,
    /// How it stands.
    pub condition: Condition,
    /// When its fiscal years end.
    pub calendar: FiscalCalendar,
    /// Quarters of each fiscal year, oldest first.
    pub years: Vec<Range<usize>>,
    /// Quarters, oldest first.
    pub quarters: Vec<Quarter>,
    /// Reports in order of filing.
    pub reports: Vec<Report>,
    /// What is wrong with them.
    pub oddities: Vec<Oddity>,
    /// Whether quarterly reports state maturities, beginning with the remainder of the fiscal year.
    pub remainders: bool,
    /// Whether the SEC's bulk files have it; else SimFin alone does.
    pub edgar: bool,
}

impl Filer {
    /// The sum of a flow over quarters, thousands.
    pub fn sum(&self, quarters: Range<usize>, flow: Flow) -> i64 {
        self.quarters[quarters].iter().map(|q| q.flows[flow as usize]).sum()
    }
    /// The quarters a year before some quarters of a fiscal year; `None` where they are not there or a period is not a year.
    pub fn year_before(&self, quarters: &Range<usize>) -> Option<Range<usize>> {
        let n = quarters.len();
        let before = quarters.start.checked_sub(4)?;
        let days = self.quarters[quarters.start].start.0 - self.quarters[before].start.0;
        (358..=378).contains(&days).then(|| before..before + n)
    }
    /// Whether a bank, insurer or lender.
    pub fn financial(&self) -> bool {
        self.condition == Condition::Financial
    }
    /// Reports known by the end of a day: a report filed on a day is known at the next session's open.
    pub fn known(&self, day: Day) -> impl Iterator<Item = &Report> {
        self.reports.iter().filter(move |r| Calendar::nyse().next(r.filed) <= day)
    }
}

/// The first central index key handed out; real ones are a fifth of it.
const FIRST_CIK: u64 = 9_000_001;

/// Makes the filings of every issuer that has a primary security.
pub(super) fn generate(spec: &Spec, sessions: &[Day], list: &[Security], panel: &Panel) -> Vec<Filer> {
    let issuers = list.iter().enumerate().filter(|(i, s)| s.primary && s.issuer == *i && s.tier != Tier::Warrant);
    let odd = odd_ones(list, sessions.len() - 1);
    issuers
        .enumerate()
        .map(|(k, (i, security))| {
            let mut rng = Rng::stream(spec.seed, "filings", i as u64);
            let oddity = odd.iter().position(|o| *o == i);
            let mut filer = outline(&mut rng, (k, i, security), oddity);
            amounts::fill(&mut filer, &mut rng, security, *sessions.last().expect("a session"));
            file(&mut filer, &mut rng, security, &Market { sessions, panel });
            filer
        })
        .collect()
}

/// Small companies with a whole life whose filings are odd, one oddity each.
fn odd_ones(list: &[Security], last: usize) -> Vec<usize> {
    let small = list.iter().filter(|s| s.tier == Tier::Small).count();
    let plain = |i: &usize| {
        let s = &list[*i];
        s.life == (0, last) && s.splits.is_empty() && s.primary && s.sector != FINANCE && s.sector != REAL_ESTATE
    };
    (0..small).map(|k| nth(list, Tier::Small, k)).filter(plain).skip(8).step_by(3).take(6).collect()
}

const FINANCE: usize = 6;
const REAL_ESTATE: usize = 7;

fn outline(rng: &mut Rng, (k, i, security): (usize, usize, &Security), oddity: Option<usize>) -> Filer {
    let condition = match security.sector {
        FINANCE => Condition::Financial,
        _ => condition(rng, security),
    };
    let retailer = SECTORS[security.sector].industries[security.industry].contains("Stores");
    let calendar = match oddity {
        Some(0) => FiscalCalendar::Weeks(9),
        Some(1) => FiscalCalendar::Moved,
        _ if retailer => FiscalCalendar::Weeks(1),
        _ => FiscalCalendar::Months(rng.pick(&[12, 12, 12, 12, 12, 12, 12, 9, 6, 3])),
    };
    let oddities = match oddity {
        Some(2) => vec![Oddity::ScaleSlip(2020)],
        Some(3) => vec![Oddity::NegativeInterest(2019)],
        Some(4) => vec![Oddity::Restated(2021)],
        Some(5) => vec![Oddity::Amended(2022)],
        _ => Vec::new(),
    };
    // Restatements of interest and income need both.
    let condition = if oddities.is_empty() { condition } else { Condition::Sound };
    let full = &security.listings[security.listings.len() - 1].name;
    let name = full.replace(" Common Stock", "");
    let name = name.split(" Class ").next().unwrap_or_default().to_owned();
    Filer {
        issuer: i,
        cik: FIRST_CIK + k as u64,
        simfin: 500_001 + 7 * k as u64,
        name,
        condition,
        calendar,
        years: Vec::new(),
        quarters: Vec::new(),
        reports: Vec::new(),
        oddities,
        remainders: rng.chance(0.1),
        edgar: oddity.is_some() || security.tier <= Tier::Mid || rng.chance(0.9),
    }
}

/// Draws how an issuer stands: about one in twenty-five large ones and a third of the small ones earn less than their interest.
fn condition(rng: &mut Rng, security: &Security) -> Condition {
    let below = match security.tier {
        Tier::Giant => return Condition::Sound,
        Tier::Large => 0.04,
        Tier::Mid => 0.14,
        Tier::Small if security.levered => 0.45,
        Tier::Small => 0.22,
        _ => 0.50,
    };
    let draw = rng.uniform();
    if draw < below {
        // Zombies of long standing, those that fell with the rise of rates, and those that recovered.
        let (from, until) = match rng.below(10) {
            0..=4 => (2017 + rng.below(4) as i16, 2030),
            5..=7 => (2022, 2030),
            _ => (2018, 2022),
        };
        return Condition::Below { from, until };
    }
    match security.tier {
        Tier::Large | Tier::Mid if draw > 0.95 => Condition::NoDebt,
        Tier::Small | Tier::Micro if draw > 0.86 => Condition::NoDebt,
        Tier::Small | Tier::Micro if draw > 0.66 => Condition::Thin,
        _ => Condition::Sound,
    }
}

/// How the debt falls due.
fn maturities(rng: &mut Rng, filer: &Filer, security: &Security) -> Maturities {
    let wall = match filer.condition {
        Condition::Financial => return ROLLING,
        Condition::Below { .. } => 0.4,
        Condition::Thin => 0.25,
        _ => 0.0,
    };
    let small = security.tier >= Tier::Small;
    match rng.chance(wall) {
        true if small => WALL,
        _ if small => SPREAD,
        _ => LONG,
    }
}

struct Market<'a> {
    sessions: &'a [Day],
    panel: &'a Panel,
}

impl Market<'_> {
    /// Shares outstanding of an issuer on a day within or before its life.
    fn shares(&self, security: usize, life: (usize, usize), day: Day) -> u64 {
        let t = self.sessions.partition_point(|s| *s <= day).saturating_sub(1).clamp(life.0, life.1);
        let at = self.panel.rows(security).start + t;
        (self.panel.cap[at] / self.panel.close[at]).round() as u64
    }
}

/// Fiscal quarters from this day on have reports of their own; before it there are annual reports only.
const FIRST_QUARTERLY: (i16, i8, i8) = (2022, 7, 1);

/// Files the reports.
fn file(filer: &mut Filer, rng: &mut Rng, security: &Security, market: &Market<'_>) {
    let calendar = Calendar::nyse();
    let (first, last) = (market.sessions[security.life.0], market.sessions[security.life.1]);
    let listed_from = if security.life.0 == 0 { Day::ymd(2010, 1, 1) } else { first };
    let (year, quarter) = if security.tier <= Tier::Mid { (48, 32) } else { (62, 38) };
    let slack = rng.below(14) as i32;
    let shares_of_years = maturities(rng, filer, security);
    let silent = rng.chance(0.12) && filer.oddities.is_empty();
    let quarterly = Day::ymd(FIRST_QUARTERLY.0, FIRST_QUARTERLY.1, FIRST_QUARTERLY.2);
    let mut reports = Vec::new();
    for years in filer.years.iter().skip(1) {
        for q in years.clone() {
            let end = filer.quarters[q].end;
            let annual = filer.quarters[q].closes;
            if !annual && end < quarterly {
                continue;
            }
            let filed = calendar.on_or_after(end.plus(slack + if annual { year } else { quarter }));
            if filed > last || filed < listed_from {
                continue;
            }
            let form = match (annual, years.len()) {
                (false, _) => "10-Q",
                (true, 4) => "10-K",
                (true, _) => "10-KT",
            };
            let debt = filer.quarters[q].balances[Balance::CurrentDebt as usize]
                + filer.quarters[q].balances[Balance::LongTermDebt as usize];
            let stated = debt > 0 && !silent && (annual || filer.remainders);
            let elapsed = if annual { 0 } else { (q + 1 - years.start) as i64 };
            let maturities = stated.then(|| ladder(debt, &shares_of_years, elapsed));
            let shares = market.shares(filer.issuer, security.life, filed);
            reports.push(Report { form, filed, accession: String::new(), quarters: years.start..q + 1, maturities, shares });
            if annual && filer.oddities.contains(&Oddity::Amended(filer.quarters[q].fiscal)) {
                let filed = calendar.on_or_after(filed.plus(47));
                let amended = Report { form: "10-K/A", filed, ..reports.last().expect("pushed above").clone() };
                reports.extend((filed <= last).then_some(amended));
            }
        }
    }
    reports.sort_by_key(|r| r.filed);
    for (n, report) in reports.iter_mut().enumerate() {
        report.accession = format!("{:010}-{:02}-{:06}", filer.cik, report.filed.parts().0 % 100, n + 1);
    }
    // The current part of the debt is what the maturities have in year one.
    for quarter in &mut filer.quarters {
        let [current, long] = [Balance::CurrentDebt as usize, Balance::LongTermDebt as usize];
        let debt = quarter.balances[current] + quarter.balances[long];
        quarter.balances[current] = ladder(debt, &shares_of_years, 0)[0];
        quarter.balances[long] = debt - quarter.balances[current];
        quarter.balances[Balance::CurrentLiabilities as usize] += quarter.balances[current];
    }
    filer.reports = reports;
}

/// Maturities of a debt, thousands; what fell due in the quarters elapsed was refinanced beyond the fifth year.
fn ladder(debt: i64, shares: &Maturities, elapsed: i64) -> [i64; 6] {
    let mut out = shares.map(|s| (debt as f64 * s) as i64);
    out[0] -= out[0] * elapsed / 4;
    out[5] = debt - out[..5].iter().sum::<i64>();
    out
}
