#!/bin/sh
# Ours and NumPy on the same issuers, paths and random numbers: counts first, then seconds. run.sh [ISSUERS] [PATHS] [RUNS]
set -e
cd "$(dirname "$0")/../.."
issuers=${1:-2000} paths=${2:-10000} runs=${3:-3}
cargo build --release -q -p plimsoll-testsuite --example stress
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
uptime
"${CARGO_TARGET_DIR:-target}/release/examples/stress" "$dir" "$issuers" "$paths" "$runs" | tee "$dir/ours.txt"
python3 bench/stress/numpy_peer.py "$dir" "$paths" 1876 0.19 | tee "$dir/peer.txt"
python3 bench/stress/compare.py "$dir"
uptime
