#!/usr/bin/env bash
# Installs the Debian packages that the program or its tests can use:
#   a C compiler (SQLite and zstd are built from source), Chromium (report --pdf, --card), fonts for it, poppler (tests look at PDF pages),
#   Exim and OpenSSL (tests of alerts send mail through a real server on loopback),
#   node, npm, Python's venv, curl and wrk (tests of the dashboard: browser, made-up requests, load).
# Usage: scripts/setup.sh            (as root, or with sudo)
set -euo pipefail
want=()
command -v cc >/dev/null 2>&1 || want+=(build-essential)
command -v chromium >/dev/null 2>&1 || want+=(chromium)
command -v pdftotext >/dev/null 2>&1 || want+=(poppler-utils)
[ -x /usr/sbin/exim4 ] || want+=(exim4-daemon-light)
command -v openssl >/dev/null 2>&1 || want+=(openssl)
command -v node >/dev/null 2>&1 || want+=(nodejs)
command -v npm >/dev/null 2>&1 || want+=(npm)
python3 -c 'import ensurepip' >/dev/null 2>&1 || want+=(python3-venv)
command -v curl >/dev/null 2>&1 || want+=(curl)
command -v wrk >/dev/null 2>&1 || want+=(wrk)
[ -d /usr/share/fonts/truetype/dejavu ] || want+=(fonts-dejavu-core)
if [ ${#want[@]} -eq 0 ]; then
  echo "setup: everything is there"
  exit 0
fi
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
echo "setup: installing ${want[*]}"
"${run[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null
echo "setup: done"
