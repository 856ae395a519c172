"""polars-ds, compiled Rust: `polars_ds_peer.py DIR STOCKS SESSIONS WINDOW RUNS`. Exits with 3 where it is not installed.

`rolling_lin_reg` over each stock, slopes and bias alone. Rows with a gap are skipped, and a window with fewer than 80 % is null, as with ours.
"""

import sys
import time
from pathlib import Path

import numpy as np

try:
    import polars as pl
    import polars_ds as pds
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
    rolled = pds.rolling_lin_reg(
        "u", "v", target="y", window_size=window, add_bias=True, null_policy="skip", min_valid_rows=int(np.ceil(0.8 * window))
    ).over("stock")
    query = frame.lazy().select(rolled.alias("beta"))
    best = np.inf
    for _ in range(max(runs, 1)):
        start = time.perf_counter()
        found = query.collect()
        best = min(best, time.perf_counter() - start)
    coefficients = found.unnest("beta").get_column("coeffs").list.head(2).list.to_array(2) if "coeffs" in found.unnest("beta").columns else None
    values = np.array(coefficients.to_list(), dtype=object)
    out = np.full((stocks * sessions, 2), np.nan)
    have = np.array([v is not None for v in values])
    out[have] = np.array([list(v) for v in values[have]], dtype=float)
    rows = np.nonzero(np.isfinite(y).all(axis=1))[0]
    out = out.reshape(stocks, sessions, 2)
    np.ascontiguousarray(out[rows].transpose(0, 2, 1)).tofile(folder / "polars_ds.f64")
    rows.astype(np.int64).tofile(folder / "polars_ds.i64")
    print(f"best {best:.4f}")


if __name__ == "__main__":
    main()
