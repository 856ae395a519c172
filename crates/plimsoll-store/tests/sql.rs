//! SQL sees what a scan sees.
#![cfg(feature = "sql")]

mod common;

use arrow_array::RecordBatch;
use common::{bars, day, end, import, meta, series};
use datafusion::arrow::util::display::array_value_to_string;
use plimsoll_model::dataset::Dataset;
use plimsoll_model::knowledge::{Knowledge, Scan};
use plimsoll_model::observations::{Column, Observations};
use plimsoll_model::time::AsOf;
use plimsoll_store::Store;
use plimsoll_store::sql::sql;

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    import(&store, meta("one", 5), series(&[("a", 0, 1.0), ("a", 1, 2.0), ("b", 1, 7.0), ("b", 2, f64::NAN)])).unwrap();
    import(&store, meta("two", 10), series(&[("a", 1, 2.5), ("a", 31, 4.0)])).unwrap();
    (dir, store)
}

fn ask(store: &Store, as_of: AsOf, query: &str) -> Result<Vec<Vec<String>>, String> {
    let batches = sql(&store.snapshot(as_of).unwrap(), query).map_err(|e| e.to_string())?;
    let cell = |b: &RecordBatch, c: usize, r: usize| array_value_to_string(b.column(c), r).unwrap();
    let row = |b: &RecordBatch, r: usize| (0..b.num_columns()).map(|c| cell(b, c, r)).collect();
    Ok(batches.iter().flat_map(|b| (0..b.num_rows()).map(move |r| row(b, r))).collect())
}

#[test]
fn a_table_is_what_was_known() {
    let (_dir, store) = store();
    let query = "SELECT series, period, value FROM series WHERE series = 'a' ORDER BY period";
    assert_eq!(ask(&store, AsOf::end_of(day(9)), query).unwrap(), [["a", "2024-01-01", "1.0"], ["a", "2024-01-02", "2.0"]]);
    assert_eq!(ask(&store, AsOf::end_of(day(10)), query).unwrap(), [["a", "2024-01-01", "1.0"], ["a", "2024-01-02", "2.5"]]);
    assert_eq!(ask(&store, end(), query).unwrap().len(), 3);
    let columns = "SELECT * FROM series WHERE series = 'b' AND period = '2024-01-03'";
    assert_eq!(ask(&store, end(), columns).unwrap(), [["hand", "2024-01-03", "2024-01-03T21:00:00Z", "b", "", "0"]]);
}

#[test]
fn ordinary_analysis_works() {
    let (_dir, store) = store();
    let one = |q: &str| ask(&store, end(), q).unwrap_or_else(|e| panic!("{q}: {e}"));
    assert_eq!(
        one("SELECT series, count(*), sum(value), count(value) FROM series GROUP BY series ORDER BY 1"),
        [["a", "3", "7.5", "3"], ["b", "2", "7.0", "1"]]
    );
    let window = "SELECT period, value - lag(value) OVER (PARTITION BY series ORDER BY period) AS d FROM series WHERE series = 'a' ORDER BY 1";
    assert_eq!(one(window), [["2024-01-01", ""], ["2024-01-02", "1.5"], ["2024-02-01", "1.5"]]);
    let join =
        "SELECT a.period, a.value + b.value FROM series a JOIN series b USING (period) WHERE a.series = 'a' AND b.series = 'b'";
    assert_eq!(one(join), [["2024-01-02", "9.5"]]);
    let months = "SELECT date_trunc('month', period) AS m, CASE WHEN avg(value) > 3 THEN 'high' ELSE 'low' END FROM series WHERE series = 'a' GROUP BY 1 ORDER BY 1";
    assert_eq!(one(months).iter().map(|r| r[1].as_str()).collect::<Vec<_>>(), ["low", "high"]);
    assert_eq!(
        one(
            "SELECT extract(year FROM period), upper(substr(series, 1, 1)), round(sqrt(value), 3) FROM series WHERE series = 'a' AND period > DATE '2024-01-31'"
        ),
        [["2024", "A", "2.0"]]
    );
    assert_eq!(
        one(
            "WITH t AS (SELECT DISTINCT series FROM series) SELECT count(*) FROM t WHERE series LIKE 'a%' OR series IN ('b', 'c')"
        ),
        [["2"]]
    );
    assert_eq!(one("SELECT stddev(value), corr(value, value), median(value) FROM series WHERE series = 'zzz'"), [["", "", ""]]);
    assert_eq!(one("SELECT count(*) FROM bars"), [["0"]]);
    let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'";
    assert_eq!(one(tables), [[plimsoll_model::dataset::DATASETS.len().to_string()]]);
}

#[test]
fn filters_that_are_pushed_down_do_not_change_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    import(&store, meta("bars", 90), bars(0..20, 40, 0)).unwrap();
    import(&store, meta("more", 95), bars(5..25, 50, 1)).unwrap();
    let snapshot = store.snapshot(end()).unwrap();
    let all = snapshot.scan(&Scan::all(Dataset::Bars)).unwrap();
    let count = |f: &dyn Fn(&str, i32) -> bool| {
        let symbol = all.text("symbol");
        (0..all.len()).filter(|&i| f(symbol.get(i), all.period[i] - day(0).0)).count().to_string()
    };
    type Case = (&'static str, Box<dyn Fn(&str, i32) -> bool>);
    let cases: [Case; 7] = [
        ("symbol = 'S0007'", Box::new(|s, _| s == "S0007")),
        ("symbol IN ('S0001', 'S0024', 'none')", Box::new(|s, _| s == "S0001" || s == "S0024")),
        ("period BETWEEN '2024-01-11' AND '2024-01-15'", Box::new(|_, d| (10..=14).contains(&d))),
        ("period > DATE '2024-02-09' AND symbol = 'S0006'", Box::new(|s, d| d > 39 && s == "S0006")),
        ("'2024-01-03' > period OR symbol = 'S0002'", Box::new(|s, d| d < 2 || s == "S0002")),
        ("period = '2024-01-05' AND source = 'hand' AND NOT symbol = 'S0003'", Box::new(|s, d| d == 4 && s != "S0003")),
        ("symbol = 'S0001' AND symbol IN ('S0002')", Box::new(|_, _| false)),
    ];
    for (filter, expected) in cases {
        let found = ask(&store, end(), &format!("SELECT count(*) FROM bars WHERE {filter}")).unwrap();
        assert_eq!(found, [[count(&*expected)]], "{filter}");
    }
}

#[test]
fn the_future_and_the_clock_are_out_of_reach() {
    let (_dir, store) = store();
    let as_of = AsOf::end_of(day(9));
    assert_eq!(ask(&store, as_of, "SELECT max(known_at) <= now() FROM series").unwrap(), [["true"]]);
    assert_eq!(ask(&store, as_of, "SELECT current_date").unwrap(), [["2024-01-11"]], "the end of the tenth in New York, in UTC");
    for query in [
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO series SELECT * FROM series",
        "COPY series TO 'out.csv'",
        "SET datafusion.execution.target_partitions = 4",
        "DROP TABLE series",
        "SELECT * FROM '/etc/passwd'",
        "SELECT random()",
        "SELECT nothing FROM series",
        "not sql",
        "",
    ] {
        assert!(ask(&store, as_of, query).is_err(), "{query}");
    }
}

#[test]
fn missing_text_is_null() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let text = |a: &str, b: &str| Column::Text([a, b].into_iter().collect());
    let columns = vec![text("A", "B"), text("Ahab", ""), text("", ""), text("x", "x"), text("y", "y"), text("z", "z")];
    import(&store, meta("one", 1), Observations::new(Dataset::Securities, vec![0, 0], vec![1, 1], columns)).unwrap();
    assert_eq!(ask(&store, end(), "SELECT symbol FROM securities WHERE name IS NULL").unwrap(), [["B"]]);
    assert_eq!(ask(&store, end(), "SELECT count(exchange), count(*) FROM securities").unwrap(), [["0", "2"]]);
}
