//! What plots are made of: lines, bands, bars, marks.

use plimsoll_model::time::Day;
use serde::Serialize;

/// What a mark stands for; the page's two hues and its greys follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// The named group: the giants.
    Giants,
    /// Everything else: the rest, small caps.
    Rest,
    /// The whole: the index itself.
    Whole,
    /// Context, in grey.
    Context,
    /// Background context, in light grey.
    Faint,
}

/// How a line is dashed, so that series differ without colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dash {
    /// Unbroken.
    #[default]
    Solid,
    /// Long dashes.
    Dashed,
    /// Dots.
    Dotted,
}

/// How heavy a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// The line the chart is about.
    Heavy,
    /// A line like the others.
    #[default]
    Normal,
    /// Context.
    Thin,
}

/// Values by day, of equal length, days rising.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Line {
    /// The days.
    pub days: Vec<Day>,
    /// The values.
    pub values: Vec<f64>,
}

/// A named line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// The name, written at the line's end.
    pub name: String,
    /// What it stands for.
    pub tone: Tone,
    /// Dashes.
    pub dash: Dash,
    /// Weight.
    pub weight: Weight,
    /// The values.
    pub line: Line,
}

impl Series {
    /// A solid line of normal weight.
    pub fn new(name: &str, tone: Tone, days: Vec<Day>, values: Vec<f64>) -> Series {
        Series { name: name.to_owned(), tone, dash: Dash::Solid, weight: Weight::Normal, line: Line { days, values } }
    }
    /// With these dashes.
    #[must_use]
    pub fn dash(mut self, dash: Dash) -> Series {
        self.dash = dash;
        self
    }
    /// With this weight.
    #[must_use]
    pub fn weight(mut self, weight: Weight) -> Series {
        self.weight = weight;
        self
    }
}

/// A part of a whole: values of one name over the plot's days or categories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub tone: Tone,
    /// One value per day or category.
    pub values: Vec<f64>,
}

/// A band between two edges, one pair of values per day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// What it spans: `10th to 90th percentile`.
    pub label: String,
    /// The lower edge.
    pub low: Vec<f64>,
    /// The upper edge.
    pub high: Vec<f64>,
}

/// A horizontal reference: a threshold, an average.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Where, in the plot's unit.
    pub value: f64,
    /// What it is.
    pub label: String,
}

/// A thin vertical rule: a meeting, an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The day.
    pub day: Day,
    /// A short label; empty for none.
    pub label: String,
}

/// A shaded stretch of time: a recession, a phase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shade {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// A short label; empty for none.
    pub label: String,
}

/// Marks on a time axis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TimeMarks {
    /// Thin rules.
    pub rules: Vec<Rule>,
    /// What the rules are, said once below the plot: `FOMC meetings`.
    pub rules_name: String,
    /// Shaded stretches.
    pub shades: Vec<Shade>,
    /// The as-of day, where the axis continues beyond it.
    pub as_of: Option<Day>,
}

/// A point worth naming: the high, the low.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extreme {
    /// The day.
    pub day: Day,
    /// The value.
    pub value: f64,
    /// What is written beside it: `high 4.99 %, 2023-10-19`.
    pub label: String,
}

/// A free point with a label: a dot of the Fed's summary of projections.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dot {
    /// The day.
    pub day: Day,
    /// The value.
    pub value: f64,
}

/// The range of a measure over its own history, drawn as a horizontal band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HistoryBand {
    /// The lower percentile's value.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// The upper percentile's value.
    pub high: f64,
    /// What it spans: `10th to 90th percentile since 2021-02-01`.
    pub label: String,
}

/// A horizontal bar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// The name.
    pub label: String,
    /// The signed value; `None` is shown as a dash.
    pub value: Option<f64>,
    /// What it stands for.
    pub tone: Tone,
}

/// A value with its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The name.
    pub label: String,
    /// The estimate; `None` is shown as a dash.
    pub value: Option<f64>,
    /// The interval's ends, if known.
    pub range: Option<(f64, f64)>,
    /// The row's own threshold, drawn as a tick.
    pub threshold: Option<f64>,
    /// What it stands for.
    pub tone: Tone,
}

/// A group's distribution over the bins of a histogram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Distribution {
    /// The group.
    pub name: String,
    /// What it stands for.
    pub tone: Tone,
    /// The share of the group in each bin, as a decimal.
    pub shares: Vec<f64>,
    /// How many members were counted.
    pub n: u64,
    /// The median, drawn as a rule.
    pub median: Option<f64>,
}

/// The average path around events, with its confidence band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventPath {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub tone: Tone,
    /// The mean at each offset.
    pub mean: Vec<f64>,
    /// The band's lower edge; empty for none.
    pub low: Vec<f64>,
    /// The band's upper edge; empty for none.
    pub high: Vec<f64>,
}

/// A row of a table: its name and its values, signed; `None` is a dash.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRow {
    /// The name.
    pub name: String,
    /// One value a column after the first.
    pub values: Vec<Option<f64>>,
}

/// How a heat map's colours map to values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HeatScale {
    /// Two hues about zero, full at plus and minus `limit`.
    Diverging {
        /// The value of full colour.
        limit: f64,
    },
    /// One hue from `low` to `high`.
    Sequential {
        /// The value of no colour.
        low: f64,
        /// The value of full colour.
        high: f64,
    },
}

/// A point of a path on a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrailPoint {
    /// Its name: a day.
    pub label: String,
    /// How many columns from the left edge, fractions of a column included.
    pub column: f64,
    /// How many rows from the bottom edge.
    pub row: f64,
    /// Where it lies, in words.
    pub says: String,
}

/// A cell of a heat map marked with a ring and a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CellMark {
    /// The row.
    pub row: usize,
    /// The column.
    pub column: usize,
    /// What it marks: `priced path`.
    pub label: String,
}
