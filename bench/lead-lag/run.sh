#!/bin/sh
# All pairs of 200 made-up series of minute bars, five days, lags of 30 minutes either way: ours beside the package `lead-lag` from PyPI.
# Contrasts are compared first, then times; the package runs on PAIRS pairs and its time is scaled linearly to all of them.
#
#   bench/lead-lag/run.sh [RUNS] [PAIRS]
#
# Needs Python with numpy and lead-lag (its build needs cython and numpy: pip install cython numpy; pip install --no-build-isolation lead-lag).
# Everything it makes goes to $WORK (default: target/bench-lead-lag).
set -eu
cd "$(dirname "$0")/../.."
runs=${1:-5}
pairs=${2:-20}
series=200
days=5
reach=30
python=${PYTHON:-python3}
work=${WORK:-target/bench-lead-lag}
mkdir -p "$work"
cargo build --release -q -p plimsoll-testsuite --example lead_lag
ours=${CARGO_TARGET_DIR:-target}/release/examples/lead_lag
best() { sed -n 's/^best //p' "$1"; }
load() { if [ -r /proc/loadavg ]; then cut -d' ' -f1 /proc/loadavg; else echo unknown; fi; }
echo "load before: $(load)"
"$ours" "$work" $series $days $reach "$pairs" "$runs" | tee "$work/ours.log"
if ! "$python" -c 'import lead_lag' 2>/dev/null; then
    echo "lead-lag: not installed"
    exit 0
fi
"$python" bench/lead-lag/peer.py "$work" $series $days $reach "$pairs" >"$work/peer.log"
"$python" bench/lead-lag/compare.py "$work" $days $reach "$pairs" 1e-9
echo "load after: $(load)"
awk -v ours="$(best "$work/ours.log")" -v theirs="$(best "$work/peer.log")" -v pairs="$pairs" -v all=$((series * (series - 1) / 2)) \
    'BEGIN { whole = theirs / pairs * all; printf "lead-lag %.1f s for %d pairs, %.0f s for %d; ours %.3f s: %.0f times as fast\n", theirs, pairs, whole, all, ours, whole / ours }'
