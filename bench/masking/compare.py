"""Whether the values of two runs agree: `compare.py OURS.csv THEIRS.csv TOLERANCE`. Fails where one lies further apart or is absent."""

import sys

import polars as pl


def main() -> None:
    ours, theirs = (pl.read_csv(p, schema_overrides={"value": pl.Float64}) for p in sys.argv[1:3])
    tolerance = float(sys.argv[3])
    both = ours.join(theirs, on=["measure", "universe", "day"], how="full", suffix="_theirs", coalesce=True)
    both = both.with_columns(
        apart=(pl.col("value") - pl.col("value_theirs")).abs()
        / pl.max_horizontal(pl.col("value").abs(), pl.col("value_theirs").abs(), pl.lit(1e-2))
    )
    table = (
        both.group_by("measure", "universe")
        .agg(
            values=pl.len(),
            only_ours=pl.col("value_theirs").is_null().sum(),
            only_theirs=pl.col("value").is_null().sum(),
            furthest=pl.col("apart").max(),
            day=pl.col("day").get(pl.col("apart").arg_max()),
        )
        .sort("measure", "universe")
    )
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True):
        print(table)
    bad = table.filter((pl.col("furthest").fill_null(1.0) > tolerance) | (pl.col("only_ours") + pl.col("only_theirs") > 0))
    if len(bad):
        sys.exit(f"{len(bad)} of {len(table)} histories differ by more than {tolerance}")
    print(f"all {len(table)} histories agree to {tolerance}")


if __name__ == "__main__":
    main()
