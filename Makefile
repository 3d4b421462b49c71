# Two commands are enough: `make demo` lives the story, `make test` passes the tests.
# Each sets up what it needs in .venv, once; Python 3.11 or newer is all that has to be there.

# One more than the cores that there usually are: a test waits for its database a good while.
WORKERS ?= 3
ARGS ?=
STEPS ?= 1000000
UV = uv>=0.9,<1

# Python keeps what it compiled; otherwise every worker, and every `recess` that a test starts, would
# compile all code anew.
test soak: export PYTHONDONTWRITEBYTECODE =

.PHONY: help setup demo test check soak bench docs screenshots lock FORCE

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | awk -F '\t' '{ printf "make %-11s %s\n", $$1, $$2 }'

setup: .venv/.dev ## .venv with everything that running, testing and checking need

demo: $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.run) ## sample districts and a practice Slack workspace in the browser
	@exec .venv/bin/recess demo $(ARGS)

test: .venv/.dev ## the tests, on SQLite and PostgreSQL; ARGS="-k pause" picks some
	@.venv/bin/python -m pytest -n $(WORKERS) $(ARGS)

check: .venv/.dev ## style, types, the three floors, the lock files
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports
	@! grep -nE '://| @ |^-' requirements.txt requirements-dev.txt || { echo "A lock file names an address."; exit 1; }

soak: .venv/.dev ## kills, memory, a long fuzz, and a million steps of the model (hours; STEPS=50000)
	@RECESS_SOAK=1 .venv/bin/python -m pytest tests/soak tests/rosters/*memory.py -q -s $(ARGS)
	@RECESS_SOAK=1 .venv/bin/python -m pytest tests/access tests/commands tests/frozen tests/stories tests/webhooks tests/model/test_model.py tests/model/test_by_hand.py tests/model/test_at_once.py tests/rosters/test_sources_page.py -q -n $(WORKERS)
	@RECESS_FUZZ=1 .venv/bin/python -m pytest tests/rosters/test_roundtrip.py -q
	@RECESS_SOAK=1 RECESS_STEPS=$(STEPS) .venv/bin/python -m pytest tests/model/test_many_histories.py -q -s -n $(WORKERS)

bench: .venv/.dev ## what things cost
	@.venv/bin/python -m benchmarks $(ARGS)

docs: .venv/.dev ## the documents that are made of the code and of the tests
	@.venv/bin/python -m bot.rosters.refusals
	@.venv/bin/python -m tests.rosters.sources_page

screenshots: .venv/.dev ## the pictures in docs/, taken in a browser on walks through the demo
	@RECESS_PICTURES=docs .venv/bin/python -m pytest tests/demo/test_walks.py -q
	@.venv/bin/python -m tests.frozen.screenshots

# --- setting up ---------------------------------------------------------------------------------

# An environment counts when its last set-up came to its end, it was made here, and its Python runs.
unsound := $(shell test -d .venv && test ! -e .venv/.installing \
	&& grep -qsF "$(CURDIR)/.venv" .venv/pyvenv.cfg \
	&& .venv/bin/python -c 'import pip' 2>&1 || echo yes)

# Sets $python to the first one that will do, or says what is missing.
define choose_python
python= unfit=; \
for name in $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11 python); do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	if "$$name" -c 'import ensurepip, venv' 2>/dev/null; then python=$$name; break; fi; \
	unfit=$$name; \
done; \
if [ -z "$$python" ] && [ -n "$$unfit" ]; then \
	echo "$$unfit cannot make an environment: its module venv is missing (Debian, Ubuntu: install python3-venv)." >&2; \
	exit 1; \
elif [ -z "$$python" ]; then \
	echo "Recess needs Python 3.11 or newer, and $(if $(PYTHON),$(PYTHON) is not,none is on the PATH). Name one: make $(or $(MAKECMDGOALS),setup) PYTHON=/path/to/python3" >&2; \
	exit 1; \
fi
endef

# Makes the environment unless a sound one is there. $(1) is the lock to install.
define install
@set -e; \
if [ -n "$(unsound)" ]; then \
	$(choose_python); \
	echo "Making .venv with $$("$$python" -V)"; \
	rm -rf .venv; mkdir .venv; touch .venv/.installing; \
	"$$python" -m venv .venv; \
fi; \
touch .venv/.installing; \
echo "Installing $(1)"; \
$(pip) --require-hashes -r $(1); \
$(pip) --no-deps --no-build-isolation -e .; \
rm -f .venv/.installing; touch $@
endef
pip = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input

.venv/.run: requirements.txt pyproject.toml $(if $(unsound),FORCE)
	$(call install,requirements.txt)

.venv/.dev: requirements-dev.txt pyproject.toml $(if $(unsound),FORCE)
	$(call install,requirements-dev.txt)

FORCE:

# --- the lock files -----------------------------------------------------------------------------

compile = "$$uv/bin/uv" pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock" $(UPGRADE)

lock: ## both lock files anew from pyproject.toml; UPGRADE=--upgrade takes newer versions
	@set -e; $(choose_python); \
	uv=$$(mktemp -d); trap 'rm -rf "$$uv"' EXIT; \
	"$$python" -m venv "$$uv"; "$$uv/bin/python" -m pip install --quiet --disable-pip-version-check "$(UV)"; \
	$(compile) --group build -o requirements.txt; \
	$(compile) --group build --group dev -c requirements.txt -o requirements-dev.txt
