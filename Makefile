# The two commands: `make demo` measures this machine, `make test` runs every check. `make help` lists the rest.
#
# Everything is built in one profile, with one set of flags, into one folder: llama.cpp is then compiled once, for this
# CPU, and building, clippy, tests and documentation share it. A cargo call with other RUSTFLAGS compiles it anew.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

ifeq ($(findstring target-cpu,$(RUSTFLAGS)),)
RUSTFLAGS := $(strip $(RUSTFLAGS) -C target-cpu=native)
endif
export RUSTFLAGS

# What the engine tests run on; every name is one of the catalogue.
TEST_MODELS ?= smollm2-135m-instruct gemma-3-270m

CARGO := . scripts/env.sh && cargo
RELEASE := --release --locked
DENSIMETER := $(or $(CARGO_TARGET_DIR),target)/release/densimeter

.PHONY: deny windows help setup setup-rust setup-test clean-setup recommend build demo test test-gpu board check dist wheels release format lint docs forbid plain models suite cross compare

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup:
	@scripts/setup.sh

setup-rust:
	@scripts/setup.sh --rust

setup-test:
	@scripts/setup.sh --test

clean-setup: ## how to take back what was installed for this project; removes nothing itself
	@scripts/clean-setup.sh

build: setup ## install what is missing, then build target/release/densimeter for this CPU
	$(CARGO) build $(RELEASE)

# A folder of its own: this build has no engine, and must not take the place of the one that has.
recommend: setup-rust ## what this device should run: no C++, no model, no network but the crate registry
	$(CARGO) run $(RELEASE) --no-default-features --target-dir $(or $(CARGO_TARGET_DIR),target)/light --bin densimeter -- recommend

demo: build ## build, fetch the default model, measure this machine and write a report
	$(DENSIMETER) run --quick

test: setup-test format deny lint docs forbid plain models cross suite ## every check; the last output is that of the tests

check: setup-test format forbid ## the quick part: no engine, no C++, no model
	$(CARGO) clippy $(RELEASE) --no-default-features --all-targets -- -D warnings
	$(CARGO) test $(RELEASE) --no-fail-fast --no-default-features

dist: setup ## static binaries for ARM and x86-64 into dist/: make dist [VARIANTS="aarch64-i8mm x86_64-v3"]
	scripts/dist.sh $(VARIANTS)

test-gpu: setup ## the tests on a device: with llama.cpp's Vulkan back end, in software where there is no GPU
	scripts/vulkan.sh test --test suite gpu::

board: setup ## a whole ARM board in an emulator: boot it, measure the default model on it over ssh, show its report
	scripts/arm-board.sh

# WINDOWS=test also runs it under wine, against this system's binary.
windows: setup-rust ## densimeter.exe, the parts without an engine; make windows WINDOWS=test tries it under wine
	scripts/windows.sh $(WINDOWS)

wheels: setup ## static binaries with a downloader, as wheels into dist/wheels/, for pip and uvx
	scripts/dist.sh --full $(VARIANTS)
	scripts/wheels.sh --sdist

release: dist wheels ## all files of a release into dist/release/: binaries, archives, wheels, sources, bill of materials, sums
	scripts/release.sh

compare: build ## against llama-bench: make compare LLAMA_BENCH=path/to/llama-bench MODEL=path/to/model.gguf
	@test -n "$(LLAMA_BENCH)" -a -n "$(MODEL)" || \
		{ echo "usage: make compare LLAMA_BENCH=path/to/llama-bench MODEL=path/to/model.gguf [COMPARE='--threads 4']" >&2; exit 2; }
	scripts/compare-llama-bench --densimeter $(DENSIMETER) --llama-bench "$(LLAMA_BENCH)" --model "$(MODEL)" $(COMPARE)

format:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy $(RELEASE) --all-targets -- -D warnings
	$(CARGO) clippy $(RELEASE) --no-default-features --all-targets -- -D warnings

docs:
	. scripts/env.sh && RUSTDOCFLAGS="-D warnings" cargo doc $(RELEASE) --no-deps

forbid:
	@scripts/forbid.sh

# Licences, bans, duplicates and sources of what is depended on.
deny:
	@if [ -n "$(CI)" ] || (. scripts/env.sh && cargo deny --version) >/dev/null 2>&1; then \
		$(CARGO) deny --log-level error check licenses bans sources; \
	else echo "deny: no cargo-deny: dependencies are not checked (cargo install --locked cargo-deny)" >&2; fi

# The build without an engine: its library's tests, and clippy over all of it. The suite runs on the build with the engine, whose code is
# the same there; `make check` runs all of it on this one.
plain:
	$(CARGO) test $(RELEASE) --no-fail-fast --no-default-features --lib

# Building the tests links the binary too; a `cargo build` before it would compile the crate twice, since the
# development dependencies switch on features of shared crates.
models:
	$(CARGO) test $(RELEASE) --no-run
	$(DENSIMETER) models fetch $(TEST_MODELS)

# One ARM binary, for the tests that run it under an emulator; kept between calls in a folder of its own. A machine without
# the cross compiler goes on without it, and those tests are skipped; with CI set they are not.
cross:
	@if [ -n "$(CI)" ] || { command -v aarch64-linux-gnu-g++ && command -v qemu-aarch64-static; } >/dev/null 2>&1; then \
		scripts/dist.sh aarch64-armv8.0; \
	else echo "cross: no aarch64-linux-gnu-g++ or qemu-aarch64-static: the ARM tests will be skipped" >&2; fi

suite:
	$(CARGO) test $(RELEASE) --no-fail-fast
