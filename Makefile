# Two commands are enough: `make call` places a simulated call, `make test` runs every check.
# Both set up .venv first if that was not done yet; nothing but make and Python 3.11 to 3.13 is needed.

VENV  ?= .venv
BIN    = $(VENV)/bin
TOOLS  = .venv-tools
MARKS ?= not every and not bench and not live

# The newest fitting Python that can make a virtual environment; `make PYTHON=/path/to/python3.12 ...` overrules.
FITS   = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
SEEK   = for p in python3.13 python3.12 python3.11 python3 python; do \
           $$p -c '$(FITS)' >/dev/null 2>&1 && { command -v $$p; break; }; done
PYTHON ?= $(shell $(SEEK))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help call test quick fix every mutants bench attack chaos outsiders docs install lock audit clean

help:   ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

call: $(VENV)/.installed  ## place a whole simulated call: no keys, no money
	@echo '$$ voicecall dial +15555550100 --sim'
	@$(BIN)/python -m voicecall_cli dial +15555550100 --sim

test: $(VENV)/.installed-dev  ## run every check: format, lint, types, import contracts, tests
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -rs -n 3 --dist worksteal -m '$(MARKS)'

# What is pure is checked in full by these; whole calls, sockets and processes are `make test`'s.
QUICK = tests/call tests/words tests/checker/test_search.py tests/callfile/test_reading.py tests/callfile/test_words.py \
        tests/models tests/carriers tests/test_house.py tests/test_vendors.py

quick: $(VENV)/.installed-dev  ## the loop while you write: format, lint, types, contracts, the quiet files' tests
	@$(BIN)/python -m ruff format --check . && $(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy & types=$$!; $(BIN)/lint-imports --no-logo >/dev/null && \
	  $(BIN)/python -m pytest -q -x -n 2 --deselect tests/call/test_any_order.py $(QUICK) && wait $$types

fix: $(VENV)/.installed-dev  ## let the tools tidy
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

docs: $(VENV)/.installed-dev  ## write the generated pages again
	@$(BIN)/python -m tests.write_docs

mutants: $(VENV)/.installed-dev  ## change the state machine and the bridge in small ways: the tests have to notice
	@$(BIN)/python -m tests.mutants

bench: $(VENV)/.installed-bench  ## measure: start, first audio, a relayed frame beside other relays; JSON=FILE keeps it
	@$(BIN)/python -m tests.bench $(if $(JSON),--json '$(JSON)')

bench-compare: $(VENV)/.installed-dev  ## what has moved between two files of `make bench JSON=FILE`: A=FILE B=FILE
	@$(BIN)/python -m tests.bench.compare '$(A)' '$(B)'

attack: $(VENV)/.installed-dev  ## attack a call's port from another process, and compare it with one in peace
	@$(BIN)/python -m tests.bench.attack

chaos: $(VENV)/.installed-dev  ## place ten thousand calls put together by chance; `make chaos SEED=1` repeats them
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED))

outsiders: $(VENV)/.installed-dev  ## programs nobody here wrote, from PyPI and npm, against the simulator: docs/outsiders.md
	@$(BIN)/python -m tests.outside

every:  ## all checks and the long walks, on each of Python 3.11 to 3.13 that is found
	@found=; for v in 3.11 3.12 3.13; do \
	  for p in python$$v $$HOME/.pyenv/versions/$$v.*/bin/python python3; do \
	    $$p -c 'import sys, venv, ensurepip; sys.exit("%d.%d" % sys.version_info[:2] != "'$$v'")' >/dev/null 2>&1 \
	      || continue; \
	    found="$$found $$v"; echo "--- Python $$v"; \
	    $(MAKE) --no-print-directory test VENV=.venv-$$v PYTHON=$$p MARKS='not bench and not live' || exit 1; \
	    break; \
	  done; \
	done; \
	test -z "$$found" || $(MAKE) --no-print-directory outsiders VENV=.venv-$${found##* } || exit 1; \
	test -n "$$found" && echo "--- all checks held on Python$$found" || { echo 'No Python 3.11 to 3.13 was found.'; exit 1; }

# What `make call` and `make test` set up takes what the ranges in pyproject.toml allow; this takes the lock, to the byte.
install: VENV = .venv-app
install:  ## install the program alone into .venv-app, from the lock, every file's hash checked
	$(ENVIRONMENT)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation .
	@echo 'Installed: $(BIN)/voicecall'

lock: $(TOOLS)/.installed  ## renew requirements.lock: the newest versions that pyproject.toml allows, with their hashes
	@$(TOOLS)/bin/python -c '$(BUILDS)' | $(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes \
	  --no-annotate --custom-compile-command 'make lock' --output-file requirements.lock pyproject.toml -

audit: $(TOOLS)/.installed  ## ask whether a locked version has a known vulnerability (Error 1: yes; Error 69: nobody can tell)
	@$(TOOLS)/bin/python -m tests.audit

clean:  ## forget the environments and every cache
	@rm -rf .venv .venv-3.1? $(TOOLS) .venv-app .outsiders .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# --- set-up: done once, and again only when pyproject.toml changes ------------------------------------------------

define NO_PYTHON
voicecall needs Python 3.11, 3.12 or 3.13 with its venv module; none was found.
  Debian, Ubuntu:  sudo apt install python3 python3-venv
  Fedora:          sudo dnf install python3
  macOS:           brew install python@3.13
Then run make again, or name one yourself: make PYTHON=/path/to/python3.12 call
endef
export NO_PYTHON

define ENVIRONMENT
@test -n '$(PYTHON)' || { echo "$$NO_PYTHON" >&2; exit 1; }
@'$(PYTHON)' -c '$(FITS)' >/dev/null 2>&1 || { echo "$(PYTHON) does not fit. $$NO_PYTHON" >&2; exit 1; }
@$(BIN)/python -m pip --version >/dev/null 2>&1 || '$(PYTHON)' -m venv --clear '$(VENV)'
endef

# The tools for the lock, apart from the rest: neither `make call` nor `make test` waits for them.
BUILDS = import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")

$(TOOLS)/.installed: VENV = $(TOOLS)
$(TOOLS)/.installed:
	$(ENVIRONMENT)
	@echo 'Setting up $(TOOLS), once ...'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv>=0.9,<1' 'pip-audit>=2.10,<3'
	@touch $@

$(VENV)/.installed: pyproject.toml
	$(ENVIRONMENT)
	@echo 'Setting up $(VENV), once ...'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable .
	@touch $@

# Only what is measured against: neither the program nor its tests know of it.
$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@echo 'Adding to $(VENV) what the bench compares with, once ...'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	$(ENVIRONMENT)
	@echo 'Setting up $(VENV) with the tools for testing, once ...'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.installed $@
