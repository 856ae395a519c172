"""From the matrices that `masking_history panel` wrote to one tidy Parquet file, the form in which both peers read the market."""

import sys
from pathlib import Path

import numpy as np
import polars as pl

UNIVERSES = ["sp500", "russell2000"]


def main(folder: Path) -> None:
    sessions = pl.read_csv(folder / "sessions.csv", has_header=False, new_columns=["day"], try_parse_dates=True)["day"]
    names = pl.read_csv(folder / "securities.csv", has_header=False, new_columns=["symbol", "issuer", "seven"])
    n, t = len(names), len(sessions)
    matrix = {k: np.fromfile(folder / f"{k}.f64").reshape(n, t) for k in ["close", "ret", "level", "cap"]}
    member = {u: np.fromfile(folder / f"{u}.u8", dtype=np.uint8).reshape(n, t) for u in UNIVERSES}
    # Rows with a price, and those that carry one.
    rows, days = np.nonzero(np.isfinite(matrix["level"]) | np.isfinite(matrix["cap"]))
    tidy = pl.DataFrame(
        {
            "security": rows.astype(np.int32),
            "issuer": names["issuer"].to_numpy()[rows].astype(np.int32),
            "seven": names["seven"].to_numpy()[rows].astype(bool),
            "day": sessions.gather(days),
            **{k: m[rows, days] for k, m in matrix.items()},
            **{u: m[rows, days].astype(bool) for u, m in member.items()},
        }
    )
    tidy.write_parquet(folder / "panel.parquet", compression="zstd")
    listed = {u: pl.read_csv(folder / f"{u}.listed.csv", has_header=False).to_series() for u in UNIVERSES}
    pl.DataFrame({"day": sessions, **listed}).write_parquet(folder / "listed.parquet")
    print(f"panel: {len(tidy):,} rows, {n:,} securities, {t} sessions")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
