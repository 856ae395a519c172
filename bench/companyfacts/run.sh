#!/usr/bin/env bash
# The bulk archive of company facts: our reader beside serde_json parsing the same bytes into plain structs, after the same unpacking, in as
# many threads, and the import into a new store; at three sizes, best of three, with the most memory each run held.
# Usage: bench/companyfacts/run.sh [BYTES...]     (unpacked sizes; needs some 400 MB of disk for each 2 GB)
set -euo pipefail
cd "$(dirname "$0")/../.."
sizes=("${@:-}")
[ -n "${sizes[0]}" ] || sizes=(1000000000 2000000000 4000000000)
cargo build --release --quiet -p plimsoll-sources --example company_facts
cargo build --release --quiet -p plimsoll-store --example company_facts_import
programs=${CARGO_TARGET_DIR:-target}/release/examples
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for bytes in "${sizes[@]}"; do
  "$programs/company_facts" write "$work/companyfacts.zip" "$bytes"
  for what in parse read parse read parse read; do
    "$programs/company_facts" "$what" "$work/companyfacts.zip"
  done | sort -t, -k1,1 -s
  for _ in 1 2 3; do
    rm -rf "$work/store"
    "$programs/company_facts_import" "$work/companyfacts.zip" "$work/store"
  done
done
