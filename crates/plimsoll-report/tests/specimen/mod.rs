//! An invented edition that fills every part of the page: shared by the example and the tests. All numbers are made up.

pub mod charts;
pub mod claims;
pub mod world;

use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_report::model::*;

/// The day of the specimen.
pub fn today() -> Day {
    Day::ymd(2024, 2, 2)
}

/// The specimen.
pub fn edition() -> Edition {
    Edition {
        title: "The giants are hiding the pain in small-cap stocks".into(),
        thesis_id: "specimen".into(),
        as_of: AsOf::end_of(today()),
        as_of_text: "2024-02-02, 23:59 New York".into(),
        publisher: "A specimen with invented numbers, made to look at the page. It is not a forecast, an offer, or advice.".into(),
        disclosure: vec![
            "Every number in this specimen is invented. Hypothetical results have inherent limits; they bear no cost, tax or market impact unless stated.".into(),
            "This page is general information and no advice to buy or sell anything. The publisher holds no position in the securities named.".into(),
        ],
        verdict_sentence: "Six of fourteen links hold; the small-cap momentum claim fails: since 27 October the small caps rose as much as the large.".into(),
        since: Some(Since {
            day: Day::ymd(2024, 1, 26),
            sentence: "Two verdicts changed; the ten-year yield fell 12 bp and took the rates claim with it.".into(),
            changes: vec![
                Change { claim: "yield-rise".into(), from: Verdict::Undecided, to: Verdict::Holds, note: "24 bp to 36 bp".into() },
                Change { claim: "failed-breakouts".into(), from: Verdict::Holds, to: Verdict::Fails, note: "44.1 % to 21.0 %".into() },
            ],
        }),
        data_through: vec![
            SourceThrough { source: "Prices".into(), through: Day::ymd(2024, 2, 2), stale: false, providers: String::new() },
            SourceThrough { source: "Treasury yields".into(), through: Day::ymd(2024, 2, 1), stale: false, providers: String::new() },
            SourceThrough { source: "Fed funds futures".into(), through: Day::ymd(2024, 2, 2), stale: false, providers: String::new() },
            SourceThrough { source: "Membership".into(), through: Day::ymd(2023, 12, 29), stale: true, providers: String::new() },
        ],
        claims: claims::claims(),
        sections: charts::sections(),
        casualties: Casualties::Listed(issuers()),
        unknown: unknown(),
        methods: methods(),
        inputs: inputs(),
        reproduce: "plimsoll report specimen --as-of 2024-02-02 --since 2024-01-26 -o report.html".into(),
        card: Some("report.png".into()),
    }
}

fn issuers() -> IssuerTable {
    let outcome = |kind, when: &str| Some(Outcome { kind, when: (!when.is_empty()).then(|| when.to_owned()) });
    let row = |i: usize, name: &str, symbol: &str| {
        let r = |k: usize| world::noise((i * 31 + k) as u64);
        let ladder: Vec<Option<f64>> = (0..6).map(|k| Some((r(k) * r(k) * 900e6).round())).collect();
        let coverage = 2.6 * r(9) - 0.9;
        let (hit, when) = if coverage < 0.0 { (OutcomeKind::Shortfall, "2025 Q2") } else { (OutcomeKind::Zombie, "") };
        IssuerRow {
            name: name.into(),
            symbol: symbol.into(),
            due_24_months: Some(ladder[0].unwrap_or(0.0) + ladder[1].unwrap_or(0.0)),
            ladder,
            coverage: Some(coverage),
            outcomes: vec![
                outcome(if coverage > 1.2 { OutcomeKind::Survives } else { hit }, when),
                outcome(if coverage > 0.4 { OutcomeKind::Survives } else { hit }, when),
                outcome(if coverage > 1.0 { OutcomeKind::Survives } else { hit }, "2024 Q4"),
            ],
            accessions: vec![Accession { number: format!("0000{:06}-24-{:06}", 100 + i * 7919, i * 613 + 17), url: None }],
            note: None,
        }
    };
    let names = [
        ("Ashlar Timber & Board", "ASHT"),
        ("Barque Shipping Holdings Incorporated of Delaware and Subsidiaries", "BRQE"),
        ("Cinder Forge", "CNDR"),
        ("Dunlin Retail", "DNLN"),
        ("Eider Hotels", "EIDR"),
        ("Fathom Cable", "FTHM"),
        ("Gannet Radio", "GNNT"),
        ("Hawser Logistics", "HWSR"),
    ];
    let mut rows: Vec<IssuerRow> = names.iter().enumerate().map(|(i, (n, s))| row(i, n, s)).collect();
    rows.push(IssuerRow {
        name: "Isobar Energy".into(),
        symbol: "ISBR".into(),
        ladder: Vec::new(),
        coverage: None,
        due_24_months: None,
        outcomes: vec![None, None, None],
        accessions: vec![Accession { number: "0000999999-24-000001".into(), url: Some("https://www.sec.gov/".into()) }],
        note: Some("No maturity ladder is tagged in its last annual report".into()),
    });
    IssuerTable {
        finding: "Nine issuers cannot cover their interest or meet what falls due within 24 months, ordered by debt due.".into(),
        scenarios: vec!["As priced".into(), "Cuts in time".into(), "Higher for longer".into()],
        ladder_labels: ["2024", "2025", "2026", "2027", "2028", "after"].map(str::to_owned).to_vec(),
        ladder_near: 2,
        rows,
    }
}

fn unknown() -> Vec<Unknown> {
    let u = |what: &str, amount: Option<f64>, unit: Unit, detail: &str| Unknown {
        what: what.into(),
        detail: detail.into(),
        amount,
        unit,
    };
    vec![
        u(
            "Small-cap members without a price",
            Some(0.023),
            Unit::Fraction,
            "By number; delisted within the quarter. A delisting return of \u{2212}30 % would lower the index by 0.4 pp.",
        ),
        u("Membership after 2023-12-29", Some(23.0), Unit::Sessions, "Known at quarter ends only; additions since are missed."),
        u("Refused rows", Some(41.0), Unit::Count, "Absurd daily moves after reverse splits; listed by plimsoll status."),
        u(
            "Float adjustment",
            None,
            Unit::Fraction,
            "Weights use full market cap. The index uses float; the gap in level over a year was 0.5 pp.",
        ),
    ]
}

fn methods() -> Vec<MethodEntry> {
    let m = |id: &str, name: &str, unit: Unit, definition: &str, reference: &str, inputs: &[&str]| MethodEntry {
        id: id.into(),
        name: name.into(),
        definition: definition.into(),
        unit,
        reference: reference.into(),
        inputs: inputs.iter().map(|i| (*i).to_owned()).collect(),
    };
    vec![
        m(
            "contribution_share",
            "Contribution share",
            Unit::Fraction,
            "Sum over sessions of index level at the previous close over its base, times the member's weight at the previous close, times its return; the group's sum over the index's return. Window: one year.",
            "Exact arithmetic attribution with daily chaining",
            &["screener_2023", "screener_2024"],
        ),
        m(
            "masking_gap",
            "Masking gap",
            Unit::FractionPoints,
            "Index drawdown minus median member drawdown, both from the 252-session high.",
            "",
            &["screener_2023", "membership"],
        ),
        m(
            "share_above_average",
            "Share above average",
            Unit::Fraction,
            "Share of members whose close is above its own 200-session mean.",
            "",
            &["screener_2023"],
        ),
        m(
            "yield_from_extreme",
            "Yield change from extreme",
            Unit::BasisPoints,
            "Ten-year constant-maturity yield minus its lowest close of the past 60 sessions.",
            "",
            &["dgs10"],
        ),
        m(
            "interest_coverage",
            "Interest coverage",
            Unit::Multiple,
            "Trailing twelve months' operating income over interest expense, from facts as filed.",
            "Banerjee and Hofmann 2018, table 1",
            &["a missing input"],
        ),
    ]
}

fn inputs() -> Vec<InputEntry> {
    let hash =
        |seed: u64| (0..8).map(|k| format!("{:08x}", (world::noise(seed * 97 + k) * 4294967295.0) as u32)).collect::<String>();
    let i = |id: &str, name: &str, source: &str, rows: Option<u64>, span: Option<(Day, Day)>, note: Option<&str>, seed: u64| {
        InputEntry {
            id: id.into(),
            name: name.into(),
            source: source.into(),
            rows,
            span,
            vintage: "ingested 2024-02-02".into(),
            hash: hash(seed),
            note: note.map(str::to_owned),
        }
    };
    let d = Day::ymd;
    vec![
        i("screener_2023", "2023.parquet", "Sample exchange", Some(1_482_113), Some((d(2023, 1, 3), d(2023, 12, 29))), None, 1),
        i("screener_2024", "2024.parquet", "Sample exchange", Some(132_004), Some((d(2024, 1, 2), d(2024, 2, 2))), None, 2),
        i(
            "membership",
            "membership.csv",
            "Sample index",
            Some(2_541),
            Some((d(2011, 3, 31), d(2023, 12, 29))),
            Some("Known at quarter ends only"),
            3,
        ),
        i(
            "dgs10",
            "DGS10.csv",
            "Sample treasury",
            Some(15_640),
            Some((d(1962, 1, 2), d(2024, 2, 1))),
            Some("As published, not revised"),
            4,
        ),
        i("credit", "spread.csv", "Sample credit desk", None, None, Some("No row was known on the day"), 5),
    ]
}
