//! Published strategies done again: what the paper prints, what its convention gives on the data at hand, and what of it is left once
//! decisions are traded a day later, borrowed money is paid for, and trading costs something.

use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use super::metrics::{FIGURES, SESSIONS, Sample, figures, moments};
use super::run::{BacktestError, Outcome, Span, run};
use super::strategy::{Costs, Execution, Numbers, Rule, Strategy};

/// A paper whose tables a strategy should give.
#[derive(Debug)]
pub struct Paper {
    /// Machine name: author and year.
    pub id: &'static str,
    /// Author, year, title, where.
    pub citation: &'static str,
    /// The shipped strategy.
    pub strategy: &'static str,
    /// First day of the published sample.
    pub from: (i16, i8, i8),
    /// Last day of the published sample.
    pub to: (i16, i8, i8),
    /// What the paper charges a year for leverage above one, as a decimal.
    pub leverage_fee: f64,
    /// What it prints.
    pub cases: &'static [Case],
}

/// One row or column of a published table.
#[derive(Debug)]
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// Parameters of the strategy.
    pub parameters: &'static [(&'static str, f64)],
    /// Held without any rule: the asset, and its weight.
    pub hold: Option<(&'static str, f64)>,
    /// Figures as printed, as decimals; NaN where there is nothing to compare with.
    pub published: &'static [(&'static str, f64)],
}

const fn timed(
    name: &'static str,
    parameters: &'static [(&'static str, f64)],
    published: &'static [(&'static str, f64)],
) -> Case {
    Case { name, parameters, hold: None, published }
}
const fn held(name: &'static str, asset: &'static str, weight: f64, published: &'static [(&'static str, f64)]) -> Case {
    Case { name, parameters: &[], hold: Some((asset, weight)), published }
}

/// What is shown of a sample whose printed figures are of other data or could not be consulted.
const UNPRINTED: &[(&str, f64)] = &[("cagr", f64::NAN), ("volatility", f64::NAN), ("max_drawdown", f64::NAN)];

/// Every paper on a strategy.
pub const PAPERS: &[Paper] = &[
    Paper {
        id: "gayed-bilello-2016",
        citation: "Gayed and Bilello (2016, updated through 2020), Leverage for the Long Run, SSRN 2741701",
        strategy: "leverage-for-the-long-run",
        from: (1928, 10, 1),
        to: (2020, 12, 31),
        leverage_fee: 0.01,
        cases: &[
            held("market, held", "market", 1.0, &[("cagr", 0.094), ("volatility", 0.189), ("max_drawdown", -0.862)]),
            held("2x, held", "market", 2.0, &[("cagr", 0.143), ("volatility", 0.378), ("max_drawdown", -0.988)]),
            held("3x, held", "market", 3.0, &[("cagr", 0.162), ("volatility", 0.567), ("max_drawdown", -0.999)]),
            timed("1x, 200-day average", &[("leverage", 1.0)], &[("volatility_above", 0.147), ("volatility_below", 0.265)]),
            timed(
                "2x, 200-day average",
                &[("leverage", 2.0)],
                &[("cagr", 0.190), ("volatility", 0.249), ("max_drawdown", -0.787)],
            ),
            timed(
                "3x, 200-day average",
                &[("leverage", 3.0)],
                &[("cagr", 0.267), ("volatility", 0.373), ("max_drawdown", -0.922)],
            ),
        ],
    },
    Paper {
        id: "bilello-gayed-2014",
        citation: "Bilello and Gayed (2014), An Intermarket Approach to Beta Rotation, SSRN 2417974",
        strategy: "utilities-rotation",
        from: (1926, 7, 31),
        to: (2013, 7, 31),
        leverage_fee: 0.0,
        cases: &[
            timed("rotation, 4 weeks", &[("weeks", 4.0)], &[("cagr", 0.139)]),
            held("market, held", "market", 1.0, &[("cagr", 0.098)]),
            held("utilities, held", "utilities", 1.0, &[("cagr", 0.090)]),
        ],
    },
    Paper {
        id: "gayed-bilello-2014",
        citation: "Gayed and Bilello (2014), An Intermarket Approach to Tactical Risk Rotation, SSRN 2431022",
        strategy: "treasury-duration-1977",
        from: (1977, 6, 1),
        to: (2002, 2, 15),
        leverage_fee: 0.0,
        cases: &[
            timed("rotation, 1 week", &[("weeks", 1.0)], UNPRINTED),
            timed("rotation, 4 weeks", &[("weeks", 4.0)], UNPRINTED),
            timed("rotation, 13 weeks", &[("weeks", 13.0)], UNPRINTED),
            held("stocks, held", "stocks", 1.0, UNPRINTED),
            held("long Treasuries, held", "long", 1.0, UNPRINTED),
        ],
    },
    Paper {
        id: "gayed-bilello-2014-funds",
        citation: "Gayed and Bilello (2014), An Intermarket Approach to Tactical Risk Rotation, SSRN 2431022, with funds",
        strategy: "treasury-duration",
        from: (2002, 11, 1),
        to: (2014, 2, 28),
        leverage_fee: 0.0,
        cases: &[
            timed("rotation, 1 week", &[("weeks", 1.0)], UNPRINTED),
            timed("rotation, 4 weeks", &[("weeks", 4.0)], UNPRINTED),
            timed("rotation, 13 weeks", &[("weeks", 13.0)], UNPRINTED),
            held("stocks, held", "stocks", 1.0, UNPRINTED),
            held("long Treasuries, held", "long", 1.0, UNPRINTED),
        ],
    },
    Paper {
        id: "bilello-gayed-2015",
        citation: "Bilello and Gayed (2015), Lumber: Worth Its Weight in Gold, SSRN 2604248, with funds",
        strategy: "lumber-gold",
        from: (2008, 10, 31),
        to: (2015, 5, 8),
        leverage_fee: 0.0,
        cases: &[
            timed("rotation, 13 weeks", &[("weeks", 13.0)], UNPRINTED),
            held("small caps, held", "stocks", 1.0, UNPRINTED),
            held("Treasuries, held", "bonds", 1.0, UNPRINTED),
        ],
    },
];

/// A figure of a paper and ours under more and more honest terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The case.
    pub case: &'static str,
    /// The figure's name.
    pub figure: String,
    /// Its unit.
    pub unit: Unit,
    /// Whether it is of the published sample, else of the time since publication.
    pub sample: bool,
    /// As printed; `None` after publication, and where nothing comparable is printed.
    pub published: Option<f64>,
    /// Ours by the paper's convention: traded at the close that decides, borrowed money free but for the paper's fee, no costs.
    pub convention: Option<f64>,
    /// The same with every decision traded at the next close.
    pub lagged: Option<f64>,
    /// The same with borrowed money at the bill rate and a spread, instead of the paper's fee.
    pub financed: Option<f64>,
    /// The same with costs of trading: what could have been had.
    pub costed: Option<f64>,
    /// The forbidden upper bound: every day's return earned with that day's own close.
    pub bound: Option<f64>,
}

impl Line {
    /// What is not explained by terms: the data, and what the paper does not say.
    pub fn data(&self) -> Option<f64> {
        Some(self.convention? - self.published?)
    }
    /// What trading a close later costs.
    pub fn lag(&self) -> Option<f64> {
        Some(self.lagged? - self.convention?)
    }
    /// What paying for borrowed money costs, beyond the paper's fee.
    pub fn financing(&self) -> Option<f64> {
        Some(self.financed? - self.lagged?)
    }
    /// What trading costs.
    pub fn costs(&self) -> Option<f64> {
        Some(self.costed? - self.financed?)
    }
}

/// The paper of that name.
pub fn paper(id: &str) -> Option<&'static Paper> {
    PAPERS.iter().find(|p| p.id == id)
}

/// Does a paper again. `parse` gives its strategy with some parameters. After the published sample come the same figures since
/// publication, if the data reach that far.
///
/// # Errors
/// As [`run`].
pub fn replicate(
    knowledge: &dyn Knowledge,
    paper: &Paper,
    parse: &dyn Fn(&Numbers) -> Result<Strategy, BacktestError>,
) -> Result<Vec<Line>, BacktestError> {
    let day = |d: (i16, i8, i8)| Day::ymd(d.0, d.1, d.2);
    let mut lines = Vec::new();
    let sample = Span { from: Some(day(paper.from)), to: Some(day(paper.to)) };
    for case in paper.cases {
        lines.extend(case_lines(
            knowledge,
            paper,
            case,
            parse,
            sample,
            case.published.iter().map(|(n, v)| (*n, Some(*v))).collect(),
        )?);
    }
    let since = parse(&Numbers::new())?.published.map(|d| d.plus(1));
    for case in paper.cases.iter().filter(|c| c.published.iter().any(|p| p.0 == "cagr")) {
        let after = vec![("cagr", None), ("volatility", None), ("max_drawdown", None)];
        let span = Span { from: since, to: None };
        if let Ok(found) = case_lines(knowledge, paper, case, parse, span, after) {
            lines.extend(found);
        }
    }
    Ok(lines)
}

fn case_lines(
    knowledge: &dyn Knowledge,
    paper: &Paper,
    case: &'static Case,
    parse: &dyn Fn(&Numbers) -> Result<Strategy, BacktestError>,
    span: Span,
    wanted: Vec<(&'static str, Option<f64>)>,
) -> Result<Vec<Line>, BacktestError> {
    let numbers: Numbers = case.parameters.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect();
    let play = |execute: Execution, financed: bool, costed: bool| -> Result<Outcome, BacktestError> {
        let mut strategy = parse(&numbers)?;
        if let Some((asset, weight)) = case.hold {
            hold(&mut strategy, asset, weight);
        }
        strategy.schedule.execute = execute;
        if !costed {
            strategy.costs = Costs::default();
        }
        if !financed {
            strategy.money.charged = false;
            // A fee of so much a year on the portfolio is that over the leverage on each dollar held.
            let gross = strategy.rules.iter().map(|r| r.weights.iter().map(|w| w.abs()).sum::<f64>()).fold(0.0, f64::max);
            if gross > 1.0 {
                strategy.assets.iter_mut().for_each(|a| a.fee += paper.leverage_fee / gross);
            }
        }
        run(knowledge, &strategy, span)
    };
    let same = play(Execution::SameCloseForbidden, false, false)?;
    let lagged = play(Execution::NextClose, false, false)?;
    let financed = play(Execution::NextClose, true, false)?;
    let costed = play(Execution::NextClose, true, true)?;
    let bound = play(Execution::PreviousCloseForbidden, false, false)?;
    let line = |(name, published): (&'static str, Option<f64>)| {
        let unit = FIGURES.iter().find(|f| f.name == name).map_or(Unit::Fraction, |f| f.unit);
        let of = |o: &Outcome| value(o, name);
        Line {
            case: case.name,
            figure: name.to_owned(),
            unit,
            sample: published.is_some(),
            published: published.filter(|p| p.is_finite()),
            convention: of(&same),
            lagged: of(&lagged),
            financed: of(&financed),
            costed: of(&costed),
            bound: of(&bound),
        }
    };
    Ok(wanted.into_iter().map(line).collect())
}

fn hold(strategy: &mut Strategy, asset: &str, weight: f64) {
    let weights = strategy.assets.iter().map(|a| if a.name == asset { weight } else { 0.0 }).collect();
    strategy.rules = vec![Rule { when: None, weights }];
    strategy.signals.clear();
}

/// A figure of an outcome, or the volatility of the benchmark while the first rule applied (above the average) or did not (below).
fn value(outcome: &Outcome, name: &str) -> Option<f64> {
    let above = match name {
        "volatility_above" => true,
        "volatility_below" => false,
        _ => return figures(&Sample::of(outcome, &outcome.net, 0..outcome.market.len())).get(name),
    };
    let benchmark = outcome.benchmark.as_ref()?;
    let days = 1..outcome.market.len();
    let there: Vec<f64> = days.filter(|t| (outcome.net.rule[t - 1] == 0) == above).map(|t| benchmark[t]).collect();
    (there.len() > 2).then(|| moments(&there).1 * SESSIONS.sqrt())
}
