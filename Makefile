# Every verb sets up what it needs; `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
RUN := $(VENV)/bin/python -m
WORKERS ?= 4
# Compiled modules are kept, whatever the machine's habit: compiling all of them takes longer than a daily run's looks.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup extras chromium nmap daily triage weekly monthly quarterly sandbox lab test test-lab test-all check format lock benchmarks benchmark-hosts clean clean-lab

help:            ## this list
	@grep -E '^[a-z -]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 34

setup: $(VENV)/complete  ## install everything, locked, into .venv

$(VENV)/complete: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "venv is missing: on Debian, apt-get install python3-venv"; exit 1; }
	@echo "installing the locked packages into $(VENV) ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch $@

extras: $(VENV)/extras  ## also the heavy libraries that some checks need (browser driver, log engine, TLS scanner)

$(VENV)/extras: $(VENV)/complete requirements-extras.lock
	@echo "installing the extras into $(VENV) ..."
	@$(RUN) pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-extras.lock
	@touch $@

daily: $(VENV)/complete  ## look at the estate (sandbox, or ESTATE=name) and leave a report
triage: $(VENV)/complete  ## in an outage: what is down and what works, in seconds
weekly monthly: $(VENV)/extras chromium  ## likewise; installs the extras and the browser first
quarterly: $(VENV)/extras nmap  ## likewise; installs the extras and the port scanner first
daily triage weekly monthly quarterly:
	@$(RUN) pytest -m $@ $(if $(ESTATE),--estate=$(ESTATE))

chromium nmap:   ## the browser and the port scanner that some checks drive; installed as root on Debian, else named
	@command -v $@ > /dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && echo "installing $@ ..." && \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $@ > /dev/null; } || \
	    echo "there is no $@, and what needs it will not be assessed: as root on Debian, apt-get install $@"

sandbox: $(VENV)/complete  ## a sandbox to explore, until Ctrl-C
	@$(RUN) sandbox

lab: $(VENV)/complete  ## a real Debian machine to explore, until Ctrl-C; needs root on Debian
	@$(RUN) lab

test: $(VENV)/extras chromium  ## the suite's own tests
	@$(RUN) selftests.left_out
	@$(RUN) pytest selftests -n $(WORKERS) -m "not nightly and not lab"

test-lab: $(VENV)/extras nmap  ## the daily run and its faults on a real Debian machine; needs root on Debian
	@$(RUN) pytest selftests -m lab

test-all: $(VENV)/extras chromium nmap  ## everything
	@$(RUN) pytest selftests -n $(WORKERS)

check: $(VENV)/extras  ## lint, types, SQL, the guide and every estate
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) sqlfluff lint --disable-progress-bar fixtures/queries
	@$(RUN) compliance check

format: $(VENV)/complete  ## put code into the common form
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

LOCK := uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml
lock:            ## resolve the dependencies anew into requirements.lock and requirements-extras.lock
	@$(RUN) pip install --quiet uv
	@$(RUN) $(LOCK) --all-extras --output-file requirements-extras.lock
	@$(RUN) $(LOCK) --extra contacts --extra sandbox --extra dev --constraint requirements-extras.lock --output-file requirements.lock

benchmarks: $(VENV)/extras  ## speed and size, as ratios within one run
	@$(RUN) benchmarks.engine
	@$(RUN) benchmarks.report
	@$(RUN) benchmarks.restore
	@$(RUN) benchmarks.access_logs
	@$(RUN) benchmarks.triage

benchmark-hosts: $(VENV)/extras  ## a hundred assertions over SSH by four ways; boots a lab, needs root on Debian
	@$(RUN) benchmarks.hosts

clean:           ## remove the environment, warm sandboxes and reports
	@[ ! -L .sandbox ] || rm -rf "$$(readlink .sandbox)"
	@rm -rf $(VENV) .sandbox reports

clean-lab: $(VENV)/complete  ## remove the lab's cached image (1 GB in /var/cache)
	@$(RUN) lab remove
