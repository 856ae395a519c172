//! Filings of every security of a world, generated: for laws that hold whatever the numbers are.

use std::collections::BTreeMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::Memory;
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::Day;

/// A number from 0 to 1 from three numbers (SplitMix64).
fn noise(a: u64, b: u64, c: u64) -> f64 {
    let mut z =
        a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ c.wrapping_mul(0x94d0_49bb_1331_11eb);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[derive(Default)]
struct Rows {
    period: Vec<i32>,
    known: Vec<i64>,
    text: [Vec<String>; 9],
    value: Vec<f64>,
}

impl Rows {
    fn push(&mut self, issuer: &str, concept: &str, (start, end): (Option<Day>, Day), value: f64, (filed, form): (Day, &str)) {
        self.period.push(end.0);
        self.known.push(Calendar::nyse().open(Calendar::nyse().next(filed)).0);
        let accession = format!("{issuer}:{filed}");
        let start = start.map_or(String::new(), |s| s.to_string());
        let texts = [issuer, concept, &start, "USD", &accession, form, "", "edgar", ""];
        self.text.iter_mut().zip(texts).for_each(|(column, text)| column.push(text.to_owned()));
        self.value.push(value);
    }
    fn finish(self) -> Observations {
        let n = self.period.len();
        let [issuer, concept, start, unit, accession, form, fiscal, origin, _] =
            self.text.map(|t| Column::Text(t.iter().collect::<TextColumn>()));
        let columns =
            vec![issuer, concept, start, unit, accession, Column::F64(self.value), form, fiscal, origin, Column::U8(vec![0; n])];
        Observations::new(Dataset::Facts, self.period, self.known, columns)
    }
}

/// Principal by year: whole ladders at a year's end, the rest of the year and four years in between.
fn ladder(rows: &mut Rows, issuer: &str, (debt, quarter): (f64, u64), (end, filed, form): (Day, Day, &str)) {
    const FIRST: &str = "us-gaap:LongTermDebtMaturitiesRepaymentsOfPrincipal";
    let steps: &[(&str, f64)] = if quarter == 4 {
        &[
            ("InNextTwelveMonths", 0.1),
            ("InYearTwo", 0.2),
            ("InYearThree", 0.1),
            ("InYearFour", 0.15),
            ("InYearFive", 0.15),
            ("AfterYearFive", 0.3),
        ]
    } else {
        &[
            ("RemainderOfFiscalYear", 0.05),
            ("InNextTwelveMonths", 0.1),
            ("InYearTwo", 0.2),
            ("InYearThree", 0.1),
            ("InYearFour", 0.15),
        ]
    };
    for (step, share) in steps {
        rows.push(issuer, &format!("{FIRST}{step}"), (None, end), debt * share, (filed, form));
    }
}

/// Facts and issuers of every described security of a world: quarters and years of the years given, filed forty days after their end.
/// One in five states no interest, one in three does not earn it, one in seven restates its last year.
pub fn filings(memory: &Memory, years: std::ops::Range<i16>) -> Vec<(String, Observations)> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for (_, rows) in memory.batches().iter().filter(|(_, o)| o.dataset == Dataset::Securities) {
        (0..rows.len()).for_each(|i| {
            names.insert(rows.text("symbol").get(i).to_owned(), rows.text("name").get(i).to_owned());
        });
    }
    let mut rows = Rows::default();
    for (k, _) in names.keys().enumerate() {
        let issuer = format!("cik:{k:010}");
        let k = k as u64;
        let size = 1e8 * (1.0 + 50.0 * noise(k, 1, 0));
        for year in years.clone() {
            let mut to_date: BTreeMap<&str, f64> = BTreeMap::new();
            for quarter in 1..=4u64 {
                let first = Day::ymd(year, quarter as i8 * 3 - 2, 1);
                let end = Day::ymd(year, quarter as i8 * 3, 1).month_end();
                let (filed, form) = (end.plus(40), if quarter == 4 { "10-K" } else { "10-Q" });
                let luck = |what: u64| noise(k, u64::from(year as u16) * 4 + quarter, what);
                let mut flows = vec![
                    ("us-gaap:Revenues", size * (0.2 + 0.1 * luck(2))),
                    ("us-gaap:OperatingIncomeLoss", size * (0.06 * luck(3) - 0.01 - 0.02 * noise(k, 3, 0))),
                    ("us-gaap:DepreciationDepletionAndAmortization", size * 0.01 * (1.0 + luck(4))),
                    ("us-gaap:NetIncomeLoss", size * (0.04 * luck(11) - 0.01)),
                    ("us-gaap:NetCashProvidedByUsedInOperatingActivities", size * 0.03 * luck(5)),
                ];
                if noise(k, 5, 0) > 0.2 {
                    flows.push(("us-gaap:InterestExpense", size * 0.01 * (0.5 + luck(6))));
                }
                for (concept, amount) in flows {
                    let sum = to_date.entry(concept).or_default();
                    *sum += amount;
                    if quarter < 4 {
                        rows.push(&issuer, concept, (Some(first), end), amount, (filed, form));
                    }
                    if quarter > 1 {
                        rows.push(&issuer, concept, (Some(Day::ymd(year, 1, 1)), end), *sum, (filed, form));
                    }
                    if quarter == 3 && k.is_multiple_of(7) && year > years.start {
                        let before = (Some(Day::ymd(year - 1, 1, 1)), Day::ymd(year - 1, 12, 31));
                        rows.push(&issuer, concept, before, amount * 4.2, (filed, form));
                    }
                }
                let debt = size * (0.1 + 0.5 * noise(k, 7, 0));
                for (concept, amount) in [
                    ("us-gaap:Assets", size * (1.0 + 0.1 * luck(8))),
                    ("us-gaap:Liabilities", size * 0.7),
                    ("us-gaap:AssetsCurrent", size * 0.4 * (0.5 + luck(12))),
                    ("us-gaap:LiabilitiesCurrent", size * 0.3),
                    ("us-gaap:RetainedEarningsAccumulatedDeficit", size * (luck(13) - 0.5)),
                    ("us-gaap:StockholdersEquity", size * (0.3 + 0.1 * luck(8))),
                    ("us-gaap:LongTermDebtNoncurrent", debt),
                    ("us-gaap:LongTermDebtCurrent", debt * 0.1 * luck(9)),
                    // One in four has hardly any cash, so that stress finds somebody.
                    ("us-gaap:CashAndCashEquivalentsAtCarryingValue", size * if k % 4 == 1 { 0.002 } else { 0.1 } * luck(10)),
                ] {
                    rows.push(&issuer, concept, (None, end), amount, (filed, form));
                }
                // Two in three state when their debt falls due, some in annual reports alone.
                if !k.is_multiple_of(3) && (quarter == 4 || k.is_multiple_of(2)) {
                    ladder(&mut rows, &issuer, (debt, quarter), (end, filed, form));
                }
            }
        }
    }
    let n = names.len();
    let text = |of: &dyn Fn(usize, &str, &str) -> String| {
        Column::Text(names.iter().enumerate().map(|(k, (symbol, name))| of(k, symbol, name)).collect::<TextColumn>())
    };
    let known = Calendar::nyse().open(Calendar::nyse().on_or_after(Day::ymd(1994, 1, 3)));
    let columns = vec![
        text(&|k, _, _| format!("cik:{k:010}")),
        text(&|_, symbol, _| symbol.to_owned()),
        text(&|_, _, name| name.to_owned()),
        text(&|k, _, _| if k % 9 == 0 { "6021" } else { "3570" }.to_owned()),
        text(&|_, _, _| String::new()),
        text(&|k, _, _| ["Technology", "Energy", "Industrials"][k % 3].to_owned()),
        text(&|_, _, _| "1231".to_owned()),
    ];
    let issuers = Observations::new(Dataset::Issuers, vec![Day::ymd(1994, 1, 1).0; n], vec![known.0; n], columns);
    vec![("edgar".to_owned(), rows.finish()), ("edgar".to_owned(), issuers)]
}
