#!/usr/bin/env bash
# The bulk archive of company facts: our reader beside serde_json parsing the same bytes into plain structs, after the same unpacking, in as
# many threads; at three sizes, best of three, with the most memory each run held.
# Usage: bench/companyfacts/run.sh [BYTES...]     (unpacked sizes; needs some 150 MB of disk for each 2 GB)
set -euo pipefail
cd "$(dirname "$0")/../.."
sizes=("${@:-}")
[ -n "${sizes[0]}" ] || sizes=(500000000 1000000000 2100000000)
cargo build --release --quiet -p plimsoll-sources --example company_facts
program=${CARGO_TARGET_DIR:-target}/release/examples/company_facts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for bytes in "${sizes[@]}"; do
  "$program" write "$work/companyfacts.zip" "$bytes"
  for what in parse read parse read parse read; do
    "$program" "$what" "$work/companyfacts.zip"
  done | sort -t, -k1,1 -s
done
