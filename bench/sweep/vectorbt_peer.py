"""The same sweep in vectorbt: moving averages, signals a session late, portfolios of every window in one call."""
import sys
import time

import numpy as np
import pandas as pd
import vectorbt as vbt

prices, days, first, last, start, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], int(sys.argv[6])
close = pd.read_csv(prices, index_col=0, parse_dates=True)["adj_close"]
# The first two sessions lie before any signal and are not among the days of a test.
taken = pd.DatetimeIndex(pd.read_csv(days)["day"])
close = close[close.index.isin(taken)]
windows = list(range(first, last + 1))


def sweep():
    average = vbt.MA.run(close, window=windows)
    above = average.ma_below(close).vbt.fshift(1, fill_value=False).astype(bool)
    above.columns = windows
    # The first position is bought at the close before the first day that counts.
    begin = close.index.searchsorted(pd.Timestamp(start)) - 1
    portfolio = vbt.Portfolio.from_signals(close.iloc[begin:], above.iloc[begin:], ~above.iloc[begin:], fees=0.0002, init_cash=1.0, freq="1D")
    return portfolio.final_value(), portfolio.sharpe_ratio(), portfolio.max_drawdown()


best = np.inf
sweep()  # compiles
for _ in range(runs):
    began = time.perf_counter()
    value, sharpe, drawdown = sweep()
    best = min(best, time.perf_counter() - began)
pd.DataFrame({"wealth": value.to_numpy(), "max_drawdown": drawdown.to_numpy()}, index=windows).to_csv(sys.argv[7])
print(best)
