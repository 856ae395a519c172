//! Small markets in memory, made by hand.

use std::collections::BTreeMap;

use plimsoll_measures::replay::{Asked, at};
use plimsoll_measures::{Fact, Params, Point, Scope, Unmeasurable, find};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Memory};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::{AsOf, Day};

/// A market: securities on consecutive sessions, and lists that name them.
pub struct World {
    pub sessions: Vec<Day>,
    bars: Vec<(String, usize, f64, f64)>,
    lists: Vec<(String, String, Day, bool)>,
    names: Vec<(String, String)>,
}

impl World {
    /// `n` sessions from the first on or after `start`.
    pub fn new(start: Day, n: usize) -> World {
        let calendar = Calendar::nyse();
        let mut sessions = vec![calendar.on_or_after(start)];
        while sessions.len() < n {
            sessions.push(calendar.next(sessions[sessions.len() - 1]));
        }
        World { sessions, bars: Vec::new(), lists: Vec::new(), names: Vec::new() }
    }
    /// A security that is on the list `sp500` throughout: `shares` and closes from the first session, NaN where there is no row.
    pub fn stock(mut self, symbol: &str, shares: f64, closes: &[f64]) -> World {
        let rows = closes.iter().enumerate().filter(|(_, close)| close.is_finite());
        self.bars.extend(rows.map(|(t, close)| (symbol.to_owned(), t, *close, shares * close)));
        let first = self.sessions[0];
        self.listed(symbol, first, true)
    }
    /// Other capitalisations than shares times close, from the first session.
    pub fn caps(mut self, symbol: &str, caps: &[f64]) -> World {
        self.bars.iter_mut().filter(|b| b.0 == symbol).for_each(|b| b.3 = caps[b.1]);
        self
    }
    /// An entry to, or exit from, the list.
    pub fn listed(mut self, symbol: &str, day: Day, member: bool) -> World {
        self.lists.push(("sp500".to_owned(), symbol.to_owned(), day, member));
        self
    }
    /// What a security is called.
    pub fn named(mut self, symbol: &str, name: &str) -> World {
        self.names.push((symbol.to_owned(), name.to_owned()));
        self
    }

    fn memory(&self) -> Memory {
        let calendar = Calendar::nyse();
        let text = |texts: Vec<&str>| Column::Text(texts.into_iter().collect::<TextColumn>());
        let n = self.bars.len();
        let close = |i: usize| self.bars[i].2;
        // The return since the row before of the same security.
        let ret = |i: usize| if i > 0 && self.bars[i - 1].0 == self.bars[i].0 { close(i) / close(i - 1) - 1.0 } else { f64::NAN };
        let days: Vec<Day> = self.bars.iter().map(|b| self.sessions[b.1]).collect();
        let bars = Observations::new(
            Dataset::Bars,
            days.iter().map(|d| d.0).collect(),
            days.iter().map(|d| calendar.close(*d).0).collect(),
            vec![
                text(self.bars.iter().map(|b| b.0.as_str()).collect()),
                text(vec!["nyse"; n]),
                Column::F64((0..n).map(close).collect()),
                Column::F64(vec![f64::NAN; n]),
                Column::F64((0..n).map(ret).collect()),
                Column::F64(vec![f64::NAN; n]),
                Column::F64(self.bars.iter().map(|b| b.3).collect()),
                Column::U8(vec![0; n]),
            ],
        );
        let members = Observations::new(
            Dataset::Members,
            self.lists.iter().map(|l| l.2.0).collect(),
            self.lists.iter().map(|l| calendar.open(l.2).0).collect(),
            vec![
                text(self.lists.iter().map(|l| l.0.as_str()).collect()),
                text(self.lists.iter().map(|l| l.1.as_str()).collect()),
                Column::U8(self.lists.iter().map(|l| u8::from(l.3)).collect()),
            ],
        );
        let (day, open, k) = (self.sessions[0], calendar.open(self.sessions[0]).0, self.names.len());
        let securities = Observations::new(
            Dataset::Securities,
            vec![day.0; k],
            vec![open; k],
            vec![
                text(self.names.iter().map(|s| s.0.as_str()).collect()),
                text(self.names.iter().map(|s| s.1.as_str()).collect()),
                text(vec!["nyse"; k]),
                text(vec!["Technology"; k]),
                text(vec!["Software"; k]),
                text(vec!["United States"; k]),
            ],
        );
        let source = "screener".to_owned();
        let batches = vec![(source.clone(), bars), (source.clone(), members), (source, securities)];
        Memory::new(AsOf::end_of(*self.sessions.last().expect("sessions")), batches)
    }

    /// A measure at the close of session `t`.
    pub fn point(&self, t: usize, name: &str, with: &[(&str, &str)]) -> Result<Point, Unmeasurable> {
        self.answer(t, name, with).map(|(point, _)| point)
    }
    /// The value of a measure at the close of session `t`.
    pub fn value(&self, t: usize, name: &str, with: &[(&str, &str)]) -> f64 {
        let point = self.point(t, name, with).expect("measured");
        point.value.unwrap_or_else(|why| panic!("{name}: {why}"))
    }
    /// What stands beside it.
    pub fn evidence(&self, t: usize, name: &str, with: &[(&str, &str)]) -> Vec<Fact> {
        self.answer(t, name, with).expect("measured").1
    }

    fn answer(&self, t: usize, name: &str, with: &[(&str, &str)]) -> Result<(Point, Vec<Fact>), Unmeasurable> {
        let measure = find(name).expect("a measure");
        let given: BTreeMap<String, String> = with.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let params = Params::resolve(measure.spec(), &given, &Scope::default()).expect("parameters");
        let memory = self.memory();
        let then = memory.back_to(AsOf::end_of(self.sessions[t]));
        let asked = Asked { measure, params };
        let (cut, found) = at(then.as_ref(), &asked).expect("a cut");
        let (day, point) = found?;
        assert_eq!(day, self.sessions[t]);
        let evidence = measure.evidence(&cut, &asked.params, cut.last().expect("a session"));
        Ok((point, evidence))
    }
}

/// A fact by its label.
pub fn fact(facts: &[Fact], label: &str) -> f64 {
    let found = facts.iter().find(|f| f.label == label).and_then(|f| f.value);
    found.unwrap_or_else(|| panic!("no fact `{label}` in {facts:#?}"))
}

/// Whether two numbers are equal to rounding.
#[track_caller]
pub fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "expected {expected}, found {found}");
}
