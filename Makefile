# Needs Python 3.11 or newer with pip and venv, and make; everything else is installed here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PEERS := .venv-bench
CHECKOV := .venv-checkov
LEFT := .venv-c7n-left
READY := $(VENV)/.ready

.PHONY: demo test lint check oldest bench fuzz mutate wheel build docs clean

demo: $(READY)
	$(BIN)/amlaudit demo --out out/demo

test: $(READY)
	$(BIN)/pytest $(PYTEST_FLAGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_bandit.py

check: lint
	$(MAKE) test PYTEST_FLAGS='--cov --cov-report=term'
	$(BIN)/coverage report --include='amlaudit/core/*,amlaudit/engine/*' --fail-under=100
	$(BIN)/coverage report --fail-under=95 --format=total
	PYTHON=$(PYTHON) sh scripts/check-wheel.sh

# The oldest version of each dependency that pyproject.toml allows.
oldest: $(READY)
	PYTHON=$(PYTHON) sh scripts/check-oldest.sh

# What amlaudit is compared with lives in environments of its own, at exact versions.
# FLEET='200 20' collects 200 workspaces in 20 subscriptions instead of 2,000 in 200.
# GROWTH='10 100' measures how cost grows up to 100 workspaces instead of 10,000.
FLEET ?=
GROWTH ?=
bench: $(READY) $(PEERS)/.ready $(CHECKOV)/.ready $(LEFT)/.ready
	$(PEERS)/bin/python -m benchmarks.conditions
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.deployments
	$(BIN)/python -m benchmarks.collection $(FLEET)
	$(BIN)/python -m benchmarks.reports
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.growth $(GROWTH)

# FUZZ_MINUTES=2 fuzzes for two minutes, FUZZ_TARGET=snapshots one target alone.
FUZZ_ROUNDS ?= 100000
FUZZ_MINUTES ?= 0
FUZZ_TARGET ?=
fuzz: $(READY)
	FUZZ_ROUNDS=$(FUZZ_ROUNDS) FUZZ_MINUTES=$(FUZZ_MINUTES) $(BIN)/python -m fuzz.run $(FUZZ_TARGET)

# Plants mutants in core and engine and runs their own tests on each; what lives is tried once more
# on the tests of what is built upon them. Takes hours.
JUDGE := $(abspath $(BIN))/python -m pytest -p tests.mutation.judge -q --tb=no --assert=plain \
	-o addopts=--import-mode=importlib -p no:cacheprovider --hypothesis-seed=0
OWN := tests/core tests/engine
OTHERS := tests/rulebook tests/records tests/guardrails tests/reporters tests/demo
mutate: $(READY)
	rm -rf mutants
	$(BIN)/python -m tests.mutation.plant
	cd mutants && $(JUDGE) $(OWN)
	cd mutants && $(JUDGE) $(OWN) $(OTHERS) --ignore=tests/reporters/test_html_browser.py
	$(BIN)/python -m tests.mutation.tell

# The documentation as a site in out/site; a broken link or a page that is not in it ends the build.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir out/site

build: $(READY)
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) $(PEERS) $(CHECKOV) $(LEFT) build dist mutants out .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .import_linter_cache

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)

$(VENV)/.docs: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

$(PEERS)/.ready: benchmarks/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	echo '*' > $(PEERS)/.gitignore
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Without Checkov the benchmark goes on and says so in its table.
$(CHECKOV)/.ready: benchmarks/requirements-checkov.txt
	$(PYTHON) -m venv $(CHECKOV)
	echo '*' > $(CHECKOV)/.gitignore
	-$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

# Same.
$(LEFT)/.ready: benchmarks/requirements-c7n-left.txt
	$(PYTHON) -m venv $(LEFT)
	echo '*' > $(LEFT)/.gitignore
	-$(LEFT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@
