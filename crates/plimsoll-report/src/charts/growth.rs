//! What one dollar became, on a logarithmic scale.

use super::{Drawing, days_of, label_room, last_of, lines, style};
use crate::format;
use crate::model::{Line, Plot, Series};
use crate::svg::frame::{Frame, Needs};
use crate::svg::labels::EndLabel;
use crate::svg::{Size, scale};

pub(super) fn draw(plot: &Plot, size: Size) -> Option<Drawing> {
    let Plot::Growth { unit, series, time } = plot else { return None };
    let power = |v: &f64| if *v > 0.0 { v.log10() } else { f64::NAN };
    let logs: Vec<Series> = series
        .iter()
        .map(|s| Series {
            line: Line { days: s.line.days.clone(), values: s.line.values.iter().map(power).collect() },
            ..s.clone()
        })
        .collect();
    let days = days_of(logs.iter().map(|s| &s.line), time)?;
    let extent = scale::extent(logs.iter().flat_map(|s| &s.line.values))?;
    let label = |s: &Series, at: f64, v: f64| {
        EndLabel::new(at, &s.name, &format::growth(*unit, 10f64.powf(v)), style::text_class(s.tone), label_room(size))
    };
    let wide = logs.iter().filter_map(|s| last_of(&s.line).map(|(_, v)| label(s, 0.0, v).width())).fold(0.0, f64::max);
    let needs = Needs { unit: *unit, extent, levels: &[], labels: wide.ceil() + 14.0, from_zero: false, log: true };
    let mut f = Frame::over_time(size, &needs, days, time);
    lines::draw_series(&mut f, &logs);
    let list: Vec<EndLabel> = logs.iter().filter_map(|s| last_of(&s.line).map(|(_, v)| label(s, f.y.at(v), v))).collect();
    f.end_labels(&list);
    Some(Drawing::sized(f.finish(), size))
}
