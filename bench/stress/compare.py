"""Counts of both sides, then their ratio. compare.py DIR"""

import sys

import numpy as np

directory = sys.argv[1]
ours, peer = (np.fromfile(f"{directory}/{who}.u32", np.uint32).reshape(-1, 14) for who in ("ours", "peer"))
apart = np.abs(ours.astype(np.int64) - peer.astype(np.int64))
paths = int(open(f"{directory}/ours.txt").readline().split()[3])
print(f"counts: {ours.size} compared, {(apart > 0).sum()} differ, by at most {apart.max()} of {paths} paths")
# A logarithm that rounds the other way can move a path that lies on an edge: a few in twenty million.
if apart.sum() > 1e-6 * paths * len(ours) * 14:
    sys.exit("the results differ")
seconds = [float(open(f"{directory}/{who}.txt").read().split(mark)[1].split()[0]) for who, mark in (("ours", "engine "), ("peer", "best "))]
print(f"ours {seconds[0]:.3f} s, NumPy {seconds[1]:.3f} s, {seconds[1] / seconds[0]:.1f} times as fast")
