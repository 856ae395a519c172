//! How returns of days, months, quarters and years were spread.

use plimsoll_claims::backtest::calendar::{Period, months, years};
use plimsoll_measures::kernels::order::{ascending, quantile};
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;
use plimsoll_report::model::{Cell, SheetRow, SheetTable};

/// Quantiles shown, with their headings.
const QUANTILES: [(f64, &str); 7] =
    [(0.0, "Worst"), (0.05, "5 %"), (0.25, "25 %"), (0.5, "Median"), (0.75, "75 %"), (0.95, "95 %"), (1.0, "Best")];

/// Returns by quarter, from returns by month; the first and the last may be parts.
fn quarters(months: &[Period]) -> Vec<f64> {
    let mut out: Vec<((i16, i8), f64)> = Vec::new();
    for m in months {
        let key = (m.year, (m.month - 1) / 3);
        match out.last_mut().filter(|q| q.0 == key) {
            Some(q) => q.1 = (1.0 + q.1) * (1.0 + m.ret) - 1.0,
            None => out.push((key, m.ret)),
        }
    }
    out.into_iter().map(|q| q.1).collect()
}

/// The table: a row for each length of period, net and, where there is one, for the benchmark.
pub(super) fn table(days: &[Day], net: &[f64], benchmark: Option<(&str, &[f64])>) -> SheetTable {
    let mut rows = Vec::new();
    for (name, ret) in std::iter::once(("Net", net)).chain(benchmark) {
        let by_month = months(days, ret);
        let each = [
            ("days", ret[1..].to_vec()),
            ("months", by_month.iter().map(|m| m.ret).collect()),
            ("quarters", quarters(&by_month)),
            ("years", years(days, ret).iter().map(|y| y.ret).collect()),
        ];
        for (period, values) in each {
            let sorted = ascending(values.into_iter());
            if sorted.is_empty() {
                continue;
            }
            let mut cells: Vec<Cell> =
                QUANTILES.iter().map(|q| Cell::value(Some(quantile(&sorted, q.0)), Unit::Fraction)).collect();
            cells.push(Cell::value(Some(sorted.len() as f64), Unit::Count));
            rows.push(SheetRow { label: format!("{name}, {period}"), cells });
        }
    }
    let headings = std::iter::once("Returns of").chain(QUANTILES.iter().map(|q| q.1)).chain(["n"]);
    SheetTable {
        id: "spread".into(),
        title: "How returns were spread".into(),
        note: "Quantiles of returns by length of period; the first and the last month, quarter and year may be parts.".into(),
        columns: headings.map(str::to_owned).collect(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_compounded_months_and_quantiles_are_ordered() {
        let days: Vec<Day> = (0..800).map(|n| Day::ymd(2022, 1, 3).plus(n)).collect();
        let ret: Vec<f64> = (0..800).map(|n| 0.001 * (f64::from(n * 37 % 19) - 9.0)).collect();
        let by_month = months(&days, &ret);
        let found = quarters(&by_month);
        assert_eq!(found.len(), 9);
        let first: f64 = by_month[..3].iter().map(|m| 1.0 + m.ret).product();
        assert!((found[0] - (first - 1.0)).abs() < 1e-15);
        let table = table(&days, &ret, Some(("market", &ret)));
        assert_eq!((table.rows.len(), table.columns.len()), (8, 9));
        for row in &table.rows {
            let values: Vec<f64> = row
                .cells
                .iter()
                .map(|c| match c {
                    Cell::Value { value, .. } => value.unwrap(),
                    _ => panic!("a value"),
                })
                .collect();
            assert!(values[..7].windows(2).all(|w| w[0] <= w[1]), "{}", row.label);
        }
    }
}
