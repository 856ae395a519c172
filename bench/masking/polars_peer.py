"""The masking measures in polars: one tidy frame, window expressions over securities, aggregations by session.

`polars_peer.py FOLDER FROM TO OUT.csv [RUNS]`: see `pandas_peer.py`. Lazy queries, so that polars plans and runs them on all cores; what
has no expression (the window of standardised returns behind the average correlation) is NumPy on a pivoted matrix, as in pandas.
"""

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from polars import col

UNIVERSES = ["sp500", "russell2000"]
TIE = 1e-9


def over(expr: pl.Expr) -> pl.Expr:
    return expr.over("security", order_by="t")


def split_classes(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Classes of an issuer that repeat the largest capitalisation share it. Step by step: a window within a window is slow."""
    of_issuer = ["t", "issuer"]
    several = rows.select("issuer", "security").unique().filter(col("issuer").is_duplicated())["issuer"].unique()
    alone, classes = rows.filter(~col("issuer").is_in(several.implode())), rows.filter(col("issuer").is_in(several.implode()))
    for name in names:
        classes = (
            classes.with_columns(most=col(name).max().over(of_issuer))
            .with_columns(same=(col("most") / col(name) <= 1.15))
            .with_columns(sharing=col("same").sum().over(of_issuer))
            .with_columns(pl.when("same").then(col(name) / col("sharing")).otherwise(col(name)).alias(name))
        )
    return pl.concat([alone, classes.select(alone.columns)]).sort("security", "t")


def prepare(folder: Path, universe: str) -> tuple[pl.LazyFrame, pl.DataFrame]:
    days = pl.read_parquet(folder / "listed.parquet").select("day", listed=universe).with_row_index("t").cast({"t": pl.Int32})
    tidy = (
        pl.scan_parquet(folder / "panel.parquet")
        .select("security", "issuer", "seven", "day", "ret", "level", "cap", member=universe)
        .filter(col("member").any().over("security"))
        .join(days.lazy().select("t", "day"), on="day")
        .drop("day")
        .with_columns(col("ret", "level", "cap").fill_nan(None))
        .sort("security", "t")
    )
    # Windows count sessions: a security has a row on every session from its first to its last.
    spine = (
        tidy.group_by("security", "issuer", "seven")
        .agg(first=col("t").min())
        .with_columns(t=pl.int_ranges("first", len(days), dtype=pl.Int32))
        .explode("t")
        .drop("first")
    )
    full = spine.join(tidy.drop("issuer", "seven"), on=["security", "t"], how="left").with_columns(col("member").fill_null(False))
    return full.sort("security", "t"), days


def growth(level: str, ret: str, n: int) -> pl.Expr:
    whole = col(ret).is_not_null().cast(pl.Int32).rolling_sum(n) == n
    return pl.when(whole).then(col(level) / col(level).shift(n) - 1)


def chain(name: str) -> pl.Expr:
    return (1 + col(name).fill_null(0)).cum_prod()


def measures(folder: Path, universe: str) -> pl.DataFrame:
    full, days = prepare(folder, universe)
    n = 126
    quarters = days.select("t", quarter=col("day").dt.year() * 4 + col("day").dt.quarter())
    opened = (
        full.collect()
        .join(quarters, on="t")
        .with_columns(
            opening=pl.when("member").then(over(col("cap").shift(1))),
            closing=pl.when("member").then(col("cap")),
        )
    )
    rows = (
        split_classes(opened, ["opening", "closing"])
        .with_columns(
            weight=pl.when(col("ret").is_not_null()).then(col("opening")),
            closing=col("closing") / col("closing").sum().over("t"),
            average=over(col("level").rolling_mean(200)),
            before_high=over(col("level").shift(1).rolling_max(251, min_samples=1)),
            before_low=over(col("level").shift(1).rolling_min(251, min_samples=1)),
            oldest=over(col("level").shift(251)),
            high=over(col("level").rolling_max(252, min_samples=1)),
            line=over(col("level").shift(1).rolling_max(60, min_samples=1)),
            sixty=over(col("level").shift(60)),
            lowest=over(col("level").reverse().rolling_min(20, min_samples=1).reverse().shift(-1)),
            held=col("member").cast(pl.Int8).cum_min().over(["security", "quarter"], order_by="t").cast(pl.Boolean),
            drift=(1 + col("ret").fill_null(0)).cum_prod().shift(1, fill_value=1.0).over(["security", "quarter"], order_by="t"),
            started=col("t").min().over(["security", "quarter"]) == col("t").min().over("quarter"),
        )
        .with_columns(
            drawdown=pl.when("member").then(col("level") / col("high") - 1),
            drift=pl.when(col("held") & col("started") & col("ret").is_not_null()).then(col("drift")),
            broke=(col("level") > col("line") * (1 + TIE)) & col("sixty").is_not_null() & (col("t") >= 60),
        )
        .with_columns(
            recent=over(col("broke").fill_null(False).cast(pl.Int8).shift(1, fill_value=0).rolling_max(20, min_samples=1)) > 0
        )
        .with_columns(fresh=col("broke").fill_null(False) & ~col("recent") & (col("t") >= 80) & col("member"))
        .with_columns(failed=col("fresh") & (col("lowest") < col("line") * (1 - TIE)).fill_null(False))
        .with_columns(
            resolved=over(col("fresh").shift(20, fill_value=False)), fell=over(col("failed").shift(20, fill_value=False))
        )
        .with_columns(fell_lately=(over(col("fell").cast(pl.Int8).rolling_max(63, min_samples=1)) > 0) & col("member"))
        .lazy()
    )
    counted_average = col("member") & col("average").is_not_null()
    counted_high = col("member") & col("oldest").is_not_null()
    moved = col("weight") * col("ret")
    seven, rest = col("seven"), ~col("seven")
    days_frame = (
        rows.group_by("t")
        .agg(
            capital=col("weight").sum(),
            index=moved.sum(),
            group=moved.filter(seven).sum(),
            rest=moved.filter(rest).sum() / col("weight").filter(rest).sum(),
            equal=col("ret").filter("member").mean(),
            quarterly=(col("drift") * col("ret")).sum() / col("drift").sum(),
            group_weight=col("closing").filter(seven).sum(),
            above=((col("level") > col("average") * (1 + TIE)) & counted_average).sum(),
            above_of=counted_average.sum(),
            up=((col("ret") > TIE) & col("member")).sum(),
            down=((col("ret") < -TIE) & col("member")).sum(),
            known=(col("ret").is_not_null() & col("member")).sum(),
            highs=((col("level") > col("before_high") * (1 + TIE)) & counted_high).sum(),
            lows=((col("level") < col("before_low") * (1 - TIE)) & counted_high).sum(),
            highs_of=counted_high.sum(),
            median_drawdown=col("drawdown").median(),
            bear=(1 + col("drawdown") <= 0.8 * (1 + TIE)).sum() / col("drawdown").count(),
            resolved=col("resolved").sum(),
            failed=col("fell").sum(),
            fell_lately=col("fell_lately").sum(),
            members=col("member").sum(),
        )
        .with_columns(index=pl.when(col("capital") > 0).then(col("index") / col("capital")), group=col("group") / col("capital"))
        .sort("t")
        .collect()
        .with_columns(
            quarterly=pl.when(col("t") >= quarters.filter(col("quarter") > col("quarter").min())["t"].min()).then("quarterly"),
            rest=col("rest").fill_nan(None),
            level=chain("index"),
        )
        .with_columns(rest_level=chain("rest"), quarterly_level=chain("quarterly"))
        .with_columns(
            gain=growth("level", "index", 252),
            running=(col("level").shift(1) * col("group")).fill_nan(0).fill_null(0).cum_sum(),
        )
    )
    issuers = (
        rows.filter(col("closing").is_not_null())
        .group_by("t", "issuer")
        .agg(w=col("closing").sum())
        .group_by("t")
        .agg(top_weight=col("w").top_k(10).sum(), effective_names=1 / (col("w") ** 2).sum())
    )
    daily = days_frame.lazy().select("t", "index", "equal")
    split = (
        rows.join(daily, on="t")
        .with_columns(both=col("ret").is_not_null() & col("equal").is_not_null())
        .with_columns(
            r=pl.when("both").then("ret").otherwise(0.0), m=pl.when("both").then("equal").otherwise(0.0), k=col("both").cast(pl.Float64)
        )
        .with_columns(
            k=over(col("k").rolling_sum(n, min_samples=1)),
            sr=over(col("r").rolling_sum(n, min_samples=1)),
            sm=over(col("m").rolling_sum(n, min_samples=1)),
            srr=over((col("r") * col("r")).rolling_sum(n, min_samples=1)),
            srm=over((col("r") * col("m")).rolling_sum(n, min_samples=1)),
            smm=over((col("m") * col("m")).rolling_sum(n, min_samples=1)),
        )
        .filter(col("member") & (col("k") >= np.ceil(0.8 * n)) & col("closing").is_not_null())
        .with_columns(
            vr=col("srr") - col("sr") ** 2 / col("k"),
            vm=col("smm") - col("sm") ** 2 / col("k"),
            cov=col("srm") - col("sr") * col("sm") / col("k"),
        )
        .with_columns(
            specific=((col("vr") - col("cov") ** 2 / col("vm")) / (col("k") - 2)).clip(lower_bound=0), beta=col("cov") / col("vm")
        )
        .group_by("t", "issuer")
        .agg(
            w=col("closing").sum(),
            wb=(col("closing") * col("beta")).sum(),
            own=(col("closing") * col("specific").sqrt()).sum() ** 2,
            seven=col("seven").any(),
        )
        .group_by("t")
        .agg(whole=col("w").sum(), slope=col("wb").sum(), own=col("own").sum(), of_seven=col("own").filter("seven").sum())
    )
    dispersion = rows.join(daily, on="t").group_by("t").agg(
        spread=(col("weight") * (col("ret") - col("index")) ** 2).sum() / col("weight").sum()
    )
    # Where the window lacks a session a security is only out of the spine before its first.
    wide = np.full((len(days), int(rows.select(col("security").max()).collect().item()) + 1), np.nan)
    cells = rows.select("t", "security", "ret", "member").collect()
    t, security = cells["t"].to_numpy(), cells["security"].to_numpy()
    wide[t, security] = cells["ret"].to_numpy()
    member = np.zeros(wide.shape, dtype=bool)
    member[t, security] = cells["member"].to_numpy()
    used = member.any(axis=0)
    rho = average_correlation(wide[:, used], member[:, used], 63)

    net = (1000 * (col("up").cast(pl.Float64) - col("down")) / (col("up") + col("down"))).fill_nan(0)
    kernels = [(1 - a) ** np.arange(195) for a in (2 / 20, 2 / 40)]
    ratio = days_frame.select(net.alias("x"))["x"].to_numpy()
    oscillator = np.full(len(ratio), np.nan)
    fast, slow = (np.convolve(ratio, k / k.sum())[194 : len(ratio)] for k in kernels)
    oscillator[194:] = fast - slow

    warm = 60 + 40 + 63 - 1
    all_days = (
        days_frame.join(issuers.collect(), on="t", how="left")
        .join(split.collect(), on="t", how="left")
        .join(dispersion.collect(), on="t", how="left")
        .join(days, on="t")
        .sort("t")
        .with_columns(rho=pl.Series(rho), oscillator=pl.Series(oscillator))
        .with_columns(common=(col("slope") / col("whole")) ** 2 * col("equal").rolling_var(n), specific=col("own") / col("whole") ** 2)
    )
    late = lambda expr, first: pl.when(col("t") >= first).then(expr)
    contribution = pl.when(col("gain").is_not_null()).then((col("running") - col("running").shift(252)) / col("level").shift(252))
    equal_growth = growth("quarterly_level", "quarterly", 252)
    index_drawdown = col("level") / col("level").rolling_max(252) - 1
    total, fails = col("resolved").rolling_sum(63), col("failed").rolling_sum(63)
    return (
        all_days.filter(col("members").sum() > 0)
        .select(
            "day",
            "members",
            group_contribution=contribution,
            contribution_share=pl.when(col("gain") >= 1e-4).then(contribution / col("gain")),
            index_return=col("gain"),
            return_without_group=growth("rest_level", "rest", 252),
            equal_weight_return=equal_growth,
            cap_minus_equal=col("gain") - equal_growth,
            group_weight=col("group_weight"),
            top_weight=col("top_weight"),
            effective_names=col("effective_names"),
            share_above_average=pl.when(col("above_of") > 0).then(col("above") / col("above_of")),
            advance_decline_line=late((col("up").cast(pl.Int64) - col("down").cast(pl.Int64)).rolling_sum(252), 252).cast(pl.Float64),
            mcclellan_oscillator=col("oscillator"),
            new_highs_minus_lows=pl.when(col("highs_of") > 0).then(col("highs").cast(pl.Int64) - col("lows").cast(pl.Int64)).cast(pl.Float64),
            index_drawdown=index_drawdown,
            median_drawdown=late(col("median_drawdown"), 251),
            masking_gap=late(index_drawdown - col("median_drawdown"), 251),
            share_in_bear_market=late(col("bear"), 251),
            common_variance_share=late(col("common") / (col("common") + col("specific")), n),
            group_specific_share=late(col("of_seven") / col("own"), n),
            average_correlation=col("rho"),
            return_dispersion=col("spread").fill_nan(None).rolling_mean(21).sqrt(),
            failed_breakout_rate=late(pl.when(total > 0).then(fails / total), warm),
            failed_breakout_count=late(fails, warm).cast(pl.Float64),
            failed_breakout_share=late(col("fell_lately") / col("members"), warm),
            unmatched_members=1 - col("members") / col("listed"),
        )
        .filter(col("members") > 0)
        .drop("members")
        .unpivot(index="day", variable_name="measure")
        .with_columns(universe=pl.lit(universe))
    )


def average_correlation(r: np.ndarray, member: np.ndarray, n: int) -> np.ndarray:
    """One variance instead of all pairs; returns that are not known count as the mean."""
    known = np.isfinite(r)
    filled = np.where(known, r, 0.0)
    roll = lambda x: np.vstack([np.full((n - 1, x.shape[1]), np.nan), windows(x, n)])
    k, s, ss = roll(known.astype(float)), roll(filled), roll(filled * filled)
    with np.errstate(all="ignore"):
        variance = (ss - s * s / k) / n
        counts = member & (k >= np.ceil(0.8 * n)) & (variance > 1e-12)
        scale = np.where(counts, 1 / np.sqrt(variance), 0.0)
        mean = np.nan_to_num(s / k)
    number, gap = counts.sum(axis=1), (~known).astype(float)
    rho = np.full(len(r), np.nan)
    for t in range(n, len(r)):
        window = slice(t - n + 1, t + 1)
        z = filled[window] @ scale[t] + gap[window] @ (scale[t] * mean[t])
        rho[t] = (z.var() / number[t] - 1) / (number[t] - 1)
    return rho


def windows(x: np.ndarray, n: int) -> np.ndarray:
    total = np.vstack([np.zeros((1, x.shape[1])), np.cumsum(x, axis=0)])
    return total[n:] - total[:-n]


def run(folder: Path) -> pl.DataFrame:
    return pl.concat([measures(folder, u) for u in UNIVERSES])


def main() -> None:
    folder, start, end, out = Path(sys.argv[1]), *sys.argv[2:5]
    best = np.inf
    for _ in range(int(sys.argv[5]) if len(sys.argv) > 5 else 3):
        begin = time.perf_counter()
        result = run(folder)
        best = min(best, time.perf_counter() - begin)
    tidy = result.with_columns(col("value").fill_nan(None)).drop_nulls()
    tidy = tidy.filter(col("day").is_between(pl.lit(start).str.to_date(), pl.lit(end).str.to_date()))
    tidy.select("measure", "universe", "day", "value").write_csv(out)
    print(f"best {best:.3f}")


if __name__ == "__main__":
    main()
