"""The masking measures in pandas: wide frames of sessions by securities, rolling windows of the library, NumPy for reductions.

`pandas_peer.py FOLDER FROM TO OUT.csv [RUNS]` reads the cleaned panel from Parquet, computes the daily history of every measure over both
universes, prints the seconds of the best run, and writes `measure,universe,day,value`.
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

UNIVERSES = ["sp500", "russell2000"]
TIE = 1e-9
warnings.filterwarnings("ignore")


def share_classes(caps: pd.DataFrame, issuer: pd.Series) -> pd.DataFrame:
    """Classes of an issuer that repeat the largest capitalisation share it."""
    for _, columns in issuer.groupby(issuer).groups.items():
        if len(columns) > 1:
            held = caps[columns]
            same = held.rdiv(held.max(axis=1), axis=0) <= 1.15
            shared = held.div(same.sum(axis=1).where(lambda n: n > 0), axis=0)
            caps[columns] = held.where(~same, shared)
    return caps


def chain(ret: pd.Series) -> pd.Series:
    return (1 + ret.fillna(0)).cumprod()


def growth(level: pd.Series, ret: pd.Series, n: int) -> pd.Series:
    whole = ret.notna().astype(float).rolling(n).sum() == n
    return (level / level.shift(n) - 1).where(whole)


def measures(panel: dict[str, pd.DataFrame], universe: str, issuer: pd.Series, seven: pd.Series, listed: pd.Series) -> pd.DataFrame:
    out = {}
    member = panel[universe]
    ever = member.columns[member.any()]
    member, issuer, seven = member[ever], issuer[ever], seven[ever]
    ret, level, cap = (panel[k][ever] for k in ["ret", "level", "cap"])
    opening = share_classes(cap.shift(1).where(member), issuer)
    closing = share_classes(cap.where(member), issuer)

    # The index, the group's part, the index without it.
    weight = opening.where(ret.notna())
    moved = weight * ret
    capital = weight.sum(axis=1)
    index = (moved.sum(axis=1) / capital).where(capital > 0)
    index_level = chain(index)
    gain = growth(index_level, index, 252)
    group = moved.loc[:, seven].sum(axis=1) / capital
    running = (index_level.shift(1) * group).fillna(0).cumsum()
    out["group_contribution"] = ((running - running.shift(252)) / index_level.shift(252)).where(gain.notna())
    out["contribution_share"] = (out["group_contribution"] / gain).where(gain >= 1e-4)
    out["index_return"] = gain
    rest = moved.loc[:, ~seven].sum(axis=1) / weight.loc[:, ~seven].sum(axis=1)
    out["return_without_group"] = growth(chain(rest), rest, 252)

    # Equal weights, set at the last close of each quarter.
    equal = (ret.where(member)).mean(axis=1)
    quarter = ret.index.to_period("Q")
    start = pd.Series(quarter, index=ret.index).ne(pd.Series(quarter, index=ret.index).shift())
    held = (member & member.loc[start].reindex(member.index).ffill().fillna(False).astype(bool)).groupby(quarter).cummin()
    drift = (1 + ret.fillna(0)).groupby(quarter).cumprod().groupby(quarter).shift(1, fill_value=1.0)
    drift = drift.where(held & ret.notna())
    quarterly = (drift * ret).sum(axis=1) / drift.sum(axis=1)
    quarterly[quarter == quarter[0]] = np.nan
    out["equal_weight_return"] = growth(chain(quarterly), quarterly, 252)
    out["cap_minus_equal"] = gain - out["equal_weight_return"]

    # Concentration, classes added up.
    weights = closing.div(closing.sum(axis=1), axis=0)
    out["group_weight"] = weights.loc[:, seven].sum(axis=1)
    repeated = issuer[issuer.duplicated(keep=False)]
    merged = pd.concat(
        [weights.drop(columns=repeated.index), weights[repeated.index].T.groupby(repeated).sum(min_count=1).T], axis=1
    )
    ranked = -np.partition(-merged.fillna(0).to_numpy(), 9, axis=1)[:, :10]
    out["top_weight"] = pd.Series(ranked.sum(axis=1), index=ret.index)
    out["effective_names"] = 1 / (merged**2).sum(axis=1)

    # Breadth.
    average = level.rolling(200).mean()
    counted = member & average.notna()
    above = ((level > average * (1 + TIE)) & counted).sum(axis=1)
    out["share_above_average"] = above / counted.sum(axis=1)
    up, down = ((ret > TIE) & member).sum(axis=1), ((ret < -TIE) & member).sum(axis=1)
    known = (member & ret.notna()).sum(axis=1) > 0
    whole = known.iloc[1:].astype(float).rolling(252).sum().reindex(known.index) == 252
    out["advance_decline_line"] = (up - down).rolling(252).sum().where(whole)
    net = (1000 * (up - down) / (up + down)).fillna(0).where(known).to_numpy()
    oscillator = np.full(len(net), np.nan)
    kernels = [(1 - a) ** np.arange(195) for a in (2 / 20, 2 / 40)]
    fast, slow = (np.convolve(net, k / k.sum())[194 : len(net)] for k in kernels)
    oscillator[194:] = fast - slow
    out["mcclellan_oscillator"] = pd.Series(oscillator, index=ret.index)
    before = level.shift(1).rolling(251, min_periods=1)
    counted = member & level.shift(251).notna()
    highs = ((level > before.max() * (1 + TIE)) & counted).sum(axis=1)
    lows = ((level < before.min() * (1 - TIE)) & counted).sum(axis=1)
    out["new_highs_minus_lows"] = (highs - lows).where(counted.sum(axis=1) > 0)

    # Drawdowns.
    drawdown = (level / level.rolling(252, min_periods=1).max() - 1).where(member)
    drawdown.iloc[:251] = np.nan
    out["index_drawdown"] = index_level / index_level.rolling(252).max() - 1
    out["median_drawdown"] = drawdown.median(axis=1)
    out["masking_gap"] = out["index_drawdown"] - out["median_drawdown"]
    out["share_in_bear_market"] = (1 + drawdown <= 0.8 * (1 + TIE)).sum(axis=1) / drawdown.notna().sum(axis=1)

    # The market model over 126 sessions against the equal-weighted members.
    n = 126
    both = ret.notna() & equal.notna().to_numpy()[:, None]
    r = ret.where(both, 0.0)
    m = both.mul(equal.fillna(0), axis=0)
    roll = lambda frame: frame.rolling(n).sum()
    k, sr, sm = roll(both.astype(float)), roll(r), roll(m)
    srr, srm, smm = roll(r * r), roll(r * m), roll(m * m)
    vr, vm, cov = srr - sr * sr / k, smm - sm * sm / k, srm - sr * sm / k
    enough = (k >= np.ceil(0.8 * n)) & member & (vm > 0)
    beta = (cov / vm).where(enough)
    specific = ((vr - cov * cov / vm) / (k - 2)).clip(lower=0).where(enough)
    w = weights.where(specific.notna())
    whole = w.sum(axis=1)
    slope = (w * beta).sum(axis=1) / whole
    common = slope**2 * equal.rolling(n).var()
    deviation = w * np.sqrt(specific)
    # The classes of an issuer are added before squaring.
    alone = deviation.drop(columns=repeated.index)
    own = (alone**2).sum(axis=1) + (deviation[repeated.index].T.groupby(repeated).sum() ** 2).sum()
    grouped = deviation.loc[:, seven].T.groupby(issuer[seven]).sum().T
    common.iloc[:n], own.iloc[:n] = np.nan, np.nan
    out["common_variance_share"] = common / (common + own / whole**2)
    out["group_specific_share"] = (grouped**2).sum(axis=1) / own

    # Average correlation: one variance instead of all pairs; returns that are not known count as the mean.
    n = 63
    known, filled = ret.notna(), ret.fillna(0)
    k, s, ss = known.astype(float).rolling(n).sum(), filled.rolling(n).sum(), (filled * filled).rolling(n).sum()
    variance = (ss - s * s / k) / n
    counts = member & (k >= np.ceil(0.8 * n)) & (variance > 1e-12)
    scale = (1 / np.sqrt(variance)).where(counts, 0.0).to_numpy()
    mean = (s / k).fillna(0).to_numpy()
    r, gap = filled.to_numpy(), (~known).to_numpy().astype(float)
    rho = np.full(len(r), np.nan)
    number = counts.sum(axis=1).to_numpy()
    for t in range(n, len(r)):
        window = slice(t - n + 1, t + 1)
        z = r[window] @ scale[t] + gap[window] @ (scale[t] * mean[t])
        rho[t] = (z.var() / number[t] - 1) / (number[t] - 1)
    out["average_correlation"] = pd.Series(rho, index=ret.index)

    # Dispersion around the index, weights at the previous close.
    spread = (weight * (ret.sub(index, axis=0)) ** 2).sum(axis=1) / capital
    out["return_dispersion"] = np.sqrt(spread.rolling(21).mean())

    # Breakouts.
    n, horizon, window = 60, 20, 63
    line = level.shift(1).rolling(n, min_periods=1).max()
    broke = (level > line * (1 + TIE)) & level.shift(n).notna()
    broke.iloc[:n] = False
    fresh = broke & ~(broke.shift(1, fill_value=False).rolling(horizon, min_periods=1).max() > 0)
    fresh.iloc[: n + horizon] = False
    fresh = fresh & member
    lowest = level[::-1].rolling(horizon, min_periods=1).min()[::-1].shift(-1)
    failed = fresh & (lowest < line * (1 - TIE))
    resolved, fell = fresh.shift(horizon, fill_value=False), failed.shift(horizon, fill_value=False)
    warm = n + 2 * horizon + window - 1
    total = resolved.sum(axis=1).rolling(window).sum()
    fails = fell.sum(axis=1).rolling(window).sum()
    recent = (fell.rolling(window).max() > 0) & member
    rows = member.sum(axis=1)
    for name, value in [
        ("failed_breakout_rate", (fails / total).where(total > 0)),
        ("failed_breakout_count", fails),
        ("failed_breakout_share", recent.sum(axis=1) / rows),
    ]:
        value.iloc[:warm] = np.nan
        out[name] = value
    out["unmatched_members"] = 1 - rows / listed
    return pd.DataFrame(out)[(rows > 0).to_numpy()]


def run(folder: Path) -> pd.DataFrame:
    tidy = pd.read_parquet(folder / "panel.parquet")
    listed = pd.read_parquet(folder / "listed.parquet").set_index("day")
    days = pd.DatetimeIndex(listed.index)
    listed.index = days
    names = tidy.drop_duplicates("security").set_index("security")
    # The quickest pivot: codes into an empty matrix.
    row, column = days.get_indexer(pd.DatetimeIndex(tidy["day"])), tidy["security"].to_numpy()
    panel = {}
    for name in ["ret", "level", "cap"]:
        wide = np.full((len(days), len(names)), np.nan)
        wide[row, column] = tidy[name].to_numpy()
        panel[name] = pd.DataFrame(wide, index=days)
    for name in UNIVERSES:
        wide = np.zeros((len(days), len(names)), dtype=bool)
        wide[row, column] = tidy[name].to_numpy()
        panel[name] = pd.DataFrame(wide, index=days)
    names = names.sort_index()
    results = {u: measures(panel, u, names["issuer"], names["seven"], listed[u]) for u in UNIVERSES}
    return pd.concat(results, names=["universe", "day"])


def main() -> None:
    folder, start, end, out = Path(sys.argv[1]), *sys.argv[2:5]
    best = np.inf
    for _ in range(int(sys.argv[5]) if len(sys.argv) > 5 else 3):
        begin = time.perf_counter()
        result = run(folder)
        best = min(best, time.perf_counter() - begin)
    tidy = result.reset_index().melt(["universe", "day"], var_name="measure").dropna()
    tidy = tidy[(tidy["day"] >= start) & (tidy["day"] <= end)]
    tidy[["measure", "universe", "day", "value"]].to_csv(out, index=False)
    print(f"best {best:.3f}")


if __name__ == "__main__":
    main()
