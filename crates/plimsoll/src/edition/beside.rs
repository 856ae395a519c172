//! The measures that a report shows beside those of its claims: asked once, read with everything else, looked up by key.

use std::collections::BTreeMap;

use plimsoll_measures::replay::{Asked, History, Sessions};
use plimsoll_measures::{Fact, Flags, Params, Point, Scope, Spec, find};
use plimsoll_model::cut::Cut;
use plimsoll_model::time::Day;

use crate::failure::Failure;

/// What to ask.
pub struct Wanted<'a> {
    scope: &'a Scope,
    keys: Vec<&'static str>,
    asked: Vec<(Asked, Sessions)>,
}

impl<'a> Wanted<'a> {
    /// Nothing yet.
    pub fn new(scope: &'a Scope) -> Wanted<'a> {
        Wanted { scope, keys: Vec::new(), asked: Vec::new() }
    }
    /// Asks a measure and its history under a key.
    pub fn ask(&mut self, key: &'static str, measure: &str, with: &[(&str, &str)]) -> Result<(), Failure> {
        self.ask_for(Sessions::Every, key, measure, with)
    }
    /// Asks a measure under a key, of the last session alone: nothing draws its history.
    pub fn ask_last(&mut self, key: &'static str, measure: &str, with: &[(&str, &str)]) -> Result<(), Failure> {
        self.ask_for(Sessions::Last, key, measure, with)
    }
    fn ask_for(&mut self, sessions: Sessions, key: &'static str, measure: &str, with: &[(&str, &str)]) -> Result<(), Failure> {
        let measure = find(measure)?;
        let given = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let params = Params::resolve(measure.spec(), &given, self.scope)?;
        self.keys.push(key);
        self.asked.push((Asked { measure, params }, sessions));
        Ok(())
    }
    /// What is asked, in order.
    pub fn asked(&self) -> &[(Asked, Sessions)] {
        &self.asked
    }
    /// With what was found.
    pub fn found(self, histories: Vec<History>, cut: &Cut) -> Beside<'_> {
        let asked = self.asked.into_iter().map(|(a, _)| a);
        let by_key = self.keys.into_iter().zip(asked.zip(histories)).collect();
        Beside { by_key, cut }
    }
}

/// Days and values from the first value on, NaN where a day has none; empty where no day has one.
pub fn gaps(points: impl Iterator<Item = (Day, Point)>) -> (Vec<Day>, Vec<f64>) {
    let (days, values): (Vec<Day>, Vec<f64>) =
        points.skip_while(|(_, p)| p.value.is_err()).map(|(d, p)| (d, p.value.unwrap_or(f64::NAN))).unzip();
    (days, values)
}

/// What was found.
pub struct Beside<'a> {
    by_key: BTreeMap<&'static str, (Asked, History)>,
    cut: &'a Cut,
}

impl Beside<'_> {
    fn get(&self, key: &str) -> &(Asked, History) {
        self.by_key.get(key).unwrap_or_else(|| panic!("nothing was asked under `{key}`"))
    }
    /// The measure behind a key.
    pub fn spec(&self, key: &str) -> &'static Spec {
        self.get(key).0.measure.spec()
    }
    /// What was asked under every key.
    pub fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.by_key.values().map(|(a, _)| a)
    }
    /// Days and values from the first value on; a day without one is a gap (NaN), which charts leave open.
    pub fn line(&self, key: &str) -> (Vec<Day>, Vec<f64>) {
        match &self.get(key).1 {
            Ok(points) => gaps(points.iter().map(|(d, p)| (*d, *p))),
            Err(_) => (Vec::new(), Vec::new()),
        }
    }
    /// Sessions whose point has a value with these flags.
    pub fn flagged(&self, key: &str, flags: Flags) -> Vec<Day> {
        let points = self.get(key).1.as_deref().unwrap_or_default();
        points.iter().filter(|(_, p)| p.value.is_ok() && p.flags.has(flags)).map(|(d, _)| *d).collect()
    }
    /// The last session's point.
    pub fn last(&self, key: &str) -> Option<&(Day, Point)> {
        self.get(key).1.as_ref().ok()?.last()
    }
    /// The last session's value.
    pub fn value(&self, key: &str) -> Option<f64> {
        self.last(key)?.1.value.ok()
    }
    /// Why there is no value.
    pub fn reason(&self, key: &str) -> Option<String> {
        match &self.get(key).1 {
            Err(why) => Some(why.to_string()),
            Ok(points) => match points.last() {
                None => Some("no session lies in the span".into()),
                Some((_, p)) => p.value.err().map(|e| e.to_string()),
            },
        }
    }
    /// What a function finds in the cut at the last session, with the parameters asked under a key; `None` where nothing was found.
    pub fn ask_cut<T>(&self, key: &str, of: impl FnOnce(&Cut, &Params, usize) -> T) -> Option<T> {
        let (asked, history) = self.get(key);
        history.as_ref().ok()?;
        Some(of(self.cut, &asked.params, self.cut.last()?))
    }
    /// Days of a calendar's events that lie behind the last session, ascending, as known at the edition's moment; days cancelled left out.
    pub fn events(&self, calendar: &str) -> Vec<Day> {
        let (Some(events), Some(last)) = (self.cut.events.get(calendar), self.cut.sessions.last()) else { return Vec::new() };
        let held = |same: &&[plimsoll_model::cut::Event]| same.iter().all(|e| e.kind != "cancelled") && same[0].day <= *last;
        events.chunk_by(|a, b| a.day == b.day).filter(held).map(|same| same[0].day).collect()
    }
    /// What stands beside the last value.
    pub fn evidence(&self, key: &str) -> Vec<Fact> {
        let (asked, history) = self.get(key);
        match (history, self.cut.last()) {
            (Ok(_), Some(t)) => asked.measure.evidence(self.cut, &asked.params, t),
            _ => Vec::new(),
        }
    }
}
