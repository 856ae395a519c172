"""Rolling covariances of a package, solved in closed form: `covariance_peer.py PACKAGE DIR STOCKS SESSIONS WINDOW RUNS`.

PACKAGE is `numbagg` (compiled by numba, every core) or `mojagg` (compiled Mojo, the same interface). Exits with 3 where it is not
installed. All six columns: slopes, standard errors, R^2, observations. The factors' own variances are rolled once; a stock with gaps gets its
own over its days.
"""

import importlib
import sys
import time
from pathlib import Path

import numpy as np

try:
    package = importlib.import_module(sys.argv[1])
except ImportError:
    sys.exit(3)


def betas(y, u, v, window, least):
    """Slopes, errors, R^2 and observations of rows `y` on `u` and `v`, which are rows or one row for all."""
    roll = {"window": window, "min_count": least}
    n = package.move_sum(np.isfinite(y).astype(float), window=window, min_count=window)
    n[n < least] = np.nan
    cuu, cvv, cuv = package.move_var(u, **roll), package.move_var(v, **roll), package.move_cov(u, v, **roll)
    wide = (lambda a: np.ascontiguousarray(np.broadcast_to(a, y.shape))) if u.ndim == 1 else (lambda a: a)
    cyu, cyv = package.move_cov(y, wide(u), **roll), package.move_cov(y, wide(v), **roll)
    cyy = package.move_var(y, **roll)
    det = 1.0 / (cuu * cvv - cuv * cuv)
    a, b = (cvv * cyu - cuv * cyv) * det, (cuu * cyv - cuv * cyu) * det
    rss = cyy - a * cyu - b * cyv
    s2 = rss / (n - 3)
    return a, b, np.sqrt(s2 * (cvv * det)), np.sqrt(s2 * (cuu * det)), 1 - rss / cyy, n


def run(y, x, window, least):
    known = np.isfinite(y)
    whole = known.all(axis=1)
    out = np.empty((6, *y.shape))
    # In groups that stay in the cache: faster than all at once.
    for rows, gaps in ((np.nonzero(whole)[0], False), (np.nonzero(~whole)[0], True)):
        for group in np.array_split(rows, max(1, len(rows) // 200)):
            if len(group):
                u, v = (np.where(known[group], f, np.nan) for f in x) if gaps else x
                for to, column in zip(out, betas(y[group], u, v, window, least)):
                    to[group] = column
    # The packages also fill windows that are not whole yet.
    out[..., : window - 1] = np.nan
    return out


def main() -> None:
    name, folder = sys.argv[1], Path(sys.argv[2])
    stocks, sessions, window, runs = map(int, sys.argv[3:7])
    y = np.fromfile(folder / "y.f64").reshape(stocks, sessions)
    x = np.fromfile(folder / "x.f64").reshape(2, sessions)
    least = int(np.ceil(0.8 * window))
    run(y[:400], x, window, least)
    best = np.inf
    for _ in range(max(runs, 1)):
        start = time.perf_counter()
        out = run(y, x, window, least)
        best = min(best, time.perf_counter() - start)
    np.ascontiguousarray(out.transpose(1, 0, 2)).tofile(folder / f"{name}.f64")
    print(f"best {best:.4f}")


if __name__ == "__main__":
    main()
