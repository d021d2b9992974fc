# Salesflow: make run, make dev, make quick, make test, make coverage, make check, make bench. CONTRIBUTING.md says more.

PORT ?= 8000
DEMO ?= 1
# More than cores, because a test often waits for its browser.
JOBS ?= $(shell $(PYTHON) -c 'import os; print(os.cpu_count() + 1)')
UV ?= uv

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
MANAGE := $(PY) manage.py
# Each worker gets one test at a time, the long ones first.
PARALLEL := --numprocesses $(JOBS) --dist load --maxschedchunk 1
PYTEST := $(PY) -m pytest $(PARALLEL)
WITH_WORKER := $(PY) -m salesflow.with_worker
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement

export PORT  # used for links in mails if BASE_URL is not set
# Empty means off: each worker of a test run would compile the product and all tests again, 8 seconds for each worker.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run dev quick test coverage check bench clicks trace audit lock messages bootstrap ready static demo

# Serve ---------------------------------------------------------------------------------------------------------------

run: ready static demo
	@echo
	@echo "Salesflow: http://127.0.0.1:$(PORT)/"
	@exec $(WITH_WORKER) .venv/bin/gunicorn salesflow.wsgi --bind 127.0.0.1:$(PORT) --workers 2 --threads 4 \
		--no-control-socket --log-level warning

dev: ready demo .venv/installed-dev
	DEBUG=True HTTPS=False $(WITH_WORKER) $(MANAGE) runserver $(PORT)

ready: .venv/installed .env
	@$(MANAGE) migrate --verbosity 0

# Hashing and compressing takes a while, so this runs only when a file or a package is newer.
static: var/static/staticfiles.json

var/static/staticfiles.json: .venv/installed $(shell find static -type f) salesflow/bundles.py | .env
	@echo "Collecting the static files ..."
	@$(MANAGE) collectstatic --noinput --verbosity 0
	@mkdir -p $(@D) && touch $@

demo: ready
ifeq ($(DEMO),1)
	@$(MANAGE) demo --if-empty
	@echo "The passwords of the demo are printed once, when it is loaded. New ones: $(MANAGE) demo --password NEW"
else
	@echo "No demo. The first account: $(MANAGE) first_manager"
endif

.env:
	@umask 077 && $(PY) -c 'import secrets; print("SECRET_KEY=" + secrets.token_urlsafe(50))' > $@.new
	@echo '# Plain http, right only for localhost. Behind https take this line out.' >> $@.new
	@echo 'HTTPS=False' >> $@.new
	@mv $@.new $@

# Install -------------------------------------------------------------------------------------------------------------

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Salesflow needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/installed: requirements.txt | .venv/bin/python
	@echo "Installing the packages, about a minute ..."
	@$(INSTALL) requirements.txt
	@touch $@

.venv/installed-dev: requirements-dev.txt | .venv/installed
	@echo "Installing the packages for development, about a minute ..."
	@$(INSTALL) requirements-dev.txt
	@touch $@

# Test and check ---------------------------------------------------------------------------------------------------------------

# All tests except the slow ones, and a fifth of the random examples.
quick: export QUICK = 1
quick: .venv/installed-dev
	$(PYTEST) -m "not browser and not machine and not sweep and not demo" $(ARGS)

test: .venv/installed-dev
	$(PYTEST) $(ARGS)

# Reports which branches the tests run. Fails if the core is not at 100 %.
CORE := opportunities/editing/*,opportunities/transitions/*,stages/gates.py,opportunities/access/*
coverage: .venv/installed-dev
	$(PY) -m coverage erase
	$(PY) -m coverage run -m pytest $(PARALLEL) -m "not browser and not machine" $(ARGS)
	$(PY) -m coverage combine --quiet
	$(PY) -m coverage report
	@echo "The core:"
	$(PY) -m coverage report --include "$(CORE)" --fail-under 100

# Reads no .env and opens no database, so the result is the same on every machine.
check: export SECRET_KEY = only-for-checks-0123456789-abcdefghijklmnopqrstuvwxyz
check: export DATABASE_URL = sqlite://:memory:
check: export HTTPS = True
check: export DEBUG = False
check: export ALLOWED_HOSTS = salesflow.example
check: export BASE_URL = https://salesflow.example
check: .venv/installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/djlint --lint --quiet templates
	$(PY) -m vulture
	$(PY) .ci/escaping.py
	.venv/bin/lint-imports --no-logo --no-cache
	$(MANAGE) makemigrations --check --dry-run
	$(PY) .ci/migrations.py
	$(MANAGE) check --deploy --fail-level WARNING
	$(PY) .ci/translations.py

# N=100000 measures more opportunities, DATABASE_URL names another database. Run it before and after a change that may affect speed.
# On PostgreSQL also each report beside plain SQL of its figures.
bench: .venv/installed-dev static
	$(PY) -m tests.bench
	$(PY) -m tests.bench.reports

# Measures a server that runs (make run) in Chromium: from click to content, shifts, weight. PASSWORD is the manager's.
clicks: .venv/installed-dev
	$(PY) -m tests.bench.clicks

# Lists the files and SQL statements of one Next Stage.
trace: .venv/installed-dev
	$(PY) -m tests.bench.trace

# Needs the network.
audit: .venv/installed-dev
	$(PY) -m pip_audit --disable-pip --requirement requirements-dev.txt

# Update --------------------------------------------------------------------------------------------------------------

# UPGRADE=--upgrade takes newer versions. Needs uv (pip install uv).
lock:
	$(UV) pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet $(UPGRADE) --output-file requirements.txt
	$(UV) pip compile pyproject.toml --extra postgres --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet $(UPGRADE) --constraint requirements.txt --output-file requirements-dev.txt

# After a page uses a class of Bootstrap that no page used before.
bootstrap: .venv/installed-dev
	$(PY) .ci/bootstrap/cut.py

# Needs gettext. Then translate what is empty or fuzzy in locale/nb, and run it again to compile.
messages: ready
	$(MANAGE) makemessages --locale nb --no-obsolete --add-location file --ignore .venv --ignore var --ignore tests
	$(MANAGE) compilemessages --locale nb --ignore .venv
