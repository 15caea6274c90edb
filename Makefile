# Everything is installed into .venv in this folder, and nothing outside it.
# PYTHON=/path/to/python chooses the interpreter, ARGS="…" is passed on by demo, test and bench.

.DEFAULT_GOAL := help
.PHONY: help demo ui test thorough test-all machines cover lint bench pythons lock clean

# The embedded database and Dagster's files stay beside the code, not in the home folder.
export ADM_SYNC_HOME ?= $(CURDIR)/.adm_sync
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PIP_NO_INPUT := 1
# Each of the processes that are started would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# The demo needs no tools; where those are installed, it has all that it needs.
ENOUGH = $(if $(wildcard .venv/.installed),.venv/.installed,.venv/.demo)
# Those on the PATH, and where pyenv and uv keep theirs.
PYTHONS = python3.11 python3.12 python3.13 python3.14 $(wildcard $(addprefix $(HOME)/,\
	.pyenv/versions/3.1[1-4].*/bin/python .local/share/uv/python/cpython-3.1[1-4]*/bin/python))
CANDIDATES := $(or $(PYTHON),python3.14 python3.13 python3.12 python3.11 python3)
# Following every line of the whole suite takes a third longer: make test ARGS=--cov does it.
CORE := names workbook push imports administrate reference
CORE_TESTS := $(addprefix adm_sync_tests/,$(CORE)) $(addprefix adm_sync_tests/acceptance/test_,\
	importing_stories.py push_records.py user_stories.py approving.py changed_since.py doubles.py \
	updating.py undoing_updates.py update_faults.py push_faults.py together.py once.py doubling_ways.py \
	missing_fields.py away_at_the_start.py shown_values.py faulty_answers.py)
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-strip-extras --no-emit-index-url --no-emit-find-links
# The extras that a machine in production may need; what two lock files pin is the same in both.
DEPLOYED := azure celery docker gcs k8s parquet s3 sftp
# With CI set the browser tests always run, and fail where there is no browser.
BROWSER := $(CI)$(shell command -v /usr/bin/chromium || command -v chromium)
NO_BROWSER := No chromium here: the tests marked 'browser' are left out.
PYTEST = $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder \
	-m 'not machines$(if $(BROWSER),, and not browser)'

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(ENOUGH) .env  ## a fictional company: synced, a workbook imported, an outage survived; leaves nothing running
	@exec $(BIN)/adm-sync demo $(ARGS)

ui: $(ENOUGH) .env  ## the Dagster UI on what the demo did; Ctrl-C ends it
	@exec $(BIN)/adm-sync dev $(ARGS)

test: .venv/.installed  ## every kind of behaviour, in about five minutes on two cores
	@exec $(PYTEST) --quick $(ARGS)

thorough: .venv/.installed  ## what test and cover leave out: variants, browsers, processes that are killed
	@$(if $(BROWSER),,echo "$(NO_BROWSER)";) exec $(PYTEST) --rest $(addprefix --ignore=,$(CORE_TESTS)) $(ARGS)

test-all: .venv/.installed  ## everything in every variant, with more drawn histories
	@$(if $(BROWSER),,echo "$(NO_BROWSER)";) \
		HISTORIES=$${HISTORIES:-60} ONCE_EXAMPLES=$${ONCE_EXAMPLES:-20} exec $(PYTEST) $(ARGS)

machines: .venv/.installed  ## imports on three machines, one killed, one frozen, one cut off (root, Redis)
	@exec $(BIN)/python -m pytest -m machines adm_sync_tests/machines $(ARGS)

cover: .venv/.installed  ## how much of the core its own tests execute; at least 90 %
	@HISTORIES=$${HISTORIES:-12} ONCE_EXAMPLES=$${ONCE_EXAMPLES:-6} \
		exec $(BIN)/python -m pytest -n 2 --dist loadfile -q $(addprefix --cov=adm_sync.,$(CORE)) \
		--cov-report=term --cov-fail-under=90 $(CORE_TESTS) $(ARGS)

lint: .venv/.installed  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.installed  ## the figures of docs/benchmarks.md, measured here (ARGS=--write keeps them)
	@exec $(BIN)/python -m benchmarks $(ARGS)

pythons:  ## each Python that this machine has: install, start, sync the demo's company
	@for name in $(PYTHONS); do \
		"$$name" -c 'import venv, ensurepip' >/dev/null 2>&1 || { echo "$$name: not here"; continue; }; \
		folder=$$(mktemp -d) && "$$name" -m venv "$$folder/venv" && \
		"$$folder/venv/bin/python" -m pip install --quiet --no-deps --require-hashes \
			-r requirements.lock && \
		"$$folder/venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation . && \
		"$$folder/venv/bin/python" -m pip check >/dev/null && \
		(cd "$$folder" && ADM_SYNC_HOME="$$folder/home" venv/bin/adm-sync demo >demo.log 2>&1) \
			&& echo "$$name: works" || { echo "$$name: does not work, see $$folder"; exit 1; }; \
		rm -rf "$$folder"; \
	done

lock:  ## write the lock files anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { \
		echo "make lock needs uv, which is not on the PATH: pip install uv puts it there."; \
		exit 1; }
	$(COMPILE) --extra dev pyproject.toml -o requirements.lock
	$(COMPILE) $(addprefix --extra ,$(DEPLOYED)) --constraints requirements.lock pyproject.toml \
		-o deploy/requirements.lock
	echo 'flit_core>=3.9,<4' | $(COMPILE) --no-annotate --extra embedded --constraints requirements.lock \
		pyproject.toml - -o demo.lock

clean:  ## remove .venv, the caches and the demo's database
	@for file in $$(find .adm_sync -name postmaster.pid 2>/dev/null); do \
		if kill -0 "$$(head -n 1 "$$file")" 2>/dev/null; then \
			echo "The demo's database is running (make ui in another window?): end that first."; \
			exit 1; \
		fi; \
	done
	rm -rf .venv .adm_sync .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf .coverage .coverage.* *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Where Dagster's own commands find what adm-sync works with. Nobody's own .env is touched.
.env:
	@umask 077; printf "%s='%s'\n" DAGSTER_HOME '$(CURDIR)' ADM_SYNC_HOME '$(ADM_SYNC_HOME)' > $@

# ---- the installation, in three steps that are each done once

.venv/.installed: .venv/.locked pyproject.toml
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.locked: .venv/.created requirements.lock
	@echo "Installing what requirements.lock names into .venv (once, about a minute) …"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.lock
	@touch $@

.venv/.demo: .venv/.created demo.lock
	@echo "Installing what the demo needs into .venv (once, about half a minute) …"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r demo.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# A version manager puts names on the PATH that fail when called, and Debian ships a Python that
# cannot make a virtual environment: so each candidate is asked, not only looked up.
.venv/.created:
	@found=; lame=; \
	for candidate in $(CANDIDATES); do \
		"$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
			>/dev/null 2>&1 || continue; \
		if "$$candidate" -c 'import venv, ensurepip' >/dev/null 2>&1; \
			then found=$$candidate; break; else lame=$${lame:-$$candidate}; fi; \
	done; \
	if [ -z "$$found" ] && [ -n "$$lame" ]; then \
		echo "$$lame cannot make a virtual environment: its modules venv or ensurepip are missing."; \
		echo "On Debian and Ubuntu, install the package $${lame##*/}-venv, then try again."; \
		exit 1; \
	elif [ -z "$$found" ]; then \
		echo "Python 3.11, 3.12, 3.13 or 3.14 is needed and was not found as: $(CANDIDATES)."; \
		echo "Install one of them, or name it: make PYTHON=/path/to/python3.12 …"; \
		exit 1; \
	fi; \
	echo "Making .venv with $$("$$found" --version) …"; \
	"$$found" -m venv --clear .venv
	@touch $@
