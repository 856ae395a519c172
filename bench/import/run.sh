#!/usr/bin/env bash
# Import of the screener panel against polars decoding and re-encoding the same files, in one run, best of three.
# Usage: bench/import/run.sh [PLIMSOLL] [DATA]     (a release build; polars from PyPI; DATA defaults to ../shared/data)
set -euo pipefail
cd "$(dirname "$0")/../.."
plimsoll=${1:-target/release/plimsoll}
data=${2:-../shared/data}
files=("$data"/prices/screener/20*.parquet)
best() { sort -g | head -1; }
ours=() peers=() memory=0
for _ in 1 2 3; do
  store=$(mktemp -d)
  read -r seconds kilobytes < <(python3 - "$plimsoll" "$store" "${files[@]}" <<'PY'
import resource, subprocess, sys, time
program, store, *files = sys.argv[1:]
started = time.perf_counter()
subprocess.run([program, "--store", store, "import", *files, "--format", "csv", "-o", "/dev/null"], check=True, stderr=subprocess.DEVNULL)
print(f"{time.perf_counter() - started:.2f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}")
PY
)
  rm -rf "$store"
  ours+=("$seconds")
  [ "$kilobytes" -gt "$memory" ] && memory=$kilobytes
  read -r seconds rows < <(python3 bench/import/polars_peer.py "${files[@]}")
  peers+=("$seconds")
done
a=$(printf '%s\n' "${ours[@]}" | best)
b=$(printf '%s\n' "${peers[@]}" | best)
python3 -c "print(f'import of $rows rows: $a s, polars decode and encode: $b s, ratio {$a / $b:.2f} (aim: at most 2), peak memory {$memory / 1024:.0f} MB (aim: under 1,500)')"
