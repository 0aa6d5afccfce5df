# Needs Python >= 3.11, make and a package index; everything else is set up here.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-all check bench lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input install
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider -n $(JOBS) --dist loadgroup
HYPOTHESIS_PROFILE ?= ci
export PY HYPOTHESIS_PROFILE
export PYTHONNOUSERSITE := 1

help: ## show these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

demo: $(VENV)/.run ## run the shipped rounds end to end into out/demo
	@$(BIN)/jifen demo --out out/demo

test: $(VENV)/.dev ## the fast tests (minutes)
	@echo "testing"
	@$(PYTEST) -m "not slow"

test-all: $(VENV)/.dev ## every test, the slow ones too
	@echo "testing everything"
	@HYPOTHESIS_PROFILE=thorough $(PYTEST)

check: $(VENV)/.dev ## format, lint, types, import contracts, sizes
	@echo "checking the format"
	@$(BIN)/ruff format --check --quiet .
	@echo "checking style"
	@$(BIN)/ruff check --quiet .
	@echo "checking types"
	@$(BIN)/mypy --no-error-summary
	@echo "checking import contracts"
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache >$(VENV)/contracts.txt || { cat $(VENV)/contracts.txt; exit 1; }
	@echo "checking sizes, docstrings and words"
	@$(BIN)/python -m pytest -p no:cacheprovider tests/test_architecture.py

bench: $(VENV)/.dev ## measure the bars and write benchmarks/README.md
	@$(BIN)/python benchmarks/run.py

lock: $(VENV)/.dev ## resolve the requirement files again (hashes, no addresses)
	@echo "locking"
	@$(call resolve,pyproject.toml,run)
	@$(call resolve,pyproject.toml --extra dev,dev)
	@$(call resolve,requirements/build.in -c requirements/dev.txt,build)
	@! grep -n '://' requirements/*.txt

clean: ## remove what the other targets made
	@echo "cleaning"
	@rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

resolve = $(BIN)/uv pip compile --quiet $(1) --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements/$(2).txt

# pip is the last thing a new environment gets, so an interrupted set-up is done again.
$(BIN)/pip:
	@echo "making $(VENV)"
	@python=$$(sh .ci/find-python) && rm -rf $(VENV) && "$$python" -m venv $(VENV)

$(VENV)/.run: requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/pip
	@echo "installing what running needs"
	@$(call install,run)
	@touch $@

$(VENV)/.dev: requirements/dev.txt requirements/build.txt pyproject.toml | $(BIN)/pip
	@echo "installing what testing needs"
	@$(call install,dev)
	@touch $@ $(VENV)/.run

install = $(PIP) --require-hashes -r requirements/$(1).txt -r requirements/build.txt && \
	$(PIP) --no-deps --no-build-isolation -e .
