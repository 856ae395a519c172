#!/bin/sh
# bench/sweep/run.sh [RUNS]: 1,000 moving averages over 98 years of made-up daily data, beside vectorbt.
# Needs a release build (target/release/plimsoll, or PLIMSOLL) and a Python with vectorbt (PYTHON).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runs=${1:-3}
plimsoll=${PLIMSOLL:-$here/../../target/release/plimsoll}
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" "$here/generate.py" "$work/data"
"$plimsoll" --store "$work/store" import "$work/data" > /dev/null
# The days that were taken: those with a session.
"$plimsoll" --store "$work/store" backtest "$here/wander.toml" --set sessions=2 --table days --format csv -o "$work/days.csv"
start=1931-01-05
echo "load before: $(cut -d' ' -f1-3 /proc/loadavg)"
for run in $(seq "$runs"); do
    rm -rf "$work/store/ledger"
    began=$(date +%s.%N)
    "$plimsoll" --store "$work/store" backtest "$here/wander.toml" --from "$start" --sweep sessions=2..1001:1 --format csv -o "$work/ours.csv"
    ended=$(date +%s.%N)
    echo "$ended - $began" | bc >> "$work/ours.times"
done
"$python" "$here/vectorbt_peer.py" "$work/data/WANDER.csv" "$work/days.csv" 2 1001 "$start" "$runs" "$work/theirs.csv" > "$work/theirs.time"
echo "load after:  $(cut -d' ' -f1-3 /proc/loadavg)"
"$python" "$here/compare.py" "$work/ours.csv" "$work/theirs.csv" "$work/ours.times" "$work/theirs.time"
