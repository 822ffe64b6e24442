"""What a waiver covers and what it does not, and what a person may attest."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from selftests.running import ADMIN_IS_FINE, CHECKOUT, WEBSITE, Outcome, run_small, write_check

TODAY = datetime.now(timezone.utc).date()
FINDING = "@check\ndef test_it(seen):\n    found = ['index_a', 'index_b']\n    assert found == []"
WAIVER = """
[[waiver]]
requirement = "{requirement}"
object = "{object}"
reason = "the vendor mends it in March"
approver = "Dana Reyes"
created = "{created}"
expiry = "{expiry}"
"""


def _waiver(object_: str, *, requirement: str = WEBSITE, created: int = -10, expiry: int = 10) -> str:
    days = {"created": TODAY + timedelta(days=created), "expiry": TODAY + timedelta(days=expiry)}
    return WAIVER.format(requirement=requirement, object=object_, **days)


def _run(project: Path, body: str, *waivers: str) -> Outcome:
    write_check(project, body)
    (project / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    (project / "estate" / "waivers.toml").write_text("".join(waivers))
    return run_small(project)


def test_a_finding_is_waived_when_every_offender_is(checks: Path) -> None:
    outcome = _run(checks, FINDING, _waiver("index_a"), _waiver("index_b"))

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (0, "waived")
    assert outcome.row(WEBSITE)["checks"][0]["original"] == "not met"
    assert [w["state"] for w in outcome.row(WEBSITE)["waiver"]] == ["applied", "applied"]


def test_a_new_offender_turns_the_row_again(checks: Path) -> None:
    outcome = _run(checks, FINDING, _waiver("index_a"))

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (1, "not met")


def test_an_expired_waiver_is_listed_and_not_applied(checks: Path) -> None:
    outcome = _run(checks, FINDING, _waiver("index_a"), _waiver("index_b", expiry=-1))

    assert outcome.table[WEBSITE] == "not met"
    assert [w["state"] for w in outcome.row(WEBSITE)["waiver"]] == ["applied", "expired"]


def test_a_waiver_covers_its_last_day(checks: Path) -> None:
    assert _run(checks, FINDING, _waiver("index_a", expiry=0), _waiver("index_b", expiry=0)).table[WEBSITE] == "waived"


def test_a_waiver_that_is_no_longer_needed_is_listed(checks: Path) -> None:
    outcome = _run(checks, "@check\ndef test_it(seen):\n    found = []\n    assert found == []", _waiver("index_a"))

    assert outcome.table[WEBSITE] == "met"
    assert [w["state"] for w in outcome.row(WEBSITE)["waiver"]] == ["not needed"]


def test_what_could_not_be_looked_at_cannot_be_waived(checks: Path) -> None:
    outcome = _run(checks, "@check\ndef test_it(seen):\n    raise OSError('gone')", _waiver("small.example"))

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (6, "not assessed")


def test_a_finding_without_a_list_is_waived_by_the_system_s_name(checks: Path) -> None:
    outcome = _run(checks, "@check\ndef test_it(seen):\n    answer = 3\n    assert answer == 4", _waiver("small.example"))

    assert outcome.table[WEBSITE] == "waived"


LEAVES = "@pytest.fixture\ndef leaves():\n    yield\n    {}\n\n\n"
LEAVES += "@check\ndef test_it(leaves, seen):\n    found = ['index_a']\n    assert found == []"
ROUNDS = "@check\ndef test_it(seen):\n    for found in (['index_a'], ['b']):\n        assert found == []"
UNFINISHED = {
    "a teardown that failed": (LEAVES.format("raise OSError('left behind')"), "left behind"),
    "a worker that was killed": (LEAVES.format("__import__('os').kill(__import__('os').getpid(), 9)"), "lost"),
    "rounds of a loop": (ROUNDS, "could not be reached"),
}


@pytest.mark.parametrize("way", UNFINISHED)
def test_a_waived_finding_does_not_hide_what_was_not_seen_to_its_end(checks: Path, way: str) -> None:
    body, why = UNFINISHED[way]
    write_check(checks, body)
    (checks / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)
    (checks / "estate" / "waivers.toml").write_text(_waiver("index_a"))
    outcome = run_small(checks, "-n", "2")

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (6, "not assessed"), outcome.said
    assert why in outcome.row(WEBSITE)["reason"]


def test_a_waiver_does_not_stand_for_a_file_that_could_not_be_read(checks: Path) -> None:
    (checks / "tests_daily" / "test_two.py").write_text("import nothing_here\n")
    outcome = _run(checks, FINDING, _waiver("index_a"), _waiver("index_b"))

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (6, "waived")


def test_a_drill_done_by_hand_does_not_turn_what_is_waived_into_met(checks: Path) -> None:
    row = _drilled_by_hand(checks, ["standby x"], _waiver("standby x", requirement="monthly.backup.restorable"))

    assert (row["verdict"], row["waiver"][0]["state"]) == ("waived", "applied")


def test_of_two_statements_of_one_day_the_last_counts(checks: Path) -> None:
    first = ATTESTATION.format(day=TODAY)
    (checks / "estate" / "attestations.toml").write_text(first + first.replace("Dana Reyes", "Sam Ortiz"))
    row = run_small(checks, cadence="weekly").row("weekly.documentation.updated")

    assert row["attestation"]["person"] == "Sam Ortiz"


def test_a_waived_finding_does_not_hide_the_assertions_behind_it(checks: Path) -> None:
    body = "@check\ndef test_it(seen):\n    found, more = ['index_a'], ['index_b']\n    assert found == []\n    assert more == []"
    outcome = _run(checks, body, _waiver("index_a"))

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (6, "not assessed")
    assert "1 later assertion of this check could not be reached" in outcome.row(WEBSITE)["reason"]


ATTESTATION = """
[[attestation]]
requirement = "weekly.documentation.updated"
person = "Dana Reyes"
role = "Operations lead"
date = "{day}"
statement = "The week's changes are documented."
"""


@pytest.mark.parametrize(
    ("days", "verdict", "said"),
    [
        (0, "met", "attested by Dana Reyes"),
        (-7, "met", "attested by"),
        (-8, "not met", "older than its cadence"),
        (1, "not met", "in the future"),
    ],
)
def test_an_attestation_answers_as_long_as_its_cadence_allows(checks: Path, days: int, verdict: str, said: str) -> None:
    (checks / "estate" / "attestations.toml").write_text(ATTESTATION.format(day=TODAY + timedelta(days=days)))
    outcome = run_small(checks, cadence="weekly")

    row = outcome.row("weekly.documentation.updated")
    assert (row["verdict"], row["attestation"]["person"]) == (verdict, "Dana Reyes")
    assert said in row["reason"]


def test_what_nobody_attested_is_not_met(checks: Path) -> None:
    row = run_small(checks, cadence="weekly").row("weekly.documentation.updated")

    assert (row["verdict"], row["attestation"]) == ("not met", None)


def test_evidence_that_changed_after_signing_is_not_met(checks: Path) -> None:
    (checks / "estate" / "notes.txt").write_text("changed since")
    signed = f'evidence = "notes.txt"\nsha256 = "{"0" * 64}"\n'
    (checks / "estate" / "attestations.toml").write_text(ATTESTATION.format(day=TODAY) + signed)
    row = run_small(checks, cadence="weekly").row("weekly.documentation.updated")

    assert row["verdict"] == "not met"
    assert "no longer what was signed" in row["reason"]


def test_a_drill_that_is_not_allowed_is_not_assessed(checks: Path) -> None:
    estate = checks / "estate" / "estate.toml"
    estate.write_text(estate.read_text().replace('"backups" = "not here"\n', "").replace('"database" = "not here"\n', ""))
    text = estate.read_text().replace("[absent]", BACKUPS + "\n[absent]")
    estate.write_text(text)
    row = run_small(checks, cadence="monthly").row("monthly.backup.restorable")

    assert row["verdict"] == "not assessed"
    assert "drills" in row["reason"]


@pytest.mark.parametrize(("found", "verdict"), [([], "met"), (["a standby is missing"], "not met")])
def test_a_drill_done_by_hand_does_not_hide_what_was_seen_without_one(checks: Path, found: list[str], verdict: str) -> None:
    row = _drilled_by_hand(checks, found, "")

    assert (row["verdict"], "attested by" in row["reason"]) == (verdict, verdict == "met")


def _drilled_by_hand(checks: Path, found: list[str], waiver: str) -> dict[str, Any]:
    """The row about a restore that somebody did by hand, while a check of it that needs no drill found this."""
    estate = checks / "estate" / "estate.toml"
    text = estate.read_text().replace('"backups" = "not here"\n', "").replace('"database" = "not here"\n', "")
    estate.write_text(text.replace("[absent]", BACKUPS + "\n[absent]"))
    attested = ATTESTATION.format(day=TODAY).replace("weekly.documentation.updated", "monthly.backup.restorable")
    (checks / "estate" / "attestations.toml").write_text(attested)
    mark = '@pytest.mark.requirement("monthly.backup.restorable")'
    body = f"import pytest\n\n\n{mark}\ndef test_seen(seen):\n    found = {found}\n    assert found == []\n"
    (checks / "tests_monthly" / "test_one.py").write_text(body)
    (checks / "estate" / "waivers.toml").write_text(waiver)
    return run_small(checks, cadence="monthly").row("monthly.backup.restorable")


BACKUPS = """
[hosts.here]
spec = "local://"
roles = ["backups"]

[backups]
directory = "/nowhere"
pattern = "*"
database = "x"
tables = ["x"]
due = "02:00"
timezone = "UTC"

[database]
host = "127.0.0.1"
name = "x"
user = "x"
probe_table = "x"
"""


def test_an_attestation_alone_does_not_answer_what_a_file_that_cannot_be_read_may_ask(checks: Path) -> None:
    (checks / "estate" / "attestations.toml").write_text(ATTESTATION.format(day=TODAY))
    (checks / "tests_weekly" / "test_broken.py").write_text("import nothing_of_this_name")
    row = run_small(checks, cadence="weekly").row("weekly.documentation.updated")

    assert row["verdict"] == "not assessed"
    assert "could not be read" in row["reason"]


@pytest.mark.parametrize(
    ("days", "verdict", "age", "failed"),
    [(-3, "met", 3, []), (-8, "not met", 8, ["older than its cadence"]), (None, "not met", None, ["None"])],
)
def test_the_check_of_an_attested_row_says_who_when_and_how_long_ago(
    checks: Path, days: int | None, verdict: str, age: int | None, failed: list[str]
) -> None:
    conftest = checks / "conftest.py"
    text = conftest.read_text().replace('["compliance.plugin"]', '["compliance.plugin", "fixtures.core", "fixtures.attested"]')
    conftest.write_text(text.partition("@pytest.fixture\ndef evidence")[0])
    check = CHECKOUT / "tests_weekly" / "test_sign_off.py"
    (checks / "tests_weekly" / check.name).write_text(check.read_text())
    if days is not None:
        (checks / "estate" / "attestations.toml").write_text(ATTESTATION.format(day=TODAY + timedelta(days=days)))
    row = run_small(checks, cadence="weekly").row("weekly.documentation.updated")

    (done,) = row["checks"]
    (look,) = done["observations"]
    assert (row["verdict"], done["verdict"], look["value"], look.get("person")) == (verdict, verdict, age, "Dana Reyes" if age else None)
    assert [words for words in failed if not any(words in a["values"] for a in done["assertions"] if not a["held"])] == []
