# make run   sets everything up and runs the bot on the embedded default (SQLite, a folder as mailbox, local pages)
# make test  sets everything up and runs all checks
# make soak  the full counts of what make test runs a small share of
# make year  lives simulated years of a whole municipality and checks every promise each evening (YEAR_SEEDS=20);
#            make year ARGS="--seed 17" replays one
# make peers runs the bot against a real Dovecot and a real Postfix that are killed meanwhile; as root on Debian and Ubuntu
#            it installs them where they are missing
# make e2e      people in Teams, played by a browser in Microsoft's Agents Playground (E2E_ROUNDS=10), and every page of the
#            desk, in a network of its own; make e2e ARGS="-k desk" the desk alone; it needs node and npm, and as root on
#            Debian and Ubuntu it installs chromium where that is missing
# make fuzz     looks ten minutes (FUZZ_SECONDS) for letters that the reader breaks on; finds go to .fuzz/finds
# make reading  prints how right the letters of tests/letters are read, and whether certainty means something
# make bench    prints what reading costs (time, memory, hostile letters), and a morning over 20,000 cases
# make bench-mailboxes  letters a second from each kind of mailbox, how soon one is noticed, memory with 35 MB
# make bench-teams  cards a second to 500 people within Teams' limits, how soon a click is answered, memory
# make bench-due  the morning over a million cases: minutes, and 3 GB in the folder for temporary files
# make bench-pages  what lists, search and cases take for 50 people over a million cases: an hour, and 8 GB in the folder for
#            temporary files; make bench-pages ARGS="--cases 20000 --seconds 30" is soon done

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
ARGS ?=

.PHONY: run test setup setup-dev lint soak year peers e2e fuzz reading bench bench-mailboxes bench-teams bench-due bench-pages lock clean

run: setup
	@$(BIN)/python -m bot run --example $(ARGS)

test: setup-dev
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command as lint; lint()'
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

soak: setup-dev
	@SOAK=1 $(BIN)/python -m pytest -n 2 -m soak $(ARGS)

year: setup-dev
	@$(BIN)/python -m tests.year $(ARGS)

peers: setup-dev
	@command -v dovecot >/dev/null && command -v postfix >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "Install them first: apt-get install dovecot-imapd dovecot-lmtpd postfix (as root)"; exit 1; }; \
	  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections; \
	  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -q dovecot-imapd dovecot-lmtpd postfix; }
	@PEERS=1 $(BIN)/python -m pytest -n 0 -s tests/peers $(ARGS)

e2e: setup-dev .e2e/.tools
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null || { echo "Install it first: apt-get install chromium (as root)"; exit 1; }; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; }
	@apart=$$(unshare -n true 2>/dev/null && echo "unshare -n" || { unshare -rn true 2>/dev/null && echo "unshare -rn"; }); \
	E2E=1 $${apart:+$$apart $(BIN)/python -m tests.e2e.apart} $(BIN)/python -m pytest -n 0 -s -rs tests/e2e $(ARGS)

fuzz: setup-dev .venv/.fuzz
	@$(BIN)/python -m tests.fuzz $(ARGS)

reading: setup-dev
	@$(BIN)/python -m tests.reading.report $(ARGS)

bench: setup-dev
	@$(BIN)/python -m benchmarks.reading $(ARGS)
	@$(BIN)/python -m benchmarks.due --cases 20000 --due 1000 --repeats 2

bench-mailboxes: setup-dev
	@$(BIN)/python -m benchmarks.mailboxes $(ARGS)

bench-teams: setup-dev
	@$(BIN)/python -m benchmarks.teams $(ARGS)

bench-due: setup-dev
	@$(BIN)/python -m benchmarks.due $(ARGS)

bench-pages: setup-dev
	@$(BIN)/python -m benchmarks.pages $(ARGS)

setup: .venv/.run
setup-dev: .venv/.dev

# A stamp per requirements file: nothing is asked of the network when nothing changed.
.venv/.run: requirements/run.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Nämndbot needs Python 3.11 or newer: install python3 and try again."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python lacks venv: run 'apt-get install python3-venv' (as root) and try again."; exit 1; }
	@test -x $(BIN)/pip && $(BIN)/python -c '' 2>/dev/null || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@echo "Setting up .venv (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "Setting up the tools for tests (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.fuzz: .venv/.dev requirements/fuzz.txt
	@echo "Setting up the fuzzer (once)..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

# Development only: the Playground is for evaluation, axe-core is under MPL-2.0, and neither is ever shipped. No lock file:
# the versions are exact.
.e2e/.tools: tests/e2e/package.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "Install Node.js 20 or newer with npm first: apt-get install nodejs npm (as root), or from nodejs.org"; exit 1; }
	@echo "Setting up the Agents Playground, the browser's driver and axe-core (once)..."
	@mkdir -p .e2e && cp tests/e2e/package.json .e2e/
	@cd .e2e && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent
	@touch $@

# Pin the newest versions anew (needs uv).
lock:
	uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra build -o requirements/run.txt
	uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra build --extra dev --extra teams-sdk -c requirements/run.txt -o requirements/dev.txt
	uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra build --extra teams-sdk -c requirements/run.txt -o requirements/teams-sdk.txt
	uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group pyproject.toml:fuzz -o requirements/fuzz.txt

clean:
	rm -rf .venv .fuzz .e2e build *.egg-info .mypy_cache .ruff_cache .pytest_cache
