#!/bin/bash
# Runs every example through the built command, at a size that fits a test run.
#   Tools/run-examples.sh [path of snn]
set -euo pipefail
cd "$(dirname "$0")/.."
snn="${1:-.build/release/snn}"
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT

# One line each: the file, then the verb with its options. Examples that are not there yet are passed over; a file in
# the folder that no line names is an error, so that none is forgotten.
examples=(
  "lif.snn run"
  "random_patterns.snn test"
  "loss_landscape.snn test"
  "loss_landscape.snn plot landscape --points 100 --move w_in -o /dev/null"
  "digits.snn test"
  "digits_conv.snn train --epochs 2"
  "braille.snn train --epochs 2"
  "paper_network.snn check"
  "conversion.snn test --task rates"
  "conversion.snn test --task spiking"
  "conversion.snn test --task cautious"
  "adex.snn test"
  "noisy_lif.snn test"
  "learned_delays.snn test --task order"
  "learned_delays.snn test --task exact"
  "variants.snn test"
  "variants.snn sweep --points 2 --epochs 1"
  "parts.snn test"
  "gap_junctions.snn test --task apart"
  "gap_junctions.snn test --task coupled"
  "balanced.snn run --stats"
  "balanced_conductance.snn run --stats"
  "balanced_stdp.snn run --stats"
  "stdp.snn run --for 20s"
  "short_term_plasticity.snn test"
  "hodgkin_huxley.snn test"
  "yin_yang.snn train --task ticks --epochs 2"
  "yin_yang.snn train --task events --set n=20 --epochs 1"
  "xor_in_time.snn test"
  "tempo.snn train --epochs 2"
  "habituation.snn test"
  "stream.snn test --task pieces"
  "stream.snn test --task cut"
  "stream.snn test --task rewired"
  "reward.snn test"
  "picture.snn train --task symmetric --epochs 100"
  "picture.snn train --task uniform --epochs 20"
  "randman.snn train --epochs 2"
  "evidence.snn train --epochs 1"
  "pattern_generation.snn train --epochs 20"
  "rules/bptt.snn test"
  "rules/rtrl.snn test"
  "rules/eprop.snn test"
  "rules/online_eprop.snn test"
  "rules/superspike.snn test"
  "rules/local_errors.snn test"
  "rules/feedback_alignment.snn test"
  "rules/direct_feedback_alignment.snn test"
  "rules/random_error_bp.snn test"
  "rules/eventprop.snn test"
  "rules/spike_time.snn test"
  "rules/likelihood.snn test"
  "rules/finite_difference.snn test"
  "frameworks/brian2.snn test"
  "frameworks/nengo.snn test"
  "frameworks/nest.snn test"
  "frameworks/nir_traces.snn test --precision f64"
  "frameworks/nir_network.snn test"
  "frameworks/norse.snn test"
  "frameworks/rockpool.snn test"
  "frameworks/snntorch.snn test"
  "frameworks/spikingjelly.snn test"
)

failed=0
for line in "${examples[@]}"; do
  read -r file verb options <<<"$line"
  [ -f "examples/$file" ] || continue
  echo "== snn $verb examples/$file ${options:-}"
  # Options are words.
  # shellcheck disable=SC2086
  if ! "$snn" "$verb" "examples/$file" ${options:-} >"$out/log" 2>&1; then
    cat "$out/log"
    echo "failed: snn $verb examples/$file"
    failed=1
  else
    tail -n 3 "$out/log"
  fi
done

# The embedding program is a package of its own that uses this one.
if [ -f examples/embed/Package.swift ]; then
  echo "== swift run --package-path examples/embed"
  if swift run --package-path examples/embed >"$out/log" 2>&1; then
    tail -n 3 "$out/log"
  else
    cat "$out/log"
    echo "failed: examples/embed"
    failed=1
  fi
fi

for path in examples/*.snn examples/rules/*.snn examples/frameworks/*.snn; do
  [ -f "$path" ] || continue
  if ! printf '%s\n' "${examples[@]}" | grep -q "^${path#examples/} "; then
    echo "$path is not in the list of $0"
    failed=1
  fi
done
exit $failed
