#!/usr/bin/env bash
# Drives the dashboard and its API for real: every page in Chromium, property-based requests against the API's own description, load.
# Usage: scripts/web-tests.sh [PLIMSOLL]        PLIMSOLL is the program [default: builds target/debug/plimsoll]
#   FULL=1       10,000 requests of the API instead of 1,500, and the load test of bench/serve
#   KEEP=DIR     keeps pictures of every page and the logs in DIR
# Needs node, npm, python3 and the Debian packages of scripts/setup.sh. Listens on 127.0.0.1 alone.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
scripts/setup.sh
program=${1:-}
if [ -z "$program" ]; then
  cargo build --quiet -p plimsoll
  program="${CARGO_TARGET_DIR:-target}/debug/plimsoll"
fi
program=$(realpath "$program")
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  if [ -n "${KEEP:-}" ]; then mkdir -p "$KEEP" && cp -r "$work"/*.log "$work"/pictures "$KEEP"/ 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

echo "== a store of the sample world"
"$program" demo --keep "$work/demo" -o "$work/report.html" > "$work/demo.log"
export PLIMSOLL_SERVE_TOKEN=a-token-for-the-web-tests
# The first page of a debug build on a busy machine takes its time; what is tested here is not how long.
printf '[serve]\nseconds = 900\n' > "$work/plimsoll.toml"
"$program" --store "$work/demo/store" --config "$work/plimsoll.toml" serve "$work/demo/small-cap-pain.toml" --listen 127.0.0.1:0 --log json > "$work/address" 2> "$work/server.log" &
server=$!
for _ in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
export PLIMSOLL_URL=$(sed 's,/$,,' "$work/address")
echo "== $PLIMSOLL_URL"
curl -fsS --max-time 900 -o /dev/null "$PLIMSOLL_URL/?as_of=2024-02-02"

echo "== pages in Chromium"
cp -r testsuite/web "$work/web"
(cd "$work/web" && rm -rf node_modules && npm ci --silent --no-audit --no-fund && PLIMSOLL_PICTURES="$work/pictures" npm test --silent) 2>&1 | tee "$work/pages.log"

echo "== the API against its own description"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r testsuite/web/requirements.txt
requests=1500
[ -z "${FULL:-}" ] || requests=10000
"$work/venv/bin/python" testsuite/web/api.py "$PLIMSOLL_URL" "$requests" "$work/venv/bin/schemathesis" 2>&1 | tee "$work/api.log"

echo "== a reader of alerts, from sign-up to leaving"
(cd testsuite/web && { [ -d node_modules/playwright-core ] || npm ci --silent --no-audit --no-fund; })
PICTURES="$work/pictures" cargo test --quiet -p plimsoll --test alerts_journey -- --ignored --nocapture 2>&1 | tee "$work/journey.log"

if grep -q '"level":"ERROR"' "$work/server.log"; then
  echo "the server logged errors:"
  grep '"level":"ERROR"' "$work/server.log" | head
  exit 1
fi
kill -TERM "$server"
wait "$server"
server=
echo "== the server ended by itself when told to"
if [ -n "${FULL:-}" ]; then "$root/bench/serve/run.sh" "$program" "$work/demo/store"; fi
echo "== all well"
