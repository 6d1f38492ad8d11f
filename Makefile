# Builds and tests Fleetcast. `make` lists the targets. Every step prints what it does, and what to do when it fails.
# Needs rustup, Node 20.19 or newer, make and a C compiler.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

# A single build from clean gains nothing from incremental compilation, which costs time and disk.
ifdef CI
export CARGO_INCREMENTAL := 0
endif

# `wasm-dev` compiles quickly to a large WASM module (make watch), `wasm-release` is the release.
SITE_PROFILE ?= wasm-release
WASM := target/wasm32-unknown-unknown/$(SITE_PROFILE)/frontend.wasm
# An optimised bundling tool takes a minute longer to compile: worth it where it runs after every change.
BUNDLE_PROFILE := $(if $(filter wasm-dev,$(SITE_PROFILE)),tool,dev)
BUNDLE := target/$(BUNDLE_PROFILE:dev=debug)/bundle
WASM_FEATURES := bulk-memory bulk-memory-opt multivalue mutable-globals nontrapping-float-to-int reference-types sign-ext
SITE := target/site
SITE_TOOLS := frontend/node_modules/.package-lock.json
TEST_TOOLS := end2end/node_modules/.package-lock.json
# The Python that the official Python SDKs are installed for, in target/python.
PYTHON ?= python3
SDK_TOOLS := target/python/.installed
STYLE := $(shell find style)

step = @printf '\n== %s\n' '$(1)'
# After a command: what to do when it fails.
or_stop = || { printf '\nStopped: %s\n' '$(1)' >&2; exit 1; }

.PHONY: help
help: ## list the targets
	@printf 'Fleetcast. Start with "make run".\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 26

##### Use

.PHONY: run build site watch
run: build ## build and start on http://127.0.0.1:3000; ARGS="…" passes flags to it
	$(call step,Starting Fleetcast with its data in ./data; Ctrl-C stops it)
	@exec target/release/fleetcast --data-dir data $(ARGS)

# On two cores the site and the server's library take about as long, so they are compiled side by side. Then the program
# is one file, with the site inside.
build: | rust ## one self-contained binary: target/release/fleetcast
	$(call step,Compiling the server and the site side by side)
	@built=0; cargo build --release -p server --lib & server=$$!; $(MAKE) site || built=$$?; \
	  wait $$server $(call or_stop,the server did not compile; the first error above is the one to read.); exit $$built
	$(call step,Compiling the program with the site inside)
	@cargo build --release -p server $(call or_stop,the server did not compile; the first error above is the one to read.)
	@printf 'The binary is target/release/fleetcast.\n'

site: target/stamps/site ## only what the browser loads: target/site

watch: $(SITE_TOOLS) | rust ## rebuild and restart at every change; the page reloads
	@exec node frontend/watch.mjs $(ARGS)

##### Check

.PHONY: test lint audit test-rust test-sdk conformance-doc test-browser snapshots budget bench bench-quick
test: start-count lint audit site-and-tests budget test-rust test-sdk test-browser ## lints, Rust tests, SDK checks and browser stories
	$(call step,Counting the tests that ran)
	@node end2end/support/count.mjs target/test

.PHONY: start-count
start-count:
	@rm -rf target/test && mkdir -p target/test

lint: $(TEST_TOOLS) $(SITE_TOOLS) | rust ## formatting, clippy for server and browser, types of the tests
	$(call step,Checking the format)
	@cargo fmt --all --check $(call or_stop,run "cargo fmt --all" and look at the change.)
	$(call step,Linting server and tools)
	@cargo clippy -q --all-targets -- -D warnings $(call or_stop,clippy found something above.)
	$(call step,Linting the WASM module)
	@cargo clippy -q -p frontend --target wasm32-unknown-unknown -- -D warnings $(call or_stop,clippy found something above.)
	$(call step,Checking the types of the browser stories)
	@npm --prefix end2end run --silent types $(call or_stop,the type errors are above.)

audit: | rust ## licences and known advisories of the dependencies, if cargo-deny and its database are available
	$(call step,Checking the dependencies against deny.toml)
	@if ! cargo deny --version >/dev/null 2>&1; then \
	  printf 'skipped: cargo-deny is not installed ("cargo install --locked cargo-deny").\n'; \
	elif cargo deny fetch db >/dev/null 2>&1; then \
	  cargo deny check $(call or_stop,a dependency is not allowed; it is named above.); \
	else \
	  printf 'skipped: the advisory database cannot be fetched from here; licences, bans and sources are checked.\n'; \
	  cargo deny --offline check bans licenses sources $(call or_stop,a dependency is not allowed; it is named above.); fi

test-rust: | rust prometheus ## unit and integration tests
	$(call step,Running the Rust tests)
	@mkdir -p target/test
	@cargo test --workspace --exclude frontend 2>&1 | tee target/test/rust.log $(call or_stop,a Rust test failed; "cargo test -p CRATE NAME" runs one alone.)

budget: site ## what a first page load transfers, beside its budget; never fails
	$(call step,Adding up a first page load)
	@node frontend/budget.mjs $(SITE)

test-sdk: $(TEST_TOOLS) $(SDK_TOOLS) | server-for-tests ## the official SDKs against the embedded hub
	$(call step,Running the official SDKs against the embedded hub)
	@node end2end/sdk/run.mjs target/test $(call or_stop,a check failed; its line above begins with a cross.)

conformance-doc: $(TEST_TOOLS) $(SDK_TOOLS) | server-for-tests ## the same, and write the results to docs/hub-conformance.md
	$(call step,Running the official SDKs against the embedded hub)
	@node end2end/sdk/run.mjs --write target/test $(call or_stop,a check failed; its line above begins with a cross.)

test-browser: site $(TEST_TOOLS) | server-for-tests chromium glewlwyd ## stories in a real browser; ARGS="tests/… --headed" selects some
	$(call step,Running the browser stories)
	@mkdir -p target/test
	@cd end2end && npx playwright test $(ARGS) $(call or_stop,a story failed; "cd end2end && npx playwright show-trace test-results/…/trace.zip" shows it step by step.)

snapshots: site $(TEST_TOOLS) | server-for-tests chromium ## update the screenshots and outlines of the pages; review them before you commit
	$(call step,Updating screenshots and outlines)
	@cd end2end && npx playwright test tests/pages.spec.ts --update-snapshots=all $(call or_stop,a page could not be updated; its line is above.)

bench: bench-tools ## measure performance against budgets and baselines, up to 15 minutes; writes docs/benchmarks.md
	$(call step,Measuring; run nothing else meanwhile)
	@timeout 900 target/release/bench --write docs/benchmarks.md $(ARGS) $(call or_stop,the benchmark failed or took longer than 15 minutes; its last output is above.)

bench-quick: bench-tools ## the same at a tenth of the sizes, up to 6 minutes; writes target/bench/benchmarks.md
	$(call step,Measuring a tenth; run nothing else meanwhile)
	@timeout 360 target/release/bench --quick --write target/bench/benchmarks.md $(ARGS) $(call or_stop,the benchmark failed or took longer than 6 minutes; its last output is above.)

.PHONY: bench-scroll
bench-scroll: site $(TEST_TOOLS) | server-for-tests chromium ## measure how long scrolling 100,000 rows keeps the browser busy; 2 minutes
	$(call step,Scrolling; run nothing else meanwhile)
	@cd end2end && npx playwright test --config bench.config.ts scroll $(call or_stop,it could not be measured; the line above says where.)

.PHONY: bench-page-load
bench-page-load: site $(TEST_TOOLS) | server-for-tests chromium ## measure what first and later page loads transfer, and the time until interactive; 1 minute
	$(call step,Loading pages; run nothing else meanwhile)
	@cd end2end && npx playwright test --config bench.config.ts page-load $(call or_stop,it could not be measured; the line above says where.)

.PHONY: crash
crash: | rust ## kill the server at random points during jobs, then disturb its connection to the hub; SEEDS=100
	$(call step,Killing the server at random points during jobs)
	@CRASH_SEEDS=$(or $(SEEDS),20) cargo test -q -p server --test crash -- --nocapture \
	  $(call or_stop,a test failed; CRASH_SEED=n cargo test -p server --test crash runs one seed again.)
	$(call step,Disturbing the connection between client and hub)
	@CHAOS_SEEDS=$(or $(SEEDS),20) cargo test -q -p hub-client --test it chaos \
	  $(call or_stop,a test failed; the seed is in the message above.)

.PHONY: bench-tools mosquitto
bench-tools: site | rust mosquitto
	$(call step,Compiling server and benchmark)
	@cargo build --release -p server -p bench $(call or_stop,they did not compile; the first error above is the one to read.)

# The baseline of method jobs. Without it the benchmark reports their figures alone.
mosquitto:
	@if ! command -v mosquitto >/dev/null && [ ! -x /usr/sbin/mosquitto ]; then \
	  printf '\n== %s\n' 'Installing Mosquitto from the distribution, to compare with'; \
	  if [ "$$(id -u)" = 0 ]; then as=; else as='sudo -n'; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends mosquitto; } >/dev/null 2>&1 \
	    || printf 'It cannot be installed: method jobs are measured without a baseline.\n'; fi

##### Prerequisites

.PHONY: rust node python chromium glewlwyd prometheus server-for-tests site-and-tests FORCE
rust:
	@command -v cargo >/dev/null $(call or_stop,cargo is missing: install Rust from https://rustup.rs and open a new shell.)
	@command -v cc >/dev/null $(call or_stop,a C compiler is missing: sudo apt-get install gcc libc6-dev.)
	@if [ ! -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then \
	  printf '\n== %s\n' 'Adding the WASM target to Rust'; \
	  rustup target add wasm32-unknown-unknown $(call or_stop,the target could not be added: "rustup target add wasm32-unknown-unknown" must work first.); fi

node:
	@command -v npm >/dev/null $(call or_stop,Node and npm are missing: install Node 20.19 or newer.)
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	  $(call or_stop,this Node is too old: 20.19 or newer is needed.)

chromium:
	@if ! node end2end/support/browser.mjs >/dev/null; then \
	  printf '\n== %s\n' 'Installing Chromium from the distribution'; \
	  if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else \
	    printf '\nStopped: Chromium is missing: sudo apt-get install chromium\n' >&2; exit 1; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends chromium; } \
	    $(call or_stop,Chromium could not be installed: sudo apt-get install chromium (or name a browser with CHROMIUM=/path).); fi

# Only what it depends on is installed. The package itself is unpacked, since it would start a service.
glewlwyd:
	@if ! command -v glewlwyd >/dev/null && [ ! -x target/glewlwyd/usr/bin/glewlwyd ]; then \
	  printf '\n== %s\n' 'Unpacking Glewlwyd, a provider of OpenID Connect, from the distribution into target/glewlwyd'; \
	  as=; [ "$$(id -u)" = 0 ] || as='sudo -n'; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends --no-upgrade glewlwyd-common sqlite3 \
	      $$(apt-cache depends glewlwyd | sed -n 's/^  Depends: \(lib.*\)/\1/p') && \
	    rm -rf target/glewlwyd && mkdir -p target/glewlwyd && cd target/glewlwyd && \
	    apt-get -qq download glewlwyd && dpkg-deb -x glewlwyd_*.deb . && rm glewlwyd_*.deb; } \
	    || printf 'not available: its story is skipped; "sudo apt-get install glewlwyd" installs it.\n'; fi

# Unpacked and not installed: the package would start a service. It needs no more than the C library.
prometheus:
	@if ! command -v promtool >/dev/null && [ ! -x target/prometheus/usr/bin/promtool ]; then \
	  printf '\n== %s\n' 'Unpacking Prometheus from the distribution into target/prometheus'; \
	  if [ "$$(id -u)" = 0 ]; then as=; else as='sudo -n'; fi; \
	  rm -rf target/prometheus && mkdir -p target/prometheus && cd target/prometheus && \
	  { apt-get -qq download prometheus 2>/dev/null || { $$as apt-get -qq update && apt-get -qq download prometheus; }; } && \
	  dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb \
	    $(call or_stop,Prometheus could not be fetched: sudo apt-get install prometheus (or put prometheus and promtool into the PATH).); fi

python:
	@if ! $(PYTHON) -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  printf '\n== %s\n' 'Installing Python from the distribution'; \
	  if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else \
	    printf '\nStopped: Python or its venv is missing: sudo apt-get install python3-venv\n' >&2; exit 1; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends python3-venv; } \
	    $(call or_stop,Python could not be installed: sudo apt-get install python3-venv (or name one with PYTHON=python3.12).); fi

$(SDK_TOOLS): end2end/sdk/requirements.txt | python
	$(call step,Installing the official Python SDKs into target/python)
	@rm -rf target/python && $(PYTHON) -m venv target/python \
	  $(call or_stop,no Python environment could be made: does "$(PYTHON) -m venv" work?)
	@target/python/bin/pip install -q --disable-pip-version-check --no-deps --only-binary uamqp -r $< \
	  $(call or_stop,pip could not install. Is the registry reachable? uamqp is there for Python 3.10 to 3.13 on x86-64 only: name one with PYTHON=python3.12.)
	@touch $@

# The same build as for the Rust tests, so that nothing is compiled twice: building the server alone would select other
# features of its dependencies.
server-for-tests: | rust
	$(call step,Building the server for tests)
	@cargo test -q --workspace --exclude frontend --no-run $(call or_stop,the server did not compile.)
	@test -x target/debug/fleetcast $(call or_stop,target/debug/fleetcast is missing although the tests were built.)

site-and-tests: | rust
	@built=0; $(MAKE) server-for-tests & tests=$$!; $(MAKE) site || built=$$?; wait $$tests; exit $$built

$(SITE_TOOLS) $(TEST_TOOLS): %/node_modules/.package-lock.json: %/package.json %/package-lock.json | node
	$(call step,Installing the npm tools of $*/)
	@npm --prefix $* ci --no-audit --no-fund --ignore-scripts --loglevel=error \
	  $(call or_stop,npm could not install: is the registry reachable?)
	@touch $@

##### The site

$(WASM): FORCE | rust
	$(call step,Compiling the WASM module)
	@cargo build -p frontend --target wasm32-unknown-unknown --profile $(SITE_PROFILE) \
	  $(call or_stop,the WASM module did not compile; the first error above is the one to read.)

$(BUNDLE): FORCE | rust
	@cargo build -q -p bundle --profile $(BUNDLE_PROFILE) $(call or_stop,the bundling tool did not compile.)

# Changes only when the profile does.
target/stamps/profile: FORCE
	@mkdir -p target/stamps
	@[ "$$(cat $@ 2>/dev/null)" = $(SITE_PROFILE) ] || printf '%s\n' $(SITE_PROFILE) > $@

# wasm-bindgen, and wasm-opt for a release. wasm-bindgen removes the section in which rustc lists the WASM features that
# it has used, so they are listed here.
target/stamps/wasm: $(WASM) $(BUNDLE) $(SITE_TOOLS) target/stamps/profile
	$(call step,Running wasm-bindgen$(if $(filter wasm-dev,$(SITE_PROFILE)),, and wasm-opt))
	@rm -rf target/glue && $(BUNDLE) $(WASM) target/glue
ifneq ($(SITE_PROFILE),wasm-dev)
	@cd target/glue && ../../frontend/node_modules/.bin/wasm-opt -O2 $(WASM_FEATURES:%=--enable-%) fleetcast_bg.wasm -o fleetcast_bg.wasm \
	  $(call or_stop,wasm-opt failed; its message is above.)
endif
	@mkdir -p target/stamps && touch $@

target/stamps/site: target/stamps/wasm $(STYLE) $(SITE_TOOLS) frontend/site.mjs
	$(call step,Assembling the site)
	@node frontend/site.mjs target/glue $(SITE) $(if $(filter wasm-dev,$(SITE_PROFILE)),,--small) \
	  $(call or_stop,the site could not be assembled.)
	@touch $@
