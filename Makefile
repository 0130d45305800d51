# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RESPONDENTS ?= all
# Whose answers `make demo` enters: stackoverflow or gss-spending.
SURVEY ?= stackoverflow

# Bytecode is kept whatever the shell says: hundreds of processes of the suite would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo cluster microdata test test-long test-microdata audit bench bench-scale bench-accuracy screenshots lock clean

install: $(VENV)/.core

demo: $(VENV)/.demo
	$(BIN)/python -m host.demo --survey $(SURVEY) --respondents $(RESPONDENTS)

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

# What takes minutes: the same promises under more load, more examples and more crashes than `make test` has time for.
test-long: $(VENV)/.test
	$(BIN)/python -m pytest -m long $(PYTEST_ARGS)

# For a tally on several machines (`subrosa tally --engine dask`).
cluster: $(VENV)/.cluster

# For synthetic records (`subrosa publish --microdata`, `subrosa microdata`): private-PGM on JAX, about 550 MB.
microdata: $(VENV)/.microdata

# What needs that library is skipped by `make test` where it is not installed, and run here.
test-microdata: $(VENV)/.test $(VENV)/.microdata
	$(BIN)/python -m pytest tests/reports/microdata

# Thousands of releases of two rounds that differ in one person, attacked; then the same with planted faults.
audit: $(VENV)/.test
	$(BIN)/python -m audit

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

# Rates, memory and time at a million responses. About 25 minutes, the first time ten more; BALLOTS=10000 tries it out.
bench-scale: $(VENV)/.test
	$(BIN)/python -m benchmarks.scale $(SCALE_ARGS)

# Installs other libraries, each in an environment of its own under build/peers, and takes hours with all of them.
bench-accuracy: $(VENV)/.test
	$(BIN)/python -m benchmarks.accuracy $(ACCURACY_ARGS)

# Needs a Chromium, node, and `npm ci --ignore-scripts` in survey/client.
screenshots: $(VENV)/.core
	$(BIN)/python -m browsing.screenshots

# Every package is checked against its pinned hash; the project itself is installed as it stands, without
# resolving anything, by the pinned build backend that the core lock contains.
$(VENV)/.core: requirements/core.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -q --require-hashes -r requirements/core.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.demo: $(VENV)/.core requirements/demo.txt
	$(PIP) install -q --require-hashes -r requirements/demo.txt
	touch $@

$(VENV)/.cluster: $(VENV)/.core requirements/cluster.txt
	$(PIP) install -q --require-hashes -r requirements/cluster.txt
	touch $@

$(VENV)/.microdata: $(VENV)/.core requirements/microdata.txt
	$(PIP) install -q --require-hashes -r requirements/microdata.txt
	touch $@

$(VENV)/.test: $(VENV)/.core requirements/test.txt
	$(PIP) install -q --require-hashes -r requirements/test.txt
	touch $@

# Renew the locks (needs pip-tools); no index or download address may end up in them.
lock:
	for set in core demo cluster microdata test; do \
		pip-compile -q --allow-unsafe --generate-hashes --strip-extras --no-header --no-annotate \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
			-o requirements/$$set.txt requirements/$$set.in || exit 1; \
	done

clean:
	rm -rf $(VENV) demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
