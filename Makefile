# Needs Python 3.11 or newer with pip and venv, and make; everything else is installed here.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint check wheel build clean

demo: $(READY)
	$(BIN)/amlaudit demo --out out/demo

test: $(READY)
	$(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/pytest --cov --cov-report=term
	$(BIN)/coverage report --include='amlaudit/core/*,amlaudit/engine/*' --fail-under=100
	$(BIN)/coverage report --fail-under=95 --format=total
	PYTHON=$(PYTHON) sh scripts/check-wheel.sh

build: $(READY)
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) build dist out .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage .import_linter_cache

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(READY)
