//! Small helpers to lay measures out as charts and figures.

use plimsoll_measures::Fact;
use plimsoll_model::time::Day;
use plimsoll_report::model::{Bar, Chart, Figure, HistoryBand, Plot, Series, TimeMarks, Tone};

use super::Context;

impl Context<'_> {
    /// A named line of a measure's history.
    pub fn series(&self, key: &str, name: &str, tone: Tone) -> Series {
        let (days, values) = self.beside.line(key);
        Series::new(name, tone, days, values)
    }

    /// A figure: the measure's last value with its n and, where there is none, the reason.
    pub fn figure(&self, key: &str, label: &str, note: &str) -> Figure {
        let spec = self.beside.spec(key);
        let note = self.beside.reason(key).or_else(|| (!note.is_empty()).then(|| note.to_owned()));
        Figure {
            label: label.to_owned(),
            value: self.beside.value(key),
            unit: spec.unit,
            n: self.beside.last(key).map(|(_, p)| u64::from(p.n_obs)),
            note,
            method: Some(spec.name.to_owned()),
        }
    }

    /// A value as the field writes it, or a dash.
    pub fn text(&self, key: &str) -> String {
        self.beside.value(key).map_or_else(|| "–".to_owned(), |v| self.beside.spec(key).unit.format(v))
    }

    /// The foot of a chart: where it comes from and as of when.
    pub fn foot(&self, source: &str) -> String {
        format!("Source: {source}; as known on {}", self.session)
    }

    /// Lines in the unit of a key's measure, or the reason why there are none.
    pub fn lines(&self, id: &str, title: &str, series: Vec<Series>, key: &str) -> Chart {
        let unit = self.beside.spec(key).unit;
        if series.iter().all(|s| s.line.values.iter().filter(|v| v.is_finite()).count() < 2) {
            return Chart::absent(id, title, &self.beside.reason(key).unwrap_or_else(|| "too little history".into()));
        }
        let plot = Plot::Lines { unit, series, levels: Vec::new(), extremes: Vec::new(), time: TimeMarks::default() };
        Chart::new(id, title, plot).method(self.beside.spec(key).name)
    }
}

/// The range of a measure over its own history.
pub fn history_band(days: &[Day], values: &[f64]) -> Option<HistoryBand> {
    if values.len() < 60 {
        return None;
    }
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return None;
    }
    let at = |p: f64| sorted[((sorted.len() - 1) as f64 * p).round() as usize];
    Some(HistoryBand {
        low: at(0.1),
        middle: at(0.5),
        high: at(0.9),
        label: format!("10th to 90th percentile since {}", days.first()?),
    })
}

/// Facts as signed bars in their order.
pub fn bars(facts: &[Fact], label: impl Fn(&Fact) -> String, tone: impl Fn(&Fact) -> Tone) -> Vec<Bar> {
    facts.iter().map(|f| Bar { label: label(f), value: f.value, tone: tone(f) }).collect()
}

/// A fund as a reader knows it: `etf:XLI` is `Industrials (XLI)`.
pub fn fund(id: &str) -> String {
    const NAMES: &[(&str, &str)] = &[
        ("XLB", "Materials"),
        ("XLC", "Communication"),
        ("XLE", "Energy"),
        ("XLF", "Financials"),
        ("XLI", "Industrials"),
        ("XLK", "Technology"),
        ("XLP", "Staples"),
        ("XLRE", "Real estate"),
        ("XLU", "Utilities"),
        ("XLV", "Health care"),
        ("XLY", "Discretionary"),
        ("MAGS", "Magnificent 7"),
        ("QQQ", "Nasdaq 100"),
        ("OEF", "S&P 100"),
        ("IJH", "S&P 400"),
        ("IWM", "Russell 2000"),
        ("IWC", "Micro caps"),
        ("RSP", "S&P 500 equal"),
        ("SPY", "S&P 500"),
    ];
    let symbol = id.strip_prefix("etf:").unwrap_or(id);
    match NAMES.iter().find(|(s, _)| *s == symbol) {
        Some((_, name)) => format!("{name} ({symbol})"),
        None => symbol.to_owned(),
    }
}

impl Context<'_> {
    /// One measure as an area with the range of its own history.
    pub fn area(&self, id: &str, title: &str, series: Series, key: &str) -> Chart {
        if series.line.values.iter().filter(|v| v.is_finite()).count() < 2 {
            return Chart::absent(id, title, &self.beside.reason(key).unwrap_or_else(|| "too little history".into()));
        }
        let spec = self.beside.spec(key);
        let history = history_band(&series.line.days, &series.line.values);
        let plot = Plot::Area { unit: spec.unit, series, history, levels: Vec::new(), time: TimeMarks::default() };
        Chart::new(id, title, plot).method(spec.name)
    }
}
