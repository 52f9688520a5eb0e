# The commands of this project; each sets up what it needs. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help demo test escape soak check bench clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: ## train an agent on the bundled tasks, its model's replies from the bundled recording
	@scripts/setup.sh run
	@.venv/bin/toolwright demo

test: ## all fast tests
	@scripts/setup.sh dev
	@.venv/bin/pytest -n 2 --dist loadfile -m "not soak"

escape: ## the sandbox's tests alone: attacks that must not get out, work that must go on
	@scripts/setup.sh dev
	@.venv/bin/pytest -n 2 --dist loadfile -m "not soak or podman" tests/sandbox

soak: ## the long tests: kills at 50 points, gate simulations, AutoGen beside us, 20,000 sandboxed calls, podman, properties on many examples
	@scripts/setup.sh dev
	@scripts/bench_peer.sh
	@.venv/bin/pytest -n 2 -m "soak or hypothesis" --hypothesis-profile long

check: ## types, lint and the arrows between the rooms
	@scripts/setup.sh dev
	@.venv/bin/pyright
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/lint-imports

bench: ## measure: start-up, model turns, trainings, growth, sandboxed calls, each beside its peers
	@scripts/setup.sh dev
	@.venv/bin/python -m bench.start_up
	@.venv/bin/python -m bench.model_turn
	@scripts/bench_peer.sh
	@.venv/bin/python -m bench.training
	@.venv/bin/python -m bench.growth 20000
	@.venv/bin/python -m bench.sandbox

clean: ## remove what the commands made, but no runs
	rm -rf .venv .bench .pytest_cache .ruff_cache .hypothesis .import_linter_cache
