"""All pairs of minute bars with the package `lead-lag`: `peer.py DIR SERIES DAYS REACH PAIRS`.

Reads `DIR/bars.i32` (series, day, minute) and `DIR/bars.f64` (price). Each day is a call of its own, on minutes, because the package
knows no days. Only the first PAIRS pairs are computed; the time printed is for those. The package returns sizes without signs; its own
normalisation (1e-8 added to each norm) is off, so contrasts are compared.

Positive lags are asked with both series swapped, which is the same by definition: asked directly, the package leaves out increments at
the beginning (its search starts from clipped times), and at the end where one series goes on after the other. The made-up days begin and
end with a bar of every series for that reason.
"""

import sys
import time
from pathlib import Path

import numpy as np
from lead_lag.lead_lag_impl import shifted_modified_hy_estimator


def main() -> None:
    folder, series, days, reach, pairs = Path(sys.argv[1]), *map(int, sys.argv[2:6])
    index = np.fromfile(folder / "bars.i32", dtype=np.int32).reshape(-1, 3)
    price = np.fromfile(folder / "bars.f64")
    value = np.log(price)
    laid = {}
    for s in range(series):
        for d in range(days):
            rows = (index[:, 0] == s) & (index[:, 1] == d)
            minutes = index[rows, 2].astype(np.int64).copy()
            dense = np.full(390, np.nan)
            dense[minutes] = value[rows]
            laid[s, d] = (dense, minutes)
    lags = range(-reach, reach + 1)
    todo = [(i, j) for i in range(series) for j in range(i + 1, series)][:pairs]
    out = np.zeros((len(todo), days, 2 * reach + 1))
    start = time.perf_counter()
    for k, (i, j) in enumerate(todo):
        for d in range(days):
            (x, tx), (y, ty) = laid[i, d], laid[j, d]
            for n, lag in enumerate(lags):
                if lag <= 0:
                    out[k, d, n] = shifted_modified_hy_estimator(x, y, tx, ty, lag, False)
                else:
                    out[k, d, n] = shifted_modified_hy_estimator(y, x, ty, tx, -lag, False)
    seconds = time.perf_counter() - start
    out.tofile(folder / "peer.f64")
    print(f"best {seconds:.4f}")


if __name__ == "__main__":
    main()
