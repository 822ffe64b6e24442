"""What the engine adds to plain pytest: 1,000 trivial checks with and without it, several times in turn.

    python -m benchmarks.engine

Each check notes one look and makes one assertion, as the smallest real check does. The goal is under 1 ms a check.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from selftests.running import make_project, plain_environment

CHECKS, ROUNDS = 1000, 5
PLAIN = "import pytest\n\n\n@pytest.mark.parametrize('n', range({n}))\ndef test_it(seen, n):\n    found = []\n    assert found == []\n"
FIXTURES = """\
import pytest


@pytest.fixture
def evidence(request):
    return request.config


@pytest.fixture
def seen(evidence):
    pass
"""
JUDGED = (
    "import pytest\n\n\n@pytest.mark.requirement('daily.response-time.website')\n@pytest.mark.parametrize('n', range({n}))\n"
    "def test_it(seen, n):\n    found = []\n    assert found == []\n"
)


def _seconds(folder: Path, *options: str) -> float:
    started = time.perf_counter()
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:html", *options]
    done = subprocess.run(argv, cwd=folder, env=plain_environment(), capture_output=True, check=False, timeout=300)
    assert done.returncode in (0, 6), done.stdout.decode()[-2000:]
    return time.perf_counter() - started


def _projects(place: Path, checks: int) -> tuple[Path, Path]:
    """The same checks as a plain pytest project and as one that the engine judges."""
    plain, judged = place / f"plain-{checks}", place / f"judged-{checks}"
    plain.mkdir()
    (plain / "test_it.py").write_text(PLAIN.format(n=checks))
    (plain / "conftest.py").write_text(FIXTURES)
    (plain / "pytest.toml").write_text("[pytest]\n")
    judged.mkdir()
    make_project(judged)
    (judged / "tests_daily" / "test_it.py").write_text(JUDGED.format(n=checks))
    return plain, judged


def main() -> None:
    """Prints what one check costs more, and what a run costs more; whole processes, measured in turn."""
    times: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        projects = {checks: _projects(Path(place), checks) for checks in (1, CHECKS)}
        for _ in range(ROUNDS):
            for checks, (plain, judged) in projects.items():
                times.setdefault(("plain", checks), []).append(_seconds(plain))
                times.setdefault(("judged", checks), []).append(_seconds(judged, "-m", "daily", f"--estate={judged / 'estate'}"))
    took = {key: statistics.median(values) for key, values in times.items()}
    fixed = took["judged", 1] - took["plain", 1]
    each = (took["judged", CHECKS] - took["plain", CHECKS] - fixed) / (CHECKS - 1) * 1000
    print(f"{CHECKS} checks by plain pytest {took['plain', CHECKS]:.2f} s, with the engine {took['judged', CHECKS]:.2f} s,", end=" ")
    print(f"ratio {took['judged', CHECKS] / took['plain', CHECKS]:.2f} (medians of {ROUNDS})")
    print(f"added: {each:.2f} ms a check (goal: under 1), and {fixed:.2f} s a run for guide, estate, record and report")


if __name__ == "__main__":
    main()
