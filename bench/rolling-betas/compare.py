"""Whether a peer's values are ours: `compare.py DIR STOCKS SESSIONS PEER TOLERANCE`. Fails where one lies further apart or is absent.

Slopes are compared in units of the larger of their size and their standard error, errors and R^2 in units of their own size.
"""

import sys
from pathlib import Path

import numpy as np


def main() -> None:
    folder, peer, tolerance = Path(sys.argv[1]), sys.argv[4], float(sys.argv[5])
    stocks, sessions = int(sys.argv[2]), int(sys.argv[3])
    ours = np.fromfile(folder / "ours.f64").reshape(stocks, 6, sessions)
    index = folder / f"{peer}.i64"
    rows = np.fromfile(index, dtype=np.int64) if index.exists() else np.arange(stocks)
    theirs = np.fromfile(folder / f"{peer}.f64").reshape(len(rows), -1, sessions)
    ours = ours[rows]
    errors = np.abs(ours[:, 2:4])
    ours = ours[:, : theirs.shape[1]]
    absent = int((np.isfinite(ours) != np.isfinite(theirs)).sum())
    scale = np.abs(theirs)
    scale[:, 0:2] = np.maximum(scale[:, 0:2], errors)
    apart = np.nanmax(np.abs(ours - theirs) / scale)
    values = int(np.isfinite(theirs).sum())
    print(f"{peer}: {values:,} values of {len(rows):,} stocks, furthest apart {apart:.1e}, {absent} in one only")
    if absent or not apart <= tolerance or values == 0:
        sys.exit(f"{peer} differs by more than {tolerance}")


if __name__ == "__main__":
    main()
