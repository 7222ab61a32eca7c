# `make demo` shows the main job; `make test` is the gate. Both install what they need.
CARGO ?= cargo

.PHONY: demo test setup build fmt clippy deny bench

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
