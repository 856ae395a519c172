//! SQL over as-of views (feature `sql`).
//!
//! Each dataset is a table under its own name, such as `bars`, `series` and `members`, with the columns `source`, `period`, `known_at`
//! and those of the dataset. A table shows what a scan of the snapshot returns: of every key the latest vintage
//! known at the moment, and nothing known later. There is no other table, and no statement that makes one; `now()` and
//! `current_date` are the moment of the snapshot. A query runs on one thread, so that its sums do not depend on the number of cores.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt8Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::arrow::temporal_conversions::timestamp_us_to_datetime;
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use plimsoll_model::dataset::{DATASETS, Dataset, Kind};
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations, TextColumn};
use plimsoll_model::time::Day;

use crate::snapshot::Snapshot;

/// A query that cannot be planned or run; the message is for the person who wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SqlError(String);

impl From<DataFusionError> for SqlError {
    fn from(e: DataFusionError) -> SqlError {
        SqlError(e.strip_backtrace())
    }
}

/// Runs one `SELECT` over what the snapshot knows.
///
/// # Errors
/// [`SqlError`] where the query is not one, names what does not exist, or a segment cannot be read.
pub fn sql(snapshot: &Snapshot, query: &str) -> Result<Vec<RecordBatch>, SqlError> {
    let config = SessionConfig::new().with_target_partitions(1).with_information_schema(true);
    let context = SessionContext::new_with_config(config);
    for spec in DATASETS {
        context.register_table(spec.name, Arc::new(View::new(snapshot.clone(), spec.dataset)))?;
    }
    for chance in ["random", "uuid"] {
        context.deregister_udf(chance);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let runtime = runtime.map_err(|e| SqlError(format!("no thread for the query: {e}")))?;
    runtime.block_on(async {
        let mut state = context.state();
        let now = timestamp_us_to_datetime(snapshot.as_of().moment().0).map(|t| t.and_utc());
        state.execution_props_mut().query_execution_start_time = now;
        let plan = state.create_logical_plan(query).await?;
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false).verify_plan(&plan)?;
        let frame = DataFrame::new(state, plan);
        let schema = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await?;
        // Even an empty answer has columns.
        Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
    })
}

/// A dataset as a table.
struct View {
    snapshot: Snapshot,
    dataset: Dataset,
    schema: SchemaRef,
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} as of {}", self.dataset.name(), self.snapshot.as_of())
    }
}

/// Columns before those of the dataset.
const FIRST: usize = 3;

impl View {
    fn new(snapshot: Snapshot, dataset: Dataset) -> View {
        let mut fields = vec![
            Field::new("source", DataType::Utf8, false),
            Field::new("period", DataType::Date32, false),
            Field::new("known_at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false),
        ];
        fields.extend(dataset.spec().columns.iter().map(|c| match c.kind {
            Kind::Text => Field::new(c.name, DataType::Utf8, !c.key),
            Kind::F64 => Field::new(c.name, DataType::Float64, true),
            Kind::U8 => Field::new(c.name, DataType::UInt8, false),
        }));
        View { snapshot, dataset, schema: Arc::new(Schema::new(fields)) }
    }

    /// Narrows the scan by a filter; says whether it could.
    fn narrow(&self, scan: &mut Scan, filter: &Expr) -> bool {
        match filter {
            Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
                // Either half alone narrows, and the engine filters again.
                let (a, b) = (self.narrow(scan, left), self.narrow(scan, right));
                a || b
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
                (Expr::Column(c), Expr::Literal(v, _)) => self.compare(scan, &c.name, *op, v),
                (Expr::Literal(v, _), Expr::Column(c)) => op.swap().is_some_and(|op| self.compare(scan, &c.name, op, v)),
                _ => false,
            },
            Expr::Between(b) if !b.negated => match (b.expr.as_ref(), b.low.as_ref(), b.high.as_ref()) {
                (Expr::Column(c), Expr::Literal(low, _), Expr::Literal(high, _)) => {
                    self.compare(scan, &c.name, Operator::GtEq, low) && self.compare(scan, &c.name, Operator::LtEq, high)
                }
                _ => false,
            },
            Expr::InList(list) if !list.negated => match list.expr.as_ref() {
                Expr::Column(c) if c.name == self.first_key() => {
                    let text = |e: &Expr| match e {
                        Expr::Literal(v, _) => v.try_as_str().flatten().map(str::to_owned),
                        _ => None,
                    };
                    let Some(keys) = list.list.iter().map(text).collect::<Option<BTreeSet<String>>>() else { return false };
                    only(scan, keys);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn first_key(&self) -> &'static str {
        self.dataset.spec().columns[0].name
    }

    fn compare(&self, scan: &mut Scan, column: &str, op: Operator, value: &ScalarValue) -> bool {
        match (column, value) {
            ("period", ScalarValue::Date32(Some(day))) => {
                let (mut from, mut to) = (scan.periods.start().0, scan.periods.end().0);
                match op {
                    Operator::Eq => (from, to) = (from.max(*day), to.min(*day)),
                    Operator::GtEq => from = from.max(*day),
                    Operator::Gt => from = from.max(day.saturating_add(1)),
                    Operator::LtEq => to = to.min(*day),
                    Operator::Lt => to = to.min(day.saturating_sub(1)),
                    _ => return false,
                }
                scan.periods = Day(from)..=Day(to);
                true
            }
            (c, value) if c == self.first_key() && op == Operator::Eq => {
                let Some(text) = value.try_as_str().flatten() else { return false };
                only(scan, BTreeSet::from([text.to_owned()]));
                true
            }
            ("source", value) if op == Operator::Eq => {
                let Some(text) = value.try_as_str().flatten() else { return false };
                // Of two contradictory sources one is enough: the engine filters again.
                scan.source = Some(text.to_owned());
                true
            }
            _ => false,
        }
    }

    fn batch(&self, scan: &Scan) -> PlanResult<RecordBatch> {
        let (rows, sources, names) = self.snapshot.scan_with_sources(scan).map_err(|e| DataFusionError::External(Box::new(e)))?;
        let n = rows.len();
        let source = TextColumn { codes: sources, dict: Arc::new(names) };
        let mut arrays: Vec<ArrayRef> = vec![
            text(&source, false),
            Arc::new(Date32Array::from(rows.period.clone())),
            Arc::new(TimestampMicrosecondArray::from(rows.known_at.clone()).with_timezone("UTC")),
        ];
        arrays.extend(self.dataset.spec().columns.iter().map(|c| match take(&rows, c.name) {
            Some(Column::Text(t)) => text(t, !c.key),
            Some(Column::F64(v)) => {
                let valid = NullBuffer::new(BooleanBuffer::collect_bool(n, |i| !v[i].is_nan()));
                Arc::new(Float64Array::new(v.clone().into(), Some(valid).filter(|v| v.null_count() > 0)))
            }
            Some(Column::U8(v)) => Arc::new(UInt8Array::from(v.clone())),
            // Not asked for; the projection drops it.
            None => datafusion::arrow::array::new_null_array(&DataType::Null, n),
        }));
        let fields: Vec<Field> = arrays
            .iter()
            .zip(self.schema.fields())
            .map(|(a, f)| Field::new(f.name(), a.data_type().clone(), f.is_nullable() || a.data_type() == &DataType::Null))
            .collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}

/// Intersects the keys of a scan.
fn only(scan: &mut Scan, keys: BTreeSet<String>) {
    scan.keys = Some(match scan.keys.take() {
        Some(old) => old.intersection(&keys).cloned().collect(),
        None => keys,
    });
}

fn take<'a>(rows: &'a Observations, name: &str) -> Option<&'a Column> {
    rows.names.iter().position(|n| *n == name).map(|i| &rows.columns[i])
}

fn text(column: &TextColumn, nullable: bool) -> ArrayRef {
    if nullable {
        let value = |&c: &u32| Some(column.dict[c as usize].as_str()).filter(|t| !t.is_empty());
        Arc::new(column.codes.iter().map(value).collect::<StringArray>())
    } else {
        Arc::new(StringArray::from_iter_values(column.codes.iter().map(|&c| column.dict[c as usize].as_str())))
    }
}

#[async_trait]
impl TableProvider for View {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        let how = |f: &&Expr| match self.narrow(&mut Scan::all(self.dataset), f) {
            true => TableProviderFilterPushDown::Inexact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(how).collect())
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let spec = self.dataset.spec();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let mut columns: Vec<&'static str> =
            wanted.iter().filter(|i| **i >= FIRST).map(|i| spec.columns[i - FIRST].name).collect();
        columns.push(self.first_key());
        let mut scan = Scan::all(self.dataset).columns(&columns);
        for f in filters {
            self.narrow(&mut scan, f);
        }
        let batch = self.batch(&scan)?.project(&wanted)?;
        let schema = Arc::new(self.schema.project(&wanted)?);
        let batch = batch.with_schema(schema.clone())?;
        Ok(MemorySourceConfig::try_new_exec(&[vec![batch]], schema, None)?)
    }
}
