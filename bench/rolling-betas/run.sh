#!/bin/sh
# Rolling betas of 3,000 made-up stocks by 850 sessions on two factors, window 252: ours beside statsmodels RollingOLS, published compiled
# packages (polars-ols, polars-ds, numbagg, mojagg), NumPy and a hand-written numba loop, as far as they are installed. Values are compared
# first; then ours and each peer run turn by turn, and the median of the ratios of the rounds is told.
#
#   bench/rolling-betas/run.sh [ROUNDS] [SAMPLE]
#
# Needs Python (PYTHON, default python3) with numpy and statsmodels. OURS names a built example, else it is built. Everything it makes goes to
# $WORK (default: target/bench-rolling-betas). Every side has THREADS threads (default 2).
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-5}
sample=${2:-60}
stocks=3000
sessions=850
window=252
threads=${THREADS:-2}
python=${PYTHON:-python3}
work=${WORK:-target/bench-rolling-betas}
export RAYON_NUM_THREADS="$threads" POLARS_MAX_THREADS="$threads" NUMBA_NUM_THREADS="$threads" OMP_NUM_THREADS="$threads"
mkdir -p "$work"
ours=${OURS:-}
if [ -z "$ours" ]; then
    cargo build --release -q -p plimsoll --example rolling_betas
    ours=${CARGO_TARGET_DIR:-target}/release/examples/rolling_betas
fi
here=bench/rolling-betas
"$python" $here/generate.py "$work" $stocks $sessions

best() { sed -n 's/^best //p' "$1"; }
load() { if [ -r /proc/loadavg ]; then cut -d' ' -f1 /proc/loadavg; else echo unknown; fi; }
# PEER RUNS: one process, the best of RUNS within it.
peer() {
    case $1 in
    numbagg | mojagg) "$python" $here/covariance_peer.py "$1" "$work" $stocks $sessions $window "$2" ;;
    *) "$python" "$here/$1_peer.py" "$work" $stocks $sessions $window "$2" ;;
    esac
}
echo "threads: $threads; load before: $(load)"
"$ours" "$work" $stocks $sessions $window 3 >"$work/ours.log"
peers=
for name in statsmodels polars_ols polars_ds numbagg mojagg numpy numba; do
    count=1
    [ $name = statsmodels ] && count=$sample
    if peer $name "$count" >"$work/$name.log"; then
        # Packages that update sums by adding and subtracting drift.
        tolerance=1e-8
        case $name in polars_ols | polars_ds | numbagg | mojagg) tolerance=1e-6 ;; esac
        "$python" $here/compare.py "$work" $stocks $sessions $name $tolerance
        peers="$peers $name"
    elif [ $? -eq 3 ]; then
        echo "$name: not installed"
    else
        exit 1
    fi
done
: >"$work/rounds"
for name in $peers; do
    [ $name = statsmodels ] && turns=1 || turns=$rounds
    round=0
    while [ $round -lt "$turns" ]; do
        "$ours" "$work" $stocks $sessions $window 5 >"$work/ours.log"
        [ $name = statsmodels ] || peer $name 2 >"$work/$name.log"
        echo "$name $(best "$work/$name.log") $(best "$work/ours.log")" >>"$work/rounds"
        round=$((round + 1))
    done
done
echo "load after: $(load)"
for name in $peers; do
    grep "^$name " "$work/rounds" | awk '{ print $2 / $3, $2, $3 }' | sort -g | awk -v peer="$name" \
        '{ r[NR] = $1; t[NR] = $2; o[NR] = $3 } END { m = int((NR + 1) / 2); printf "%s %.4f s, ours %.4f s: %.1f times as fast (median of %d rounds, %.1f to %.1f)\n", peer, t[m], o[m], r[m], NR, r[1], r[NR] }'
done
