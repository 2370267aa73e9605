# `make demo` shows the whole thing, `make test` proves it. Both install what they need.
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: demo test check docs fuzz lock clean

demo: .venv/.demo
	$(BIN)/sensor-hub demo

test: .venv/.dev .venv/.servers
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/node .venv/node/node_modules/typescript/bin/tsc -p sensor_hub/web

# Half a minute of bytes, led by what they reach, for every driver.
fuzz: .venv/.fuzz
	$(BIN)/python -m benchmarks.fuzz

# Renews the pages that are made from the code.
docs: .venv/.dev
	$(BIN)/python -m sensor_hub.bus.reference
	$(BIN)/python -m sensor_hub.web.reference
	$(BIN)/python -m sensor_hub.app.export
	$(BIN)/python -m sensor_hub.store.reference
	$(BIN)/python -m sensor_hub.sensors.reference > docs/sensors.md

# Renews the pinned versions and their hashes.
lock: .venv/.dev
	$(COMPILE) pyproject.toml requirements/build.in --extra sim -o requirements/demo.lock
	$(COMPILE) pyproject.toml requirements/build.in --extra sim --group dev \
		-c requirements/demo.lock -o requirements/dev.lock
	$(COMPILE) --group fuzz -o requirements/fuzz.lock
	$(BIN)/npm install --prefix requirements --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info

.venv/.demo: .ci/bootstrap pyproject.toml requirements/demo.lock
	.ci/bootstrap demo

.venv/.dev: .ci/bootstrap pyproject.toml requirements/dev.lock requirements/package-lock.json
	.ci/bootstrap dev

.venv/.fuzz: requirements/fuzz.lock | .venv/.dev
	$(BIN)/python -m pip install --quiet --no-input --require-hashes -r requirements/fuzz.lock
	touch $@

.venv/.servers: .ci/bootstrap | .venv/.dev
	.ci/bootstrap servers
