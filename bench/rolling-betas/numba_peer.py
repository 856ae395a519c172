"""One compiled loop a stock on every core: `numba_peer.py DIR STOCKS SESSIONS WINDOW RUNS`. Exits with 3 where numba is not installed.

Sums are updated by adding what comes and subtracting what goes, with the stock's own cross-products throughout: the usual way, which
drifts. Compilation is not timed.
"""

import sys
import time
from pathlib import Path

import numpy as np

try:
    from numba import njit, prange
except ImportError:
    sys.exit(3)


@njit(parallel=True)
def fill(y, x, window, least, out):
    stocks, sessions = y.shape
    for i in prange(stocks):
        out[i] = np.nan
        n = su = sv = suu = svv = suv = sy = syy = syu = syv = 0.0
        for t in range(sessions):
            r = y[i, t]
            if np.isfinite(r):
                u, v = x[0, t], x[1, t]
                n += 1
                su += u
                sv += v
                suu += u * u
                svv += v * v
                suv += u * v
                sy += r
                syy += r * r
                syu += r * u
                syv += r * v
            if t >= window:
                r = y[i, t - window]
                if np.isfinite(r):
                    u, v = x[0, t - window], x[1, t - window]
                    n -= 1
                    su -= u
                    sv -= v
                    suu -= u * u
                    svv -= v * v
                    suv -= u * v
                    sy -= r
                    syy -= r * r
                    syu -= r * u
                    syv -= r * v
            if t >= window - 1 and n >= least:
                w = 1.0 / n
                cuu, cvv, cuv = suu - su * su * w, svv - sv * sv * w, suv - su * sv * w
                cyu, cyv, cyy = syu - su * sy * w, syv - sv * sy * w, syy - sy * sy * w
                det = 1.0 / (cuu * cvv - cuv * cuv)
                a = (cvv * cyu - cuv * cyv) * det
                b = (cuu * cyv - cuv * cyu) * det
                rss = cyy - a * cyu - b * cyv
                s2 = rss / (n - 3)
                out[i, 0, t] = a
                out[i, 1, t] = b
                out[i, 2, t] = np.sqrt(s2 * cvv * det)
                out[i, 3, t] = np.sqrt(s2 * cuu * det)
                out[i, 4, t] = 1 - rss / cyy
                out[i, 5, t] = n


def run(y, x, window, least):
    # Allocated by NumPy, which asks for huge pages: a third faster than from within the compiled function.
    out = np.empty((len(y), 6, y.shape[1]))
    fill(y, x, window, least, out)
    return out


def main() -> None:
    folder = Path(sys.argv[1])
    stocks, sessions, window, runs = map(int, sys.argv[2:6])
    y = np.fromfile(folder / "y.f64").reshape(stocks, sessions)
    x = np.fromfile(folder / "x.f64").reshape(2, sessions)
    least = np.ceil(0.8 * window)
    run(y[:2], x, window, least)
    best = np.inf
    for _ in range(runs):
        start = time.perf_counter()
        out = run(y, x, window, least)
        best = min(best, time.perf_counter() - start)
    out.tofile(folder / "numba.f64")
    print(f"best {best:.4f}")


if __name__ == "__main__":
    main()
