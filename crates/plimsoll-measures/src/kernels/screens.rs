//! Screens: sign and scale errors in statements, caught by accounting identities and by the years beside, as known at the time.
//!
//! A number that a screen doubts is reported and not used; nothing is repaired. A screen sees what was known then: a doubt begins with the
//! filing that makes it visible and ends where a later one removes it (a revision, or a following year that shows that the company
//! really changed so much).
//!
//! | rule | what must hold | doubted otherwise |
//! |---|---|---|
//! | `balance` | assets = liabilities and equity | assets |
//! | `liabilities_and_equity` | liabilities + equity = the balance sheet's total (standardised statements: temporary equity is within) | both |
//! | `parts_exceed_total` | current assets, current liabilities, cash within their totals | the part |
//! | `debt_exceeds_liabilities` | debt within liabilities, current debt within current liabilities | total debt |
//! | `misplaced_debt` | long-term debt does not vanish into current debt for one year and come back | the split of debt |
//! | `gross_profit` | revenue - cost = gross profit | gross profit and cost |
//! | `operating_income` | gross profit - operating expenses = operating income (standardised) | operating income |
//! | `cash_flow_sum` | operating + investing + financing = change in cash, give or take half of the largest (exchange rates are not stated) | the change in cash |
//! | `net_income_scale` | net income of the income and the cash flow statement are not a thousandfold apart | the smaller statement |
//! | `scale_slip` | revenue, or assets, do not fall or rise 300-fold against the year before while the other stays within threefold | the statement |
//! | `sign` | revenue, cost, depreciation, assets, debt, and interest that is not net, are not negative | the number |

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_model::facts::{Fact, Facts};
use plimsoll_model::time::{Day, Moment};

use super::statements::{Dispute, Item, Note, Source};

/// Items that screens look at: every measure of statements reads them, so that the same numbers are doubted whatever is asked.
pub const ITEMS: &[Item] = &[
    Item::Revenue,
    Item::CostOfRevenue,
    Item::GrossProfit,
    Item::OperatingExpenses,
    Item::OperatingIncome,
    Item::DepreciationAndAmortization,
    Item::InterestExpense,
    Item::NetIncome,
    Item::OperatingCashFlow,
    Item::InvestingCashFlow,
    Item::FinancingCashFlow,
    Item::ChangeInCash,
    Item::Cash,
    Item::Assets,
    Item::CurrentAssets,
    Item::Liabilities,
    Item::CurrentLiabilities,
    Item::LiabilitiesAndEquity,
    Item::EquityWithNoncontrolling,
    Item::CurrentDebt,
    Item::LongTermDebt,
];

/// Net income where the cash flow statement begins, for [`Rule::NetIncomeScale`].
pub const STARTING_LINE: &str = "simfin:Net Income/Starting Line";

const INCOME: &[Item] = &[
    Item::Revenue,
    Item::CostOfRevenue,
    Item::GrossProfit,
    Item::OperatingExpenses,
    Item::OperatingIncome,
    Item::InterestExpense,
    Item::PretaxIncome,
    Item::IncomeTax,
    Item::NetIncome,
];
const CASH_FLOW: &[Item] = &[
    Item::DepreciationAndAmortization,
    Item::OperatingCashFlow,
    Item::InvestingCashFlow,
    Item::FinancingCashFlow,
    Item::CapitalExpenditure,
    Item::DividendsPaid,
];
const BALANCE: &[Item] = &[
    Item::Assets,
    Item::CurrentAssets,
    Item::Liabilities,
    Item::CurrentLiabilities,
    Item::Cash,
    Item::RetainedEarnings,
    Item::Equity,
    Item::EquityWithNoncontrolling,
    Item::CurrentDebt,
    Item::LongTermDebt,
    Item::TotalDebt,
];

/// Sums may be off by this share of the larger side.
const SLACK: f64 = 0.01;
/// A change beyond this factor is a slip of units or another company.
const SLIP: f64 = 300.0;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Assets are liabilities and equity.
    Balance,
    /// Liabilities and equity make their sum.
    LiabilitiesAndEquity,
    /// A part is within its total.
    PartsExceedTotal,
    /// Debt is within liabilities.
    DebtExceedsLiabilities,
    /// Long-term debt stays long-term.
    MisplacedDebt,
    /// Gross profit is revenue less cost.
    GrossProfit,
    /// Operating income is gross profit less expenses.
    OperatingIncome,
    /// Cash flows make the change in cash.
    CashFlowSum,
    /// Two statements state net income in one unit.
    NetIncomeScale,
    /// A statement is in the unit of the year before.
    ScaleSlip,
    /// Amounts that cannot be negative are not.
    Sign,
}

impl Rule {
    /// Every rule.
    pub const ALL: &[Rule] = &[
        Rule::Balance,
        Rule::LiabilitiesAndEquity,
        Rule::PartsExceedTotal,
        Rule::DebtExceedsLiabilities,
        Rule::MisplacedDebt,
        Rule::GrossProfit,
        Rule::OperatingIncome,
        Rule::CashFlowSum,
        Rule::NetIncomeScale,
        Rule::ScaleSlip,
        Rule::Sign,
    ];
    /// The machine name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Balance => "balance",
            Rule::LiabilitiesAndEquity => "liabilities_and_equity",
            Rule::PartsExceedTotal => "parts_exceed_total",
            Rule::DebtExceedsLiabilities => "debt_exceeds_liabilities",
            Rule::MisplacedDebt => "misplaced_debt",
            Rule::GrossProfit => "gross_profit",
            Rule::OperatingIncome => "operating_income",
            Rule::CashFlowSum => "cash_flow_sum",
            Rule::NetIncomeScale => "net_income_scale",
            Rule::ScaleSlip => "scale_slip",
            Rule::Sign => "sign",
        }
    }
}

/// Something a screen found.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// Position of the issuer.
    pub issuer: usize,
    /// The taxonomy of the numbers: what one publication states is held against itself.
    pub taxonomy: &'static str,
    /// Which rule is broken.
    pub rule: Rule,
    /// The end of the period, or the day of the balance.
    pub end: Day,
    /// Since when it could be seen.
    pub from: Moment,
    /// Until when, where something known later removed it.
    pub until: Option<Moment>,
    /// What is stated and what the rule makes of it.
    pub found: f64,
    /// See `found`.
    pub expected: f64,
    /// Items not used while it stands.
    pub items: Vec<Item>,
}

/// One broken rule on one day.
struct Broken {
    rule: Rule,
    found: f64,
    expected: f64,
    items: Vec<Item>,
}

impl Broken {
    fn new(rule: Rule, (found, expected): (f64, f64), items: &[Item]) -> Broken {
        Broken { rule, found, expected, items: items.to_vec() }
    }
}

/// Vintages of one number: when each was known.
type Vintages = Vec<(Moment, f64)>;

/// A number of a day with where it is from.
struct Held {
    source: &'static Source,
    vintages: Vintages,
}

/// What one issuer states, by item and end: fiscal years and balances, from the first concept of the table that states each.
struct Sheet {
    held: BTreeMap<(Item, Day), Held>,
    starting: BTreeMap<Day, Vintages>,
    ends: BTreeSet<Day>,
}

fn yearly(f: &Fact) -> bool {
    f.days().is_none_or(|d| (357..=378).contains(&d))
}

fn vintages(facts: &[Fact]) -> impl Iterator<Item = (Day, Vintages)> {
    let chunks = facts.chunk_by(|a, b| (a.end, a.start, a.unit) == (b.end, b.start, b.unit));
    chunks.filter(|c| yearly(&c[0])).map(|c| (c[0].end, c.iter().map(|f| (f.known_at, f.value)).collect()))
}

impl Sheet {
    fn of(facts: &Facts, issuer: usize, taxonomy: &str) -> Sheet {
        let mut sheet = Sheet { held: BTreeMap::new(), starting: BTreeMap::new(), ends: BTreeSet::new() };
        for &item in ITEMS {
            // Debt is made of parts that only standardised statements state as two numbers.
            let debt = matches!(item, Item::CurrentDebt | Item::LongTermDebt);
            let fits = |s: &&Source| s.plus.is_empty() && s.taxonomy() == taxonomy && (!debt || taxonomy == "simfin");
            for source in item.sources().iter().filter(fits) {
                for (end, mut vintages) in vintages(facts.of(issuer, source.concept)) {
                    vintages.iter_mut().for_each(|v| v.1 *= source.sign);
                    sheet.ends.insert(end);
                    sheet.held.entry((item, end)).or_insert(Held { source, vintages });
                }
            }
        }
        if taxonomy == "simfin" {
            sheet.starting.extend(vintages(facts.of(issuer, STARTING_LINE)));
        }
        sheet
    }

    /// The end of the year `years` later (or earlier), give or take ten days.
    fn beside(&self, end: Day, years: i32) -> Option<Day> {
        let ideal = end.0 + (f64::from(years) * 365.25) as i32;
        self.ends.range(Day(ideal - 10)..=Day(ideal + 10)).next().copied()
    }
}

/// A sheet at a moment.
struct Then<'a> {
    sheet: &'a Sheet,
    at: Moment,
}

fn last(vintages: &Vintages, at: Moment) -> Option<f64> {
    vintages.iter().rev().find(|v| v.0 <= at).map(|v| v.1)
}

fn apart(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() > SLACK * scale.abs()
}

impl Then<'_> {
    fn get(&self, item: Item, end: Day) -> Option<f64> {
        self.sheet.held.get(&(item, end)).and_then(|h| last(&h.vintages, self.at))
    }
    fn standardised(&self, item: Item, end: Day) -> Option<f64> {
        self.sheet.held.get(&(item, end)).filter(|h| h.source.taxonomy() == "simfin").and_then(|h| last(&h.vintages, self.at))
    }

    fn balance(&self, end: Day, out: &mut Vec<Broken>) {
        use Item::{
            Assets, Cash, CurrentAssets, CurrentDebt, CurrentLiabilities, Equity, EquityWithNoncontrolling, Liabilities,
            LiabilitiesAndEquity, LongTermDebt, TotalDebt,
        };
        let get = |item| self.get(item, end);
        if let (Some(a), Some(t)) = (get(Assets), get(LiabilitiesAndEquity))
            && apart(a, t, a.abs().max(t.abs()))
        {
            out.push(Broken::new(Rule::Balance, (a, t), &[Assets]));
        }
        let whole = |i| self.standardised(i, end);
        if let (Some(l), Some(e), Some(t)) = (whole(Liabilities), whole(EquityWithNoncontrolling), whole(LiabilitiesAndEquity))
            && apart(l + e, t, t)
        {
            out.push(Broken::new(Rule::LiabilitiesAndEquity, (l + e, t), &[Liabilities, Equity, EquityWithNoncontrolling]));
        }
        for (part, total) in [(CurrentAssets, Assets), (CurrentLiabilities, Liabilities), (Cash, CurrentAssets)] {
            if let (Some(p), Some(t)) = (get(part), get(total))
                && p > t + SLACK * t.abs()
            {
                out.push(Broken::new(Rule::PartsExceedTotal, (p, t), &[part]));
            }
        }
        let (short, long) = (get(CurrentDebt), get(LongTermDebt));
        let debt = short.unwrap_or(0.0) + long.unwrap_or(0.0);
        for (part, total) in [(short.unwrap_or(0.0), whole(CurrentLiabilities)), (debt, whole(Liabilities))] {
            if let Some(t) = total
                && part > t + SLACK * t.abs()
            {
                out.push(Broken::new(Rule::DebtExceedsLiabilities, (part, t), &[TotalDebt]));
            }
        }
        if let Some(d) = [short, long].into_iter().flatten().find(|d| *d < 0.0) {
            out.push(Broken::new(Rule::Sign, (d, 0.0), &[TotalDebt]));
        }
        let split = |end: Day| (self.get(CurrentDebt, end).unwrap_or(0.0), self.get(LongTermDebt, end).unwrap_or(0.0));
        if let (Some(before), Some(after)) = (self.sheet.beside(end, -1), self.sheet.beside(end, 1)) {
            let (b, now, a) = (split(before), split(end), split(after));
            // A covenant broken makes all debt current too, but it does not come back long-term in the same amounts.
            if now.1 == 0.0 && b.1 > 3.0 * b.0 && a.1 > 3.0 * a.0 && now.0 > 0.5 * b.1 && now.0 > 3.0 * b.0 {
                out.push(Broken::new(Rule::MisplacedDebt, (now.0, b.0), &[CurrentDebt, LongTermDebt]));
            }
        }
    }

    fn flows(&self, end: Day, out: &mut Vec<Broken>) {
        use Item::{
            ChangeInCash, CostOfRevenue, FinancingCashFlow, GrossProfit, InvestingCashFlow, NetIncome, OperatingCashFlow,
            OperatingExpenses, OperatingIncome, Revenue,
        };
        let get = |item| self.get(item, end);
        if let (Some(r), Some(c), Some(g)) = (get(Revenue), get(CostOfRevenue), get(GrossProfit))
            && apart(r - c, g, r)
        {
            out.push(Broken::new(Rule::GrossProfit, (g, r - c), &[GrossProfit, CostOfRevenue]));
        }
        let whole = |i| self.standardised(i, end);
        if let (Some(g), Some(o), Some(i)) = (whole(GrossProfit), whole(OperatingExpenses), whole(OperatingIncome))
            && apart(g - o, i, whole(Revenue).unwrap_or(i).abs().max(i.abs()))
        {
            out.push(Broken::new(Rule::OperatingIncome, (i, g - o), &[OperatingIncome]));
        }
        if let (Some(o), Some(i), Some(f), Some(c)) =
            (whole(OperatingCashFlow), whole(InvestingCashFlow), whole(FinancingCashFlow), whole(ChangeInCash))
        {
            let most = o.abs().max(i.abs()).max(f.abs());
            if (o + i + f - c).abs() > 0.5 * most {
                out.push(Broken::new(Rule::CashFlowSum, (c, o + i + f), &[ChangeInCash]));
            }
        }
        if let (Some(n), Some(s)) = (whole(NetIncome), self.sheet.starting.get(&end).and_then(|v| last(v, self.at)))
            && n != 0.0
            && s != 0.0
        {
            let times = (s / n).abs();
            let thousand = |x: f64| (950.0..1050.0).contains(&x);
            if thousand(times) {
                out.push(Broken::new(Rule::NetIncomeScale, (n, s), INCOME));
            } else if thousand(1.0 / times) {
                out.push(Broken::new(Rule::NetIncomeScale, (s, n), CASH_FLOW));
            }
        }
    }

    fn signs(&self, end: Day, out: &mut Vec<Broken>) {
        for item in [Item::Revenue, Item::CostOfRevenue, Item::DepreciationAndAmortization, Item::InterestExpense, Item::Assets] {
            let net = self.sheet.held.get(&(item, end)).is_some_and(|h| h.source.note == Note::Net);
            if let Some(x) = self.get(item, end).filter(|x| *x < 0.0 && !net) {
                out.push(Broken::new(Rule::Sign, (x, 0.0), &[item]));
            }
        }
    }

    /// Revenue or assets that jump against the year before while the other does not, unless the year after has jumped along.
    fn slips(&self, end: Day, out: &mut Vec<Broken>) {
        let Some(before) = self.sheet.beside(end, -1) else { return };
        let change = |item, from: Day, to: Day| {
            let (a, b) = (self.get(item, from)?.abs(), self.get(item, to)?.abs());
            (a > 1e6 || b > 1e6).then(|| b / a).filter(|x| x.is_finite() && *x > 0.0)
        };
        let jumped = |x: f64| !(1.0 / SLIP..=SLIP).contains(&x);
        let steady = |x: f64| (1.0 / 3.0..=3.0).contains(&x);
        let after = self.sheet.beside(end, 1);
        for (item, other, statement) in [(Item::Revenue, Item::Assets, INCOME), (Item::Assets, Item::Revenue, BALANCE)] {
            let (Some(moved), Some(held)) = (change(item, before, end), change(other, before, end)) else { continue };
            let along = after.and_then(|after| change(item, end, after)).is_some_and(|x| !jumped(x));
            if jumped(moved) && steady(held) && !along {
                let now = self.get(item, end).unwrap_or_default();
                out.push(Broken::new(Rule::ScaleSlip, (now, now / moved), statement));
            }
        }
    }

    fn broken(&self, end: Day) -> Vec<Broken> {
        let mut out = Vec::new();
        self.balance(end, &mut out);
        self.flows(end, &mut out);
        self.signs(end, &mut out);
        self.slips(end, &mut out);
        out
    }
}

/// What the screens found in the statements of one issuer, each with from when until when it could be seen.
pub fn doubts(facts: &Facts, issuer: usize) -> Vec<Doubt> {
    ["us-gaap", "ifrs-full", "simfin"].into_iter().flat_map(|taxonomy| doubts_of(facts, issuer, taxonomy)).collect()
}

fn doubts_of(facts: &Facts, issuer: usize, taxonomy: &'static str) -> Vec<Doubt> {
    let sheet = Sheet::of(facts, issuer, taxonomy);
    let mut known: BTreeMap<Day, BTreeSet<Moment>> = BTreeMap::new();
    for ((_, end), held) in &sheet.held {
        known.entry(*end).or_default().extend(held.vintages.iter().map(|v| v.0));
    }
    for (end, vintages) in &sheet.starting {
        known.entry(*end).or_default().extend(vintages.iter().map(|v| v.0));
    }
    let mut out: Vec<Doubt> = Vec::new();
    for &end in &sheet.ends {
        let near = [Some(end), sheet.beside(end, -1), sheet.beside(end, 1)];
        let moments: BTreeSet<Moment> = near.into_iter().flatten().filter_map(|e| known.get(&e)).flatten().copied().collect();
        // Doubts standing, as positions in `out`.
        let mut standing: Vec<usize> = Vec::new();
        for at in moments {
            let broken = Then { sheet: &sheet, at }.broken(end);
            standing.retain(|&k| {
                let still = broken.iter().any(|b| b.rule == out[k].rule && b.items == out[k].items);
                if !still {
                    out[k].until = Some(at);
                }
                still
            });
            for b in broken {
                if !standing.iter().any(|&k| out[k].rule == b.rule && out[k].items == b.items) {
                    standing.push(out.len());
                    let Broken { rule, found, expected, items } = b;
                    out.push(Doubt { issuer, taxonomy, rule, end, from: at, until: None, found, expected, items });
                }
            }
        }
    }
    // What was removed by the very filing that showed it never stood.
    out.retain(|d| d.until.is_none_or(|until| until > d.from));
    out
}

/// Numbers not to use, by issuer.
pub fn disputes(facts: &Facts) -> Vec<Vec<Dispute>> {
    use rayon::prelude::*;
    let of = |issuer: usize| {
        let each = |d: Doubt| {
            let (taxonomy, end, from, until) = (d.taxonomy, d.end, d.from, d.until);
            d.items.into_iter().map(move |item| Dispute { item, taxonomy, end, from, until })
        };
        doubts(facts, issuer).into_iter().flat_map(each).collect()
    };
    (0..facts.issuers().len()).into_par_iter().map(of).collect()
}

/// How many doubts stand at a moment, by rule.
pub fn counts(facts: &Facts, at: Moment) -> BTreeMap<Rule, usize> {
    let mut out = BTreeMap::new();
    for issuer in 0..facts.issuers().len() {
        for d in doubts(facts, issuer) {
            if d.from <= at && d.until.is_none_or(|until| at < until) {
                *out.entry(d.rule).or_default() += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::statements::Kind;
    use super::super::statements::tests::{Number, facts};
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn year(concept: &'static str, year: i16, value: f64) -> Number<'static> {
        let (start, end, filed) = match year {
            2019 => ("2019-01-01", "2019-12-31", "2020-03-01"),
            2020 => ("2020-01-01", "2020-12-31", "2021-03-01"),
            _ => ("2021-01-01", "2021-12-31", "2022-03-01"),
        };
        let concept_is_balance =
            Item::ALL.iter().filter(|i| i.kind() == Kind::Balance).any(|i| i.sources().iter().any(|s| s.concept == concept));
        (concept, if concept_is_balance { "" } else { start }, end, value, filed, "10-K")
    }

    fn found(numbers: &[Number<'_>]) -> Vec<(Rule, Day, String)> {
        let facts = facts(numbers);
        let day = |m: Moment| m.day().to_string();
        doubts(&facts, 0)
            .into_iter()
            .map(|d| (d.rule, d.end, format!("{}..{}", day(d.from), d.until.map(day).unwrap_or_default())))
            .collect()
    }

    #[test]
    fn an_income_statement_in_thousands_is_doubted_when_it_is_filed() {
        let rows = [
            year("simfin:Revenue", 2019, 5471e6),
            year("simfin:Revenue", 2020, 1242.4e3),
            year("simfin:Revenue", 2021, 2527.9e6),
            year("simfin:Total Assets", 2019, 13.7e9),
            year("simfin:Total Assets", 2020, 10.3e9),
            year("simfin:Net Income", 2020, -4589.1e3),
            year(STARTING_LINE, 2020, -4589.4e6),
        ];
        let rules = found(&rows);
        assert_eq!(rules.len(), 2, "{rules:?}");
        assert!(rules.iter().all(|r| r.1 == day("2020-12-31") && r.2 == "2021-03-01.."), "{rules:?}");
        assert_eq!(rules.iter().map(|r| r.0).collect::<Vec<_>>(), [Rule::NetIncomeScale, Rule::ScaleSlip]);
    }

    #[test]
    fn a_business_that_is_sold_is_doubted_for_a_year_only() {
        let rows = [
            year("simfin:Revenue", 2019, 5471e6),
            year("simfin:Revenue", 2020, 2e6),
            year("simfin:Revenue", 2021, 3e6),
            year("simfin:Total Assets", 2019, 4e9),
            year("simfin:Total Assets", 2020, 4e9),
        ];
        assert_eq!(found(&rows), [(Rule::ScaleSlip, day("2020-12-31"), "2021-03-01..2022-03-01".to_owned())]);
    }

    #[test]
    fn long_term_debt_under_current_debt_is_seen_a_year_later() {
        let debt = |y, short: f64, long: f64| [year("simfin:Short Term Debt", y, short), year("simfin:Long Term Debt", y, long)];
        let mut rows = debt(2019, 16.0, 92.0).to_vec();
        rows.push(year("simfin:Short Term Debt", 2020, 112.0));
        rows.extend(debt(2021, 16.0, 109.0));
        assert_eq!(found(&rows), [(Rule::MisplacedDebt, day("2020-12-31"), "2022-03-01..".to_owned())]);
    }

    #[test]
    fn identities_by_hand() {
        let mut rows = vec![
            year("simfin:Revenue", 2020, 100.0),
            year("simfin:Cost of Revenue", 2020, -60.0),
            year("simfin:Gross Profit", 2020, 40.0),
            year("simfin:Operating Expenses", 2020, -30.0),
            year("simfin:Operating Income (Loss)", 2020, 10.0),
            year("simfin:Total Assets", 2020, 50.0),
            year("simfin:Total Liabilities", 2020, 30.0),
            year("simfin:Total Equity", 2020, 20.0),
            year("simfin:Total Liabilities & Equity", 2020, 50.0),
            year("simfin:Total Current Liabilities", 2020, 10.0),
            year("simfin:Short Term Debt", 2020, 5.0),
            year("simfin:Long Term Debt", 2020, 20.0),
        ];
        assert_eq!(found(&rows), []);
        let mut change = |k: usize, value: f64| {
            let was = std::mem::replace(&mut rows[k].3, value);
            let rules: Vec<Rule> = found(&rows).into_iter().map(|f| f.0).collect();
            rows[k].3 = was;
            rules
        };
        assert_eq!(change(0, -100.0), [Rule::GrossProfit, Rule::Sign]);
        assert_eq!(change(1, 60.0), [Rule::GrossProfit, Rule::Sign]);
        assert_eq!(change(4, -10.0), [Rule::OperatingIncome]);
        assert_eq!(change(5, 40.0), [Rule::Balance]);
        assert_eq!(change(7, 30.0), [Rule::LiabilitiesAndEquity]);
        assert_eq!(change(9, 31.0), [Rule::PartsExceedTotal]);
        assert_eq!(change(11, 28.0), [Rule::DebtExceedsLiabilities]);
        assert_eq!(change(10, -5.0), [Rule::Sign]);
    }
}
