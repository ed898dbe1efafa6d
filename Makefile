# `make demo` and `make test` are all a fresh machine with Python 3.11+ needs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: demo test check lint types contracts pytest prove bench lock clean

demo: $(STAMP)  ## build a workspace from sample_data in ./demo and show the weekly report
	$(BIN)/cs demo demo --force

test: $(STAMP) lint types contracts pytest  ## everything CI runs

check: lint types contracts  ## the quick half of `make test`

lint: $(STAMP)
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

pytest: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m "not prove"

prove: $(STAMP)  ## random histories and a year of weekly imports against books kept apart; long
	$(BIN)/python -m pytest -n 2 -m prove

bench: $(STAMP)  ## ratios against a named peer, measured in the same run
	$(BIN)/python benchmarks/startup.py

lock: $(STAMP)  ## write the exact versions this was tested with
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra xlsx --extra fit --group dev --universal --python-version 3.11 \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cs needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m compileall -q cs_cli  # some shells forbid writing bytecode; a start would then compile everything anew
	touch $(STAMP)

clean:
	rm -rf $(VENV) demo dist build
