"""Whether the package's contrasts are ours, in size, pair by pair, day by day, lag by lag: `compare.py DIR DAYS REACH PAIRS TOLERANCE`."""

import sys
from pathlib import Path

import numpy as np


def main() -> None:
    folder, days, reach, pairs, tolerance = Path(sys.argv[1]), *map(int, sys.argv[2:5]), float(sys.argv[5])
    shape = (-1, days, 2 * reach + 1)
    ours = np.fromfile(folder / "ours.f64").reshape(shape)[:pairs]
    theirs = np.fromfile(folder / "peer.f64").reshape(shape)[:pairs]
    scale = np.abs(theirs).max(axis=2, keepdims=True)
    apart = float((np.abs(np.abs(ours) - theirs) / scale).max())
    print(f"lead-lag: {theirs.size:,} contrasts of {len(theirs)} pairs, furthest apart {apart:.1e} of the largest of their pair and day")
    if not apart <= tolerance or theirs.size == 0:
        sys.exit(f"lead-lag differs by more than {tolerance}")


if __name__ == "__main__":
    main()
