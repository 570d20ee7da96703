#!/bin/bash
# Shows that an episode neither allocates nor counts references: allocations and retains of one training step must be the
# same for ten times as many ticks. Usage: allocations.sh [path of an optimised snn]. Linux with glibc; elsewhere it says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
snn=$(realpath "${1:-.build/release/snn}")
if ! ldd --version 2>&1 | grep -qi -e glibc -e gnu; then echo "allocations are counted with glibc only"; exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Sets are ordered by hashes, which would differ from run to run.
export SWIFT_DETERMINISTIC_HASHING=1
cc=$(command -v clang || command -v cc)
"$cc" -O2 -shared -fPIC -o "$work/allocations.so" Tools/Benchmarks/allocations.c -ldl
for ticks in 50 500; do
  sed -e "s/run for 50 ms/run for $ticks ms/" -e "s#data/digits#$PWD/examples/data/digits#" examples/digits.snn > "$work/$ticks.snn"
done

# Prints allocations and retains of 20 training steps after the first five, which fill the caches.
steps() {
  local few many
  few=$(count 5 "$1")
  many=$(count 25 "$1")
  set -- $few $many
  echo $(($3 - $1)) $(($4 - $2))
}
count() {
  LD_PRELOAD="$work/allocations.so" "$snn" bench "$work/$2.snn" --steps "$1" --threads 1 2>&1 >/dev/null |
    sed -n 's/.*allocations \([0-9]*\) retains \([0-9]*\).*/\1 \2/p'
}
read -r short_allocations short_retains < <(steps 50)
read -r long_allocations long_retains < <(steps 500)
echo "20 training steps of digits: $short_allocations allocations, $short_retains retains with 50 ticks;" \
  "$long_allocations, $long_retains with 500"
# One allocation or retain per tick would be 9000 more; what grows with the number of spikes must not show either.
if ((long_allocations > short_allocations + 500 || long_retains > short_retains + 500)); then
  echo "the episode allocates or counts references" >&2
  exit 1
fi
