# Frontdesk's commands. `make` alone lists them.
#
# Everything is installed into .venv from the locked, hashed files in requirements/. Stamp files remember what is
# there, so that the second run of a command starts at once.

PYTHON ?= $(shell tools/find-python)
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
# Tests mostly wait, so that one more at once than there are processors takes the least time. 0: one after the other.
AT_ONCE ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)

PIP_INSTALL := $(BIN)/python -m pip --disable-pip-version-check install -qq --require-hashes
export PIP_NO_INPUT := 1
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONSTARTUP PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help run test check style lint types format migrate bench chaos reference lock clean
.NOTPARALLEL:

help: ## list the commands
	@echo "Frontdesk: a self-hosted AI front desk for WhatsApp."
	@echo
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.base ## try it: sample business, simulated phone, no key needed
	@exec $(BIN)/frontdesk serve --demo $(ARGS)

# In the order of the folders: files of few, long tests are in the first ones, so that none is left for the end alone.
test: $(VENV)/.dev ## run every test (ARGS="-k words" for some)
	@tools/prepare-tests $(BIN)
	@$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder --max-worker-restart 1 $(ARGS)

check: style types test ## all that the continuous integration runs: format, lint, types, tests

style: $(VENV)/.dev ## check the format and the lint rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(VENV)/.dev $(VENV)/.bench ## check the types
	@$(BIN)/mypy

format: $(VENV)/.dev ## put the code into shape
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

migrate: $(VENV)/.base ## bring the database to the present shape
	@$(BIN)/frontdesk migrate $(ARGS)

bench: $(VENV)/.bench ## measure everything and write docs/benchmarks.md
	@$(BIN)/python -m bench $(ARGS)

chaos: $(VENV)/.dev ## throw troubles at whole houses for MINUTES=10 (SEED=7 SHAPE=scaled for one once more)
	@tools/prepare-tests $(BIN)
	@$(BIN)/python -m frontdesk.testing.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) \
		$(if $(SHAPE),--shape $(SHAPE)) $(ARGS)

reference: $(VENV)/.dev ## write docs/reference/ anew from the code
	@$(BIN)/python -m frontdesk.testing.reference docs/reference

# The newest versions that fit pyproject.toml, for every platform, from Python 3.11 on. Needs uv.
UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: ## choose the versions in requirements/ anew (needs uv; ARGS=--upgrade for the newest)
	@command -v uv >/dev/null || { echo "make lock needs uv. Install it (pip install uv) and try again."; exit 1; }
	$(UV_COMPILE) $(ARGS) pyproject.toml -o requirements/base.txt
	$(UV_COMPILE) $(ARGS) pyproject.toml --group dev -c requirements/base.txt -o requirements/dev.txt
	$(UV_COMPILE) $(ARGS) --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(UV_COMPILE) $(ARGS) --group build -c requirements/dev.txt -o requirements/build.txt

clean: ## remove what was built here (never the data folder)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist

$(VENV)/.made:
	@tools/make-venv "$(PYTHON)" $(VENV)
	@touch $@

$(VENV)/.base: $(VENV)/.made requirements/base.txt requirements/build.txt pyproject.toml
	@echo "Installing what Frontdesk needs into $(VENV) ..."
	@$(BIN)/python tools/fitting.py requirements/base.txt > $(VENV)/base.txt
	@$(PIP_INSTALL) -r $(VENV)/base.txt -r requirements/build.txt
	@$(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/python tools/fitting.py requirements/dev.txt > $(VENV)/dev.txt
	@$(PIP_INSTALL) -r $(VENV)/dev.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.dev requirements/bench.txt
	@echo "Installing what the benchmarks need into $(VENV) ..."
	@$(PIP_INSTALL) -r requirements/bench.txt
	@touch $@
