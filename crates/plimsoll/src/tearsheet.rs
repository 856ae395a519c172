//! Fills the tear sheet of a strategy that was run.

use plimsoll_claims::backtest::calendar::{months, years};
use plimsoll_claims::backtest::drawdowns::{drawdowns, underwater};
use plimsoll_claims::backtest::metrics::FIGURES;
use plimsoll_claims::backtest::rolling::Rolling;
use plimsoll_claims::backtest::{Outcome, Strategy};
use plimsoll_model::cut::DEFAULT_PANEL;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{
    Casualties, Cell, Chart, Dash, Distribution, Edition, Figure, HeatScale, Level, MethodEntry, Part, Plot, Rule, Section,
    Series, SheetRow, SheetTable, TearSheet, TimeMarks, Tone, Weight,
};

use crate::commands::backtest::{Column, Tested};

mod spread;

/// Years of the monthly table.
const MONTHLY_YEARS: usize = 25;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

struct Filler<'a> {
    tested: &'a Tested,
    o: &'a Outcome,
    columns: Vec<Column>,
    benchmark: String,
    days: &'a [Day],
    foot: String,
}

/// The tear sheet as data.
pub fn fill(tested: &Tested, as_of: AsOf, reproduce: &str) -> TearSheet {
    let o = &tested.outcome;
    let days: &[Day] = &o.market.days;
    let s = &tested.strategy;
    let benchmark = s.benchmark.map_or_else(|| "bills".to_owned(), |b| s.assets[b].name.clone());
    let foot =
        format!("Sources: {}. {}", sources(s), if s.retrospective { "Retrospective." } else { "As known at each decision." });
    let filler = Filler { tested, o, columns: tested.columns(), benchmark, days, foot };
    let mut terms = tested.terms();
    let shouted = |t: &String| t.contains("NOBODY");
    let warnings = terms.iter().filter(|t| shouted(t)).cloned().collect();
    terms.retain(|t| !shouted(t));
    let parameters: Vec<String> = s.parameters.iter().map(|(k, v)| format!("{k} {v}")).collect();
    let title = if parameters.is_empty() { s.title.clone() } else { format!("{} ({})", s.title, parameters.join(", ")) };
    let mut sections = vec![filler.wealth(), filler.returns(), filler.risk()];
    sections.extend(filler.publication());
    sections.push(filler.trading());
    let edition = Edition {
        title,
        thesis_id: s.id.clone(),
        as_of,
        as_of_text: format!("{as_of}, 23:59 New York"),
        publisher: [s.source.as_str(), s.summary.trim()].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join(". "),
        disclosure: disclosure(),
        verdict_sentence: filler.sentence(),
        since: None,
        data_through: Vec::new(),
        claims: Vec::new(),
        sections,
        casualties: Casualties::Absent { reason: String::new() },
        unknown: Vec::new(),
        methods: methods(tested),
        inputs: Vec::new(),
        reproduce: reproduce.to_owned(),
        card: None,
    };
    TearSheet { edition, terms, warnings, tables: filler.tables() }
}

/// What was read, for the foot of every chart.
fn sources(s: &Strategy) -> String {
    let mut all = s.series();
    if s.assets.iter().any(|a| a.definition.listed().is_some()) {
        all.push(format!("prices of securities ({})", s.panel.as_deref().unwrap_or(DEFAULT_PANEL)));
    }
    all.join(", ")
}

/// Dollars with thousands apart, cents where there are few.
fn dollars(value: Option<f64>) -> String {
    let Some(value) = value else { return "–".into() };
    if value < 1_000.0 {
        return format!("{value:.2} dollars");
    }
    let digits = format!("{value:.0}");
    let apart: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|c| std::str::from_utf8(c).expect("digits are ASCII")).collect();
    format!("{} dollars", apart.join(","))
}

fn disclosure() -> Vec<String> {
    vec![
        "These results are hypothetical: nobody held this portfolio. They were made with knowledge of which strategies were worth writing about, which no computation of past returns can take back; the count of trials covers only those run on this store.".into(),
        "Taxes, the impact of large orders, and the fees of whoever would run it are not charged. Past results say little about what comes. Nothing here is advice.".into(),
    ]
}

fn methods(tested: &Tested) -> Vec<MethodEntry> {
    let entry = |id: &str, name: &str, definition: &str, unit: Unit| MethodEntry {
        id: id.to_owned(),
        name: name.to_owned(),
        definition: definition.to_owned(),
        unit,
        reference: String::new(),
        inputs: Vec::new(),
    };
    let of_figures = FIGURES.iter().map(|f| entry(f.name, f.label, f.definition, f.unit));
    of_figures.chain(tested.skill_rows().iter().map(|s| entry(s.0, s.1, s.4, s.3))).collect()
}

impl Filler<'_> {
    fn figure(&self, column: &str, name: &str) -> Option<f64> {
        self.columns.iter().find(|c| c.name == column)?.figures.get(name)
    }
    fn show(&self, column: &str, name: &str) -> String {
        let unit = FIGURES.iter().find(|f| f.name == name).map_or(Unit::Number, |f| f.unit);
        self.figure(column, name).map_or_else(|| "–".into(), |v| unit.format(v))
    }
    fn net_figure(&self, name: &str) -> Figure {
        let f = FIGURES.iter().find(|f| f.name == name).expect("a figure of the list");
        let other = self.o.benchmark.is_some().then(|| format!("{}: {}", self.benchmark, self.show("benchmark", name)));
        let shared = self.figure("benchmark", name).is_some();
        Figure {
            label: f.label.into(),
            value: self.figure("net", name),
            unit: f.unit,
            n: None,
            note: other.filter(|_| shared),
            method: Some(name.into()),
        }
    }
    fn line(&self, name: &str, tone: Tone, values: Vec<f64>) -> Series {
        Series::new(name, tone, self.days.to_vec(), values)
    }
    fn marks(&self) -> TimeMarks {
        let rules = self.tested.published().map(|t| Rule { day: self.days[t], label: "published".into() });
        TimeMarks { rules: rules.into_iter().collect(), ..TimeMarks::default() }
    }
    fn sentence(&self) -> String {
        let against = match &self.o.benchmark {
            Some(_) => format!(", {} {}", self.benchmark, self.show("benchmark", "cagr")),
            None => String::new(),
        };
        let mut text = format!(
            "After costs and financing it earned {} a year{against}, bills {}; the largest drawdown was {}",
            self.show("net", "cagr"),
            self.show("bills", "cagr"),
            self.show("net", "max_drawdown")
        );
        match (&self.tested.skill, self.tested.published()) {
            (_, Some(_)) => text.push_str(&format!(
                ". Since publication {} a year, {} {}.",
                self.show("net, after publication", "cagr"),
                self.benchmark,
                self.show("benchmark, after", "cagr")
            )),
            (Some(skill), None) => {
                text.push_str(&format!(
                    ". Deflated for {} trial{}, the chance of skill is {:.0} %.",
                    skill.trials,
                    if skill.trials == 1 { "" } else { "s" },
                    100.0 * skill.deflated
                ));
            }
            _ => text.push('.'),
        }
        text
    }

    fn wealth(&self) -> Section {
        let growth = |ret: &[f64]| {
            let mut w = 1.0f64;
            ret.iter()
                .map(|r| {
                    w *= 1.0 + r;
                    w
                })
                .collect::<Vec<f64>>()
        };
        let mut lines = vec![self.line("Net", Tone::Giants, growth(&self.o.net.ret)).weight(Weight::Heavy)];
        lines.push(self.line("Gross", Tone::Context, growth(&self.o.gross.ret)).dash(Dash::Dotted));
        if let Some(b) = &self.o.benchmark {
            lines.push(self.line(&self.benchmark, Tone::Rest, growth(b)));
        }
        lines.push(self.line("Bills", Tone::Faint, growth(&self.o.market.bill)).dash(Dash::Dashed));
        let plot = Plot::Growth { unit: Unit::Dollars, series: lines, time: self.marks() };
        let main = Chart::new("wealth", &format!("One dollar became {}", dollars(self.figure("net", "total_return"))), plot)
            .subtitle("Growth of one dollar, on a logarithmic scale: equal distances are equal growth")
            .foot(&self.foot);
        let names = ["cagr", "volatility", "sharpe", "sortino", "max_drawdown", "calmar", "alpha", "beta", "turnover"];
        let mut figures: Vec<Figure> = names.iter().map(|n| self.net_figure(n)).collect();
        let skill = |r: &(&str, &str, Option<f64>, Unit, &str)| Figure {
            label: r.1.into(),
            value: r.2,
            unit: r.3,
            n: None,
            note: None,
            method: Some(r.0.into()),
        };
        figures.extend(self.tested.skill_rows().iter().map(skill));
        Section {
            id: "wealth".into(),
            title: "Wealth".into(),
            finding: format!(
                "{} a year above bills at a volatility of {}; Sharpe ratio {}.",
                self.show("net", "excess_cagr"),
                self.show("net", "volatility"),
                self.show("net", "sharpe")
            ),
            main,
            figures,
            multiples: vec![],
            wrong: "If the close could not be traded at the cost stated, if borrowing costs more than bills and the spread, or if the rule was found by trying many and only this one was kept.".into(),
        }
    }

    fn returns(&self) -> Section {
        let net = months(self.days, &self.o.net.ret);
        let last = net.last().map_or(0, |m| m.year);
        let first = net.first().map_or(0, |m| m.year).max(last - MONTHLY_YEARS as i16 + 1);
        let rows: Vec<i16> = (first..=last).rev().collect();
        let cell = |y: i16, m: usize| net.iter().find(|p| p.year == y && usize::from(p.month as u8) == m + 1).map(|p| p.ret);
        let whole = years(self.days, &self.o.net.ret);
        let year = |y: i16| whole.iter().find(|p| p.year == y).map(|p| p.ret);
        let values = rows.iter().map(|y| (0..12).map(|m| cell(*y, m)).chain([year(*y)]).collect()).collect();
        let plot = Plot::HeatMap {
            unit: Unit::Fraction,
            rows: rows.iter().map(i16::to_string).collect(),
            columns: MONTHS.iter().copied().chain(["Year"]).map(str::to_owned).collect(),
            values,
            scale: HeatScale::Diverging { limit: 0.1 },
            marks: vec![],
        };
        let main = Chart::new("months", &format!("{} of months ended above zero", self.show("net", "positive_months")), plot)
            .subtitle(&format!("Return by month and year, after costs; the last {} years", rows.len()))
            .foot(&self.foot);
        let annual = years(self.days, &self.o.net.ret);
        let annual_benchmark = self.o.benchmark.as_ref().map(|b| years(self.days, b));
        let recent = annual.len().saturating_sub(20);
        let mut parts =
            vec![Part { name: "Net".into(), tone: Tone::Giants, values: annual[recent..].iter().map(|p| p.ret).collect() }];
        if let Some(b) = &annual_benchmark {
            parts.push(Part {
                name: self.benchmark.clone(),
                tone: Tone::Rest,
                values: b[recent..].iter().map(|p| p.ret).collect(),
            });
        }
        let plot = Plot::Columns {
            unit: Unit::Fraction,
            categories: annual[recent..].iter().map(|p| format!("{:02}", p.year % 100)).collect(),
            parts,
            grouped: true,
        };
        let by_year =
            Chart::new("years", "Year by year", plot).subtitle("Return by calendar year, the last twenty").foot(&self.foot);
        Section {
            id: "returns".into(),
            title: "Returns".into(),
            finding: format!(
                "The best month brought {}, the worst {}; the worst day {}.",
                self.show("net", "best_month"),
                self.show("net", "worst_month"),
                self.show("net", "worst_day")
            ),
            main,
            figures: [
                "best_month",
                "worst_month",
                "best_day",
                "worst_day",
                "positive_days",
                "positive_months",
                "up_capture",
                "down_capture",
                "skewness",
                "kurtosis",
            ]
            .iter()
            .map(|n| self.net_figure(n))
            .collect(),
            multiples: vec![by_year, self.histogram()],
            wrong: String::new(),
        }
    }

    fn histogram(&self) -> Chart {
        let edges: Vec<f64> =
            std::iter::once(f64::NEG_INFINITY).chain((-10..=10).map(|i| f64::from(i) * 0.015)).chain([f64::INFINITY]).collect();
        let group = |name: &str, tone: Tone, ret: &[f64]| {
            let mut r: Vec<f64> = months(self.days, ret).iter().map(|m| m.ret).collect();
            r.sort_by(f64::total_cmp);
            let below = |x: f64| r.partition_point(|v| *v < x);
            let shares = edges.windows(2).map(|e| (below(e[1]) - below(e[0])) as f64 / r.len() as f64).collect();
            Distribution { name: name.into(), tone, shares, n: r.len() as u64, median: r.get(r.len() / 2).copied() }
        };
        let mut groups = vec![group("Net", Tone::Giants, &self.o.net.ret)];
        if let Some(b) = &self.o.benchmark {
            groups.push(group(&self.benchmark, Tone::Rest, b));
        }
        let plot = Plot::Histogram { unit: Unit::Fraction, edges, groups, levels: vec![] };
        Chart::new("distribution", "How months were spread", plot)
            .subtitle("Share of months by return; the median as a rule")
            .foot(&self.foot)
    }

    fn risk(&self) -> Section {
        let wealth = self.o.net.path().wealth;
        let all = drawdowns(self.days, &wealth);
        let mut lines = vec![self.line("Net", Tone::Giants, underwater(&wealth)).weight(Weight::Heavy)];
        if let Some(b) = &self.o.benchmark {
            let mut w = 1.0;
            let path: Vec<f64> = b
                .iter()
                .map(|r| {
                    w *= 1.0 + r;
                    w
                })
                .collect();
            lines.push(self.line(&self.benchmark, Tone::Rest, underwater(&path)));
        }
        let plot = Plot::Lines { unit: Unit::Fraction, series: lines, levels: vec![], extremes: vec![], time: self.marks() };
        let title = all.first().map_or_else(
            || "It never fell below a former peak".to_owned(),
            |d| format!("The deepest fall, {}, ended on {}", Unit::Fraction.format(d.depth), d.trough),
        );
        let main = Chart::new("drawdown", &title, plot).subtitle("Wealth below its highest close so far").foot(&self.foot);
        let ours = Rolling::of(&self.o.net.ret, &self.o.market.bill, self.o.compared());
        let theirs = Rolling::of(self.o.compared(), &self.o.market.bill, self.o.compared());
        let chart = |id: &str, title: &str, unit: Unit, net: &[f64], other: Option<&[f64]>| {
            let mut series = vec![self.line("Net", Tone::Giants, net.to_vec())];
            series
                .extend(other.filter(|_| self.o.benchmark.is_some()).map(|v| self.line(&self.benchmark, Tone::Rest, v.to_vec())));
            let zero = Level { value: 0.0, label: String::new() };
            let plot = Plot::Lines {
                unit,
                series,
                levels: if unit == Unit::Number { vec![zero] } else { vec![] },
                extremes: vec![],
                time: TimeMarks::default(),
            };
            Chart::new(id, title, plot).subtitle("Past 252 sessions").foot(&self.foot)
        };
        let mut multiples = vec![
            chart("rolling-return", "Return of a year", Unit::Fraction, &ours.ret, Some(&theirs.ret)),
            chart("rolling-volatility", "Volatility", Unit::Fraction, &ours.volatility, Some(&theirs.volatility)),
            chart("rolling-sharpe", "Sharpe ratio", Unit::Number, &ours.sharpe, Some(&theirs.sharpe)),
        ];
        if self.o.benchmark.is_some() {
            multiples.push(chart("rolling-beta", "Beta", Unit::Number, &ours.beta, None));
        }
        Section {
            id: "risk".into(),
            title: "Risk".into(),
            finding: format!(
                "{} days in a hundred lost more than {}.",
                5,
                Unit::Fraction.format(-self.figure("net", "var_95").unwrap_or(f64::NAN))
            ),
            main,
            figures: [
                "max_drawdown",
                "drawdown_sessions",
                "ulcer",
                "var_95",
                "cvar_95",
                "var_99",
                "cvar_99",
                "tracking_error",
                "correlation",
            ]
            .iter()
            .map(|n| self.net_figure(n))
            .collect(),
            multiples,
            wrong: "If closes hide what happened between them: a fall within a day and a margin call are not seen here.".into(),
        }
    }

    fn publication(&self) -> Option<Section> {
        self.tested.published()?;
        let benchmark = self.o.benchmark.as_ref()?;
        let (mut a, mut b) = (1.0f64, 1.0f64);
        let ratio = self.o.net.ret.iter().zip(benchmark).map(|(x, y)| {
            (a, b) = (a * (1.0 + x), b * (1.0 + y));
            a / b
        });
        let line = self.line(&format!("Net over {}", self.benchmark), Tone::Giants, ratio.collect()).weight(Weight::Heavy);
        let plot = Plot::Growth { unit: Unit::Multiple, series: vec![line], time: self.marks() };
        let main = Chart::new("publication", "Wealth over that of the benchmark", plot)
            .subtitle("On a logarithmic scale; rising while the strategy gains on the benchmark")
            .foot(&self.foot);
        let figure = |label: &str, column: &str, name: &str| Figure {
            label: label.into(),
            value: self.figure(column, name),
            unit: FIGURES.iter().find(|f| f.name == name).map_or(Unit::Number, |f| f.unit),
            n: self.figure(column, "days").map(|d| d as u64),
            note: None,
            method: Some(name.into()),
        };
        let (before, after) = ("net, before publication", "net, after publication");
        Some(Section {
            id: "publication".into(),
            title: "Before and after publication".into(),
            finding: format!(
                "Sharpe ratio {} before it was published, {} since; the benchmark's since: {}.",
                self.show(before, "sharpe"),
                self.show(after, "sharpe"),
                self.show("benchmark, after", "sharpe")
            ),
            main,
            figures: vec![
                figure("Return a year before", before, "cagr"),
                figure("Return a year since", after, "cagr"),
                figure("Benchmark since", "benchmark, after", "cagr"),
                figure("Sharpe ratio before", before, "sharpe"),
                figure("Sharpe ratio since", after, "sharpe"),
                figure("Benchmark's Sharpe ratio since", "benchmark, after", "sharpe"),
                figure("Alpha a year since", after, "alpha"),
                figure("t of alpha since", after, "alpha_t"),
            ],
            multiples: vec![],
            wrong: "A few years after publication are a short record: the interval around their Sharpe ratio is wide.".into(),
        })
    }

    fn trading(&self) -> Section {
        let exposure = self.line("Holdings over wealth", Tone::Giants, self.o.net.exposure.clone());
        let plot = Plot::Lines {
            unit: Unit::Multiple,
            series: vec![exposure],
            levels: vec![],
            extremes: vec![],
            time: TimeMarks::default(),
        };
        let main = Chart::new("exposure", &format!("Invested on {} of days", self.show("net", "invested")), plot)
            .subtitle("Holdings without their signs over wealth, after the day's trades")
            .foot(&self.foot);
        let cumulative = |v: &[f64]| {
            let mut sum = 0.0;
            v.iter()
                .map(|x| {
                    sum += x;
                    sum
                })
                .collect::<Vec<f64>>()
        };
        let costs = self.line("Costs of trading", Tone::Giants, cumulative(&self.o.net.cost));
        let plot = Plot::Lines {
            unit: Unit::Fraction,
            series: vec![costs],
            levels: vec![],
            extremes: vec![],
            time: TimeMarks::default(),
        };
        let paid = Chart::new("costs", "What trading cost", plot)
            .subtitle("Sum of costs, each over the wealth of its day")
            .foot(&self.foot);
        Section {
            id: "trading".into(),
            title: "Trading".into(),
            finding: format!(
                "{} changes of position; {} a year turned over, at a cost of {} a year.",
                self.show("net", "trades"),
                self.show("net", "turnover"),
                self.show("net", "cost")
            ),
            main,
            figures: ["turnover", "trades", "exposure", "invested", "borrowed", "cost"]
                .iter()
                .map(|n| self.net_figure(n))
                .collect(),
            multiples: vec![paid],
            wrong: String::new(),
        }
    }

    fn tables(&self) -> Vec<SheetTable> {
        let mut figures = SheetTable {
            id: "figures".into(),
            title: "Every figure".into(),
            note: String::new(),
            columns: std::iter::once("Figure").chain(self.columns.iter().map(|c| c.name)).map(str::to_owned).collect(),
            rows: Vec::new(),
        };
        for (i, f) in FIGURES.iter().enumerate() {
            let cells = self.columns.iter().map(|c| Cell::value(c.figures.values[i], f.unit)).collect();
            figures.rows.push(SheetRow { label: f.label.into(), cells });
        }
        let falls = drawdowns(self.days, &self.o.net.path().wealth);
        let fall = |(i, d): (usize, &plimsoll_claims::backtest::drawdowns::Drawdown)| SheetRow {
            label: (i + 1).to_string(),
            cells: vec![
                Cell::value(Some(d.depth), Unit::Fraction),
                Cell::Day { day: Some(d.peak) },
                Cell::Day { day: Some(d.trough) },
                Cell::Day { day: d.recovered },
                Cell::value(Some(d.sessions as f64), Unit::Sessions),
            ],
        };
        let falls = SheetTable {
            id: "falls".into(),
            title: "Deepest falls".into(),
            note: String::new(),
            columns: ["", "Depth", "Peak", "Trough", "Recovered", "Sessions"].map(str::to_owned).to_vec(),
            rows: falls.iter().take(10).enumerate().map(fall).collect(),
        };
        let of = |ret: &[f64]| years(self.days, ret);
        let (net, gross, bills) = (of(&self.o.net.ret), of(&self.o.gross.ret), of(&self.o.market.bill));
        let benchmark = self.o.benchmark.as_ref().map(|b| of(b));
        let rows = (0..net.len()).rev().map(|i| {
            let cell = |r: f64| Cell::value(Some(r), Unit::Fraction);
            let mut cells = vec![cell(net[i].ret), cell(gross[i].ret)];
            cells.extend(benchmark.as_ref().map(|b| cell(b[i].ret)));
            cells.push(cell(bills[i].ret));
            SheetRow { label: net[i].year.to_string(), cells }
        });
        let mut columns = vec!["Year".to_owned(), "Net".into(), "Gross".into()];
        columns.extend(benchmark.as_ref().map(|_| self.benchmark.clone()));
        columns.push("Bills".into());
        let annual =
            SheetTable { id: "annual".into(), title: "Year by year".into(), note: String::new(), columns, rows: rows.collect() };
        let benchmark = self.o.benchmark.as_ref().map(|b| (self.benchmark.as_str(), b.as_slice()));
        vec![figures, falls, annual, spread::table(self.days, &self.o.net.ret, benchmark)]
    }
}
