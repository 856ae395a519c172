//! Charts as data. A value that is not finite is a gap, never a zero.

use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use serde::Serialize;

use super::marks::{
    Band, Bar, CellMark, Distribution, Dot, EventPath, Extreme, HeatScale, HistoryBand, Interval, Level, Part, Series, TableRow,
    TimeMarks, TrailPoint,
};

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
    /// What one unit of money became, on a logarithmic scale: equal distances are equal growth.
    Growth {
        /// Dollars, or times for a ratio.
        unit: Unit,
        /// The lines; a value that is not above zero is a gap.
        series: Vec<Series>,
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
    /// Horizontal bars from zero.
    Bars {
        /// The unit of every value.
        unit: Unit,
        /// The bars, from top to bottom.
        rows: Vec<Bar>,
        /// A vertical reference, such as the index itself.
        reference: Option<Level>,
        /// Whether a value above zero is written with a plus sign: a change has one, a share none.
        signed: bool,
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
    /// A map of values over two axes in steps, with a path on it.
    Map {
        /// The unit of every value.
        unit: Unit,
        /// The steps of the horizontal axis, from left to right.
        columns: Vec<String>,
        /// What the horizontal axis is.
        columns_name: String,
        /// The steps of the vertical axis, from the bottom up.
        rows: Vec<String>,
        /// What the vertical axis is.
        rows_name: String,
        /// One row of values per step, from the bottom up; `None` is an empty cell.
        values: Vec<Vec<Option<f64>>>,
        /// The path, in order of time.
        trail: Vec<TrailPoint>,
        /// What the path is.
        trail_name: String,
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
    /// A small table in place of a drawing.
    Table {
        /// The headings; the first is that of the rows' names.
        head: Vec<String>,
        /// The units of the columns after the first.
        units: Vec<Unit>,
        /// The rows.
        rows: Vec<TableRow>,
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
