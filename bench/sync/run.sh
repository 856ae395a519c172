#!/usr/bin/env bash
# A first sync of the SEC's bulk archives from a server on the loopback, beside the same download and the same import done one after the
# other. Prints seconds, the ratio, and the most memory each process held.
# Usage: bench/sync/run.sh [BYTES [MEGABYTES_A_SECOND]]     (unpacked size, 2 GB by default; 0 is as fast as the loopback goes)
# Needs about three times the packed size on disk (0.4 GB for 2 GB), removed at the end.
set -euo pipefail
cd "$(dirname "$0")/../.."
bytes=${1:-2000000000}
rate=${2:-0}
cargo build --release --quiet -p plimsoll
cargo build --release --quiet -p plimsoll-sources --example company_facts
programs=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
bulk=$work/served/www.sec.gov/Archives/edgar/daily-index
mkdir -p "$bulk/xbrl" "$bulk/bulkdata" "$work/served/www.sec.gov/files"
"$programs/examples/company_facts" write "$bulk/xbrl/companyfacts.zip" "$bytes"
python3 bench/sync/bench.py small "$bulk/bulkdata/submissions.zip" "$work/served/www.sec.gov/files/company_tickers.json"
python3 bench/sync/bench.py serve "$work/served" "$rate" > "$work/port" &
server=$!
while [ ! -s "$work/port" ]; do sleep 0.1; done
python3 bench/sync/bench.py compare "$programs/plimsoll" "$work" "http://127.0.0.1:$(cat "$work/port")"
