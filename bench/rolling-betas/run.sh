#!/bin/sh
# Rolling betas of 3,000 made-up stocks by 850 sessions on two factors, window 252: ours beside statsmodels RollingOLS, NumPy and, where
# installed, numba. Values are compared first, then times.
#
#   bench/rolling-betas/run.sh [RUNS] [SAMPLE]
#
# Needs Python with numpy and statsmodels. Everything it makes goes to $WORK (default: target/bench-rolling-betas).
set -eu
cd "$(dirname "$0")/../.."
runs=${1:-5}
sample=${2:-60}
stocks=3000
sessions=850
window=252
work=${WORK:-target/bench-rolling-betas}
mkdir -p "$work"
cargo build --release -q -p plimsoll --example rolling_betas
ours=${CARGO_TARGET_DIR:-target}/release/examples/rolling_betas
here=bench/rolling-betas
python3 $here/generate.py "$work" $stocks $sessions

best() { sed -n 's/^best //p' "$1"; }
load() { if [ -r /proc/loadavg ]; then cut -d' ' -f1 /proc/loadavg; else echo unknown; fi; }
echo "load before: $(load)"
"$ours" "$work" $stocks $sessions $window "$runs" >"$work/ours.log"
peers=
for peer in statsmodels numpy numba; do
    count=$runs
    [ $peer = statsmodels ] && count=$sample
    if python3 "$here/${peer}_peer.py" "$work" $stocks $sessions $window "$count" >"$work/$peer.log"; then
        peers="$peers $peer"
        python3 $here/compare.py "$work" $stocks $sessions $peer 1e-8
    elif [ $? -eq 3 ]; then
        echo "$peer: not installed"
    else
        exit 1
    fi
done
echo "load after: $(load)"
for peer in $peers; do
    awk -v ours="$(best "$work/ours.log")" -v theirs="$(best "$work/$peer.log")" -v peer="$peer" \
        'BEGIN { printf "%s %.4f s, ours %.4f s: %.1f times as fast\n", peer, theirs, ours, theirs / ours }'
done
