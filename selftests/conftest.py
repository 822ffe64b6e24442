"""What the suite's own tests share: a running sandbox to break, and the suite as its users run it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import database, needs
from lab.house import Lab
from lab.house import standing as machine_standing
from sandbox.house import Sandbox, standing
from selftests.running import Outcome, Suite

# The lab's application as it is, but for its rate limits: a hundred runs in a quarter of an hour must pass.
PM2 = "runuser -u neff -- env HOME=/home/neff PM2_HOME=/home/neff/.pm2 pm2"
# An instance that was killed in a drill, or started again behind a fault, counts as restless for a while.
FORGET_RESTARTS = f"! {PM2} jlist | grep -q '\"restart_time\":[1-9]' || {PM2} reset all > /dev/null"
WITHOUT_LIMITS = f"""
printf 'RATE_LIMIT=100000\nSIGN_IN_LIMIT=100000\n' >> /etc/neff/app.env
set -ae; . /etc/neff/app.env; cd /srv/neff
{PM2} reload ecosystem.config.js --update-env > /dev/null
curl -skf -o /dev/null https://127.0.0.1/api/health
"""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests that would wait for one another stand in one queue."""
    from selftests.queues import Queues

    return Queues(config, log)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox for this worker, whose rate limits allow a hundred runs in a quarter of an hour."""
    with standing() as up:
        (up.home / "site" / "switchboard.json").write_text('{"rate_limit": 100000, "sign_in_limit": 100000}')
        yield up


@pytest.fixture(autouse=True)
def _fresh_lab(request: pytest.FixtureRequest) -> None:
    """A machine that has been up for minutes is tidied before it is looked at again."""
    if "lab" in request.fixturenames or "lab_suite" in request.fixturenames:
        lab = request.getfixturevalue("lab")
        database.tidy(lab.machine)
        lab.do(FORGET_RESTARTS)


@pytest.fixture(autouse=True)
def _fresh_sandbox(request: pytest.FixtureRequest) -> Iterator[None]:
    """Brought to the present before each test. What its servers log in a test is cut off behind it: the next one finds a quiet day."""
    if "sandbox" not in request.fixturenames and "suite" not in request.fixturenames:
        yield
        return
    sandbox = request.getfixturevalue("sandbox")
    sandbox.to_the_present()
    sizes = {path: path.stat().st_size for path in (sandbox.home / "logs").rglob("*") if path.is_file()}
    yield
    for path, size in sizes.items():
        if path.exists() and path.stat().st_size > size:
            os.truncate(path, size)


@pytest.fixture(scope="session")
def suite(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """The suite, run against this worker's sandbox as a user runs it: in a process of its own."""
    return Suite(sandbox.estate, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def healthy_of(suite: Suite) -> Callable[[str], Outcome]:
    """How a cadence's run ends on the healthy sandbox; each is run once."""
    return functools.cache(lambda cadence: suite.run(cadence=cadence))


@pytest.fixture(scope="session")
def healthy(healthy_of: Callable[[str], Outcome]) -> Outcome:
    """The table of verdicts of the healthy sandbox in the daily run."""
    return healthy_of("daily")


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A real Debian machine for all tests that need one."""
    reason = needs.why_not()
    if reason:
        pytest.skip(reason)
    with machine_standing() as up:
        up.do(WITHOUT_LIMITS, seconds=60)
        yield up


@pytest.fixture(scope="session")
def lab_suite(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """The suite, run against the lab as a user runs it."""
    return Suite(lab.estate, tmp_path_factory.mktemp("lab-reports"))


@pytest.fixture(scope="session")
def lab_healthy_of(lab_suite: Suite) -> Callable[[str], Outcome]:
    """How a cadence's run ends on the healthy machine; each is run once."""
    return functools.cache(lambda cadence: lab_suite.run(cadence=cadence))


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    """A project of its own with the suite's core, an estate that has nothing but a web site, and no checks yet."""
    from selftests.running import make_project

    return make_project(tmp_path)
