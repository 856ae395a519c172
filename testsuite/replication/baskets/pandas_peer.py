"""A basket by pandas: `pandas_peer.py DATA HOLDINGS.csv DAYS.csv`.

DATA is the folder with `prices/screener` and `membership`; the tables are those of `plimsoll backtest momentum-small-caps --table holdings`
and `--table days`. Ranks the members anew and counts how many of the names agree, then plays the holdings through the panel.
"""

import glob
import sys

import pandas as pd

data, holdings, days = sys.argv[1:4]
files = sorted(glob.glob(f"{data}/prices/screener/*.parquet"))
bars = pd.concat([pd.read_parquet(f, columns=["date", "symbol", "close", "pct_change"]) for f in files])
bars["date"] = pd.to_datetime(bars["date"])
bars["symbol"] = bars.symbol.str.strip().str.replace("/", ".")
bars = bars.drop_duplicates(["date", "symbol"])
ret = bars.pivot(index="date", columns="symbol", values="pct_change") / 100
ret = ret.where(ret.abs() < 5)
close = bars.pivot(index="date", columns="symbol", values="close")
level = (1 + ret.fillna(0)).cumprod().where(close.notna())
members = pd.read_csv(f"{data}/membership/r2k_membership.csv", parse_dates=["start_date", "end_date"])
held = pd.read_csv(holdings, parse_dates=["decided", "traded"])
ours = pd.read_csv(days, parse_dates=["day"]).set_index("day")

agree, apart = [], []
for day, group in held.groupby("decided"):
    t = level.index.get_loc(day)
    on = members[(members.start_date <= day) & (members.end_date.isna() | (members.end_date > day))].ticker
    names = [c for c in level.columns if c in set(on)]
    score = (level.iloc[t - 21][names] / level.iloc[t - 252][names] - 1).where(close.iloc[t][names].notna()).dropna()
    agree.append(len(set(score.sort_values(ascending=False).index[:50]) & set(group.symbol)))
    mine = group.set_index("symbol").score.dropna()
    both = mine.index.intersection(score.index)
    apart.append((mine[both] - score[both]).abs().median())
print("names of 50 that agree, by renewal:", agree)
print("scores, largest median difference of a renewal:", max(apart))

traded = {d: g.set_index("symbol").weight for d, g in held.groupby("traded")}
value, cash, quiet, out = {}, 1.0, {}, {}
for day in level.index[level.index >= min(traded)]:
    before = sum(value.values()) + cash
    for s in list(value):
        if pd.isna(close.at[day, s]):
            quiet[s] = quiet.get(s, 0) + 1
            if quiet[s] > 10:
                cash += value.pop(s)
        else:
            quiet[s] = 0
            value[s] *= 1 + (0 if pd.isna(ret.at[day, s]) else ret.at[day, s])
    worth = sum(value.values()) + cash
    out[day] = worth / before - 1
    if day in traded:
        value = {s: worth * w for s, w in traded[day].items()}
        cash = worth - sum(value.values())
        quiet = {s: quiet.get(s, 0) if pd.isna(close.at[day, s]) else 0 for s in value}
peer = pd.Series(out)
shared = peer.index.intersection(ours.index)[1:]
print("wealth before costs, pandas and ours:", (1 + peer[shared]).prod(), (1 + ours.gross[shared]).prod())
print("largest difference of a day:", (peer[shared] - ours.gross[shared]).abs().max())
