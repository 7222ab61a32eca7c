# `make demo` shows the main job; `make test` is the gate. Both install what they need.
CARGO ?= cargo

.PHONY: demo test setup test-setup build fmt clippy unit deny advisories deb test-deb bench bench-reading bench-intake bench-delivery bench-store bench-soak calibrate fuzz torture

demo: build
	target/debug/kasasagi demo

# test-deb is apart: on a fresh machine it would take longer than all it adds to the gate is worth.
test: setup test-setup fmt clippy unit build
	$(CARGO) test --workspace --locked
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(MAKE) --no-print-directory deny; \
	 else echo "cargo-deny is not installed: 'make deny' installs and runs it"; fi

setup:
	@./setup.sh

test-setup:
	@tests/setup.sh

build: setup
	$(CARGO) build --workspace --locked

fmt:
	$(CARGO) fmt --all --check

clippy: setup
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

# How much of the machine the service can reach, on systemd's scale from 0 to 10 (here times ten).
unit:
	@if systemd-analyze --version >/dev/null 2>&1; then \
	   found=$$(systemd-analyze security --no-pager --offline=true --threshold=15 systemd/kasasagi.service) \
	     || { echo "$$found"; exit 1; }; \
	   echo "$$found" | tail -1; \
	 else echo "systemd-analyze is not installed: the sandbox is not measured"; fi

# Licences, sources and bans of every crate in Cargo.lock; once they are there, without a network.
deny: cargo-deny
	$(CARGO) fetch --locked --quiet
	$(CARGO) deny --offline check bans licenses sources

# ADVISORY_DB is a clone of the RustSec database that somebody brought along; nothing is fetched.
advisories: cargo-deny
	@test -d "$(ADVISORY_DB)/crates" || { echo "ADVISORY_DB names no clone of the RustSec database"; exit 2; }
	@mkdir -p target/advisories && ln -sfn "$(abspath $(ADVISORY_DB))" target/advisories/advisory-db-3157b0e258782691
	$(CARGO) fetch --locked --quiet
	$(CARGO) deny --offline check advisories

.PHONY: cargo-deny
cargo-deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deny@0.20.2

# The package of what was built and tested. PROFILE=release builds it anew in a folder of its own, and leaves out of
# it where that was.
PROFILE ?= dev
deb:
ifeq ($(PROFILE),dev)
	@$(MAKE) --no-print-directory build
else
	RUSTFLAGS="--remap-path-prefix=$(CURDIR)=/kasasagi --remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo" \
	  $(CARGO) build --locked --package kasasagi --profile $(PROFILE) --target-dir target/clean
endif
	PROFILE=$(PROFILE) package/build.sh

# The life of the package and of the service in a clean Debian 12; needs root.
test-deb: build
	tests/package.sh

# Both make labelled faxes first: folders under target/ that are kept for the next run.
reading = target/reading
READING_PAGES ?= 10

# Everything that docs/performance.md has in its tables. Each part writes the page anew; a part that is not measured keeps
# its figures in docs/performance.json.
bench: bench-reading bench-intake bench-delivery bench-store bench-soak

# Runs $(2), then takes in the figures of the parts $(1) that it has measured; NOTE is a sentence to go with them.
measured = rm -rf target/bench && load=$$(cut -d' ' -f1 /proc/loadavg) && $(2) && python3 tests/bench/page.py --load $$load $(if $(NOTE),--note "$(NOTE)") --take $(1)

bench-reading: build $(reading)/ready
	$(call measured,reading,$(reading)/env/bin/python tests/reading/bench.py --mnist $(reading)/package/src/digits \
	    --out $(reading)/measure-$(READING_PAGES) --pages $(READING_PAGES))

# Durable acceptance over LMTP beside Postfix's own Maildir delivery, and the daemon's memory; needs root.
bench-intake: build test-setup
	$(CARGO) build --workspace --locked --example bench_intake
	$(call measured,intake,MALLOC_ARENA_MAX=2 target/debug/examples/bench_intake)
	$(CARGO) test --workspace --locked --test imap ten_thousand -- --ignored --nocapture

# The outbox beside smtp-source, both into the same smtp-sink; then 10,000 mails through a server at its worst.
bench-delivery: build test-setup
	$(CARGO) build --workspace --locked --example bench_delivery
	$(call measured,delivery,target/debug/examples/bench_delivery)
	$(CARGO) test --workspace --locked --test gateway ten_thousand -- --ignored --nocapture

# A journal of 1,000,000 events: opened, rebuilt, checked beside sha256sum, asked; and what sharing an fsync brings.
bench-store: setup
	$(call measured,store shared,$(CARGO) test -p kasasagi-store --locked --test store rate:: -- --ignored --nocapture --test-threads 1)

# 2,000 sheets at once from LMTP to SMTP, then 10,000 mails: speed, latency, memory, and docs/pictures/soak.svg.
# KASASAGI_SOAK=400 and KASASAGI_SOAK_MAILS=2000 take fewer.
bench-soak: build test-setup
	$(CARGO) build --workspace --locked --example bench_soak
	$(call measured,faxes memory,target/debug/examples/bench_soak)

# libFuzzer over tests/fuzz, each target FUZZ_RUNS times. The flags are what cargo-fuzz gives; with them the
# stable compiler does, because nothing here is unsafe and so no sanitizer is needed.
FUZZ_TARGETS ?= lmtp mail metrics profiles
FUZZ_RUNS ?= 100000
fuzz = target/fuzz
fuzz: export RUSTFLAGS = --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares

fuzz: setup
	@set -e; host=$$(rustc -vV | sed -n 's/^host: //p'); \
	$(CARGO) build --release --manifest-path tests/fuzz/Cargo.toml --target $$host --target-dir $(fuzz); \
	for target in $(FUZZ_TARGETS); do \
	  mkdir -p $(fuzz)/corpus/$$target; \
	  $(fuzz)/$$host/release/$$target $(fuzz)/corpus/$$target tests/fuzz/seeds/$$target daemon/tests/mail \
	    -runs=$(FUZZ_RUNS) -max_len=8192 -rss_limit_mb=1024 -timeout=20 -artifact_prefix=$(fuzz)/ -print_final_stats=1; \
	done

# Kills, power cuts, bad disks and damaged files by the thousand, and a table (docs/torture.md); `make test` runs a
# sample. KASASAGI_TORTURE=0.1 does a tenth, KASASAGI_TORTURE_PARTS="calls kills backups damage gateway" some of it.
torture: build test-setup
	$(CARGO) test --workspace --locked --test torture all_of_it -- --ignored --exact --nocapture

# Fits ocr/models/calibration.json anew; build again afterwards, because it is part of the binary.
calibrate: build $(reading)/ready
	$(CARGO) build --workspace --examples --locked
	$(reading)/env/bin/python tests/reading/calibrate.py --mnist $(reading)/package/src/digits \
	    --out $(reading)/calibration-$(READING_PAGES) --pages $(READING_PAGES)

$(reading)/ready: tests/reading/setup.sh tests/reading/requirements.txt
	tests/reading/setup.sh $(reading)
