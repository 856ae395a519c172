"""Equal results first, then the times."""
import sys

import numpy as np
import pandas as pd

ours = pd.read_csv(sys.argv[1]).set_index("sessions")
theirs = pd.read_csv(sys.argv[2], index_col=0)
assert list(ours.index.astype(int)) == list(theirs.index)
wealth = np.max(np.abs(ours["wealth"].to_numpy() / theirs["wealth"].to_numpy() - 1))
fall = np.max(np.abs(ours["max_drawdown"].to_numpy() - theirs["max_drawdown"].to_numpy()))
print(f"{len(ours)} parameter sets: final wealth differs by at most {wealth:.1e} of itself, the largest drawdown by {fall:.1e}")
assert wealth < 1e-8 and fall < 1e-8
us, them = min(float(x) for x in open(sys.argv[3])), float(open(sys.argv[4]).read())
print(f"plimsoll, the whole command with reading the store and writing the ledger: {us:.3f} s")
print(f"vectorbt, from arrays in memory:                                         {them:.3f} s   {them / us:.1f} times as long")
