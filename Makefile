# make run     take in what has landed, build, publish, write the workbooks
# make test    the tests; make test-full runs the large sweeps in full
# make lint    formatting, linting, types and SQL style
# make dev     Dagster's own pages, with the asset graph, schedules and sensor
# make setup   what the others do first by themselves: .venv with all that is needed
.PHONY: run test test-full lint dev setup

PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/ready

run: $(READY)
	$(BIN)/klantbeeld run

test: $(READY)
	$(BIN)/pytest

test-full: $(READY)
	KLANTBEELD_TEST_FULL=1 $(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	$(BIN)/python tests/portable_sql.py dbt_project/models dbt_project/macros dbt_project/tests

dev: $(READY)
	mkdir -p data/dagster
	cp dagster.yaml data/dagster/dagster.yaml
	DAGSTER_HOME="$(CURDIR)/data/dagster" $(BIN)/dagster dev -m dagster_project.definitions

setup: $(READY)

# Everything comes from the lock file; bytecode is compiled once, which halves each start.
$(READY): pyproject.toml requirements.lock
	command -v $(PYTHON) >/dev/null && $(PYTHON) -m venv .venv || python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q .venv/lib dagster_project || true
	touch $(READY)
