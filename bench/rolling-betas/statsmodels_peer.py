"""statsmodels RollingOLS: `statsmodels_peer.py DIR STOCKS SESSIONS WINDOW SAMPLE`.

Runs every STOCKS/SAMPLE-th stock and prints the seconds times STOCKS/SAMPLE: stocks are done one by one, so the time is linear in them.
Writes the sample's slopes, standard errors and R^2 to statsmodels.f64 and which stocks they are to statsmodels.i64.
"""

import sys
import time
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from statsmodels.regression.rolling import RollingOLS


def main() -> None:
    folder = Path(sys.argv[1])
    stocks, sessions, window, sample = map(int, sys.argv[2:6])
    y = np.fromfile(folder / "y.f64").reshape(stocks, sessions)
    x = sm.add_constant(np.fromfile(folder / "x.f64").reshape(2, sessions).T)
    # Whatever has gaps is in the sample by its share: the step is prime to 10 and 20.
    rows = np.arange(sample) * (stocks // sample // 2 * 2 - 1) % stocks
    least = int(np.ceil(0.8 * window))
    out = np.full((sample, 5, sessions), np.nan)
    start = time.perf_counter()
    for k, i in enumerate(rows):
        fit = RollingOLS(y[i], x, window=window, min_nobs=least, missing="drop").fit()
        out[k, 0:2] = fit.params[:, 1:].T
        out[k, 2:4] = fit.bse[:, 1:].T
        out[k, 4] = fit.rsquared
    seconds = time.perf_counter() - start
    out.tofile(folder / "statsmodels.f64")
    rows.astype(np.int64).tofile(folder / "statsmodels.i64")
    print(f"sample {sample} of {stocks} stocks in {seconds:.3f} s")
    print(f"best {seconds * stocks / sample:.4f}")


if __name__ == "__main__":
    main()
