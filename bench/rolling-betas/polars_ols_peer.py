"""polars-ols, compiled Rust: `polars_ols_peer.py DIR STOCKS SESSIONS WINDOW RUNS`. Exits with 3 where it is not installed.

`rolling_ols` over each stock, slopes and intercept alone: standard errors and R^2 it does not give. Its windows count rows, not sessions, so
that stocks with gaps have other windows there; they are timed and left out of the comparison.
"""

import sys
import time
from pathlib import Path

import numpy as np

try:
    import polars as pl
    import polars_ols  # noqa: F401  (registers the namespace `least_squares`)
except ImportError:
    sys.exit(3)


def main() -> None:
    folder = Path(sys.argv[1])
    stocks, sessions, window, runs = map(int, sys.argv[2:6])
    y = np.fromfile(folder / "y.f64").reshape(stocks, sessions)
    x = np.fromfile(folder / "x.f64").reshape(2, sessions)
    frame = pl.DataFrame({
        "stock": np.repeat(np.arange(stocks), sessions),
        "y": y.ravel(),
        "u": np.tile(x[0], stocks),
        "v": np.tile(x[1], stocks),
    }).with_columns(pl.col("y").fill_nan(None))
    rolled = (
        pl.col("y")
        .least_squares.rolling_ols(
            pl.col("u"), pl.col("v"), add_intercept=True, window_size=window, min_periods=window, null_policy="drop", mode="coefficients"
        )
        .over("stock")
    )
    query = frame.lazy().select(rolled.alias("beta"))
    best = np.inf
    for _ in range(max(runs, 1)):
        start = time.perf_counter()
        found = query.collect()
        best = min(best, time.perf_counter() - start)
    found = found.unnest("beta").select("u", "v").to_numpy().reshape(stocks, sessions, 2)
    rows = np.nonzero(np.isfinite(y).all(axis=1))[0]
    found[:, : window - 1] = np.nan
    np.ascontiguousarray(found[rows].transpose(0, 2, 1)).tofile(folder / "polars_ols.f64")
    rows.astype(np.int64).tofile(folder / "polars_ols.i64")
    print(f"best {best:.4f}")


if __name__ == "__main__":
    main()
