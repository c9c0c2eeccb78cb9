# Everything runs from an environment that this file makes itself, from the hash locks in requirements/.
PYTHON ?= python3
BIN := .venv/bin
ENGINES ?= sqlite,postgresql
BACKUP_ROUNDS ?= 20
BACKUP_FLIPS ?= 1500
LIFE_RUNS ?= 500
LIFE_STEPS ?= 50
# Workers of the tests: one more than two cores, since a test often waits for a program that it has started.
WORKERS ?= 3
RANDOM_CODES ?= 1000000
DRAWN_CODES ?= 10000
ROSTERS ?= 50
SHEETS ?= 500
FUZZ_EXAMPLES ?= 50
KILLS ?= 200
FAULTS ?= 3
PLATES_READ ?= 1000
TAMPERINGS ?= 1000
OUTAGE_ROUNDS ?= 30
DEMO ?=
BENCH ?=

.DEFAULT_GOAL := help
.PHONY: help demo test bench endure check audit sbom migration openapi lock clean

help:
	@echo "make demo    run the demonstration district (options: make demo DEMO='--host 0.0.0.0 --port 8000')"
	@echo "make test    run the tests on SQLite and PostgreSQL"
	@echo "make bench   what performance is owed, as ratios; minutes of a quiet machine (options: make bench BENCH='--only scan')"
	@echo "make endure  the long forms of tests that the suite runs short (BACKUP_ROUNDS, LIFE_RUNS, KILLS, FAULTS, ...)"
	@echo "make check   style, types, walls, migrations, OpenAPI document, test vectors"
	@echo "make audit   known vulnerabilities of every package that the locks name; needs the advisory service, and fails without it"
	@echo "make sbom    write var/sbom.json, what the service is made of (CycloneDX)"
	@echo "make migration NAME=notices  write the step that leads from the newest schema to what models/ says, to be read over"
	@echo "make openapi write openapi/openapi.json and openapi/vectors anew"
	@echo "make lock    resolve the dependencies again into requirements/"

.venv: requirements/runtime.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; '$(PYTHON)' is older or missing. Debian: apt install python3; or: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo "Python's venv module is missing. Debian: apt install python3-venv; Fedora: dnf install python3-pip"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/runtime.txt
	@touch .venv

.venv/.dev: .venv requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch .venv .venv/.dev

demo: .venv
	$(BIN)/python -m api demo $(DEMO)

test: .venv/.dev
	$(BIN)/python -m pytest --engines $(ENGINES) -n $(WORKERS) --dist worksteal

bench: .venv/.dev
	$(BIN)/python -m tests.bench $(BENCH)

endure: .venv/.dev
	BACKUP_ROUNDS=$(BACKUP_ROUNDS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/backups/test_restore.py -k while_others_write
	BACKUP_FLIPS=$(BACKUP_FLIPS) $(BIN)/python -m pytest -q tests/backups/test_archive.py -k flipped
	LIFE_RUNS=$(LIFE_RUNS) LIFE_STEPS=$(LIFE_STEPS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/cards/test_state_machine.py
	LIFE_RUNS=$(LIFE_RUNS) LIFE_STEPS=$(LIFE_STEPS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/pledges/test_state_machine.py
	LIFE_RUNS=$(LIFE_RUNS) LIFE_STEPS=$(LIFE_STEPS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/inspections/test_state_machine.py
	LIFE_RUNS=$(LIFE_RUNS) LIFE_STEPS=$(LIFE_STEPS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/performance/scores/test_state_machine.py
	RANDOM_CODES=$(RANDOM_CODES) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/verification/test_guessing.py
	DRAWN_CODES=$(DRAWN_CODES) $(BIN)/python -m pytest -q tests/codes/test_qr.py
	ROSTERS=$(ROSTERS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/members/roster/test_random_rosters.py
	SHEETS=$(SHEETS) $(BIN)/python -m pytest -q tests/members/roster/test_three_writers.py
	PLATES_READ=$(PLATES_READ) $(BIN)/python -m pytest -q tests/printing/test_reading.py
	TAMPERINGS=$(TAMPERINGS) $(BIN)/python -m pytest --engines sqlite -q tests/audit/test_tampering.py
	OUTAGE_ROUNDS=$(OUTAGE_ROUNDS) $(BIN)/python -m pytest --engines $(ENGINES) -q -s tests/test_outages.py
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/test_fuzz.py
	KILLS=$(KILLS) $(BIN)/python -m pytest --engines $(ENGINES) -q tests/test_kills.py
	FAULTS=$(FAULTS) $(BIN)/python -m pytest --engines $(ENGINES) -n $(WORKERS) -q -k "test_routes or test_faults"

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m api openapi --check
	$(BIN)/python -m api vectors --check
	$(BIN)/python -m pytest --engines $(ENGINES) -q tests/test_migrations.py

# --strict fails over a package that could not be looked up; nothing is resolved or built, since the locks name everything.
audit: .venv/.dev
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r requirements/runtime.txt -r requirements/dev.txt

sbom: .venv/.dev
	@mkdir -p var
	$(BIN)/cyclonedx-py requirements --of JSON --output-reproducible --pyproject pyproject.toml -o var/sbom.json requirements/runtime.txt

migration: export DATABASE_URL = sqlite:///$(CURDIR)/var/migration.db
migration: .venv/.dev
	rm -f var/migration.db* && mkdir -p var
	$(BIN)/alembic upgrade head
	$(BIN)/alembic revision --autogenerate -m "$(NAME)"
	$(BIN)/ruff format -q migrations

openapi: .venv
	$(BIN)/python -m api openapi
	$(BIN)/python -m api vectors

lock: .venv/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links pyproject.toml -o requirements/runtime.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra dev -c requirements/runtime.txt pyproject.toml -o requirements/dev.txt

clean:
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
