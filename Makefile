# Fleetcast, built in a few plain steps. `make` alone lists them; every step says in one line what it does, and a
# step that cannot go on says what to do. Needs rustup, Node 20.19 or newer, make and a C compiler.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

# A single build from clean gains nothing from incremental compilation and pays for it in time and disk.
ifdef CI
export CARGO_INCREMENTAL := 0
endif

# `dev` gives a quick and large browser program (make watch), `wasm-release` the one that ships.
SITE_PROFILE ?= wasm-release
PROGRAM := target/wasm32-unknown-unknown/$(if $(filter dev,$(SITE_PROFILE)),debug,$(SITE_PROFILE))/frontend.wasm
TRIMMED := target/trimmed.wasm
BUNDLE := target/debug/bundle
SITE := target/site
SITE_TOOLS := frontend/node_modules/.package-lock.json
TEST_TOOLS := end2end/node_modules/.package-lock.json
# Which Python gets the official Python SDKs, in a folder of their own.
PYTHON ?= python3
SDK_TOOLS := target/python/.installed
STYLE := $(shell find style -name '*.scss' -o -type d -not -path '*/assets*')
ASSETS := $(shell find style/assets 2>/dev/null)

say = @printf '\n== %s\n' '$(1)'
# The end of a shell line that failed: one sentence on what to do, then stop.
otherwise = || { printf '\nStopped: %s\n' '$(1)' >&2; exit 1; }

.PHONY: help
help: ## list what can be made
	@printf 'Fleetcast. Start with "make run".\n\n'
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

##### Use

.PHONY: run build site watch
run: build ## build and start on http://127.0.0.1:3000; ARGS="…" passes flags on
	$(call say,Starting Fleetcast with its data in ./data; Ctrl-C stops it)
	@exec target/release/fleetcast --data-dir data $(ARGS)

build: site ## one self-contained program: target/release/fleetcast
	$(call say,Compiling the server with the site inside)
	@cargo build --release -p server $(call otherwise,the server did not compile; the first error above is the one to read.)
	@printf 'The program is target/release/fleetcast.\n'

site: target/stamps/site ## only the browser side: target/site

watch: | rust node ## rebuild and restart at every change, the page reloads itself
	@exec node frontend/watch.mjs $(ARGS)

##### Check

.PHONY: test lint test-rust test-link test-sdk conformance-doc test-browser snapshots budget bench bench-quick
test: start-count lint site-and-tests budget test-rust test-link test-sdk test-browser ## everything: lints, Rust tests, SDK checks, browser stories
	$(call say,Counting what ran)
	@node end2end/support/count.mjs target/test

.PHONY: start-count
start-count:
	@rm -rf target/test && mkdir -p target/test

lint: $(TEST_TOOLS) $(SITE_TOOLS) | rust site-folder ## formatting, clippy for server and browser, types of the tests
	$(call say,Checking the format)
	@cargo fmt --all --check $(call otherwise,run "cargo fmt --all" and look at the change.)
	$(call say,Linting server and tools)
	@cargo clippy -q --all-targets -- -D warnings $(call otherwise,clippy found something above.)
	$(call say,Linting the browser program)
	@cargo clippy -q -p frontend --target wasm32-unknown-unknown -- -D warnings $(call otherwise,clippy found something above.)
	$(call say,Checking the types of the browser stories)
	@npm --prefix end2end run --silent types $(call otherwise,the type errors are above.)

test-rust: | rust site-folder ## unit and integration tests
	$(call say,Running the Rust tests)
	@mkdir -p target/test
	@cargo test --workspace --exclude frontend 2>&1 | tee target/test/rust.log $(call otherwise,a Rust test failed; "cargo test -p CRATE NAME" runs one alone.)

test-link: $(SITE_TOOLS) ## how the browser's programs are joined
	$(call say,Testing how programs are joined)
	@node --test frontend/link.test.mjs $(call otherwise,a test failed; it is named above.)

budget: site ## what a first visit transfers, beside its budget; fails over it
	$(call say,Weighing a first visit)
	@$(BUNDLE) budget $(SITE) $(call otherwise,the site is over its budget.)

test-sdk: $(TEST_TOOLS) $(SDK_TOOLS) | server-for-tests ## the official SDKs, unmodified, against the embedded hub
	$(call say,Running the official SDKs against the embedded hub)
	@node end2end/sdk/run.mjs target/test $(call otherwise,a check failed; its line above begins with a cross or names what to do.)

conformance-doc: $(TEST_TOOLS) $(SDK_TOOLS) | server-for-tests ## the same, and write docs/hub-conformance.md from what passed
	$(call say,Running the official SDKs against the embedded hub)
	@node end2end/sdk/run.mjs --write target/test $(call otherwise,a check failed; its line above begins with a cross or names what to do.)

test-browser: site $(TEST_TOOLS) | server-for-tests chromium ## stories in a real browser; ARGS="tests/… --headed" narrows
	$(call say,Running the browser stories)
	@mkdir -p target/test
	@cd end2end && npx playwright test $(ARGS) $(call otherwise,a story failed; "cd end2end && npx playwright show-trace test-results/…/trace.zip" shows it step by step.)

snapshots: site $(TEST_TOOLS) | server-for-tests chromium ## take the pages' screenshots and outlines anew; look at the change before you commit it
	$(call say,Taking the pages anew)
	@cd end2end && npx playwright test tests/pages.spec.ts --update-snapshots=all $(call otherwise,a page could not be taken; its line is above.)

bench: bench-tools ## measure the budgets of the design beside their baselines, 15 minutes at most; writes docs/benchmarks.md
	$(call say,Measuring; leave the machine alone meanwhile)
	@timeout 900 target/release/bench --write docs/benchmarks.md $(ARGS) $(call otherwise,the benchmark failed or took longer than 15 minutes; what it said last is above.)

bench-quick: bench-tools ## the same at a tenth of the sizes, 3 minutes at most; writes target/bench/benchmarks.md
	$(call say,Measuring a tenth; leave the machine alone meanwhile)
	@timeout 180 target/release/bench --quick --write target/bench/benchmarks.md $(ARGS) $(call otherwise,the benchmark failed or took longer than 3 minutes; what it said last is above.)

.PHONY: bench-scroll
bench-scroll: site $(TEST_TOOLS) | server-for-tests chromium ## measure how long scrolling 100,000 rows keeps the browser busy, beside 200 rows; 2 minutes
	$(call say,Scrolling; leave the machine alone meanwhile)
	@cd end2end && npx playwright test --config bench.config.ts $(call otherwise,it could not be measured; the line above says where.)

.PHONY: crash
crash: | rust site-folder ## kill the program at random points under running jobs, then break its line to the hub; SEEDS=100
	$(call say,Killing the program at random points under running jobs)
	@CRASH_SEEDS=$(or $(SEEDS),20) cargo test -q -p server --test crash -- --nocapture \
	  $(call otherwise,a story does not hold; CRASH_SEED=n cargo test -p server --test crash runs one seed again.)
	$(call say,Putting a line that loses and lies between client and hub)
	@CHAOS_SEEDS=$(or $(SEEDS),20) cargo test -q -p hub-client --test chaos \
	  $(call otherwise,a story does not hold; the seed is in the message above.)

.PHONY: bench-tools mosquitto
bench-tools: site | rust mosquitto
	$(call say,Compiling server and benchmark)
	@cargo build --release -p server -p bench $(call otherwise,they did not compile; the first error above is the one to read.)

# The baseline of method jobs; without it the figures stand alone, and the benchmark says so.
mosquitto:
	@if ! command -v mosquitto >/dev/null && [ ! -x /usr/sbin/mosquitto ]; then \
	  printf '\n== %s\n' 'Installing Mosquitto from the distribution, to compare with'; \
	  if [ "$$(id -u)" = 0 ]; then as=; else as='sudo -n'; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends mosquitto; } >/dev/null 2>&1 \
	    || printf 'It cannot be had here: method jobs are measured without a baseline.\n'; fi

##### What the steps above need

.PHONY: rust node python chromium server-for-tests site-and-tests site-folder FORCE
rust:
	@command -v cargo >/dev/null $(call otherwise,cargo is missing: install Rust from https://rustup.rs and open a new shell.)
	@command -v cc >/dev/null $(call otherwise,a C compiler is missing: sudo apt-get install gcc libc6-dev.)
	@if [ ! -d "$$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then \
	  printf '\n== %s\n' 'Adding the browser target to Rust'; \
	  rustup target add wasm32-unknown-unknown $(call otherwise,the target could not be added: "rustup target add wasm32-unknown-unknown" must work first.); fi

node:
	@command -v npm >/dev/null $(call otherwise,Node and npm are missing: install Node 20 or newer.)
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	  $(call otherwise,this Node is too old: 20.19 or newer is needed.)

chromium:
	@if ! node end2end/support/browser.mjs >/dev/null; then \
	  printf '\n== %s\n' 'Installing Chromium from the distribution'; \
	  if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else \
	    printf '\nStopped: Chromium is missing: sudo apt-get install chromium\n' >&2; exit 1; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends chromium; } \
	    $(call otherwise,Chromium could not be installed: sudo apt-get install chromium (or name a browser with CHROMIUM=/path).); fi

python:
	@if ! $(PYTHON) -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  printf '\n== %s\n' 'Installing Python from the distribution'; \
	  if [ "$$(id -u)" = 0 ]; then as=; elif sudo -n true 2>/dev/null; then as='sudo -n'; else \
	    printf '\nStopped: Python or its venv is missing: sudo apt-get install python3-venv\n' >&2; exit 1; fi; \
	  { $$as apt-get -qq update && $$as apt-get -qq install -y --no-install-recommends python3-venv; } \
	    $(call otherwise,Python could not be installed: sudo apt-get install python3-venv (or name one with PYTHON=python3.12).); fi

$(SDK_TOOLS): end2end/sdk/requirements.txt | python
	$(call say,Installing the official Python SDKs into target/python)
	@rm -rf target/python && $(PYTHON) -m venv target/python \
	  $(call otherwise,no Python environment could be made: does "$(PYTHON) -m venv" work?)
	@target/python/bin/pip install -q --disable-pip-version-check --no-deps --only-binary uamqp -r $< \
	  $(call otherwise,pip could not install. Is the registry reachable? uamqp is there for Python 3.10 to 3.13 on x86-64 only: name one with PYTHON=python3.12.)
	@touch $@

# The very build that the Rust tests have made, so that nothing is compiled twice: cargo gives a program of its own other
# features when it is built alone.
server-for-tests: | rust site-folder
	$(call say,Making sure the server for tests is built)
	@cargo test -q --workspace --exclude frontend --no-run $(call otherwise,the server did not compile.)
	@test -x target/debug/fleetcast $(call otherwise,target/debug/fleetcast is missing although the tests were built.)

# The last step of the browser program keeps one core busy for minutes; the tests are compiled on the other.
site-and-tests: | rust site-folder
	@$(MAKE) server-for-tests & tests=$$!; $(MAKE) site && built=0 || built=$$?; wait $$tests && exit $$built

# The server embeds this folder and does not compile without it.
site-folder:
	@mkdir -p $(SITE)

$(SITE_TOOLS) $(TEST_TOOLS): %/node_modules/.package-lock.json: %/package.json %/package-lock.json | node
	$(call say,Installing the npm tools of $*/)
	@npm --prefix $* ci --no-audit --no-fund --ignore-scripts --loglevel=error \
	  $(call otherwise,npm could not install: is the registry reachable?)
	@touch $@

##### The site, step by step

$(PROGRAM): FORCE | rust
	$(call say,Compiling the browser program)
	@cargo build -p frontend --target wasm32-unknown-unknown --profile $(SITE_PROFILE) \
	  $(call otherwise,the browser program did not compile; the first error above is the one to read.)

$(BUNDLE): FORCE | rust
	@cargo build -q -p bundle $(call otherwise,the bundling tool did not compile.)

# Changes only when the profile does.
target/stamps/profile: FORCE
	@mkdir -p target/stamps
	@[ "$$(cat $@ 2>/dev/null)" = $(SITE_PROFILE) ] || printf '%s\n' $(SITE_PROFILE) > $@

target/stamps/program: $(PROGRAM) $(BUNDLE) $(SITE_TOOLS) frontend/door.mjs frontend/link.mjs frontend/programs.mjs target/stamps/profile
	$(call say,Bundling the browser program$(if $(filter dev,$(SITE_PROFILE)),, and making it small))
ifneq ($(SITE_PROFILE),dev)
	@$(BUNDLE) trim $(PROGRAM) $(TRIMMED)
endif
	@rm -rf target/glue && $(BUNDLE) bindgen $(if $(filter dev,$(SITE_PROFILE)),$(PROGRAM),$(TRIMMED)) target/glue fleetcast
ifneq ($(SITE_PROFILE),dev)
	@node frontend/programs.mjs target/glue fleetcast 2> >(sed '/unknown name subsection/d' >&2) $(call otherwise,the browser program could not be made small.)
	@$(BUNDLE) order target/glue
	@frontend/node_modules/.bin/esbuild target/glue/*.js --minify --target=es2022 --log-level=error --allow-overwrite --outdir=target/glue
endif
	@mkdir -p $(SITE)/pkg && find $(SITE)/pkg -type f ! -name '*.css*' -delete && cp -R target/glue/. $(SITE)/pkg/
	@touch $@

$(SITE)/pkg/fleetcast.css: $(STYLE) $(SITE_TOOLS)
	$(call say,Compiling the style)
	@mkdir -p $(SITE)/pkg
	@frontend/node_modules/.bin/sass --no-source-map --style=compressed --no-charset style/main.scss $@

target/stamps/assets: $(ASSETS)
	$(call say,Copying fonts and favicon)
	@mkdir -p $(SITE) target/stamps
	@find $(SITE) -mindepth 1 -maxdepth 1 ! -name pkg -exec rm -r {} +
	@cp -R style/assets/. $(SITE)/
	@touch $@

target/stamps/site: target/stamps/program target/stamps/assets $(SITE)/pkg/fleetcast.css
ifneq ($(SITE_PROFILE),dev)
	$(call say,Compressing the site)
	@$(BUNDLE) compress $(SITE)
else
	@find $(SITE) -name '*.br' -delete
endif
	@touch $@
