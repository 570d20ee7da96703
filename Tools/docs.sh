#!/bin/bash
# The documentation site: the guide and the library as pages that work from a file, and DocC's archive of the library
# where the toolchain has docc (it wants a server).
#   Tools/docs.sh [OUT]        out/site where nothing is said
set -euo pipefail
cd "$(dirname "$0")/.."
out="${1:-out/site}"

swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members
graphs="$(mktemp -d)"
trap 'rm -rf "$graphs"' EXIT
cp "$(dirname "$(swift build --show-bin-path)")"/symbolgraph/SNN.symbols.json "$graphs"

rm -rf "$out"
mkdir -p "$out"
Tools/make-docs.py "$out" "$graphs"

docc="$(dirname "$(readlink -f "$(command -v swift)")")/docc"
if [ -x "$docc" ]; then
  "$docc" convert --fallback-display-name SNN --fallback-bundle-identifier snn.SNN \
    --additional-symbol-graph-dir "$graphs" --output-path "$out/docc" \
    --transform-for-static-hosting --hosting-base-path docc --diagnostic-level error
  echo "DocC: python3 -m http.server -d $out, then http://localhost:8000/docc/documentation/snn"
else
  echo "the toolchain has no docc: the library's pages are in $out/api only"
fi
