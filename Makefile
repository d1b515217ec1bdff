.DEFAULT_GOAL := help
PYTHON := ./museaika dev

.PHONY: help
help:  ## Show every task
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: serve
serve:  ## Start the server and its worker
	./museaika serve

.PHONY: test
test:  ## Run the tests (installs what they need first)
	./museaika test

.PHONY: lint
lint:  ## Check style, types and import directions
	./museaika lint

.PHONY: format
format:  ## Put the code in order
	$(PYTHON) -m ruff check --fix --select I .
	$(PYTHON) -m ruff format .

.PHONY: coverage
coverage:  ## Run the tests and report which lines they reached
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -q
	$(PYTHON) -m coverage combine -q
	$(PYTHON) -m coverage report --skip-covered --sort=cover

.PHONY: soak
soak:  ## Run the long forms of the tests that kill, fuzz and wait
	./museaika test -m soak

.PHONY: listen
listen:  ## Compose three pieces for each mood, as a page to listen to (build/listening/index.html)
	$(PYTHON) benchmarks/listening_page.py

.PHONY: bench
bench:  ## Measure every figure that the README claims
	for file in $(filter-out benchmarks/listening_page.py,$(wildcard benchmarks/*.py)); do echo "== $$file"; $(PYTHON) $$file || exit 1; done

.PHONY: requirements
requirements:  ## Pin the dependencies of pyproject.toml again, with hashes
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header -q -o requirements/base.txt
	uv pip compile pyproject.toml --extra dev -c requirements/base.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -o requirements/dev.txt
	uv pip compile pyproject.toml --extra prod -c requirements/base.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -o requirements/prod.txt
	uv pip compile pyproject.toml --extra train -c requirements/base.txt --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -o requirements/train.txt

.PHONY: clean
clean:  ## Remove the environment and caches; data stays
	rm -rf .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
