#!/usr/bin/env bash
# The journey from sign-up to leaving in a real Chromium, with a real mail server on loopback (testsuite/web/alerts-journey.mjs).
# Usage: scripts/alerts-journey.sh [PLIMSOLL]      (the program; default target/debug/plimsoll)
# Needs what scripts/setup.sh installs, Node, and playwright-core where Node finds it (testsuite/web/node_modules).
set -euo pipefail
cd "$(dirname "$0")/.."
plimsoll="$(realpath "${1:-target/debug/plimsoll}")"
work="$(mktemp -d)"
chmod 755 "$work"
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }
smtp="$(port)" tls="$(port)" web="$(port)"

exim="$work/exim"
mkdir -p "$exim"/{spool,log,mail,flags}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$exim/server.key" -out "$exim/server.pem" -days 2 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
user="$(id -un)"
[ "$(id -u)" -ne 0 ] || user="$(/usr/sbin/exim4 -C /dev/null -bP exim_user | sed 's/.*= *//')"
sed -e "s|@DIR@|$exim|g; s|@USER@|$user|g; s|@PORT@|$smtp|g; s|@TLS@|$tls|g" crates/plimsoll/tests/common/exim.conf >"$exim/exim.conf"
if [ "$(id -u)" -eq 0 ]; then chown -R "$user" "$exim" && chown root "$exim/exim.conf"; fi
/usr/sbin/exim4 -bdf -q1s -C "$exim/exim.conf" &
pids+=($!)

cat >"$work/yields.toml" <<'T'
title = "Yields decide"
[[claim]]
id = "above-four"
says = "The ten-year yield stands at four per cent or more"
measure = "yield_level"
with = { series = "fred:DGS10" }
holds = "value >= 4"
wrong = "A level says nothing of where it goes."
[[claim]]
id = "risen"
says = "The ten-year yield has risen about 35 bp from its low"
measure = "yield_change_from_extreme"
with = { window = 10 }
holds = "value >= 25"
fails = "value < 10"
wrong = "An older low drops out of the window."
T
days() { for d in 03 04 05 06 09 10 11 12 13 17 18 19 20 23 24 25 26 27 30 31; do echo "2023-01-$d,$1"; done; }
{ echo observation_date,DGS10; days 4.20; } >"$work/DGS10.csv"
cat >"$work/plimsoll.toml" <<T
[serve]
thesis = ["$work/yields.toml"]
[alerts]
base_url = "http://127.0.0.1:$web"
confirm = 1
near = 0
[alerts.smtp]
host = "localhost"
port = $smtp
tls = "starttls"
ca_file = "exim/server.pem"
from = "Plimsoll <alerts@example.org>"
bounces = "bounces@example.org"
hello = "localhost"
T
p() { "$plimsoll" --store "$work/store" --config "$work/plimsoll.toml" "$@"; }
p import "$work/DGS10.csv" >/dev/null
p watch "$work/yields.toml" --once
# @SERVE@
p serve "$work/yields.toml" --port "$web" >"$work/serve.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do curl -sf "http://127.0.0.1:$web/alerts" >/dev/null && break; sleep 0.1; done
cat >"$work/play" <<P
set -e
printf '2023-02-01,3.90\n2023-02-02,3.85\n' >>"$work/DGS10.csv"
"$plimsoll" --store "$work/store" --config "$work/plimsoll.toml" import "$work/DGS10.csv"
"$plimsoll" --store "$work/store" --config "$work/plimsoll.toml" watch "$work/yields.toml" --once
P
node testsuite/web/alerts-journey.mjs "http://127.0.0.1:$web" "$exim/mail/all/new" "bash $work/play"
# Nobody's address is in what the server wrote.
! grep -q 'reader@\|reader%40' "$work/serve.log"
