//! Charts as data. A value that is not finite is a gap, never a zero.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use serde::Serialize;

/// A chart: the finding as title, what is plotted as subtitle, source and vintage as foot.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chart {
    /// A stable name, unique in the edition.
    pub id: String,
    /// The finding.
    pub title: String,
    /// What is plotted, with its unit.
    pub subtitle: String,
    /// Source and vintage.
    pub foot: String,
    /// The identifier of the method that defines what is plotted.
    pub method: Option<String>,
    /// What is drawn.
    pub plot: Plot,
}

impl Chart {
    /// A chart without subtitle, foot and method; set those by name.
    pub fn new(id: &str, title: &str, plot: Plot) -> Chart {
        let empty = String::new();
        Chart { id: id.to_owned(), title: title.to_owned(), subtitle: empty.clone(), foot: empty, method: None, plot }
    }
    /// A chart that could not be drawn, with the reason shown in its place.
    pub fn absent(id: &str, title: &str, reason: &str) -> Chart {
        Chart::new(id, title, Plot::Absent { reason: reason.to_owned() })
    }
    /// With this subtitle.
    #[must_use]
    pub fn subtitle(mut self, text: &str) -> Chart {
        self.subtitle = text.to_owned();
        self
    }
    /// With this foot.
    #[must_use]
    pub fn foot(mut self, text: &str) -> Chart {
        self.foot = text.to_owned();
        self
    }
    /// With this method.
    #[must_use]
    pub fn method(mut self, id: &str) -> Chart {
        self.method = Some(id.to_owned());
        self
    }
}

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

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Plot {
    /// Nothing, and why.
    Absent {
        /// Why.
        reason: String,
    },
    /// Lines with their names at their ends.
    Lines {
        /// The unit of every value.
        unit: Unit,
        /// The lines.
        series: Vec<Series>,
        /// Horizontal references.
        levels: Vec<Level>,
        /// Points worth naming.
        extremes: Vec<Extreme>,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// Two lines with the difference filled: the masking gap.
    Gap {
        /// The unit of every value.
        unit: Unit,
        /// One line, usually the upper.
        first: Series,
        /// The other.
        second: Series,
        /// What the difference is called; the last difference is written beside it by the program, if wanted.
        label: String,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// Signed parts stacked through time, with their total as a line.
    Contributions {
        /// The unit of every value.
        unit: Unit,
        /// The days.
        days: Vec<Day>,
        /// The parts, drawn from zero outwards.
        parts: Vec<Part>,
        /// The total, drawn as a line; `values` may be empty for none.
        total: Part,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// One measure as an area from zero, with its own history as a band.
    Area {
        /// The unit of every value.
        unit: Unit,
        /// The measure.
        series: Series,
        /// The range over its history.
        history: Option<HistoryBand>,
        /// Horizontal references.
        levels: Vec<Level>,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// Percentile bands through time, with lines above them: the drawdown fan.
    Fan {
        /// The unit of every value.
        unit: Unit,
        /// The days of the bands.
        days: Vec<Day>,
        /// The bands, the widest first.
        bands: Vec<Band>,
        /// Lines over the bands.
        series: Vec<Series>,
        /// Horizontal references.
        levels: Vec<Level>,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// A path in steps, each value in force from its day until the next, with a fan and free dots.
    Steps {
        /// The unit of every value.
        unit: Unit,
        /// The paths; the last day ends the path.
        series: Vec<Series>,
        /// The days of the bands.
        days: Vec<Day>,
        /// The fan, the widest first, in steps as well.
        bands: Vec<Band>,
        /// Free dots.
        dots: Vec<Dot>,
        /// What the dots are; empty for none.
        dots_name: String,
        /// Marks on the time axis.
        time: TimeMarks,
    },
    /// Signed horizontal bars from zero.
    Bars {
        /// The unit of every value.
        unit: Unit,
        /// The bars, from top to bottom.
        rows: Vec<Bar>,
        /// A vertical reference, such as the index itself.
        reference: Option<Level>,
    },
    /// Stacked columns by category: meeting probabilities, a maturity ladder by group.
    Columns {
        /// The unit of every value.
        unit: Unit,
        /// The categories, from left to right.
        categories: Vec<String>,
        /// The parts, from the bottom up.
        parts: Vec<Part>,
        /// Whether the parts stand beside each other rather than on each other.
        grouped: bool,
    },
    /// A matrix of values as colours.
    HeatMap {
        /// The unit of every value.
        unit: Unit,
        /// The names of the rows.
        rows: Vec<String>,
        /// The names of the columns.
        columns: Vec<String>,
        /// One row of values per name; `None` is an empty cell.
        values: Vec<Vec<Option<f64>>>,
        /// The colours.
        scale: HeatScale,
        /// Cells marked with a ring.
        marks: Vec<CellMark>,
    },
    /// Values with intervals on one scale, each against its threshold.
    Intervals {
        /// The unit of every value.
        unit: Unit,
        /// The rows, from top to bottom.
        rows: Vec<Interval>,
        /// Vertical references common to all rows.
        levels: Vec<Level>,
    },
    /// Distributions of two or three groups over the same bins.
    Histogram {
        /// The unit of the bins.
        unit: Unit,
        /// The edges of the bins, one more than bins; an infinite first or last edge is an open bin.
        edges: Vec<f64>,
        /// The groups.
        groups: Vec<Distribution>,
        /// Vertical references.
        levels: Vec<Level>,
    },
    /// Average paths around events against a placebo band.
    EventStudy {
        /// The unit of every value.
        unit: Unit,
        /// Sessions from the event.
        offsets: Vec<i32>,
        /// What the offsets count: `sessions from the meeting`.
        offsets_name: String,
        /// The paths.
        paths: Vec<EventPath>,
        /// The band of placebo days.
        placebo: Option<Band>,
    },
}
