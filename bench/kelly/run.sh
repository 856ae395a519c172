#!/bin/sh
# Kelly with a bounded drawdown: ours beside cvxpy with the same solver, on the paper's finite example (20 bets, 100 outcomes) and on 20 bets
# with 1,000 sampled outcomes. Growth is compared first (to 1e-7, the bound to 1e-6), then times.
#
#   bench/kelly/run.sh [RUNS]
#
# Needs Python with cvxpy. Everything it makes goes to $WORK (default: target/bench-kelly).
set -eu
cd "$(dirname "$0")/../.."
runs=${1:-10}
python=${PYTHON:-python3}
work=${WORK:-target/bench-kelly}
cargo build --release -q -p plimsoll-testsuite --example kelly
ours=${CARGO_TARGET_DIR:-target}/release/examples/kelly
load() { if [ -r /proc/loadavg ]; then cut -d' ' -f1 /proc/loadavg; else echo unknown; fi; }
echo "load before: $(load)"
for outcomes in 100 1000; do
    dir="$work/$outcomes"
    mkdir -p "$dir"
    "$python" bench/kelly/peer.py "$dir" 20 $outcomes make
    for lambda in 6.455696235812881 5.5; do
        echo "20 bets, $outcomes outcomes, lambda $lambda"
        "$ours" "$dir" 20 $outcomes $lambda "$runs" >"$dir/ours.log"
        "$python" bench/kelly/peer.py "$dir" 20 $outcomes $lambda "$runs" >"$dir/peer.log"
        cat "$dir/ours.log" "$dir/peer.log"
        awk '/^best/ { t[NR > 2] = $2 } END { printf "cvxpy over ours: %.1f\n", t[1] / t[0] }' "$dir/ours.log" "$dir/peer.log"
    done
done
echo "load after: $(load)"
