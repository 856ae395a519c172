//! `plimsoll sql`: SQL over what was known.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use plimsoll_model::time::{Day, Moment};
use plimsoll_model::unit::Unit;

use crate::cli::Sql;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::sheet::{Format, Sheet, batches_to_arrow, batches_to_parquet, emit};

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Sql) -> Outcome {
    let session = Session::open(store)?;
    let snapshot = session.snapshot(session.as_of(&args.as_of)?)?;
    let batches = plimsoll_store::sql::sql(&snapshot, &args.query).map_err(|e| {
        Failure::new(e).hint("tables: bars, series, members, securities, symbol_changes; each holds only what was known")
    })?;
    let out = args.out.output.as_deref();
    match args.out.format {
        Format::Parquet => emit(&batches_to_parquet(&batches)?, out)?,
        Format::Arrow => emit(&batches_to_arrow(&batches)?, out)?,
        format => sheet(&batches)?.write(format, out)?,
    }
    Ok(0)
}

fn sheet(batches: &[RecordBatch]) -> Result<Sheet, Failure> {
    let Some(first) = batches.first() else { return Ok(Sheet::default()) };
    let schema = first.schema();
    let mut sheet = Sheet::default();
    for (c, field) in schema.fields().iter().enumerate() {
        let columns: Vec<Arc<dyn Array>> = batches.iter().map(|b| b.column(c).clone()).collect();
        let name = field.name();
        sheet = match field.data_type() {
            DataType::Float64 => {
                sheet.number(name, Unit::Number, columns.iter().flat_map(|a| a.as_primitive::<Float64Type>().iter()))
            }
            DataType::Int64 => sheet.int(name, columns.iter().flat_map(|a| a.as_primitive::<Int64Type>().iter())),
            DataType::Date32 => {
                sheet.day(name, columns.iter().flat_map(|a| a.as_primitive::<Date32Type>().iter().map(|d| d.map(Day))))
            }
            _ => sheet.text(name, texts(&columns)?),
        };
    }
    Ok(sheet)
}

fn texts(columns: &[Arc<dyn Array>]) -> Result<Vec<String>, Failure> {
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default();
    let mut out = Vec::new();
    for column in columns {
        if let DataType::Timestamp(_, _) = column.data_type()
            && let Some(t) = column.as_primitive_opt::<arrow_array::types::TimestampMicrosecondType>()
        {
            out.extend(t.iter().map(|m| m.map(|m| Moment(m).to_string()).unwrap_or_default()));
            continue;
        }
        let formatter = ArrayFormatter::try_new(column.as_ref(), &options).map_err(Failure::new)?;
        out.extend((0..column.len()).map(|i| if column.is_null(i) { String::new() } else { formatter.value(i).to_string() }));
    }
    Ok(out)
}
