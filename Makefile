# Two commands for a newcomer: `make report` and `make test`. Needs Python 3.11+, make and pip.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=

# A test, or a report's worker, often starts a fresh interpreter: compiled once, not each time.
export PYTHONDONTWRITEBYTECODE =

.PHONY: report docs test test-slow test-quality test-gpu mutants coverage lint clean

report: $(STAMP)
	$(BIN)/python -m verify.report $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-slow: $(STAMP)
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -m "slow or not slow" $(ARGS)

# Does the search find the hard thing within so many calls?
test-quality: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -m "quality" $(ARGS)

# What needs a GPU, and the device discipline.
test-gpu: $(STAMP)
	$(BIN)/python -m pytest -m "cuda or devices" $(ARGS)

# Mistakes in our own code, one at a time in a copy; goes on where it was stopped (mutants.json).
mutants: $(STAMP)
	$(BIN)/python -m tests.mutants $(ARGS)

# The site, with the gallery's examples run; warnings are errors.
docs: $(STAMP)
	$(BIN)/python -m sphinx -q -W --keep-going -b html $(ARGS) docs docs/_build/html
	@echo "docs/_build/html/index.html"

# Which lines no fast test executes; children that end without ado are not seen.
coverage: $(STAMP)
	$(BIN)/python -m coverage run -m pytest -n 0 $(ARGS)
	$(BIN)/python -m coverage report --skip-covered -m

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy

# The stamp is written last, so an interrupted installation is repeated, not trusted.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) report docs/_build docs/api docs/gallery .pytest_cache .mypy_cache .ruff_cache .hypothesis
