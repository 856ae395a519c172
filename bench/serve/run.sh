#!/usr/bin/env bash
# Load on the dashboard: 300 readers of cached pages, alone and while heavy stress requests are computed. Needs wrk.
# Usage: bench/serve/run.sh PLIMSOLL STORE      (a release build; any store with prices, statements and futures)
# Prints requests a second and latencies; exits with 1 where a bound is missed:
#   cached pages: 5,000 requests a second, p99 below 50 ms; beside heavy requests: p99 below 200 ms; memory below 1.5 GB;
#   a slider of the stress lab: 300 ms, over the issuers of UNIVERSE [default: small; top:6000 is 2,000 issuers of a whole market].
set -euo pipefail
program=$(realpath "$1") store=$(realpath "$2")
seconds=${SECONDS_OF_LOAD:-10} day=${DAY:-2024-02-02}
work=$(mktemp -d)
# On a busy machine the first page may take longer than the server allows by itself; it is not what is measured.
printf '[serve]\nseconds = 900\n' > "$work/plimsoll.toml"
"$program" --store "$store" --config "$work/plimsoll.toml" serve --listen 127.0.0.1:0 > "$work/address" 2> "$work/log" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
base=$(sed 's,/$,,' "$work/address")
pages=("/?as_of=$day" "/measures/share_in_bear_market?as_of=$day" "/rates?as_of=$day" "/stress?as_of=$day" "/method/contribution_share?as_of=$day" "/data?as_of=$day" "/api/v1/thesis?as_of=$day")
for p in "${pages[@]}"; do curl -fsS --max-time 900 -o /dev/null "$base$p"; done
cat > "$work/pages.lua" <<END
local paths = { $(printf '"%s",' "${pages[@]}") }
local i = 0
request = function()
  i = i % #paths + 1
  return wrk.format("GET", paths[i], { ["Accept-Encoding"] = "br" })
end
done = function(summary, latency, requests)
  io.write(string.format("%.0f %.2f %.2f %d\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
END
load() { wrk -t1 -c300 -d"${seconds}s" --timeout 10s -s "$work/pages.lua" "$base" | tail -1; }
read -r rate p50 p99 errors < <(load)
echo "cached pages, 300 readers: $rate requests a second, p50 $p50 ms, p99 $p99 ms, $errors errors"
# Heavy: stress of new days, each laid out from the store, two at a time without a pause.
heavy() {
  local n=0
  while :; do
    n=$((n + 1))
    curl -s --max-time 300 -o /dev/null "$base/api/v1/stress/issuers?as_of=$(date -u -d "$day - $(($1 + 2 * n)) days" +%F)&universe=small" || true
    echo >> "$work/heavy.$1"
  done
}
heavy 1 & one=$!
heavy 2 & two=$!
sleep 1
read -r rate2 p502 p992 errors2 < <(load)
kill $one $two 2>/dev/null || true
computed=$({ cat "$work"/heavy.* 2>/dev/null || true; } | wc -l)
echo "the same beside heavy requests ($computed answered): $rate2 requests a second, p50 $p502 ms, p99 $p992 ms, $errors2 errors"
# The stress lab: what a slider asks for, a scenario that nobody asked for before each time.
lab="$base/stress?as_of=$day&universe=${UNIVERSE:-small}"
issuers=$(curl -fsS --max-time 300 "$lab" | grep -o '[0-9]* of [0-9]* issuers run out' | head -1 | cut -d' ' -f3 || true)
for growth in $(seq -40 2 38); do
  curl -fsS --max-time 300 -o /dev/null -w '%{time_total}\n' -H 'accept-encoding: br' "$lab&growth=$growth&depth=$((25 * ((growth + 40) % 9)))&first=3"
done | sort -n > "$work/sliders"
slider=$(awk '{ t[NR] = $1 * 1000 } END { printf "%.0f %.0f", t[int((NR + 1) / 2)], t[NR] }' "$work/sliders")
read -r middle slowest <<< "$slider"
echo "a slider of the stress lab, ${issuers:-0} issuers: $middle ms in the middle of 40, $slowest ms at most"
memory=$(awk '/VmHWM/ {print $2 / 1024}' /proc/$server/status)
echo "memory at its peak: $memory MB"
awk -v r="$rate" -v p="$p99" -v q="$p992" -v e="$((errors + errors2))" -v m="$memory" -v h="$computed" -v s="$slowest" 'BEGIN {
  bad = 0
  if (r < 5000) { print "missed: 5,000 requests a second"; bad = 1 }
  if (p >= 50) { print "missed: p99 below 50 ms"; bad = 1 }
  if (q >= 200) { print "missed: p99 below 200 ms beside heavy requests"; bad = 1 }
  if (e > 0) { print "missed: no errors"; bad = 1 }
  if (m > 1536) { print "missed: memory below 1.5 GB"; bad = 1 }
  if (s >= 300) { print "missed: a slider below 300 ms"; bad = 1 }
  if (h < 1) { print "missed: a heavy request was answered"; bad = 1 }
  exit bad }'
