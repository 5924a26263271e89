# Two commands do everything on a fresh Debian machine: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export MEYASU_HOME ?= $(CURDIR)/var/meyasu
SAMPLE := --seed 2009 --mails 20000 --months 2008-07..2009-06
PORT ?= 8000
MESSAGES := $(patsubst %.po,%.mo,$(shell find src -name '*.po'))

COMPILED := $(shell grep -rlx --include=*.py "import cython" src)

.PHONY: run test check bench soak docs lock clean compile
.DEFAULT_GOAL := run

run: $(VENV)/run.stamp $(VENV)/compiled.stamp $(MESSAGES)
	@tools/fetch-networks "$(MEYASU_HOME)/geography"
	@test -d "$(MEYASU_HOME)/tables" || $(BIN)/meyasu sample $(SAMPLE) --out "$(MEYASU_HOME)/sample" --ingest
	@$(BIN)/meyasu figures
	@$(BIN)/meyasu campaigns --limit 5
	@MEYASU_DEMO=1 $(BIN)/meyasu serve --port $(PORT)

test: $(VENV)/test.stamp $(VENV)/compiled.stamp $(MESSAGES)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not soak" tests

check: $(VENV)/test.stamp $(VENV)/compiled.stamp $(MESSAGES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m django makemigrations --check --dry-run --settings meyasubako.centre.config.settings
	$(BIN)/python tools/docs.py --check

docs: $(VENV)/test.stamp $(VENV)/compiled.stamp
	$(BIN)/python tools/docs.py

bench: $(VENV)/test.stamp $(VENV)/compiled.stamp
	$(BIN)/python bench/run.py

soak: $(VENV)/test.stamp $(VENV)/compiled.stamp $(MESSAGES)
	$(BIN)/python -m pytest -m soak --timeout 7200 tests

lock: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --extra build --extra dev pyproject.toml -o requirements-dev.lock

compile: $(VENV)/compiled.stamp

clean:
	find src -name '*.so' -delete
	rm -rf $(VENV) build var

$(VENV)/bin/python:
	tools/system-packages run
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml tools/system-packages | $(VENV)/bin/python
	tools/system-packages run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	MEYASU_COMPILE=later $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: requirements-dev.lock pyproject.toml tools/system-packages | $(VENV)/bin/python
	tools/system-packages test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	MEYASU_COMPILE=later $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/compiled.stamp: setup.py $(COMPILED) | $(VENV)/run.stamp
	tools/compile
	touch $@

%.mo: %.po | $(VENV)/bin/python
	msgfmt --check-format -o $@ $<
