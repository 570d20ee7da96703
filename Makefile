# `make run` trains the Braille reader; `make test` checks everything that must hold.
SNN = .build/release/snn
SWIFT_PATHS = Sources Tests Package.swift examples
# The tests whose numbers take time: again with optimisation, where rounding may differ.
NUMERICAL = SNNCalculusTests|SNNRuntimeTests|SNNTests
# Warnings of our own targets are errors (see Package.swift).
STRICT = SNN_STRICT=1

.PHONY: run test docs instructions build packages lint format clean

run: packages
	swift build -c release --product snn
	mkdir -p out
	$(SNN) train examples/braille.snn --save out/braille.h5 --plot out/braille.svg

# Each step stops the rest when it fails; the summary of the tests comes last.
test: packages lint
	Tools/make-docs.py .build/site
	$(STRICT) swift build --build-tests
	$(STRICT) swift build -c release --build-tests -Xswiftc -enable-testing
	Tools/run-examples.sh $(SNN)
	Tools/Benchmarks/allocations.sh $(SNN)
	Tools/Benchmarks/instructions.sh $(SNN)
	$(STRICT) swift test -c release --skip-build -Xswiftc -enable-testing --filter '$(NUMERICAL)'
	$(STRICT) swift test --skip-build

# The guide and the library as pages: out/site/index.html.
docs: packages
	Tools/docs.sh

# Instruction counts of five small programs, within 2 %; a minute under valgrind.
instructions:
	Tools/Benchmarks/instructions.sh $(SNN)

build:
	swift build

packages:
	@Tools/install-packages.sh

lint:
	swift format lint --strict --recursive $(wildcard $(SWIFT_PATHS))

format:
	swift format --in-place --recursive $(wildcard $(SWIFT_PATHS))

clean:
	swift package clean
	rm -rf out
