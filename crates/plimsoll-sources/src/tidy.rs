//! Any tidy table, with a mapping of its columns given by the user.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::dataset::{Dataset, Kind, quality};
use plimsoll_model::intake::Refusal;
use plimsoll_model::observations::{Column, Observations, TextBuilder};
use plimsoll_model::symbol::canonical;
use plimsoll_model::time::{Day, Moment};

use crate::known::Rule;
use crate::parquet_file::{NO_DAY, ParquetFile, Rows, days, dictionary, doubles, string_values};
use crate::table::{Number, Table, parse_compact_day, parse_day, parse_number, refusal};
use crate::{Head, Reader, Sink, SourceError, SourceInfo};

const BATCH: usize = 1 << 16;

/// Where the moment of knowledge comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownAt {
    /// A rule, from the period.
    Rule(Rule),
    /// A column: a moment (RFC 3339), or a day, which means the open of the next session.
    Column(String),
}

/// How a file's columns map to a dataset.
///
/// ```
/// use plimsoll_sources::tidy::TidySpec;
/// let words = ["dataset=bars", "period=date", "symbol=ticker", "close=px", "known_at=close"];
/// let spec = TidySpec::from_words(&words).unwrap();
/// assert_eq!(spec.columns["symbol"], "ticker");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TidySpec {
    /// What the rows are.
    pub dataset: Dataset,
    /// Name that the rows carry as their source; `tidy` where not given.
    pub source: String,
    /// Column of the file by column of the dataset; also `period`.
    pub columns: BTreeMap<String, String>,
    /// The same text on every row, by column of the dataset: a series id, a universe.
    pub constants: BTreeMap<String, String>,
    /// When rows become known.
    pub known_at: KnownAt,
    /// Columns of the dataset that the file writes in per cent and that are decimals here.
    pub percent: Vec<String>,
}

impl TidySpec {
    /// From words `key=value`: `dataset=series`, `period=date`, `value=x`, `series=const:own:spread`, `known_at=next_open` (a rule)
    /// or `known_at=column:published`, `percent=ret`, `source=own`. Events: `dataset=events`, `calendar=const:cpi`,
    /// `kind=const:release`, `value=actual`, `known_at=column:announced`.
    pub fn from_words<S: AsRef<str>>(words: &[S]) -> Result<TidySpec, String> {
        let mut pairs = Vec::new();
        for word in words {
            let word = word.as_ref();
            let (key, value) = word.split_once('=').ok_or_else(|| format!("expected `key=value`, got `{word}`"))?;
            pairs.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        TidySpec::from_pairs(pairs)
    }

    /// From a TOML text with the same keys; columns may stand in a table `[columns]`.
    pub fn from_toml(text: &str) -> Result<TidySpec, String> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
        let mut pairs = Vec::new();
        for (key, value) in table {
            match value {
                toml::Value::String(s) => pairs.push((key, s)),
                toml::Value::Table(t) if key == "columns" => {
                    for (key, value) in t {
                        let value = value.as_str().ok_or_else(|| format!("columns.{key}: expected a text"))?.to_owned();
                        pairs.push((key, value));
                    }
                }
                other => return Err(format!("{key}: expected a text, got {}", other.type_str())),
            }
        }
        TidySpec::from_pairs(pairs)
    }

    fn from_pairs(pairs: Vec<(String, String)>) -> Result<TidySpec, String> {
        let mut given: BTreeMap<String, String> = BTreeMap::new();
        for (key, value) in pairs {
            if value.is_empty() {
                return Err(format!("{key}: expected a value"));
            }
            if given.insert(key.clone(), value).is_some() {
                return Err(format!("{key} is given twice"));
            }
        }
        let known: Vec<&str> = ["bars", "series", "members", "securities", "events"].into();
        let name = given.remove("dataset").ok_or_else(|| format!("expected dataset={}", known.join("|")))?;
        let dataset = Dataset::by_name(&name)
            .filter(|_| known.contains(&name.as_str()))
            .ok_or_else(|| format!("dataset: expected one of {}, got `{name}`", known.join(", ")))?;
        let known_at = match given.remove("known_at") {
            None => {
                return Err(
                    "expected known_at=RULE or known_at=column:NAME: without it a value could be used too early".to_owned()
                );
            }
            Some(text) => match text.strip_prefix("column:") {
                Some(column) => KnownAt::Column(column.to_owned()),
                None => KnownAt::Rule(text.parse().map_err(|e| format!("known_at: {e}"))?),
            },
        };
        let source = given.remove("source").unwrap_or_else(|| "tidy".to_owned());
        let percent: Vec<String> =
            given.remove("percent").map(|p| p.split(',').map(|c| c.trim().to_owned()).collect()).unwrap_or_default();
        let (mut columns, mut constants) = (BTreeMap::new(), BTreeMap::new());
        let spec = dataset.spec();
        let names: Vec<&str> =
            std::iter::once("period").chain(spec.columns.iter().map(|c| c.name).filter(|n| *n != "quality")).collect();
        for (key, value) in given {
            if !names.contains(&key.as_str()) {
                return Err(format!("{key}: {} has the columns {}", spec.name, names.join(", ")));
            }
            match value.strip_prefix("const:") {
                Some(_) if key == "period" => return Err("period: expected a column".to_owned()),
                Some(text) => constants.insert(key, text.to_owned()),
                None => columns.insert(key, value),
            };
        }
        for need in std::iter::once("period").chain(spec.columns[..spec.keys()].iter().map(|c| c.name)) {
            if !columns.contains_key(need) && !constants.contains_key(need) {
                return Err(format!("expected a column for `{need}` of {}, as in {need}=NAME", spec.name));
            }
        }
        let valued = |k: &String| k != "period" && !spec.columns[..spec.keys()].iter().any(|c| c.name == k);
        // An event is told by its keys alone.
        if dataset != Dataset::Events && !columns.keys().any(valued) {
            return Err(format!("expected at least one value column of {}", spec.name));
        }
        if let Some(bad) = percent.iter().find(|p| !columns.contains_key(*p)) {
            return Err(format!("percent: `{bad}` is not mapped"));
        }
        Ok(TidySpec { dataset, source, columns, constants, known_at, percent })
    }
}

/// A reader for one mapping. It recognises no file by itself.
pub fn reader(spec: TidySpec) -> impl Reader {
    // A program makes a handful of these; their description lives as long as it.
    let info = SourceInfo { id: Box::leak(spec.source.clone().into_boxed_str()), ..INFO };
    Tidy { spec, info: Box::leak(Box::new(info)) }
}

/// What a tidy table is, before its user names it.
pub const INFO: SourceInfo = SourceInfo {
    id: "tidy",
    title: "A tidy table with a column mapping",
    publisher: "The user",
    terms: "Those of the data",
    known_at: "By the user's rule (`close`, `next_open`, `same_day_18`, `lag:N`, ...) or from a column; a day alone means the open of the next session",
    revisions: "A changed file becomes a new vintage",
    caveats: &["Definitions, units and survivorship are the user's to know"],
    layout: "CSV with a header, or Parquet; one row an observation; columns named by the mapping; days ISO, MM/DD/YYYY or YYYYMMDD",
};

struct Tidy {
    spec: TidySpec,
    info: &'static SourceInfo,
}

/// What stands in a cell.
enum Cell<'a> {
    Missing,
    Text(Cow<'a, str>),
    Number(f64),
    Day(i32),
}

impl Reader for Tidy {
    fn info(&self) -> &'static SourceInfo {
        self.info
    }

    fn recognises(&self, _: &Head) -> bool {
        false
    }

    fn read(&self, path: &Path, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let mut rows = Builder::new(&self.spec, sink.now());
        if crate::head(path)?.parquet_columns.is_some() {
            let file = ParquetFile::open(path)?;
            let wanted: Vec<&str> = rows.file_columns.clone();
            file.stream(&wanted, sink, &mut |batch, sink| {
                let columns = cells(&file, &wanted, batch)?;
                for i in 0..batch.len {
                    rows.add(batch.first + i as u64, &|c| columns[c].get(i), sink)?;
                }
                Ok(())
            })?;
        } else {
            let mut table = Table::open(path, sink)?;
            let at: Vec<usize> = rows.file_columns.iter().map(|c| table.column(c)).collect::<Result<_, _>>()?;
            while let Some(row) = table.advance(sink)? {
                let get = |c: usize| {
                    let text = table.fields.text(at[c]);
                    if text.is_empty() { Cell::Missing } else { Cell::Text(text) }
                };
                rows.add(row, &get, sink)?;
            }
        }
        rows.flush(sink)
    }
}

enum Cells<'a> {
    Numbers(Vec<f64>),
    Days(Vec<i32>),
    Texts(Vec<Option<&'a str>>, &'a arrow_array::DictionaryArray<arrow_array::types::Int32Type>),
}

impl Cells<'_> {
    fn get(&self, i: usize) -> Cell<'_> {
        match self {
            Cells::Numbers(v) if v[i].is_nan() => Cell::Missing,
            Cells::Numbers(v) => Cell::Number(v[i]),
            Cells::Days(v) if v[i] == NO_DAY => Cell::Missing,
            Cells::Days(v) => Cell::Day(v[i]),
            Cells::Texts(values, keys) => match keys.key(i).and_then(|k| values.get(k).copied().flatten()) {
                Some(text) if !text.trim().is_empty() => Cell::Text(Cow::Borrowed(text.trim())),
                _ => Cell::Missing,
            },
        }
    }
}

fn cells<'a>(file: &ParquetFile, wanted: &[&str], batch: &Rows<'a>) -> Result<Vec<Cells<'a>>, SourceError> {
    let one = |(name, array): (&&str, &Option<&'a arrow_array::ArrayRef>)| {
        let array = array.ok_or_else(|| file.mismatch(name, "a column of this name"))?;
        if let Some(keys) = dictionary(array.as_ref()) {
            return Ok(Cells::Texts(string_values(keys), keys));
        }
        if let Some(v) = doubles(array.as_ref()) {
            return Ok(Cells::Numbers(v));
        }
        days(array.as_ref()).map(Cells::Days).ok_or_else(|| file.mismatch(name, "texts, numbers or days"))
    };
    wanted.iter().zip(&batch.columns).map(one).collect()
}

/// Kind of an event that was announced and whose outcome stands in an event of its own.
const SCHEDULED: &str = "scheduled";

/// A row of the file as values of the dataset, in the order of its columns by kind.
#[derive(Clone)]
struct Values {
    period: Day,
    known: Moment,
    /// Whether it was told of on a day before its own.
    ahead: bool,
    texts: Vec<String>,
    numbers: Vec<f64>,
    flags: Vec<u8>,
}

/// Collects rows of a dataset.
struct Builder<'s> {
    spec: &'s TidySpec,
    now: Moment,
    /// Columns of the file that are read, each once.
    file_columns: Vec<&'s str>,
    period: Vec<i32>,
    known: Vec<i64>,
    texts: Vec<TextBuilder>,
    numbers: Vec<Vec<f64>>,
    flags: Vec<Vec<u8>>,
}

impl<'s> Builder<'s> {
    fn new(spec: &'s TidySpec, now: Moment) -> Builder<'s> {
        let mut file_columns: Vec<&str> = spec.columns.values().map(String::as_str).collect();
        if let KnownAt::Column(name) = &spec.known_at {
            file_columns.push(name);
        }
        file_columns.sort_unstable();
        file_columns.dedup();
        let mut new = Builder {
            spec,
            now,
            file_columns,
            period: Vec::new(),
            known: Vec::new(),
            texts: Vec::new(),
            numbers: Vec::new(),
            flags: Vec::new(),
        };
        new.clear();
        new
    }

    fn clear(&mut self) {
        let columns = self.spec.dataset.spec().columns;
        let count = |kind| columns.iter().filter(|c| c.kind == kind).count();
        self.texts = (0..count(Kind::Text)).map(|_| TextBuilder::default()).collect();
        self.numbers = vec![Vec::new(); count(Kind::F64)];
        self.flags = vec![Vec::new(); count(Kind::U8)];
    }

    fn cell<'a>(&self, name: &str, get: &dyn Fn(usize) -> Cell<'a>) -> Cell<'a> {
        match self.file_columns.iter().position(|c| *c == name) {
            Some(i) => get(i),
            None => Cell::Missing,
        }
    }

    fn add<'a>(&mut self, row: u64, get: &dyn Fn(usize) -> Cell<'a>, sink: &mut dyn Sink) -> Result<(), SourceError> {
        let values = self.row(row, get).and_then(|v| v.map(|v| self.outcome_apart(row, v)).transpose());
        match values {
            Ok(Some((values, outcome))) => {
                self.push(values);
                outcome.into_iter().for_each(|o| self.push(o));
            }
            Ok(None) => sink.missing(1),
            Err(refused) => sink.refuse(*refused),
        }
        if self.period.len() >= BATCH { self.flush(sink) } else { Ok(()) }
    }

    fn push(&mut self, values: Values) {
        self.period.push(values.period.0);
        self.known.push(values.known.0);
        self.texts.iter_mut().zip(&values.texts).for_each(|(b, t)| b.push(t));
        self.numbers.iter_mut().zip(values.numbers).for_each(|(b, n)| b.push(n));
        self.flags.iter_mut().zip(values.flags).for_each(|(b, f)| b.push(f));
    }

    /// An event that was announced ahead and has a value is two: `scheduled`, known when it was announced, and what came out, known
    /// from the next session on. The value cannot have been known with the announcement.
    fn outcome_apart(&self, row: u64, mut values: Values) -> Result<(Values, Option<Values>), Box<Refusal>> {
        const KIND: usize = 1;
        let outcome = values.numbers.first().copied().unwrap_or(f64::NAN);
        if self.spec.dataset != Dataset::Events || !values.ahead || outcome.is_nan() {
            return Ok((values, None));
        }
        let refuse = |rule: &str, expected: &str, got: &str| {
            let field = self.spec.columns.get("value").map_or("value", String::as_str);
            Box::new(Refusal { period: Some(values.period), ..refusal(rule, row, field, expected, got.as_bytes()) })
        };
        if values.texts[KIND] == SCHEDULED {
            let expected =
                "no value beside a `scheduled` event announced ahead, or a kind that says what came out, such as `release`";
            return Err(refuse("known_before_it_happened", expected, &outcome.to_string()));
        }
        let known = Rule::Lag(1).known_at(values.period);
        if known > self.now {
            return Err(refuse("future_dated", &format!("no value of an event after {}", self.now), &outcome.to_string()));
        }
        let after = Values { known, ..values.clone() };
        values.texts[KIND] = SCHEDULED.to_owned();
        values.numbers[0] = f64::NAN;
        Ok((values, Some(after)))
    }

    /// The row's values, `None` where it has nothing but keys, or why it is refused.
    fn row<'a>(&self, row: u64, get: &dyn Fn(usize) -> Cell<'a>) -> Result<Option<Values>, Box<Refusal>> {
        let spec = self.spec;
        let column = |role: &'static str| spec.columns.get(role).map_or(role, String::as_str);
        let period = to_day(&self.cell(column("period"), get)).map_err(|got| {
            Box::new(refusal("not_a_day", row, column("period"), "a day as YYYY-MM-DD, MM/DD/YYYY or YYYYMMDD", got.as_bytes()))
        })?;
        let refuse = |rule: &str, field: &str, expected: &str, got: &str| {
            Box::new(Refusal { period: Some(period), ..refusal(rule, row, field, expected, got.as_bytes()) })
        };
        let bars = spec.dataset == Dataset::Bars;
        if bars && !Calendar::nyse().is_session(period) {
            return Err(refuse(
                "not_a_session",
                column("period"),
                "a session of the New York Stock Exchange",
                &period.to_string(),
            ));
        }
        let (known, told) = match &spec.known_at {
            KnownAt::Rule(rule) => (rule.known_at(period), period),
            KnownAt::Column(name) => to_moment(&self.cell(name, get))
                .map_err(|got| refuse("not_a_moment", name, "a day or an RFC 3339 moment", &got))?,
        };
        if known > self.now {
            return Err(refuse(
                "future_dated",
                column("period"),
                &format!("a row known by {}", self.now),
                &format!("known at {known}"),
            ));
        }
        if matches!(spec.known_at, KnownAt::Column(_)) && bars && known < Calendar::nyse().open(period) {
            return Err(refuse(
                "known_before_it_happened",
                column("period"),
                "a moment from the session's open on",
                &known.to_string(),
            ));
        }
        let keys = spec.dataset.spec().keys();
        let (mut texts, mut numbers, mut flags) = (Vec::new(), Vec::new(), Vec::new());
        let mut any = spec.dataset == Dataset::Events;
        for (i, c) in spec.dataset.spec().columns.iter().enumerate() {
            let constant = spec.constants.get(c.name);
            let cell = match (constant, spec.columns.get(c.name)) {
                (Some(text), _) => Cell::Text(Cow::Borrowed(text.as_str())),
                (None, Some(name)) => self.cell(name, get),
                (None, None) => Cell::Missing,
            };
            match c.kind {
                Kind::Text => {
                    let text = to_text(cell);
                    let text = if c.name == "symbol" {
                        canonical(&text)
                            .ok_or_else(|| refuse("not_a_symbol", column("symbol"), "a symbol of a US exchange", &text))?
                    } else {
                        text
                    };
                    if i < keys && text.is_empty() {
                        return Err(refuse("no_key", column(c.name), "a text", ""));
                    }
                    any |= i >= keys && constant.is_none() && !text.is_empty();
                    texts.push(text);
                }
                Kind::F64 => {
                    let mut value =
                        to_number(&cell).map_err(|(rule, got)| refuse(rule, column(c.name), "a finite number", &got))?;
                    if spec.percent.iter().any(|p| p == c.name) {
                        value /= 100.0;
                    }
                    if let Some((rule, expected)) = impossible(c.name, value) {
                        return Err(refuse(rule, column(c.name), expected, &value.to_string()));
                    }
                    any |= !value.is_nan();
                    numbers.push(if c.name == "cap" && value <= 0.0 { f64::NAN } else { value });
                }
                Kind::U8 if c.name == "member" => {
                    let status = match to_text(cell).to_ascii_lowercase().as_str() {
                        "1" | "true" | "yes" => 1,
                        "0" | "false" | "no" => 0,
                        other => return Err(refuse("not_a_status", column("member"), "1 (enters) or 0 (leaves)", other)),
                    };
                    any = true;
                    flags.push(status);
                }
                Kind::U8 => flags.push(0),
            }
        }
        let no_cap = |n: &Vec<f64>| n.last().is_some_and(|cap| cap.is_nan());
        if bars && spec.columns.contains_key("cap") && no_cap(&numbers) {
            flags[0] |= quality::NO_CAP;
        }
        Ok(any.then_some(Values { period, known, ahead: told < period, texts, numbers, flags }))
    }

    fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), SourceError> {
        if self.period.is_empty() {
            return Ok(());
        }
        let (period, known) = (std::mem::take(&mut self.period), std::mem::take(&mut self.known));
        let mut texts = std::mem::take(&mut self.texts).into_iter();
        let mut numbers = std::mem::take(&mut self.numbers).into_iter();
        let mut flags = std::mem::take(&mut self.flags).into_iter();
        let column = |kind| match kind {
            Kind::Text => texts.next().map(|t| Column::Text(t.finish())),
            Kind::F64 => numbers.next().map(Column::F64),
            Kind::U8 => flags.next().map(Column::U8),
        };
        let columns =
            self.spec.dataset.spec().columns.iter().map(|c| c.kind).map(column).map(|c| c.expect("as many as counted")).collect();
        self.clear();
        Ok(sink.rows(Observations::new(self.spec.dataset, period, known, columns))?)
    }
}

fn impossible(column: &str, value: f64) -> Option<(&'static str, &'static str)> {
    match column {
        "close" | "adj_close" if value < 0.0 => Some(("negative_price", "a price above zero")),
        "close" | "adj_close" if value == 0.0 => Some(("zero_price", "a price above zero")),
        "ret" if value <= -1.0 => Some(("impossible_return", "a return above -1")),
        "volume" if value < 0.0 => Some(("negative_volume", "zero or more shares")),
        _ => None,
    }
}

fn to_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(t) => t.trim().to_owned(),
        Cell::Number(n) => n.to_string(),
        Cell::Day(d) => Day(d).to_string(),
    }
}

fn to_day(cell: &Cell<'_>) -> Result<Day, String> {
    match cell {
        Cell::Day(d) => Ok(Day(*d)),
        Cell::Text(t) => {
            parse_day(t.as_bytes()).or_else(|| parse_compact_day(t.as_bytes())).ok_or_else(|| t.clone().into_owned())
        }
        Cell::Number(n) => parse_compact_day(n.to_string().as_bytes()).ok_or_else(|| n.to_string()),
        Cell::Missing => Err(String::new()),
    }
}

/// The moment a cell tells of, and its day in New York.
fn to_moment(cell: &Cell<'_>) -> Result<(Moment, Day), String> {
    if let Cell::Text(t) = cell
        && let Ok(ts) = t.parse::<jiff::Timestamp>()
    {
        let moment = Moment(ts.as_microsecond());
        return Ok((moment, moment.day()));
    }
    to_day(cell).map(|d| (Rule::Lag(1).known_at(d), d))
}

fn to_number(cell: &Cell<'_>) -> Result<f64, (&'static str, String)> {
    match cell {
        Cell::Missing => Ok(f64::NAN),
        Cell::Number(n) if n.is_infinite() => Err(("non_finite", n.to_string())),
        Cell::Number(n) => Ok(*n),
        Cell::Day(d) => Err(("not_a_number", Day(*d).to_string())),
        Cell::Text(t) => match parse_number(t.as_bytes()) {
            Number::Missing => Ok(f64::NAN),
            Number::Value(v) => Ok(v),
            Number::NotFinite => Err(("non_finite", t.clone().into_owned())),
            Number::Bad => Err(("not_a_number", t.clone().into_owned())),
        },
    }
}
