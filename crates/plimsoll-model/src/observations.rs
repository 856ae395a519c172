//! Columns of observations: what readers hand to the store and the store hands back, cut as of a moment.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::dataset::{Dataset, Kind};
use crate::time::{AsOf, Day, Moment};

/// Dictionary-coded text: `dict[code[i]]` is the text of row `i`.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    /// One code a row.
    pub codes: Vec<u32>,
    /// The texts.
    pub dict: Arc<Vec<String>>,
}

impl TextColumn {
    /// The text of row `i`.
    pub fn get(&self, i: usize) -> &str {
        &self.dict[self.codes[i] as usize]
    }
    /// How many rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
    /// The same text on every row.
    pub fn constant(text: &str, len: usize) -> TextColumn {
        TextColumn { codes: vec![0; len], dict: Arc::new(vec![text.to_owned()]) }
    }
}

impl<S: AsRef<str>> FromIterator<S> for TextColumn {
    fn from_iter<I: IntoIterator<Item = S>>(iter: I) -> TextColumn {
        let mut b = TextBuilder::default();
        for text in iter {
            b.push(text.as_ref());
        }
        b.finish()
    }
}

/// Builds a [`TextColumn`], one hash look-up a row.
#[derive(Default)]
pub struct TextBuilder {
    codes: Vec<u32>,
    dict: Vec<String>,
    index: FxHashMap<String, u32>,
}

impl TextBuilder {
    /// The code of a text, made if new.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(&c) = self.index.get(text) {
            return c;
        }
        let c = self.dict.len() as u32;
        self.dict.push(text.to_owned());
        self.index.insert(text.to_owned(), c);
        c
    }
    /// Appends a row.
    pub fn push(&mut self, text: &str) {
        let c = self.code(text);
        self.codes.push(c);
    }
    /// Appends a row by a code that [`Self::code`] gave.
    pub fn push_code(&mut self, code: u32) {
        self.codes.push(code);
    }
    /// The column.
    pub fn finish(self) -> TextColumn {
        TextColumn { codes: self.codes, dict: Arc::new(self.dict) }
    }
}

/// One column of values.
#[derive(Clone, Debug)]
pub enum Column {
    /// Text.
    Text(TextColumn),
    /// Floats; NaN is missing.
    F64(Vec<f64>),
    /// Flags.
    U8(Vec<u8>),
}

impl Column {
    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Text(c) => c.len(),
            Column::F64(c) => c.len(),
            Column::U8(c) => c.len(),
        }
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Its physical type.
    pub fn kind(&self) -> Kind {
        match self {
            Column::Text(_) => Kind::Text,
            Column::F64(_) => Kind::F64,
            Column::U8(_) => Kind::U8,
        }
    }
    /// An empty column of that type.
    pub fn empty(kind: Kind) -> Column {
        match kind {
            Kind::Text => Column::Text(TextColumn::default()),
            Kind::F64 => Column::F64(Vec::new()),
            Kind::U8 => Column::U8(Vec::new()),
        }
    }
}

/// The end of a vintage that no later one has replaced.
pub const STANDS: i64 = i64::MAX;

/// A batch of observations of one dataset. All vectors have one entry a row; `columns` follow the dataset's specification, or, when
/// the batch is the answer to a [`crate::knowledge::Scan`], the columns that the scan asked for.
#[derive(Clone, Debug)]
pub struct Observations {
    /// Which shape.
    pub dataset: Dataset,
    /// What each row is about, days since 1970.
    pub period: Vec<i32>,
    /// When each row could first be used, microseconds since 1970.
    pub known_at: Vec<i64>,
    /// When the publisher put each row out, where that is stated; microseconds since 1970.
    pub published_at: Option<Vec<i64>>,
    /// In the answer to a scan of every vintage: when a later vintage of each row's key became known, [`STANDS`] while none has.
    pub until: Option<Vec<i64>>,
    /// In such an answer: the source of each row.
    pub source: Option<TextColumn>,
    /// Names of `columns`.
    pub names: Vec<&'static str>,
    /// Keys and values.
    pub columns: Vec<Column>,
}

impl Observations {
    /// A batch with all the columns of its dataset.
    ///
    /// # Panics
    /// Where a length or a type does not fit the specification: that is a mistake of the reader, not of the data.
    pub fn new(dataset: Dataset, period: Vec<i32>, known_at: Vec<i64>, columns: Vec<Column>) -> Observations {
        let spec = dataset.spec();
        assert_eq!(columns.len(), spec.columns.len(), "{}: number of columns", spec.name);
        assert_eq!(period.len(), known_at.len(), "{}: known_at", spec.name);
        for (c, s) in columns.iter().zip(spec.columns) {
            assert_eq!(c.len(), period.len(), "{}.{}: length", spec.name, s.name);
            assert_eq!(c.kind(), s.kind, "{}.{}: type", spec.name, s.name);
        }
        let names = spec.columns.iter().map(|c| c.name).collect();
        Observations { dataset, period, known_at, published_at: None, until: None, source: None, names, columns }
    }
    /// A batch without rows.
    pub fn empty(dataset: Dataset) -> Observations {
        let columns = dataset.spec().columns.iter().map(|c| Column::empty(c.kind)).collect();
        Observations::new(dataset, Vec::new(), Vec::new(), columns)
    }
    /// How many rows.
    pub fn len(&self) -> usize {
        self.period.len()
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.period.is_empty()
    }
    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| *n == name)
    }
    /// A text column by name.
    ///
    /// # Panics
    /// Where the batch has no such text column.
    pub fn text(&self, name: &str) -> &TextColumn {
        match self.position(name).map(|i| &self.columns[i]) {
            Some(Column::Text(c)) => c,
            _ => panic!("{}: no text column {name}", self.dataset.name()),
        }
    }
    /// A float column by name.
    ///
    /// # Panics
    /// Where the batch has no such float column.
    pub fn f64(&self, name: &str) -> &[f64] {
        match self.position(name).map(|i| &self.columns[i]) {
            Some(Column::F64(c)) => c,
            _ => panic!("{}: no float column {name}", self.dataset.name()),
        }
    }
    /// A flag column by name.
    ///
    /// # Panics
    /// Where the batch has no such flag column.
    pub fn u8(&self, name: &str) -> &[u8] {
        match self.position(name).map(|i| &self.columns[i]) {
            Some(Column::U8(c)) => c,
            _ => panic!("{}: no flag column {name}", self.dataset.name()),
        }
    }
    /// The rows `keep` names, in that order.
    #[must_use]
    pub fn select(&self, keep: &[usize]) -> Observations {
        let columns = self
            .columns
            .iter()
            .map(|c| match c {
                Column::Text(t) => {
                    Column::Text(TextColumn { codes: keep.iter().map(|&i| t.codes[i]).collect(), dict: t.dict.clone() })
                }
                Column::F64(v) => Column::F64(keep.iter().map(|&i| v[i]).collect()),
                Column::U8(v) => Column::U8(keep.iter().map(|&i| v[i]).collect()),
            })
            .collect();
        Observations {
            dataset: self.dataset,
            period: keep.iter().map(|&i| self.period[i]).collect(),
            known_at: keep.iter().map(|&i| self.known_at[i]).collect(),
            published_at: self.published_at.as_ref().map(|p| keep.iter().map(|&i| p[i]).collect()),
            until: self.until.as_ref().map(|u| keep.iter().map(|&i| u[i]).collect()),
            source: self
                .source
                .as_ref()
                .map(|s| TextColumn { codes: keep.iter().map(|&i| s.codes[i]).collect(), dict: s.dict.clone() }),
            names: self.names.clone(),
            columns,
        }
    }
    /// When row `i` was replaced by a later vintage of its key, as far as the answer tells.
    pub fn until(&self, i: usize) -> Moment {
        Moment(self.until.as_ref().map_or(STANDS, |u| u[i]))
    }
    /// The source of row `i`; empty where the answer does not tell.
    pub fn source(&self, i: usize) -> &str {
        self.source.as_ref().map_or("", |s| s.get(i))
    }
    /// Positions of the rows known as of a moment.
    pub fn known(&self, as_of: AsOf) -> Vec<usize> {
        (0..self.len()).filter(|&i| as_of.knows(Moment(self.known_at[i]))).collect()
    }
    /// First and last period, if any row.
    pub fn span(&self) -> Option<(Day, Day)> {
        Some((Day(*self.period.iter().min()?), Day(*self.period.iter().max()?)))
    }
}
