//! Verdicts through time as a band: one stretch for each run of one verdict. Stretches differ in height as well as in colour.

use plimsoll_model::time::Day;

use crate::model::Verdict;
use crate::svg::canvas::{coordinate, escape};

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 22.0;

/// Runs of one verdict: first day, last day, verdict.
pub fn runs(history: &[(Day, Verdict)]) -> Vec<(Day, Day, &Verdict)> {
    let same = |a: &(Day, Verdict), b: &(Day, Verdict)| a.1.word() == b.1.word();
    history.chunk_by(same).map(|run| (run[0].0, run[run.len() - 1].0, &run[0].1)).collect()
}

/// Top and height of a verdict's stretch.
fn extent(verdict: &Verdict) -> (f64, f64) {
    match verdict {
        Verdict::Holds => (0.0, HEIGHT),
        Verdict::Fails => (HEIGHT / 2.0, HEIGHT / 2.0),
        Verdict::Undecided => (HEIGHT / 3.0, HEIGHT / 3.0),
        Verdict::Unknown { .. } => (HEIGHT / 2.0 - 1.0, 2.0),
    }
}

/// The band as an SVG element over the whole span of `axis`; `None` where there is no day.
pub fn band(history: &[(Day, Verdict)], axis: (Day, Day), label: &str) -> Option<String> {
    history.first()?;
    let span = f64::from((axis.1.0 - axis.0.0).max(1));
    let at = |d: Day| WIDTH * (f64::from(d.0 - axis.0.0) / span).clamp(0.0, 1.0);
    let all = runs(history);
    let mut body = String::new();
    for (i, (first, last, verdict)) in all.iter().enumerate() {
        // A run lasts until the next begins: days without a session belong to the verdict before them.
        let end = all.get(i + 1).map_or(axis.1.max(*last), |next| next.0);
        let (y, height) = extent(verdict);
        body.push_str(&format!(
            r#"<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{} from {first} to {last}</title></rect>"#,
            verdict.word(),
            coordinate(at(*first)),
            coordinate(y),
            coordinate((at(end) - at(*first)).max(1.0)),
            coordinate(height),
            verdict.word(),
        ));
    }
    Some(format!(
        r#"<svg class="verdicts" role="img" aria-label="{}" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{body}</svg>"#,
        escape(label)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_lasts_until_the_next_begins() {
        let day = |d| Day::ymd(2024, 1, d);
        let history = vec![
            (day(2), Verdict::Holds),
            (day(3), Verdict::Holds),
            (day(8), Verdict::Fails),
            (day(12), Verdict::Unknown { reason: "x".into() }),
        ];
        let found: Vec<_> = runs(&history).into_iter().map(|r| (r.0, r.1, r.2.word())).collect();
        assert_eq!(found, [(day(2), day(3), "holds"), (day(8), day(8), "fails"), (day(12), day(12), "unknown")]);
        let svg = band(&history, (day(2), day(12)), "verdicts").unwrap();
        // Six of ten days hold: 600 of 1000.
        assert!(svg.contains(r#"<rect class="holds" x="0" y="0" width="600" height="22">"#), "{svg}");
        assert!(svg.contains(r#"<rect class="fails" x="600" y="11" width="400" height="11">"#), "{svg}");
        assert!(band(&[], (day(1), day(2)), "").is_none());
    }
}
