#!/usr/bin/env bash
# A report from a warm store: seconds and memory; then the cost of a history by sessions, by members and by measures, which grows in a line.
# Usage: bench/report/run.sh STORE [PLIMSOLL]     (a release build; a store filled by `plimsoll import`)
set -euo pipefail
cd "$(dirname "$0")/../.."
store=$1
plimsoll=${2:-target/release/plimsoll}
python3 - "$plimsoll" "$store" <<'PY'
import resource, subprocess, sys, tempfile, time
program, store = sys.argv[1:]
def run(*arguments):
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        done = subprocess.run([program, "--store", store, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        best = min(best, time.perf_counter() - started)
        if done.returncode not in (0, 1, 3):
            sys.exit(done.stderr.decode())
    return best
with tempfile.TemporaryDirectory() as out:
    seconds = run("report", "--as-of", "2024-02-02", "-o", f"{out}/report.html")
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(f"report: {seconds:.2f} s (aim: under 2), {peak:.0f} MB (aim: under 1,000)")
print("cost of one history (share_in_bear_market), seconds")
for first in ("2024-01-02", "2023-06-01", "2023-01-03", "2022-06-01", "2022-02-01"):
    print(f"  sessions from {first} to 2024-06-28: {run('measure', 'share_in_bear_market', '--from', first, '--to', '2024-06-28', '--with', 'universe=russell2000', '--format', 'csv'):.2f}")
for universe in ("top:250", "top:500", "top:1000", "top:2000", "top:3000"):
    print(f"  members {universe}: {run('measure', 'share_in_bear_market', '--from', '2022-06-01', '--to', '2024-06-28', '--with', f'universe={universe}', '--format', 'csv'):.2f}")
PY
