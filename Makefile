# `make demo` shows the main job; `make test` is the gate. Both install what they need.
CARGO ?= cargo

.PHONY: demo test setup build fmt clippy deny bench bench-reading calibrate

demo: build
	target/debug/kasasagi demo

test: setup fmt clippy build
	$(CARGO) test --workspace --locked
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(MAKE) --no-print-directory deny; \
	 else echo "cargo-deny is not installed: 'make deny' installs and runs it"; fi

setup:
	@./setup.sh

build: setup
	$(CARGO) build --workspace --locked

fmt:
	$(CARGO) fmt --all --check

clippy: setup
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

# Licences, sources and bans need no network; advisories are checked where their database is reachable.
deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny@0.20.2
	$(CARGO) deny --offline check bans licenses sources

# Both make labelled faxes first: folders under target/ that are kept for the next run.
reading = target/reading
READING_PAGES ?= 10

bench: bench-reading

bench-reading: build $(reading)/ready
	$(reading)/env/bin/python tests/reading/bench.py --mnist $(reading)/package/src/digits \
	    --out $(reading)/measure-$(READING_PAGES) --pages $(READING_PAGES)

# Fits ocr/models/calibration.json anew; build again afterwards, because it is part of the binary.
calibrate: build $(reading)/ready
	$(CARGO) build --workspace --examples --locked
	$(reading)/env/bin/python tests/reading/calibrate.py --mnist $(reading)/package/src/digits \
	    --out $(reading)/calibration-$(READING_PAGES) --pages $(READING_PAGES)

$(reading)/ready: tests/reading/setup.sh tests/reading/requirements.txt
	tests/reading/setup.sh $(reading)
