"""A market of made-up stocks: `generate.py DIR STOCKS SESSIONS`. Writes y.f64 and x.f64, raw little-endian rows of sessions.

Yield changes in percentage points and a market return; each stock has its own slopes and noise. One stock in ten lacks returns here and
there, one in twenty begins late.
"""

import sys
from pathlib import Path

import numpy as np


def main() -> None:
    folder, stocks, sessions = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    r = np.random.default_rng(20240628)
    x = np.stack([r.normal(0, 0.06, sessions), r.normal(0.0004, 0.011, sessions)])
    slopes = np.stack([r.normal(-0.01, 0.03, stocks), r.normal(1.0, 0.4, stocks)], axis=1)
    y = slopes @ x + 0.02 * r.standard_t(4, (stocks, sessions))
    for i in range(0, stocks, 10):
        y[i, r.integers(0, sessions, 8)] = np.nan
    for i in range(7, stocks, 20):
        y[i, : r.integers(50, sessions // 2)] = np.nan
    folder.mkdir(parents=True, exist_ok=True)
    y.astype("<f8").tofile(folder / "y.f64")
    x.astype("<f8").tofile(folder / "x.f64")


if __name__ == "__main__":
    main()
