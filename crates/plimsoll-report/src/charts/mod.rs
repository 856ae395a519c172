//! One file for each kind of chart; each turns its data into the elements of one drawing.

mod area;
pub mod band;
mod bars;
mod columns;
mod contributions;
mod events;
mod fan;
mod gap;
mod growth;
mod heat;
mod histogram;
mod intervals;
mod key;
mod lines;
mod map;
mod rows;
pub mod spark;
mod steps;
mod style;
mod table;

pub use key::{Key, key};
pub use style::{fill_class, stroke_class, text_class};
pub use table::{DataTable, table};

use crate::model::{Chart, Line, Plot, TimeMarks};
use crate::svg::canvas::escape;
use crate::svg::{Anchor, Canvas, Size, text};
use plimsoll_model::time::Day;

/// A drawing: its elements and its natural height.
pub(crate) struct Drawing {
    pub elements: String,
    pub height: f64,
}

impl Drawing {
    fn sized(elements: String, size: Size) -> Drawing {
        Drawing { elements, height: size.height }
    }
}

/// `chart` as an SVG element for a page that carries the chart style; `suffix` keeps the identifiers of several drawings of one
/// chart apart.
pub fn svg(chart: &Chart, size: Size, suffix: &str) -> String {
    let drawing = draw(&chart.plot, size);
    let id = format!("chart-{}-{suffix}", crate::format::slug(&chart.id));
    format!(
        concat!(
            r#"<svg class="plot" role="img" aria-labelledby="{id}-t" aria-describedby="{id}-d" viewBox="0 0 {w} {h}" "#,
            r#"width="{w}" height="{h}" preserveAspectRatio="xMinYMid"><title id="{id}-t">{title}</title><desc id="{id}-d">{desc}</desc>{body}</svg>"#
        ),
        id = id,
        w = size.width,
        h = drawing.height,
        title = escape(&chart.title),
        desc = escape(&describe(chart)),
        body = drawing.elements,
    )
}

/// What the chart plots, in words, for those who cannot see it.
fn describe(chart: &Chart) -> String {
    let mut words = chart.subtitle.clone();
    for k in key(&chart.plot) {
        words.push_str(if words.is_empty() { "" } else { "; " });
        words.push_str(&k.text);
    }
    let last = table::last_values(&chart.plot);
    if !last.is_empty() {
        words.push_str(". ");
        words.push_str(&last);
    }
    words
}

pub(crate) fn draw(plot: &Plot, size: Size) -> Drawing {
    let drawn = match plot {
        Plot::Absent { reason } => Some(absent(reason, size)),
        Plot::Lines { .. } => lines::draw(plot, size),
        Plot::Growth { .. } => growth::draw(plot, size),
        Plot::Gap { .. } => gap::draw(plot, size),
        Plot::Contributions { .. } => contributions::draw(plot, size),
        Plot::Area { .. } => area::draw(plot, size),
        Plot::Fan { .. } => fan::draw(plot, size),
        Plot::Steps { .. } => steps::draw(plot, size),
        Plot::Bars { .. } => bars::draw(plot, size),
        Plot::Columns { .. } => columns::draw(plot, size),
        Plot::HeatMap { .. } => heat::draw(plot, size),
        Plot::Map { .. } => map::draw(plot, size),
        Plot::Intervals { .. } => intervals::draw(plot, size),
        Plot::Histogram { .. } => histogram::draw(plot, size),
        Plot::EventStudy { .. } => events::draw(plot, size),
        // A page shows it as it is.
        Plot::Table { .. } => None,
    };
    drawn.unwrap_or_else(|| absent("No values to plot.", size))
}

/// A frame with the reason why there is no chart.
fn absent(reason: &str, size: Size) -> Drawing {
    let size = Size { height: 120.0, ..size };
    let mut c = Canvas::new();
    c.rect((0.5, 0.5), (size.width - 0.5, size.height - 0.5), "void");
    let lines = text::wrap(reason, size.width - 48.0, 13.0, 5);
    let top = size.height / 2.0 - (lines.len() as f64 - 1.0) * 9.0 + 4.0;
    for (i, l) in lines.iter().enumerate() {
        c.text((size.width / 2.0, top + i as f64 * 18.0), Anchor::Middle, "why", l);
    }
    Drawing::sized(c.finish(), size)
}

/// The first and last day over which any of `lines` has a value; an as-of day beyond is brought into view.
fn days_of<'a>(lines: impl IntoIterator<Item = &'a Line>, time: &TimeMarks) -> Option<(Day, Day)> {
    let mut span: Option<(Day, Day)> = None;
    for line in lines {
        for (d, _) in line.days.iter().zip(&line.values).filter(|(_, v)| v.is_finite()) {
            span = Some(span.map_or((*d, *d), |(a, b)| (a.min(*d), b.max(*d))));
        }
    }
    let (a, b) = span?;
    let b = time.as_of.map_or(b, |d| if d.0 - b.0 <= 7 { b.max(d) } else { b });
    Some(if a == b { (a.plus(-1), b.plus(1)) } else { (a, b) })
}

/// The last finite value of a line and its day.
fn last_of(line: &Line) -> Option<(Day, f64)> {
    line.days.iter().zip(&line.values).rev().find(|(_, v)| v.is_finite()).map(|(d, v)| (*d, *v))
}

/// How wide the column of end labels may become.
fn label_room(size: Size) -> f64 {
    if size.is_wide() { 166.0 } else { 92.0 }
}
