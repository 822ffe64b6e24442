"""What changed since the run before, and since when a row has been red."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compliance import changes
from selftests.documents import document, row
from selftests.running import ADMIN, ADMIN_IS_FINE, WEBSITE, Outcome, run_small, write_check

GREEN = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"
RED = "@check\ndef test_it(seen):\n    found = ['index_a']\n    assert found == []"
BLIND = "@check\ndef test_it(seen):\n    raise OSError('gone')"


def _runs(project: Path, *bodies: str) -> list[Outcome]:
    (project / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    outcomes = []
    for body in bodies:
        write_check(project, body)
        outcomes.append(run_small(project))
    return outcomes


def _changed(outcome: Outcome) -> dict[str, list[tuple[str, str | None, str | None]]]:
    """The transitions of a run by kind, without the kinds that are empty."""
    told = outcome.record["changes"]
    return {kind: [(c["id"], c["was"], c["now"]) for c in told[kind]] for kind in changes.KINDS if told[kind]}


def test_a_first_run_has_nothing_to_compare_with(checks: Path) -> None:
    (first,) = _runs(checks, RED)

    assert (first.record["changes"]["previous"], _changed(first)) == (None, {})
    assert first.row(WEBSITE)["since"] == first.record["run"]["started"]
    assert first.row(ADMIN)["since"] is None


def test_each_transition_is_told_and_a_row_is_red_since_it_turned(checks: Path) -> None:
    green, red, blind, green_again = _runs(checks, GREEN, RED, BLIND, GREEN)

    assert _changed(red) == {"regressed": [(WEBSITE, "met", "not met")]}
    assert _changed(blind) == {"no_longer_assessable": [(WEBSITE, "not met", "not assessed")]}
    assert _changed(green_again) == {"fixed": [(WEBSITE, "not assessed", "met")]}
    assert red.record["changes"]["previous"] == green.record["run"]["id"]
    assert [o.row(WEBSITE)["since"] for o in (red, blind, green_again)] == [red.record["run"]["started"]] * 2 + [None]


def test_a_part_of_a_run_is_compared_with_nothing_and_nothing_with_it(checks: Path) -> None:
    (green,) = _runs(checks, GREEN)
    write_check(checks, RED)
    part = run_small(checks, "-k", "test_it")
    whole = run_small(checks)

    assert (part.record["changes"], part.row(WEBSITE)["since"]) == (None, None)
    assert whole.record["run"]["previous"] == green.record["run"]["id"]
    assert _changed(whole) == {"regressed": [(WEBSITE, "met", "not met")]}


def test_another_system_in_the_same_folder_is_not_compared_with(checks: Path) -> None:
    _runs(checks, RED)
    estate = checks / "estate" / "estate.toml"
    estate.write_text(estate.read_text().replace('system = "small.example"', 'system = "other.example"'))
    (other,) = _runs(checks, GREEN)

    assert (other.record["run"]["previous"], other.record["changes"]["previous"]) == (None, None)


def test_a_previous_record_that_is_damaged_is_said_and_loses_no_run(checks: Path) -> None:
    (first,) = _runs(checks, GREEN)
    assert first.folder is not None
    path = first.folder / "results.json"
    path.write_text(path.read_text()[:-200])
    (second,) = _runs(checks, RED)

    assert (second.exit_code, second.record["run"]["previous"]) == (1, first.record["run"]["id"])
    assert "the previous record" in second.said
    assert "cannot be read" in second.said


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        ("met", "not met", "regressed"),
        ("waived", "not met", "regressed"),
        ("not assessed", "not met", "regressed"),
        ("not applicable", "not met", "regressed"),
        ("met", "not assessed", "no_longer_assessable"),
        ("not met", "not assessed", "no_longer_assessable"),
        ("not met", "met", "fixed"),
        ("not assessed", "met", "fixed"),
        ("not met", "waived", "otherwise"),
        ("not met", "not applicable", "otherwise"),
        ("waived", "met", "otherwise"),
        (None, "met", "new"),
        (None, "not met", "new"),
        ("not due", "met", "new"),
        ("met", "not due", "gone"),
        ("met", None, "gone"),
    ],
)
def test_every_transition_has_one_kind(was: str | None, now: str | None, kind: str) -> None:
    before: list[Any] = [row("daily.a", was)] if was else []
    after: list[Any] = [row("daily.a", now)] if now else []
    told = changes.between(document(*before), after)

    assert [name for name in changes.KINDS if told[name]] == [kind]


def test_a_record_from_before_since_was_kept_counts_from_its_own_start() -> None:
    old = document(row("daily.a", "not met"), started="2026-11-20T06:00:00+00:00")
    rows = [row("daily.a", "not assessed")]
    changes.since(rows, json.loads(json.dumps(old)), "2026-11-23T06:00:00+00:00")

    assert rows[0]["since"] == "2026-11-20T06:00:00+00:00"
