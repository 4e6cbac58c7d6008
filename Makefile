# Every target sets up what it needs, once: `make demo` in a bare clone is the whole installation.

PYTHON ?= python3
JOBS ?= 2
BIN := .venv/bin
READY := .venv/ready
SLITHER := contracts/.slither-venv/ready

export FLWR_TELEMETRY_ENABLED := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Both names, old pip's and new pip's, so that what builds our package is pinned too.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test forge coverage slither mutate check fix bench docs clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

demo: $(READY)  ## Train, record, pay, license and verify, on a chain of its own
	@$(BIN)/commonroot demo $(ARGS)

test: $(READY)  ## Run the tests (ARGS="-k receipt" picks some)
	@$(BIN)/python -m commonroot.contracts.toolchain
	@# A worker a core, and a core a worker: torch would start as many threads in each.
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

forge: $(READY)  ## Test the contracts in their own language (ARGS="--match-contract Trees")
	@$(BIN)/python -m commonroot.contracts.forge test $(ARGS)

coverage: $(READY)  ## Say which lines and branches of the contracts those tests reach
	@# Without optimizer, as the places of optimized code are guesses; see contracts/foundry.toml.
	@FOUNDRY_PROFILE=plain $(BIN)/python -m commonroot.contracts.forge coverage \
	  --no-match-coverage '^test/' --report summary --report lcov --report-file cache/lcov.info $(ARGS)

slither: $(READY) $(SLITHER)  ## Have slither look for known mistakes; fails on high and medium ones
	@$(BIN)/python -m commonroot.contracts.slither $(ARGS)

mutate: $(READY)  ## Ask whether the tests notice mistakes in contracts (ARGS="Programs Nodes")
	@$(BIN)/python -m commonroot.contracts.mutate $(ARGS)

check: $(READY)  ## Check style, types and floors; changes nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

fix: $(READY)  ## Mend what can be mended by machine
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(READY)  ## Measure, and write benchmarks/results
	@$(BIN)/commonroot bench $(ARGS)

docs: $(READY)  ## Write docs/commands.md from the command line itself
	@$(BIN)/python docs/generate.py

clean:  ## Remove what the targets above installed; homes and wallets stay
	rm -rf .venv contracts/node_modules contracts/.slither-venv contracts/.slither contracts/out contracts/cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(SLITHER): contracts/slither-requirements.txt
	@echo "Setting up slither; this takes a minute, once."
	@$(PYTHON) -m venv contracts/.slither-venv
	@# Our own constraints hold another web3: here its own list is the constraint.
	@PIP_CONSTRAINT= PIP_BUILD_CONSTRAINT= \
	  contracts/.slither-venv/bin/pip install --quiet --requirement $<
	@touch $@

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) > /dev/null || { \
	  echo "Error: there is no $(PYTHON) here." >&2; \
	  echo "Install Python 3.11 or later, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Error: $(PYTHON) is `$(PYTHON) --version 2>&1`; Commonroot needs 3.11 or later." >&2; \
	  echo "Install a newer one, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { \
	  echo "Error: $(PYTHON) cannot make virtual environments." >&2; \
	  echo "Install its venv package (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
	@echo "Setting up .venv; this takes a few minutes, once."
	@$(PYTHON) -m venv .venv
	@# torch first and alone: an open range would pull gigabytes of CUDA from some indexes.
	@$(BIN)/pip install --quiet torch==2.13.0
	@$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@
