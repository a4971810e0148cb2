# Everyday commands. `make` alone lists them.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup dev test check fmt bench faults fuzz down

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (PostgreSQL, nats-server, promtool, nginx); done by the others first
	@scripts/setup tests

dev: ## run Daybook here with a demo host; PORT=8080, ARGS="--data-dir .daybook"; Ctrl-C stops it all
	@scripts/setup
	$(CARGO) build --release --bin daybook
	@exec $(TARGET)/release/daybook dev $(if $(PORT),--port $(PORT)) $(ARGS)

# The cluster that the tests share goes down afterwards; the result is that of the tests.
test: setup ## run every test against real servers; ARGS="-p daybook-domain" for a part
	@$(CARGO) test $(or $(ARGS),--workspace); result=$$?; \
		$(CARGO) run --quiet --package daybook-testkit -- down; exit $$result

check: setup ## everything that must hold before a commit: format, lints, licences, tests, documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --offline check bans licenses sources; else \
		echo 'cargo-deny is not installed: dependencies are not checked (cargo install --locked cargo-deny)'; fi
	@$(MAKE) --no-print-directory test ARGS=
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps

fmt: ## format the sources
	$(CARGO) fmt --all

bench: setup ## measure everything beside its baseline, shortly; figures and plots in target/bench; SECONDS=15, ARGS="--runs 3"
	$(CARGO) build --release --package daybook --package daybook-bench
	$(TARGET)/release/daybook-bench all --seconds $(or $(SECONDS),15) --output $(TARGET)/bench $(ARGS)

# The program is built with failpoints here, and again without them by whatever builds it next. Faults of what comes in are
# the fuzzer's: it has a short run of its own afterwards.
faults: setup ## break a deployment under load and check that nothing is lost, then fuzz; SECONDS=1800, SEED=7, ARGS="--kinds kill,stop"
	$(CARGO) build --package daybook --package daybook-faults --features daybook/failpoints
	$(TARGET)/debug/daybook-faults run --seconds $(or $(SECONDS),300) $(if $(SEED),--seed $(SEED)) $(ARGS)
	@$(MAKE) --no-print-directory fuzz SECONDS=

fuzz: ## run every fuzz target shortly; SECONDS=7 each, TARGETS="http bodies" for some
	@scripts/setup fuzz
	@CARGO="$(CARGO)" scripts/fuzz $(or $(SECONDS),7) $(TARGETS); result=$$?; \
		$(CARGO) run --quiet --package daybook-testkit -- down; exit $$result

down: ## stop the PostgreSQL cluster that the tests share
	@$(CARGO) run --quiet --package daybook-testkit -- down
