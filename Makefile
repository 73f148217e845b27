# SPDX-License-Identifier: AGPL-3.0-or-later
# `make demo` and `make test` do everything they need themselves. PYTHON=... chooses another Python.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where containers say that Python keeps no bytecode, each of the hundreds of processes that tests start would compile anew.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser screenshots check coverage smoke sim sim-long federation bad-days mutants mutation fuzz fuzz-api bench bench-long bench-attack vectors clean

help:
	@echo 'make demo        drei Ringe auf diesem Rechner / three rings on this machine'
	@echo 'make test        alle Tests / all tests'
	@echo 'make test-browser  die Seiten in einem echten Browser / the pages in a real browser'
	@echo 'make screenshots   Bilder der Seiten / pictures of the pages'
	@echo 'make check       Stil, Typen, Stockwerke / style, types, floors'
	@echo 'make coverage    Zweige des Kerns / branches of the kernel'
	@echo 'make smoke       anderswo installieren und vorführen / install it elsewhere and run the demo'
	@echo 'make fuzz        Bytes, die niemand schreibt / bytes that nobody writes'
	@echo 'make fuzz-api    die Schnittstelle, REQUESTS-mal gefragt / the API, asked REQUESTS times'
	@echo 'make bench       Messungen, unter 5 Minuten / measurements, under 5 minutes'
	@echo 'make bench-long  lange Messung / the long one'
	@echo 'make bench-attack  was ehrliche Nachbarn bei Angriffen merken / what honest neighbours notice under attack'
	@echo 'make sim         schlechte Tage nachspielen (SEEDS=100 JOBS=2 MINUTES=inf JSON=) / play bad days'
	@echo 'make sim-long    hunderttausend davon, geht weiter, wo es stand / a hundred thousand, goes on where it stood'
	@echo 'make federation  156 echte Ringe handeln einige Tage (ACROSS="10 50") / 156 real rings trade for some days'
	@echo 'make bad-days    drei Knoten hinter schlechten Leitungen (KILLS=12) / three nodes behind bad lines'
	@echo 'make mutants     merkt die Simulation eingebaute Fehler? / does the simulator notice planted faults?'
	@echo 'make mutation    merken es die Tests der Abrechnung? / do the tests of the settlement notice?'
	@echo 'make vectors     Testvektoren neu schreiben / write the test vectors again'
	@echo 'make setup       nur einrichten / set up only'
	@echo 'make clean       alles Erzeugte entfernen / remove everything made'

setup: $(READY)
	@:

# The stamp is written last: a set-up that was interrupted begins again. --no-deps: the lock names everything, so pip has
# nothing to choose (an old pip, asked for `coverage[toml]`, looks past the pin for the newest); `pip check` has the word.
$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo 'Es fehlt Python 3.11 oder neuer (Debian: apt install python3 python3-venv).'; \
	  echo 'Python 3.11 or newer is missing (Debian: apt install python3 python3-venv).'; exit 1; } >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Dieses Python ist zu alt: gebraucht wird 3.11 oder neuer (make PYTHON=python3.11 ...).'; \
	  echo 'This Python is too old: 3.11 or newer is needed (make PYTHON=python3.11 ...).'; exit 1; } >&2
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'Es fehlt python3-venv (Debian: apt install python3-venv).'; \
	  echo 'python3-venv is missing (Debian: apt install python3-venv).'; exit 1; } >&2
	@echo 'Einmalig wird eingerichtet (etwa eine Minute) ... / setting up once (about a minute) ...'
	@$(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -qq --require-hashes --no-deps -r requirements.lock || { \
	  echo 'Die Pakete ließen sich nicht laden. Besteht eine Verbindung zum Internet?'; \
	  echo 'The packages could not be fetched. Is there a connection to the internet?'; exit 1; } >&2
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check >/dev/null
	@touch $@

demo: $(READY)
	@$(BIN)/ringtausch demo

# A file's tests run in one process: some count what the others met, and demos take the first ports that are free. One
# process more than there are cores: tests of real nodes wait more than they work. tests/conftest.py says in which order.
WORKERS := $(shell echo $$(($$(nproc 2>/dev/null || echo 1) + 1)))
test: $(READY)
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/browser

# Debian's own browser: nothing is downloaded from elsewhere.
test-browser screenshots: | .chromium
.PHONY: .chromium
.chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" -eq 0 ] && apt-get update -q \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; } || { \
	  echo 'Es fehlt chromium (Debian: apt install chromium fonts-dejavu-core).'; \
	  echo 'chromium is missing (Debian: apt install chromium fonts-dejavu-core).'; exit 1; } >&2

# What the extra `pdf` needs of Debian; pdfinfo and pdftotext read what it makes. The program says whether it is whole.
PDF_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 poppler-utils
test-browser: | .pango
.PHONY: .pango
.pango: $(READY)
	@{ $(BIN)/python -m ringtausch_node.printing.program --probe && command -v pdfinfo >/dev/null; } || { \
	  [ "$$(id -u)" -eq 0 ] && apt-get update -q \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(PDF_PACKAGES); } || { \
	  echo 'Es fehlt Pango (Debian: apt install $(PDF_PACKAGES)).'; \
	  echo 'Pango is missing (Debian: apt install $(PDF_PACKAGES)).'; exit 1; } >&2

test-browser: $(READY)
	@$(BIN)/pytest -q -n 0 -m browser tests/browser

screenshots: $(READY)
	@$(BIN)/python -m tests.browser.screenshots

check: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/house

# The kernel, protocol and ledger, is tested on every branch, and so is the audit, by its own tests alone. The kit has tests of
# its own.
AUDIT_BRANCHES := 99
KERNEL_TESTS := $(wildcard tests/protocol tests/ledger tests/vectors tests/foreign)

coverage: $(READY)
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q $(KERNEL_TESTS)
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --include='*/ringtausch_protocol/*,*/ringtausch_node/ledger/*' \
	  --omit='*/ringtausch_protocol/audit/*,*/ringtausch_protocol/conformance/*' --fail-under=100
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n 0 -m 'not slow' --ignore tests/audit/test_live.py tests/audit
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --include='*/ringtausch_protocol/audit/*' --fail-under=$(AUDIT_BRANCHES)

# Uses nothing of .venv: a wheel that only works beside the checkout must fail here.
smoke:
	@PYTHON='$(PYTHON)' deploy/smoke.sh

# Every reader of foreign bytes, FUZZ_SECONDS for each of some thirty targets, two at once: 18 minutes.
# `make fuzz FUZZ_SECONDS=3600 FUZZ=--keep` is the long one, `make fuzz FUZZ="sent book"` searches two of them.
FUZZ_SECONDS ?= 60
fuzz: $(READY)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || \
	  $(BIN)/python -m pip install -qq --require-hashes --no-deps -r tests/fuzz/requirements.lock
	@$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) $(FUZZ)

# What the API's description allows and forbids, asked REQUESTS times in all.
REQUESTS ?= 10000
fuzz-api: $(READY)
	@FUZZ_API_REQUESTS=$(REQUESTS) $(BIN)/pytest -q -n auto --timeout 0 tests/api/test_fuzzing.py

bench: $(READY)
	@$(BIN)/python -m tests.bench

bench-long: $(READY)
	@$(BIN)/python -m tests.bench --long

bench-attack: $(READY)
	@$(BIN)/python -m tests.bench --attack

SEEDS ?= 100
FIRST ?= 1
JOBS ?= 2
MINUTES ?= inf

# Not a test of ours alone: whoever changes a rule of the protocol asks here whether hours are made or lost. After MINUTES no
# further seed is begun. JSON=FILE: the summary for machines.
JSON ?=
sim: $(READY)
	@$(BIN)/python -m tests.simulation --first $(FIRST) --seeds $(SEEDS) --jobs $(JOBS) --minutes $(MINUTES) $(if $(JSON),--json "$(JSON)")

# Goes on where the record ends, at whatever commit the tree is by then; commit the record. In a clone of its own it does not
# mind what is committed here: `make sim-long` there, and copy its record.
LONG ?= 100000
RECORD ?= docs/simulation-record.md
sim-long: $(READY)
	@$(BIN)/python -m tests.simulation --first $(FIRST) --seeds $(LONG) --jobs $(JOBS) --minutes $(MINUTES) --record $(RECORD)

# 156 real rings; the report lands in build/federation. `make federation RUNS=1 DAYS=0.5 ACROSS=10` is the short one.
RUNS ?= 5
ACROSS ?= 10 50
DAYS ?= 3
federation: $(READY)
	@$(BIN)/python -m tests.federation_run --first $(FIRST) --seeds $(RUNS) --jobs $(JOBS) --across $(ACROSS) \
	  --days $(DAYS) --out build/federation

# Real processes behind lines that lose, cut off and killed; `make bad-days KILLS=200 PAYMENTS=300` is the long one. And a
# ring between, killed at every single step of what passes through it.
KILLS ?= 12
PAYMENTS ?= 30
bad-days: $(READY)
	@$(BIN)/ringtausch demo --once --act circle
	@$(BIN)/python -m tests.processes.bad_days --kills $(KILLS) --payments $(PAYMENTS) $(BAD_DAYS)
	@EVERY_STEP=1 $(BIN)/pytest -q -n 0 -s tests/simulation/test_between_points.py

# Does it notice? One planted fault after the other. Goes on where it was stopped; build/mutants.txt says what noticed each.
mutants: $(READY)
	@$(BIN)/python -m tests.mutants --jobs $(JOBS) --record build/mutants.txt

# The other way round: change one operator or number of the settlement after the other; its own tests must notice.
MUTATION_VENV := $(VENV)/mutation
mutation: $(READY)
	@$(MUTATION_VENV)/bin/python -c 'import cosmic_ray' 2>/dev/null || { $(PYTHON) -m venv $(MUTATION_VENV) && \
	  $(MUTATION_VENV)/bin/python -m pip install -qq --require-hashes --no-deps -r tests/mutation/requirements.lock; }
	@$(BIN)/python -m tests.mutation --cosmic-ray $(MUTATION_VENV)/bin

vectors: $(READY)
	@$(BIN)/python -m tests.vectors.write

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage .coverage.* \
	  htmlcov build dist
	find node protocol tests -name __pycache__ -type d -prune -exec rm -rf {} +
