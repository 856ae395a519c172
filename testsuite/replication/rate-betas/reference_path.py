"""Regressions on the expected policy rate by statsmodels on the real data: `reference_path.py DATA PATH.csv`. Prints the figures of README.md.

PATH.csv is the program's own history of the rate expected twelve months ahead, which is held against the exchange elsewhere:
`plimsoll measure path_12m --from 2022-06-01 --to 2024-02-02 --format csv -o PATH.csv`. IWM - SPY on the change of it, of the two- and ten-year
par yields and the return of VTI, HAC errors; and stocks on its change with the two-year yield's and VTI, classic errors.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from reference import closes, yields

SESSIONS = 252


def main() -> None:
    folder = Path(sys.argv[1])
    path = pd.read_csv(sys.argv[2], index_col="day", parse_dates=True)["path_12m"].dropna()
    rates, market = yields(folder), closes(folder, "VTI")
    for end in (pd.Timestamp("2023-08-31"), pd.Timestamp("2024-02-02")):
        on = pd.concat(
            [closes(folder, "IWM"), closes(folder, "SPY"), market, path, rates["2 yr"], rates["10 yr"]],
            axis=1, keys=["iwm", "spy", "vti", "path", "two", "ten"], sort=True,
        ).dropna()
        on = on[on.index <= end]
        sessions = market.index[market.index <= end]
        on = on[on.index >= sessions[-SESSIONS - 1]]
        ret = on[["iwm", "spy", "vti"]].to_numpy()
        ret = ret[1:] / ret[:-1] - 1
        x = np.column_stack([np.diff(on[["path", "two", "ten"]].to_numpy(), axis=0), ret[:, 2]])
        n = len(ret)
        lags = int(np.floor(4 * (n / 100) ** (2 / 9)))
        fit = sm.OLS(ret[:, 0] - ret[:, 1], sm.add_constant(x)).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
        print(end.date(), n, lags, repr(fit.params[1:]), repr(fit.bse[1:]), repr(fit.rsquared))
        alone = sm.OLS(ret[:, 0] - ret[:, 1], sm.add_constant(x[:, [0, 3]])).fit()
        print("  path with the market alone", repr(alone.params[1]))
    end = pd.Timestamp("2024-02-02")
    panel = pd.concat([pd.read_parquet(folder / f"prices/screener/{y}.parquet") for y in (2022, 2023, 2024)])
    panel["date"] = pd.to_datetime(panel["date"])
    sessions = pd.DatetimeIndex(sorted(panel["date"].unique()))
    sessions = sessions[sessions <= end]
    on = pd.DataFrame({"path": path, "two": rates["2 yr"], "vti": market}).reindex(sessions)
    x = pd.DataFrame({"path": on["path"].diff(), "two": on["two"].diff(), "vti": on["vti"] / on["vti"].shift() - 1})
    window = x.iloc[-SESSIONS:].dropna()
    for symbol in ("AAPL", "JPM", "NEE", "F", "XOM"):
        own = panel[panel["symbol"] == symbol].set_index("date")["pct_change"].reindex(window.index) / 100
        fit = sm.OLS(own.to_numpy(), sm.add_constant(window.to_numpy())).fit()
        print(symbol, int(fit.nobs), repr(fit.params[1]), repr(fit.bse[1]), repr(fit.rsquared))


if __name__ == "__main__":
    main()
