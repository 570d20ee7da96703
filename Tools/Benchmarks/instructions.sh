#!/bin/bash
# Counts the instructions of five small programs under valgrind and holds them against instructions.txt: 2 % more is an
# error, 2 % less a reason to renew the file (--write). Unlike times, counts do not depend on what else a machine does.
#   instructions.sh [path of an optimised snn] [--write]
# A program is counted twice, with few repetitions and with more, and the difference is kept: what a training step, a
# pass or a neuron's check takes, without the start of the process. Valgrind knows AVX2 but not AVX-512, so that the
# kernels are the same on every machine that has the former. Counted is the command as `make test` builds it; a build
# without `-enable-testing` takes 4 to 16 % fewer.
set -euo pipefail
snn="$(dirname "$0")/../../.build/release/snn"
write=0
for argument in "$@"; do
  if [ "$argument" = --write ]; then write=1; else snn="$argument"; fi
done
snn=$(realpath "$snn")
cd "$(dirname "$0")"
for tool in valgrind strip python3; do
  command -v $tool >/dev/null || { echo "instructions are not counted: no $tool"; exit 0; }
done
grep -qw avx2 /proc/cpuinfo || { echo "instructions are not counted: no AVX2"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Older valgrinds do not read the debug information of newer compilers.
strip -o "$work/snn" "$snn"
# Sets are ordered by hashes, which would differ from run to run.
export SWIFT_DETERMINISTIC_HASHING=1

for neurons in 40 80; do
  for ((n = 0; n < neurons; n++)); do
    printf 'neuron N%d {\n  param tau = 20 ms in 1 ms .. 100 ms\n  state V = -65 mV\n  state I = 0 pA\n' $n
    printf '  tau * dV/dt = -(V + 65 mV) + 100 MOhm * I\n  dI/dt = -I / 5 ms\n  on input(w) { I += w }\n'
    printf '  spike when V > -50 mV\n  on spike { V = -65 mV }\n  refractory 2 ms hold V\n}\n'
  done >"$work/check$neurons.snn"
done

count() { # NAME ARGUMENTS: leaves the count in a file
  local name=$1
  shift
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/snn" "$@" >"$work/$name.log" 2>&1 ||
    { cat "$work/$name.log" >&2; return 1; }
  sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$work/$name.log" >"$work/$name.count"
}
few() {
  for name in feedforward recurrent eligibility sparse; do
    count $name.1 bench instructions/$name.snn --threads 1 --steps 1
  done
  count check.1 check "$work/check40.snn"
}
many() {
  for name in feedforward recurrent eligibility sparse; do
    count $name.2 bench instructions/$name.snn --threads 1 --steps 6
  done
  count check.2 check "$work/check80.snn"
}
few &
first=$!
many
wait $first

python3 - "$work" "$write" <<'PY'
import sys

work, write = sys.argv[1], sys.argv[2] == "1"
names = {"feedforward": 5, "recurrent": 5, "eligibility": 5, "sparse": 5, "check": 40}
counts = {}
for name, repetitions in names.items():
    one, two = (int(open(f"{work}/{name}.{k}.count").read()) for k in (1, 2))
    counts[name] = (two - one) // repetitions
if write:
    with open("instructions.txt", "w") as file:
        file.writelines(f"{name} {count}\n" for name, count in counts.items())
kept = dict(line.split() for line in open("instructions.txt"))
failed = False
for name, count in counts.items():
    change = count / int(kept[name]) - 1
    print(f"{name:12} {count:12,} instructions, {change:+.2%}")
    if change > 0.02:
        failed = True
        print(f"  more than 2 % above {kept[name]} of instructions.txt", file=sys.stderr)
    elif change < -0.02:
        print("  renew instructions.txt: instructions.sh --write")
sys.exit(failed)
PY
