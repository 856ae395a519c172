#!/bin/sh
# The daily history of every masking measure over the S&P 500 and Russell 2000: ours beside pandas and polars, values compared first.
#
#   bench/masking/run.sh [DATA] [RUNS]
#
# DATA is a folder with `prices/screener` and `membership` (default: ../shared/data beside the checkout). Needs Python with pandas, polars,
# numpy and pyarrow. Everything it makes goes to $WORK (default: target/bench-masking).
set -eu
cd "$(dirname "$0")/../.."
data=${1:-../shared/data}
runs=${2:-3}
if [ ! -d "$data/prices/screener" ]; then
    echo "skipped: no $data/prices/screener"
    exit 0
fi
work=${WORK:-target/bench-masking}
from=2021-02-01
to=2024-06-28
mkdir -p "$work"
cargo build --release -p plimsoll-testsuite --example masking_history
ours=${CARGO_TARGET_DIR:-target}/release/examples/masking_history
"$ours" import "$work/store" "$data/prices/screener" "$data/membership"
"$ours" panel "$work/store" "$from" "$to" "$work/panel"
python3 bench/masking/panel.py "$work/panel"

best() { sed -n 's/^best //p' "$1"; }
"$ours" "$work/store" "$from" "$to" "$work/ours.csv" "$runs" | tee "$work/ours.log"
for peer in pandas polars; do
    python3 "bench/masking/${peer}_peer.py" "$work/panel" "$from" "$to" "$work/$peer.csv" "$runs" | tee "$work/$peer.log"
    python3 bench/masking/compare.py "$work/ours.csv" "$work/$peer.csv" 1e-9 >"$work/$peer.agree" || { cat "$work/$peer.agree"; exit 1; }
    tail -1 "$work/$peer.agree"
done
for peer in pandas polars; do
    awk -v ours="$(best "$work/ours.log")" -v theirs="$(best "$work/$peer.log")" -v peer="$peer" \
        'BEGIN { printf "%s %.2f s, ours %.2f s: %.1f times as fast\n", peer, theirs, ours, theirs / ours }'
done
