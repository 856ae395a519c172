//! Charts of the scenarios section.

use std::collections::BTreeMap;

use plimsoll_measures::kernels::ladder::months_after;
use plimsoll_measures::kernels::stress::QUARTERS;
use plimsoll_measures::kernels::stress::frontier::BreakEven;
use plimsoll_model::cut::Cut;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{
    Bar, Chart, Dash, Distribution, HeatScale, Level, Part, Plot, Series, TimeMarks, Tone, TrailPoint, Weight,
};

use super::{Group, Map, Priced, latest_cuts, middle, share};
use crate::edition::casualties::title;

/// Break-even rates, per cent a year; the outer bins are open.
const RATES: &[f64] = &[f64::NEG_INFINITY, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, f64::INFINITY];
/// Fewer issuers of a sector than these are not shown.
const FEWEST: usize = 10;

/// What the charts are drawn from.
pub(super) struct Draw<'a> {
    pub cut: &'a Cut,
    pub day: Day,
    pub foot: &'a str,
    pub small: &'a Group<'a>,
    pub large: Option<&'a Group<'a>>,
}

/// Basis points of a decimal rate.
fn bp(rate: f64) -> i64 {
    (rate * 1e4).round() as i64
}

impl Draw<'_> {
    fn chart(&self, id: &str, title: &str, plot: Plot) -> Chart {
        Chart::new(id, title, plot).foot(self.foot).method("stress_shortfall_share")
    }

    /// Survival over the quarter of the first cut and the total of cuts, with the priced path on it.
    pub(super) fn map(&self, map: &Map, trail: &[Priced]) -> Chart {
        let f = &map.frontier;
        let step = f.grid.totals[1] - f.grid.totals[0];
        let value = |first: usize, total: usize| f.survival(first, total, |_| true).map(|s| s.issuers);
        let point = |p: &Priced| TrailPoint {
            label: p.day.to_string(),
            // No cut priced is the last column.
            column: p.first.map_or(QUARTERS as f64 + 0.5, |q| q.min(QUARTERS as f64)),
            row: (p.total - f.grid.totals[0]) / step + 0.5,
            says: match p.first {
                Some(q) => format!("first cut in {q:.1} quarters, {} bp in total", bp(p.total)),
                None => format!("no cut, {} bp at most", bp(p.total.max(0.0))),
            },
        };
        let (low, high) = map.span;
        let (saved, failing) = map.saved(self.small.stage, 0);
        let heading = if failing > 0 && (saved as f64) < 0.5 * failing as f64 {
            format!(
                "Cuts alone save few: survival runs from {} without any to {} with the most",
                share(Some(low)),
                share(Some(high))
            )
        } else {
            format!("Early and deep cuts lift survival from {} to {}", share(Some(low)), share(Some(high)))
        };
        let columns = (1..=QUARTERS).map(|q| q.to_string()).chain(["never".to_owned()]).collect();
        let rows = f.grid.totals.iter().map(|t| format!("{} bp", bp(*t))).collect();
        let plot = Plot::Map {
            unit: Unit::Fraction,
            columns,
            columns_name: "quarter of the first cut".into(),
            rows,
            rows_name: "total of cuts".into(),
            values: (0..f.grid.totals.len()).map(|total| (0..=QUARTERS).map(|first| value(first, total)).collect()).collect(),
            trail: trail.iter().map(point).collect(),
            trail_name: "the path that futures price, month by month over the past year".into(),
        };
        self.chart("scenarios-map", &heading, plot)
            .subtitle(&format!(
                "Share of {} small companies that do not run out of cash within three years, in per cent; {} bp are cut a quarter until the \
                 total is reached, cash flow and spreads stay",
                self.small.n(),
                bp(f.grid.pace)
            ))
            .method("stress_saved_share")
    }

    /// Survivors by group under every scenario.
    pub(super) fn survivors(&self) -> Chart {
        let groups: Vec<(&str, &Group<'_>)> =
            [("small", Some(self.small)), ("large", self.large)].into_iter().filter_map(|(n, g)| Some((n, g?))).collect();
        let mut columns: Vec<String> = groups.iter().map(|(n, g)| format!("{n}, n {}", g.n())).collect();
        columns.extend(groups.iter().map(|(n, _)| format!("{n}, debt")));
        let values: Vec<Vec<Option<f64>>> = (0..self.small.fates.len())
            .map(|k| {
                let mut row: Vec<Option<f64>> = groups.iter().map(|(_, g)| g.survive(&g.fates[k])).collect();
                row.extend(groups.iter().map(|(_, g)| g.debt(&g.fates[k])));
                row
            })
            .collect();
        let worst = self.small.fates.iter().min_by(|a, b| {
            let of = |f| self.small.survive(f).unwrap_or(1.0);
            of(a).total_cmp(&of(b))
        });
        let heading = worst.map_or("Survivors by scenario".to_owned(), |f| {
            format!("Fewest small companies survive the {}", title(&f.scenario.name).to_lowercase())
        });
        let low = values.iter().flatten().flatten().copied().fold(1.0, f64::min);
        let plot = Plot::HeatMap {
            unit: Unit::Fraction,
            rows: self.small.fates.iter().map(|f| title(&f.scenario.name)).collect(),
            columns,
            values,
            scale: HeatScale::Sequential { low: low - 0.1, high: 1.0 },
            marks: Vec::new(),
        };
        self.chart("scenarios-survivors", &heading, plot)
            .subtitle("Share of issuers, and of their debt, that survives three years, in per cent")
    }

    /// Middle coverage of small companies, quarter by quarter.
    pub(super) fn coverage(&self) -> Chart {
        let tones = [Tone::Rest, Tone::Context, Tone::Whole, Tone::Context, Tone::Giants];
        let dashes = [Dash::Solid, Dash::Dashed, Dash::Solid, Dash::Solid, Dash::Solid];
        let days: Vec<Day> = (0..QUARTERS).map(|q| months_after(self.day, 3 * (q as i32 + 1))).collect();
        let series: Vec<Series> = self
            .small
            .fates
            .iter()
            .zip(tones.into_iter().zip(dashes))
            .map(|(f, (tone, dash))| {
                let values = (0..QUARTERS).map(|q| middle(f, q).unwrap_or(f64::NAN)).collect();
                let s = Series::new(&title(&f.scenario.name), tone, days.clone(), values).dash(dash);
                if f.scenario.name == "priced" { s.weight(Weight::Heavy) } else { s }
            })
            .collect();
        if series.iter().all(|s| s.line.values.iter().all(|v| v.is_nan())) {
            return Chart::absent("scenarios-coverage", "Coverage ahead", "fewer than ten issuers pay interest");
        }
        let plot = Plot::Lines {
            unit: Unit::Multiple,
            series,
            levels: vec![Level { value: 1.0, label: "earns its interest".into() }],
            extremes: Vec::new(),
            time: TimeMarks::default(),
        };
        self.chart("scenarios-coverage", "Coverage of the middle small company", plot)
            .subtitle("Median EBIT over interest of four quarters, of those that have not run out of cash")
    }

    /// When cuts must begin at the latest.
    pub(super) fn latest(&self, map: &Map) -> Chart {
        let (by_quarter, lost) = latest_cuts(map, self.small.stage);
        let saved: usize = by_quarter.iter().sum();
        let name = "The latest cut that saves";
        if saved + lost == 0 {
            return Chart::absent("scenarios-latest", name, "no small company fails if the policy rate stays");
        }
        if saved == 0 {
            let why = format!("none of the {lost} that fail if the policy rate stays is saved by three points of cuts");
            return Chart::absent("scenarios-latest", name, &why);
        }
        let early: usize = by_quarter[..4].iter().sum();
        let heading = format!("Of {saved} that cuts can save, {early} need them within a year");
        let parts =
            vec![Part { name: "issuers saved".into(), tone: Tone::Rest, values: by_quarter.iter().map(|n| *n as f64).collect() }];
        let categories = (1..=QUARTERS).map(|q| q.to_string()).collect();
        self.chart("scenarios-latest", &heading, Plot::Columns { unit: Unit::Count, categories, parts, grouped: false })
            .subtitle(&format!(
                "Small companies by the latest quarter in which cuts of three points must begin to save them; {lost} more are not saved by any"
            ))
            .method("stress_saved_share")
    }

    /// The dearest rate at which debt can be refinanced.
    pub(super) fn break_even(&self) -> Chart {
        let of = |name: &str, tone: Tone, group: &Group<'_>| {
            let rates: Vec<f64> = group
                .stage
                .break_evens(&group.fates[0].scenario)
                .iter()
                .map(|b| match b {
                    BreakEven::Never => f64::NEG_INFINITY,
                    BreakEven::Rate(r) => 100.0 * r,
                    BreakEven::Always => f64::MAX,
                })
                .collect();
            let n = rates.len().max(1) as f64;
            let share = |w: &[f64]| rates.iter().filter(|r| **r >= w[0] && **r < w[1]).count() as f64 / n;
            Distribution {
                name: name.into(),
                tone,
                shares: RATES.windows(2).map(share).collect(),
                n: rates.len() as u64,
                median: None,
            }
        };
        let mut groups = vec![of("Small companies", Tone::Rest, self.small)];
        groups.extend(self.large.map(|l| of("Large companies", Tone::Whole, l)));
        let never = groups[0].shares[0];
        let plot = Plot::Histogram { unit: Unit::PercentPerYear, edges: RATES.to_vec(), groups, levels: Vec::new() };
        self.chart("scenarios-break-even", &format!("No rate is low enough for {} of small companies", share(Some(never))), plot)
            .subtitle(
                "Share of issuers by the dearest refinancing rate they survive; below zero: they run short even at no interest",
            )
    }

    /// Survivors of the priced path by sector.
    pub(super) fn sectors(&self) -> Chart {
        let sector = |symbols: &str| {
            let symbol = symbols.split(' ').next().unwrap_or_default();
            let found = self.cut.panel.securities.iter().rev().find(|s| s.symbol == symbol);
            found.map(|s| s.description.sector.clone()).filter(|s| !s.is_empty()).unwrap_or_else(|| "unclassified".into())
        };
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (issuer, first) in self.small.stage.roll.issuers.iter().zip(&self.small.fates[0].first) {
            let count = counts.entry(sector(&issuer.symbol)).or_default();
            count.0 += usize::from(usize::from(*first) >= QUARTERS);
            count.1 += 1;
        }
        let mut rows: Vec<(f64, Bar)> = counts
            .into_iter()
            .filter(|(_, (_, n))| *n >= FEWEST)
            .map(|(name, (alive, n))| {
                let value = alive as f64 / n as f64;
                (value, Bar { label: format!("{name}, n {n}"), value: Some(value), tone: Tone::Rest })
            })
            .collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.label.cmp(&b.1.label)));
        let name = "Survivors by sector";
        if rows.len() < 2 {
            return Chart::absent("scenarios-sectors", name, "fewer than two sectors have ten issuers under stress");
        }
        let all = self.small.survive(&self.small.fates[0]);
        let worst = rows[0].1.label.split(", n ").next().unwrap_or_default().to_owned();
        let plot = Plot::Bars {
            unit: Unit::Fraction,
            rows: rows.into_iter().map(|r| r.1).collect(),
            reference: all.map(|value| Level { value, label: "all small companies".into() }),
            signed: false,
        };
        self.chart("scenarios-sectors", &format!("Fewest survive the priced path in {worst}"), plot)
            .subtitle("Share of small companies that survive three years at the rates that futures price, by sector")
    }
}
