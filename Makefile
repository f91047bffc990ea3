# `make demo` and `make test` set up what is missing; everything may be repeated.
.DEFAULT_GOAL := help
.PHONY: help setup up down demo test unit-tests stack-tests check bench bench-peers soak notebook lint clean

# Trust what the system trusts, as pip and Maven of Debian do; uv has a list of its own.
export UV_NATIVE_TLS := 1
# What is imported is compiled once and kept: every command would compile it again, half of its start.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
HEADWATER := $(BIN)/headwater
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider --durations=10
# A file of tests is one worker's, so that what a module sets up is set up once.
UNIT := $(PYTEST) -n auto --maxprocesses 8 --dist loadfile -m "unit and not soak" tests/unit

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## system packages (as root on Debian), .venv from the lock, jars
	@bin/system-packages
	@$(MAKE) --no-print-directory --silent .venv/.locked
	@$(BIN)/python -m headwater.runtime.jars

.venv/.locked: requirements.lock requirements.uv.lock pyproject.toml
	test -x $(BIN)/pip || python3.11 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

up: setup ## start Kafka, Redis and Flink here
	@$(HEADWATER) up

down: ## stop them
	@$(HEADWATER) down

demo: setup ## the whole of it, live; KEEP=1 leaves it running
	@$(HEADWATER) demo $(if $(KEEP),--keep)

test: setup lint ## everything that must hold: style, types, all tests
	@$(MAKE) --no-print-directory --jobs=2 unit-tests stack-tests

# Beside those of real services, which mostly wait; told at once when they have ended.
unit-tests:
	@mkdir -p .runtime
	@nice $(UNIT) > .runtime/unit-tests.log 2>&1; status=$$?; cat .runtime/unit-tests.log; exit $$status

# JVMs that live for minutes: their second compiler would cost half as much as all else. `make soak` has it.
stack-tests:
	@JDK_JAVA_OPTIONS="$$JDK_JAVA_OPTIONS -XX:TieredStopAtLevel=1" $(PYTEST) -m "not soak" tests/flink tests/runtime tests/browser tests/containers

soak: setup ## laws ten times over; a million odd inputs; real services for an hour: everything dies, at random
	@$(UNIT) --hypothesis-profile thorough
	@$(PYTEST) -m soak -s tests/unit tests/fuzz tests/flink tests/runtime

check: setup lint ## the quick part: style, types, unit tests
	@$(UNIT)

bench: setup ## how fast, fresh and large; ARGS="--only reading --json"
	@$(BIN)/python -m tests.bench $(ARGS)

bench-peers: setup ## the same job in Quix Streams and in Bytewax, beside a plain loop; ARGS="--events 20000"
	@$(BIN)/python -m tests.bench.peers $(ARGS)

notebook: setup ## run the example in docs/notebooks again, and keep what it shows
	@nice $(BIN)/python -m docs.notebooks.run training

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean: ## stop everything and forget its data; keeps .venv
	@test ! -x $(HEADWATER) || $(HEADWATER) down
	rm -rf .runtime .pytest_cache .mypy_cache .ruff_cache .hypothesis
