# `make setup` once, then `make up`, `make demo`; everything may be repeated.
.DEFAULT_GOAL := help
.PHONY: help setup up down demo test check bench clean

BIN := .venv/bin
HEADWATER := $(BIN)/headwater

help: ## what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## system packages (as root on Debian), .venv from the lock, jars
	@bin/system-packages
	@$(MAKE) --no-print-directory .venv/.locked
	@$(BIN)/python -m headwater.runtime.jars

.venv/.locked: requirements.lock requirements.uv.lock pyproject.toml
	test -x $(BIN)/python || python3.11 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.uv.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

up: setup ## start Kafka, Redis and Flink here
	@$(HEADWATER) up

down: ## stop them
	@$(HEADWATER) down

demo: up ## the whole of it, live
	@$(HEADWATER) demo

test: ## unit and Flink tests
	@$(BIN)/python -m pytest -m "unit or flink"

check: ## style, types, and the tests that need real services
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -m "not containers"

bench: up ## measure
	@$(HEADWATER) bench

clean: ## stop everything and forget its data; keeps .venv
	@test ! -x $(HEADWATER) || $(HEADWATER) down
	rm -rf .runtime .pytest_cache .mypy_cache .ruff_cache .hypothesis
