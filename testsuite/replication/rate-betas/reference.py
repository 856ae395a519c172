"""Rate betas by statsmodels on the real data: `reference.py DATA`. Prints the table of README.md.

Stocks: OLS of the daily return on a constant, the change of the Treasury's par yields and the return of VTI over the last 252 sessions to
2024-02-02, over days on which yield and market are known on the session and on the one before; classic errors. Sector funds: OLS on the
days that fund, market and yields share, the last 252 sessions of the exchange, HAC errors with 4 lags and the factor n / (n - k).
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

END, SESSIONS = pd.Timestamp("2024-02-02"), 252


def closes(folder: Path, symbol: str) -> pd.Series:
    return pd.read_csv(folder / f"prices/etf/{symbol}.csv", index_col="date", parse_dates=True)["adj_close"]


def yields(folder: Path) -> pd.DataFrame:
    new = pd.read_csv(folder / "rates/treasury/par-yield-curve-2024.csv")
    old = pd.read_csv(folder / "rates/treasury/par-yield-curve-1990-2023.csv")
    new.columns, old.columns = [c.strip().lower() for c in new.columns], [c.strip().lower() for c in old.columns]
    new["date"], old["date"] = pd.to_datetime(new["date"]), pd.to_datetime(old["date"], format="mixed")
    both = pd.concat([old, new]).set_index("date").sort_index()
    return both[["2 yr", "10 yr"]].astype(float)


def main() -> None:
    folder = Path(sys.argv[1])
    panel = pd.concat([pd.read_parquet(folder / f"prices/screener/{y}.parquet") for y in (2022, 2023, 2024)])
    panel["date"] = pd.to_datetime(panel["date"])
    sessions = pd.DatetimeIndex(sorted(panel["date"].unique()))
    sessions = sessions[sessions <= END]
    rates, market = yields(folder), closes(folder, "VTI")
    on = pd.DataFrame({"two": rates["2 yr"], "ten": rates["10 yr"], "vti": market}).reindex(sessions)
    x = pd.DataFrame({"ten": on["ten"].diff(), "two": on["two"].diff(), "vti": on["vti"] / on["vti"].shift() - 1})
    window = x.iloc[-SESSIONS:].dropna()
    for columns in (["ten", "vti"], ["ten", "two", "vti"]):
        for symbol in ("AAPL", "JPM", "NEE", "F", "XOM"):
            own = panel[panel["symbol"] == symbol].set_index("date")["pct_change"].reindex(window.index) / 100
            fit = sm.OLS(own.to_numpy(), sm.add_constant(window[columns].to_numpy())).fit()
            print(symbol, columns, int(fit.nobs), repr(fit.params[1]), repr(fit.bse[1]), repr(fit.rsquared))
    shared = pd.concat([rates["10 yr"], market], axis=1, keys=["ten", "vti"], sort=True).dropna()
    shared = shared[shared.index <= END]
    for symbol in ("XLU", "XLF", "XLK"):
        both = shared.join(closes(folder, symbol).rename("fund"), how="inner")
        begin = market.index[market.index <= END][-SESSIONS - 1]
        both = both[both.index >= begin]
        y = both["fund"].to_numpy()[1:] / both["fund"].to_numpy()[:-1] - 1
        m = both["vti"].to_numpy()[1:] / both["vti"].to_numpy()[:-1] - 1
        fit = sm.OLS(y, sm.add_constant(np.column_stack([np.diff(both["ten"]), m]))).fit(
            cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}
        )
        print(symbol, len(y), repr(fit.params[1]), repr(fit.bse[1]), repr(fit.rsquared))


if __name__ == "__main__":
    main()
