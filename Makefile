# Two commands do everything: `make run` for the demonstration, `make test` for the tests.
PYTHON ?= python3
PORT ?= 5000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
SERVER_STAMP := $(VENV)/.server-installed
TEST_STAMP := $(VENV)/.tests-installed

.DEFAULT_GOAL := help
.PHONY: help run test install install-tests format lock check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## Start the demonstration at http://localhost:5000 (PORT=… for another port)
	@$(BIN)/authserver demo --port $(PORT)

install: $(SERVER_STAMP) ## Make .venv with everything the server needs

$(SERVER_STAMP): requirements/server.txt pyproject.toml
	@$(PYTHON) tools/check_python.py
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the server's dependencies (pinned, hashes checked) …"
	@$(PIP) install --require-hashes -r requirements/server.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

install-tests: install $(TEST_STAMP)

$(TEST_STAMP): requirements/test.txt $(SERVER_STAMP)
	@echo "Installing what the tests need (pinned, hashes checked) …"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

test: install-tests ## Install what the tests need, the browser included, and run every check
	@$(BIN)/python tools/install_browser.py
	@$(BIN)/python tools/check.py

format: install-tests ## Format the code
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock: ## Resolve the lock files anew
	@$(PYTHON) tools/lock.py

clean: ## Remove .venv and caches; instance/ (the demonstration's data) stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
