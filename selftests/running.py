"""Runs the suite as its users do, in a process of its own, and reads what it leaves."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selftests.warm import LIBRARIES, SUITE, Warm

CHECKOUT = Path(__file__).parents[1]
SECONDS = 300
EVERYTHING = "daily or weekly or monthly or quarterly"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: exit code, what it said, and the record it left (empty when it left none)."""

    exit_code: int
    said: str
    folder: Path | None
    record: dict[str, Any]

    @property
    def table(self) -> dict[str, str]:
        """The verdict on each requirement that was due."""
        return {row["id"]: row["verdict"] for row in self.record.get("requirements", []) if row["verdict"] != "not due"}

    def row(self, requirement: str) -> dict[str, Any]:
        """All that the record says of one requirement."""
        found: dict[str, Any] = next(row for row in self.record["requirements"] if row["id"] == requirement)
        return found

    def reasons(self, requirements: Mapping[str, Any]) -> str:
        """Why these requirements have the verdict they have, for a test that fails."""
        return "\n".join(f"{name}: {self.row(name)['verdict']}: {self.row(name)['reason']}" for name in requirements)


def changed(healthy: Mapping[str, str], broken: Outcome) -> dict[str, str]:
    """The requirements whose verdict is another one. Raises `AssertionError` for a run that left no record: of nothing, nothing changes."""
    assert healthy, "the healthy run left no record"
    assert broken.table, broken.said
    return {key: verdict for key, verdict in broken.table.items() if verdict != healthy[key]}


@dataclass(frozen=True)
class Suite:
    """The suite, pointed at an estate."""

    estate: Path
    reports: Path
    project: Path = CHECKOUT

    def run(self, *options: str, cadence: str = "daily", environment: Mapping[str, str] | None = None) -> Outcome:
        """Runs `pytest -m <cadence>` and reads the newest record of that run."""
        before = set(self.reports.glob("*/2*"))
        argv = [f"--estate={self.estate}", f"--reports={self.reports}", *(["-m", cadence] if cadence else []), *options]
        own_core = (self.project / "compliance").exists() and self.project != CHECKOUT
        code, said = _warm(own_core).run(argv, self.project, {**plain_environment(), **(environment or {})}, SECONDS)
        folder = next(iter(set(self.reports.glob("*/2*")) - before), None)
        return Outcome(code, said, folder, _record(folder))


def _warm(own_core: bool) -> Warm:
    """One for each thread: it answers one request after the other. A project that brings its own core gets one without the suite's."""
    name = "libraries" if own_core else "suite"
    if not hasattr(_OF_THREAD, name):
        setattr(_OF_THREAD, name, Warm(LIBRARIES if own_core else (*LIBRARIES, *SUITE)))
    warm: Warm = getattr(_OF_THREAD, name)
    return warm


_OF_THREAD = threading.local()


def plain_environment() -> dict[str, str]:
    """This process's environment without what pytest and xdist have put there, and without another choice of estate.

    Compiled modules are kept, whatever the machine's habit: compiling everything anew takes a run's larger half.
    """
    left_out = ("PYTEST_", "NEFF_", "PYTHONDONTWRITEBYTECODE")
    return {key: value for key, value in os.environ.items() if not key.startswith(left_out)}


def _record(folder: Path | None) -> dict[str, Any]:
    path = folder / "results.json" if folder else None
    return json.loads(path.read_text()) if path and path.exists() else {}


ESTATE = """\
name = "small"
system = "small.example"

[site]
url = "https://127.0.0.1:1/"
marker = "Neff"

[admin]
url = "https://127.0.0.1:1/admin"
marker = "Neff"

[absent]
{absent}
"""
CONFTEST = """\
import pytest
from compliance.plugin import RUN

pytest_plugins = ["compliance.plugin"]


@pytest.fixture
def evidence(request):
    return request.config.stash[RUN].evidence


@pytest.fixture
def seen(evidence):
    evidence.note(source="made up", query="look", looked_at=3, value=42, unit="ms")


@pytest.fixture
def seen_nothing(evidence):
    evidence.note(source="made up", query="look", looked_at=0, value=0, unit="rows")


@pytest.fixture
def seen_without_value(evidence):
    evidence.note(source="made up", query="look", looked_at=3)
"""
WEBSITE, ADMIN = "daily.response-time.website", "daily.response-time.admin"


def make_project(folder: Path) -> Path:
    """The core's settings, fixtures that note made-up looks, and an estate with two requirements that apply."""
    from compliance.guide import load

    needs = sorted({need for r in load().requirements.values() for need in r.needs} - {"site", "admin"})
    estate = folder / "estate"
    estate.mkdir()
    (estate / "estate.toml").write_text(ESTATE.format(absent="\n".join(f'"{need}" = "not here"' for need in needs)))
    settings = (CHECKOUT / "pyproject.toml").read_text().replace('pythonpath = ["."]', f'pythonpath = ["{CHECKOUT}"]')
    (folder / "pyproject.toml").write_text(settings)
    (folder / "conftest.py").write_text(CONFTEST)
    for cadence in ("daily", "weekly", "monthly", "quarterly"):
        (folder / f"tests_{cadence}").mkdir()
    return folder


def write_check(project: Path, body: str, *, requirement: str = WEBSITE, name: str = "test_one.py") -> Path:
    """A file with checks; `@check` in it stands for the mark of a requirement."""
    path = project / "tests_daily" / name
    text = f'import pytest\n\ncheck = pytest.mark.requirement("{requirement}")\n\n\n{body}\n'
    path.write_text(text)
    return path


ADMIN_IS_FINE = (
    'import pytest\n\n\n@pytest.mark.requirement("daily.response-time.admin")\ndef test_admin(seen):\n    x = []\n    assert x == []\n'
)


def run_small(project: Path, *options: str, cadence: str = "daily", environment: Mapping[str, str] | None = None) -> Outcome:
    """Runs the small project's checks."""
    suite = Suite(project / "estate", project / "reports", project)
    return suite.run(*options, cadence=cadence, environment=environment)
