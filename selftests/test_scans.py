"""A security scan is a run of its own, and the weekly review reads what it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftests.running import CHECKOUT, Outcome, run_small

TLS = "quarterly.security.tls"
CHECK = """
import pytest


{scan}@pytest.mark.requirement("{requirement}")
def test_{name}(seen):
    found = {found}
    assert found == []
"""
REVIEW = "weekly.security.scan-review"


def _write(project: Path, requirement: str, name: str, found: list[str], *, scan: bool = True) -> None:
    mark = "@pytest.mark.scan\n" if scan else ""
    text = CHECK.format(requirement=requirement, name=name, found=found, scan=mark)
    (project / "tests_quarterly" / f"test_{name}.py").write_text(text)


def _reviewed(project: Path, *, findings: str = "") -> Outcome:
    """The weekly review's own check and fixture, on what the project's scans left."""
    conftest = (
        (project / "conftest.py").read_text().replace('["compliance.plugin"]', '["compliance.plugin", "fixtures.core", "fixtures.scans"]')
    )
    (project / "conftest.py").write_text(conftest.partition("@pytest.fixture\ndef evidence")[0])
    estate = project / "estate" / "estate.toml"
    estate.write_text(estate.read_text().replace('"security_scan" = "not here"\n', "").replace("[absent]", "[security_scan]\n\n[absent]"))
    (project / "estate" / "findings.toml").write_text(findings)
    check = CHECKOUT / "tests_weekly" / "test_security_scan.py"
    (project / "tests_weekly" / check.name).write_text(check.read_text())
    return run_small(project, cadence="weekly")


@pytest.fixture
def tls_is_open(checks: Path) -> Path:
    """A project whose scan finds an old protocol."""
    _write(checks, TLS, "tls", ["TLS 1.0"])
    return checks


def test_a_scan_runs_what_carries_the_mark_and_is_a_whole_run_of_its_own(tls_is_open: Path) -> None:
    _write(tls_is_open, "quarterly.security.database-roles", "roles", ["no header"], scan=False)
    outcome = run_small(tls_is_open, cadence="scan")

    assert outcome.exit_code == 1, outcome.said
    assert outcome.table == {TLS: "not met"}
    assert (outcome.record["run"]["cadence"], outcome.record["run"]["partial"]) == ("scan", [])
    assert (tls_is_open / "reports" / "scan" / "latest" / "results.json").exists()


def test_a_part_of_a_scan_never_becomes_the_latest(tls_is_open: Path) -> None:
    outcome = run_small(tls_is_open, "-k", "tls", cadence="scan")

    assert outcome.record["run"]["partial"] == ["-k"]
    assert not (tls_is_open / "reports" / "scan" / "latest").exists()


def test_the_review_wants_an_owner_for_what_the_scan_found(tls_is_open: Path) -> None:
    run_small(tls_is_open, cadence="scan")
    outcome = _reviewed(tls_is_open)

    assert outcome.table[REVIEW] == "not met", outcome.said
    assert f"{TLS}: TLS 1.0" in outcome.row(REVIEW)["reason"]


def test_the_review_is_met_when_the_finding_is_somebody_s(tls_is_open: Path) -> None:
    run_small(tls_is_open, cadence="scan")
    owned = f'[[finding]]\nfinding = "{TLS}: TLS 1.0"\nowner = "Dana Reyes"\ndue = "2100-01-01"\n'

    assert _reviewed(tls_is_open, findings=owned).table[REVIEW] == "met"


def test_without_a_scan_nobody_can_tell(checks: Path) -> None:
    outcome = _reviewed(checks)

    assert outcome.table[REVIEW] == "not assessed"
    assert "run pytest -m scan" in outcome.row(REVIEW)["reason"]
