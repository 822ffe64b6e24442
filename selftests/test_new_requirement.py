"""`python -m compliance new ID` writes three skeletons that are red until they are filled in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.house import Sandbox
from selftests.running import CHECKOUT, Suite, plain_environment

ID = "daily.example.thing"
PARTS = ("compliance", "fixtures", "guide", "sandbox", "tests_daily", "estates")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project without its history, to add to."""
    project = tmp_path / "copy"
    for part in PARTS:
        shutil.copytree(CHECKOUT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy2(CHECKOUT / name, project / name)
    for cadence in ("weekly", "monthly", "quarterly"):
        (project / f"tests_{cadence}").mkdir()
    return project


def _new(project: Path, requirement: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "compliance", "new", requirement]
    return subprocess.run(argv, cwd=project, env=plain_environment(), capture_output=True, text=True, timeout=60, check=False)


def test_the_three_skeletons_are_red(copy: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    done = _new(copy, ID)

    assert done.returncode == 0, done.stderr
    assert [line.strip() for line in done.stdout.splitlines()[1:]] == [
        "guide/daily.toml",
        "tests_daily/test_example_thing.py",
        "sandbox/faults/example_thing.py",
    ]
    outcome = Suite(sandbox.estate, tmp_path / "reports", copy).run("-k", "example_thing")
    assert (outcome.exit_code, outcome.row(ID)["verdict"]) == (6, "not assessed")


def test_the_fault_s_skeleton_breaks_nothing_in_silence(copy: Path) -> None:
    _new(copy, ID)
    program = f"from sandbox.faults import load\nfault = load()['example_thing_broken']\nassert fault.turns == {{{ID!r}: 'not met'}}\n"
    program += "with fault.broken(None): pass"
    done = subprocess.run([sys.executable, "-c", program], cwd=copy, capture_output=True, text=True, timeout=60, check=False)

    assert "NotImplementedError: break one real thing" in done.stderr


@pytest.mark.parametrize(("requirement", "words"), [("hourly.x", "this is no id"), ("daily.health.api", "has this requirement already")])
def test_what_cannot_be_added_is_refused(copy: Path, requirement: str, words: str) -> None:
    before = (copy / "guide" / "daily.toml").read_text()
    done = _new(copy, requirement)

    assert done.returncode == 4
    assert words in done.stderr
    assert (copy / "guide" / "daily.toml").read_text() == before


def test_a_file_that_exists_is_never_overwritten(copy: Path) -> None:
    (copy / "tests_daily" / "test_example_thing.py").write_text("mine")
    before = (copy / "guide" / "daily.toml").read_text()
    done = _new(copy, ID)

    assert done.returncode == 4
    assert (copy / "tests_daily" / "test_example_thing.py").read_text() == "mine"
    assert (copy / "guide" / "daily.toml").read_text() == before
