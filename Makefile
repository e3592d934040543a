# Cool Papers, the open one. `make` alone lists what there is; docs/deploy.md names the settings.

# PYTHON=... names the Python to use; else the first of these that is new enough (or there at all, to be told so).
PYTHONS = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
FIND_PYTHON = found=; for python in $(PYTHONS); do \
	if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	if [ -z "$$found" ] && command -v "$$python" >/dev/null; then found=$$python; fi; done; \
	[ -n "$$found" ] || { echo "Python 3.11 or newer is needed and $(firstword $(PYTHONS)) is not here: install it (on Debian and Ubuntu: apt install python3 python3-venv)." >&2; exit 1; }
BOOTSTRAP = $(FIND_PYTHON); exec "$$found" -I coolpapers/bootstrap.py
INSTALL = $(FIND_PYTHON); "$$found" -I coolpapers/bootstrap.py --only-install
VENV ?= .venv
IN_VENV = $(VENV)/bin/python -m
COMPILE = $(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" --quiet
export VENV

.PHONY: help run admin test lint format lock month extension screens bench

help: ## Say what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start the site at http://127.0.0.1:8000 (PORT=, HOST=, DATA_DIR=, NO_TORCH=1 change it; Ctrl-C stops it)
	@$(BOOTSTRAP) $(ARGS)

admin: ## Make an administrator for the admin of the site in DATA_DIR= (ARGS="--name NAME --password-file FILE" asks nothing)
	@$(INSTALL)
	@$(VENV)/bin/python manage.py make_admin $(ARGS)

test: lint ## Run every check and every test, those of the database on PostgreSQL too (ARGS= goes to pytest)
	@NO_TORCH=1 HF_HUB_OFFLINE=1 $(IN_VENV) pytest $(ARGS)
	@NO_TORCH=1 HF_HUB_OFFLINE=1 $(IN_VENV) tests.postgres pytest --only-database $(ARGS)

lint: ## Check style and types
	@$(INSTALL)
	@$(IN_VENV) ruff check --quiet .
	@$(IN_VENV) ruff format --check --quiet .
	@$(IN_VENV) mypy --no-error-summary .

format: ## Lay the code out and mend what can be mended
	@$(INSTALL)
	@$(IN_VENV) ruff check --fix .
	@$(IN_VENV) ruff format .

lock: ## Pin the dependencies of pyproject.toml anew (ARGS=--upgrade takes newer versions)
	@$(INSTALL)
	@echo torch | $(COMPILE) --group test --excludes /dev/stdin --output-file requirements.txt $(ARGS)
	@$(COMPILE) --constraints requirements.txt --output-file requirements-torch.txt $(ARGS) \
		$$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/--no-emit-package \1/p' requirements.txt)

month: ## Harvest a longer simulated arXiv with faults and kills than `make test` does (ARGS=--days 60 and others change it)
	@$(INSTALL)
	@NO_TORCH=1 HF_HUB_OFFLINE=1 $(IN_VENV) tests.month --days 62 --papers 60 --kills 20 $(ARGS)

extension: ## Pack the browser extension into dist/, the same bytes each time
	@$(INSTALL)
	@$(VENV)/bin/python manage.py extension build $(ARGS)

screens: ## Take the pictures in docs/screens from the site that runs at SITE=
	@$(IN_VENV) tests.e2e.screens $(or $(SITE),http://127.0.0.1:8000) $$($(IN_VENV) tests.programs chromium)

bench: ## Measure the site with all papers of the folder DATA= (ARGS=--million: also with a million)
	@$(IN_VENV) bench.scale $(DATA) $(ARGS)
