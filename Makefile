# Two commands are enough: `make demo` and `make test`. Both set everything up first.
PYTHON ?= python3.11
PORT ?= 8000
BIN := .venv/bin
PY := $(BIN)/python

export PORT
export SITE_URL ?= http://127.0.0.1:$(PORT)

.PHONY: help demo up test lint bench words clean

help:
	@echo "make demo    set up, carry out the main job in sight, keep the site up   (ONCE=1 ends by itself, PORT=8000)"
	@echo "make up      the site without the demo's content"
	@echo "make test    set up, run every test this machine can run   (SERVICES=required: none may be skipped)"
	@echo "make lint    ruff, mypy, import-linter, migrations, deployment check, translations"
	@echo "make bench   ratios against named ceilings"

.venv/.ready: requirements.txt constraints.txt
	@echo "Setting up: Python packages, once. torch is large; this takes some minutes."
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found. Set PYTHON=…"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.txt
	@echo "Setting up: the packages for tests and checks."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

words: .venv/.ready
	@$(BIN)/pybabel --quiet compile --directory locale --domain django

demo: .venv/.ready words
	@DEMO=1 $(PY) manage.py demo $(if $(ONCE),--once)

up: .venv/.ready words
	@DEMO=1 $(PY) manage.py set_up
	@DEMO=1 PATH="$(CURDIR)/.venv/bin:$$PATH" $(BIN)/honcho start

test: .venv/.ready-dev words
	@$(PY) -m pytest -n 2 $(if $(FAST),-m "not slow") $(ARGS)
	@$(PY) tests/on_postgresql.py

lint: .venv/.ready-dev words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) tests/check_words.py
	DEBUG=0 SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(60))") SITE_URL=https://example.com \
	  ALLOWED_HOSTS=example.com STRIPE_SECRET_KEY=sk_test_check STRIPE_WEBHOOK_SECRET=whsec_check \
	  $(PY) manage.py check --deploy --fail-level WARNING

bench: .venv/.ready-dev
	@$(PY) -m benchmarks

clean:
	rm -rf .venv var staticfiles .mypy_cache .ruff_cache .pytest_cache
