//! Scales and ticks.

use plimsoll_model::time::Day;

/// A linear map from a domain to a range of coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The domain's ends.
    pub domain: (f64, f64),
    /// The range's ends.
    pub range: (f64, f64),
}

impl Scale {
    /// A scale; a domain without extent maps to the middle of the range.
    pub fn new(domain: (f64, f64), range: (f64, f64)) -> Scale {
        Scale { domain, range }
    }
    /// Where `value` lies.
    pub fn at(&self, value: f64) -> f64 {
        let (a, b) = self.domain;
        let (r, s) = self.range;
        let at = if b - a == 0.0 && value.is_finite() { (r + s) / 2.0 } else { r + (value - a) / (b - a) * (s - r) };
        // Far outside the drawing is far enough; what is not a number stays a gap.
        at.clamp(-1e5, 1e5)
    }
    /// Where `day` lies.
    pub fn day(&self, day: Day) -> f64 {
        self.at(f64::from(day.0))
    }
}

/// Beyond this a value is a fault of the data, not something to scale an axis to.
const ABSURD: f64 = 1e200;

/// Whether a value can be drawn to scale: finite, and no fault of the data.
pub fn drawable(value: f64) -> bool {
    value.abs() < ABSURD
}

/// The smallest and largest drawable value.
pub fn extent<'a>(values: impl IntoIterator<Item = &'a f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| drawable(**v)).fold(None, |e, &v| match e {
        None => Some((v, v)),
        Some((a, b)) => Some((a.min(v), b.max(v))),
    })
}

/// Round ticks and the domain they span.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    /// The ticks.
    pub values: Vec<f64>,
    /// Their distance.
    pub step: f64,
    /// The domain, widened to whole steps.
    pub domain: (f64, f64),
}

/// Round ticks over `low..high`, about `target` of them, at least `least` apart (0 for no limit).
pub fn ticks(low: f64, high: f64, target: usize, least: f64) -> Ticks {
    let size = low.abs().max(high.abs());
    let (low, high) = if high - low > size * 1e-12 && size > 1e-200 {
        (low, high)
    } else {
        let half = if size < 1e-200 { 0.5 } else { size * 0.1 };
        (low - half.max(least), high + half.max(least))
    };
    let raw = (high - low) / target.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(10.0 * power);
    // A quarter step between whole numbers would repeat labels that have no decimals.
    let step = if least >= 1.0 { step.max(1.0).ceil() } else { step.max(least) };
    let first = (low / step + 1e-9).floor();
    let last = (high / step - 1e-9).ceil().max(first + 1.0);
    let values = (first as i64..=last as i64).map(|i| i as f64 * step).collect();
    Ticks { values, step, domain: (first * step, last * step) }
}

/// Ticks for powers of ten from `low` to `high`, at most about `target`: where they fit at 1, 2 and 5 (or 1 and 3) times each power, else
/// at whole powers; where fewer than three would do, at round values. All are given as powers.
pub fn log_ticks(low: f64, high: f64, target: usize) -> Ticks {
    let pad = (0.03 * (high - low)).max(0.005);
    let domain = (low - pad, high + pad);
    let (first, last) = (domain.0.floor() as i32, domain.1.ceil() as i32);
    let inside = |list: Vec<f64>| -> Vec<f64> { list.into_iter().filter(|v| (domain.0..=domain.1).contains(v)).collect() };
    let at = |multiples: &[f64], every: i32| -> Vec<f64> {
        let powers = (first..=last).filter(|p| p.rem_euclid(every) == 0);
        inside(powers.flat_map(|p| multiples.iter().map(move |m| f64::from(p) + m.log10())).collect())
    };
    let rules: [(&[f64], i32); 6] = [(&[1.0, 2.0, 5.0], 1), (&[1.0, 3.0], 1), (&[1.0], 1), (&[1.0], 2), (&[1.0], 3), (&[1.0], 6)];
    let values = rules.iter().map(|(m, every)| at(m, *every)).find(|v| v.len() <= target);
    // Farther apart than any market was: whole powers at round distances.
    let mut values = values.unwrap_or_else(|| inside(ticks(domain.0, domain.1, target, 1.0).values));
    if values.len() < 3 && high - low < 3.0 {
        let plain = ticks(10f64.powf(domain.0), 10f64.powf(domain.1), target.min(5), 0.0);
        values = inside(plain.values.iter().filter(|v| **v > 0.0).map(|v| v.log10()).collect());
    }
    Ticks { values, step: 0.0, domain }
}

/// A tick on a date axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateTick {
    /// The day.
    pub day: Day,
    /// The first line of its label.
    pub label: String,
    /// The second line: the year, where it begins.
    pub year: Option<String>,
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Ticks from `from` to `to`, at most `most` of them, at the finest round granularity that fits.
pub fn date_ticks(from: Day, to: Day, most: usize) -> Vec<DateTick> {
    let span = (to.0 - from.0).max(1);
    for days in [1, 7, 14] {
        if (span / days) as usize <= most && span <= 100 {
            // Weeks begin on Mondays.
            let start = if days == 1 { from } else { from.plus((8 - i32::from(from.weekday())) % 7) };
            let list: Vec<Day> = (start.0..=to.0).step_by(days as usize).map(Day).collect();
            return label(&list, |d| format!("{}\u{a0}{}", d.parts().2, MONTHS[d.parts().1 as usize - 1]));
        }
    }
    for months in [1, 2, 3, 6] {
        let list = month_starts(from, to, months);
        if list.len() <= most && !list.is_empty() {
            return label(&list, |d| MONTHS[d.parts().1 as usize - 1].to_owned());
        }
    }
    for years in [1, 2, 5, 10, 20, 50] {
        let list: Vec<Day> = month_starts(from, to, 12).into_iter().filter(|d| d.parts().0 % years == 0).collect();
        if list.len() <= most {
            let tick = |d: &Day| DateTick { day: *d, label: d.parts().0.to_string(), year: None };
            return list.iter().map(tick).collect();
        }
    }
    Vec::new()
}

fn month_starts(from: Day, to: Day, every: i32) -> Vec<Day> {
    let mut list = Vec::new();
    let mut day = if from.month_start() == from { from } else { from.month_end().plus(1) };
    while day <= to {
        if (i32::from(day.parts().1) - 1) % every == 0 {
            list.push(day);
        }
        day = day.month_end().plus(1);
    }
    list
}

fn label(days: &[Day], text: impl Fn(Day) -> String) -> Vec<DateTick> {
    let mut last = None;
    days.iter()
        .map(|&day| {
            let year = day.parts().0;
            let shown = (last != Some(year)).then(|| year.to_string());
            last = Some(year);
            DateTick { day, label: text(day), year: shown }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_data() {
        let t = ticks(-0.034, 0.231, 5, 0.0);
        assert_eq!(t.step, 0.1);
        assert_eq!(t.values.len(), 5);
        assert!(t.domain.0 <= -0.034 && t.domain.1 >= 0.231);
        assert_eq!(ticks(0.0, 1.0, 4, 0.0).step, 0.25);
        let flat = ticks(3.0, 3.0, 4, 0.0);
        assert!(flat.domain.0 < 3.0 && flat.domain.1 > 3.0, "{flat:?}");
        assert_eq!(ticks(0.0, 3.0, 5, 1.0).step, 1.0);
    }

    #[test]
    fn powers_of_ten_have_ticks_where_readers_expect_them() {
        let shown = |low: f64, high: f64| -> Vec<String> {
            let t = log_ticks(low.log10(), high.log10(), 7);
            assert!(t.domain.0 < low.log10() && t.domain.1 > high.log10());
            t.values.iter().map(|v| ((10f64.powf(*v) * 1e4).round() / 1e4).to_string()).collect()
        };
        assert_eq!(shown(0.9, 42.0), ["1", "2", "5", "10", "20"]);
        assert_eq!(shown(1.0, 6000.0), ["1", "10", "100", "1000"]);
        assert_eq!(shown(0.95, 1.3), ["1", "1.1", "1.2", "1.3"]);
        assert_eq!(shown(1e-3, 1e9), ["0.01", "1", "100", "10000", "1000000", "100000000"]);
        assert!((3..=9).contains(&log_ticks(-150.0, 150.0, 7).values.len()));
        assert_eq!(shown(1.0, 1.0), ["0.99", "0.995", "1", "1.005", "1.01"]);
    }

    #[test]
    fn scales_map_ends_to_ends() {
        let s = Scale::new((0.0, 10.0), (100.0, 0.0));
        assert_eq!((s.at(0.0), s.at(10.0), s.at(2.5)), (100.0, 0.0, 75.0));
        assert_eq!(Scale::new((1.0, 1.0), (0.0, 10.0)).at(1.0), 5.0);
    }

    #[test]
    fn dates_are_labelled_at_the_right_granularity() {
        let two_years = date_ticks(Day::ymd(2022, 2, 2), Day::ymd(2024, 2, 2), 9);
        assert_eq!(two_years[0].day, Day::ymd(2022, 4, 1));
        assert_eq!(two_years[0].label, "Apr");
        assert_eq!(two_years[0].year.as_deref(), Some("2022"));
        assert_eq!(two_years.iter().filter(|t| t.year.is_some()).count(), 3);
        let month = date_ticks(Day::ymd(2024, 1, 3), Day::ymd(2024, 2, 2), 6);
        assert!(month.iter().all(|t| t.day.weekday() == 1), "{month:?}");
        let century = date_ticks(Day::ymd(1926, 7, 1), Day::ymd(2024, 2, 2), 8);
        assert_eq!(century[0].label, "1940");
        assert_eq!(date_ticks(Day::ymd(2024, 1, 1), Day::ymd(2024, 1, 1), 5).len(), 1);
    }
}
