"""Waivers and attestations written by command: well-formed or not at all, and nothing that stood there is lost."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from selftests.running import CHECKOUT, WEBSITE, plain_environment, run_small, write_check

TODAY = datetime.now(timezone.utc).date()
SOON, LATER = TODAY + timedelta(days=10), TODAY + timedelta(days=200)
TRAINING, DOCUMENTED = "quarterly.security.training", "weekly.documentation.updated"
HOSTILE = [
    "\"\"\"'''",
    "a\nb\t\x00\x7f\x1b[2J",
    '"\n[[waiver]]\nrequirement = "x"',
    "\\u0000 \\",
    "<script>{{7*7}}</script>",
    "\u202e ä 中",
]
KEPT = '# Kept by hand; the order matters to us.\r\n\n[[waiver]] # the first\nrequirement = "%s"\nobject = "x"\nreason = \'r\'\n'
KEPT += 'approver = "a"\ncreated = 2026-01-01\nexpiry = "2026-06-30"   # no newline behind this'


def _command(*words: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "compliance", *words]
    done = subprocess.run(argv, cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def _waive(project: Path, object_: str = "index_a", *, until: object = SOON, requirement: str = WEBSITE, **more: str) -> tuple[int, str]:
    told = {"reason": "the vendor mends it", "approver": "Dana Reyes"} | more
    options = [word for key, value in told.items() for word in (f"--{key}", value)]
    return _command("waive", requirement, object_, *options, f"--until={until}", f"--estate={project / 'estate'}")


def _attest(project: Path, requirement: str = TRAINING, **more: str) -> tuple[int, str]:
    told = {"person": "Dana Reyes", "role": "Operations lead", "statement": "All took part."} | more
    options = [word for key, value in told.items() for word in (f"--{key}", value)]
    return _command("attest", requirement, *options, f"--estate={project / 'estate'}")


def _entries(project: Path, name: str) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = tomllib.loads((project / "estate" / f"{name}s.toml").read_text())[name]
    return entries


def test_a_finding_is_waived_by_what_the_command_wrote(checks: Path) -> None:
    write_check(checks, "@check\ndef test_it(seen):\n    found = ['index_a']\n    assert found == []")
    code, said = _waive(checks)
    outcome = run_small(checks)

    assert (code, f"{WEBSITE} is waived for index_a until {SOON}" in said) == (0, True)
    assert outcome.table[WEBSITE] == "waived"


def test_what_stands_there_is_kept_letter_by_letter(checks: Path) -> None:
    path = checks / "estate" / "waivers.toml"
    before = (KEPT % WEBSITE).encode()
    path.write_bytes(before)

    assert _waive(checks)[0] == 0
    assert _waive(checks, "index_b")[0] == 0
    assert path.read_bytes().startswith(before)
    assert [entry["object"] for entry in _entries(checks, "waiver")] == ["x", "index_a", "index_b"]


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\0" not in text] + [HOSTILE[1].replace("\0", "")])
def test_any_text_is_written_as_text_and_read_back(checks: Path, text: str) -> None:
    code, said = _waive(checks, text, reason=text, approver=text)

    assert code == 0, said
    assert "\x1b" not in said
    assert [(e["object"], e["reason"], e["approver"]) for e in _entries(checks, "waiver")] == [(text.strip(),) * 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"until": "soon"}, "there is no such day"),
        ({"until": TODAY - timedelta(days=1)}, "before it was created"),
        ({"until": TODAY + timedelta(days=400)}, "longer than a year"),
        ({"requirement": "daily.nothing"}, "there is no such requirement"),
        ({"requirement": "daily.backup.exists"}, "does not apply here"),
        ({"reason": "  "}, "at least 1 character"),
        ({"object_": ""}, "at least 1 character"),
    ],
)
def test_bad_input_is_one_message_and_changes_nothing(checks: Path, change: dict[str, object], said: str) -> None:
    path = checks / "estate" / "waivers.toml"
    path.write_text(KEPT % WEBSITE)
    code, told = _waive(checks, **change)  # type: ignore[arg-type]

    assert (code, told.count("ERROR"), "Traceback" in told) == (4, 1, False), told
    assert said in told
    assert path.read_text() == KEPT.replace("\r\n", "\n") % WEBSITE


def test_a_text_that_is_no_utf8_is_refused(checks: Path) -> None:
    code, said = _waive(checks, os.fsdecode(b"\xff\xfe"))

    assert (code, said.count("ERROR"), "Traceback" in said) == (4, 1, False)
    assert not (checks / "estate" / "waivers.toml").exists()


def test_the_same_finding_is_waived_once_unless_for_longer(checks: Path) -> None:
    codes = [_waive(checks, until=day)[0] for day in (SOON, SOON, LATER)]

    assert codes == [0, 4, 0]


def test_a_file_that_is_wrong_already_is_left_alone(checks: Path) -> None:
    path = checks / "estate" / "waivers.toml"
    path.write_text("[[waiver]\nbroken")

    assert _waive(checks)[0] == 4
    assert path.read_text() == "[[waiver]\nbroken"


def test_an_estate_that_is_made_for_each_run_keeps_no_entries() -> None:
    code, said = _command("waive", WEBSITE, "x", "--reason=r", "--approver=a", f"--until={SOON}", "--estate=sandbox")

    assert (code, "brought up anew for each run" in said) == (4, True)


def test_commands_that_write_at_once_lose_nothing(checks: Path) -> None:
    argv = [sys.executable, "-m", "compliance", "waive", WEBSITE]
    rest = ["--reason=r", "--approver=a", f"--until={SOON}", f"--estate={checks / 'estate'}"]
    at_once = [subprocess.Popen([*argv, f"index_{n}", *rest], cwd=CHECKOUT, env=plain_environment(), stdout=-3) for n in range(6)]

    assert [process.wait(timeout=60) for process in at_once] == [0] * 6
    assert {entry["object"] for entry in _entries(checks, "waiver")} == {f"index_{n}" for n in range(6)}


def test_a_statement_is_attested_with_the_digest_of_its_evidence(checks: Path) -> None:
    proof = checks / "estate" / "training.pdf"
    proof.write_bytes(b"signed by all")
    code, said = _attest(checks, evidence="training.pdf")
    row = run_small(checks, cadence="quarterly").row(TRAINING)

    assert (code, "it counts until" in said) == (0, True)
    assert row["verdict"] == "met"
    assert row["attestation"]["sha256"] == hashlib.sha256(b"signed by all").hexdigest()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"requirement": WEBSITE}, "has no effect"),
        ({"date": str(TODAY + timedelta(days=1))}, "lies in the future"),
        ({"date": str(TODAY - timedelta(days=100))}, "counts until"),
        ({"date": "2026-02-30"}, "there is no such day"),
        ({"evidence": "nothing.pdf"}, "is no file in the estate's folder"),
        ({"evidence": "/etc/hostname"}, "is no file in the estate's folder"),
        ({"person": ""}, "at least 1 character"),
    ],
)
def test_a_statement_that_would_not_count_is_not_written(checks: Path, change: dict[str, str], said: str) -> None:
    code, told = _attest(checks, **change)

    assert (code, told.count("ERROR")) == (4, 1), told
    assert said in told
    assert not (checks / "estate" / "attestations.toml").exists()


def _list(project: Path) -> list[str]:
    code, said = _command("list", f"--estate={project / 'estate'}", f"--reports={project / 'reports'}")
    assert code == 0, said
    return said.splitlines()


def test_the_list_says_what_wants_attention(checks: Path) -> None:
    write_check(checks, "@check\ndef test_it(seen):\n    found = ['still_there']\n    assert found == []")
    for name, day in (("still_there", LATER), ("mended", LATER), ("soon", SOON)):
        assert _waive(checks, name, until=day)[0] == 0
    _attest(checks)
    run_small(checks)
    told = {line.split(" of ")[0].split("  ")[0].strip() + " " + line.split(": ")[0].split(" for ")[-1]: line for line in _list(checks)}

    assert [name for name in told if name.startswith("NOT NEEDED")] == ["NOT NEEDED mended", "NOT NEEDED soon"]
    assert "valid still_there" in told
    assert any(name.startswith("MISSING") and DOCUMENTED in line for name, line in told.items())
    assert any(TRAINING in line and line.startswith("valid") for line in told.values())


def test_the_list_marks_what_expires_soon_and_what_has_expired(checks: Path) -> None:
    (checks / "estate" / "waivers.toml").write_text(KEPT % WEBSITE)
    _waive(checks, "soon", until=SOON)
    lines = _list(checks)

    assert any(line.startswith("EXPIRED") and " for x: ended on 2026-06-30" in line for line in lines)
    assert any(line.startswith("EXPIRES SOON") and "10 days left" in line for line in lines)


def test_every_estate_is_checked_whatever_is_wrong_with_one(checks: Path) -> None:
    (checks / "estate" / "waivers.toml").write_text("[[waiver]]\n")
    code, said = _command("check", str(checks / "estate"), "production")

    assert code == 4
    assert "estates/production: well-formed" in said
    assert "ERROR" in said
    assert _command("check")[0] == 0


def test_every_list_beside_the_estate_is_checked(checks: Path) -> None:
    estate = checks / "estate" / "estate.toml"
    text = estate.read_text().replace('"contacts" = "not here"\n', "").replace('"assessment" = "not here"\n', "")
    estate.write_text(text.replace("[absent]", "[contacts]\n\n[assessment]\n\n[absent]"))
    (checks / "estate" / "contacts.toml").write_text('[[contact]]\nname = "Database Admin"\nphon = "+1 555 0100"\n')
    (checks / "estate" / "assessment.toml").write_text('held = 2026-01-31\nby = "Hoffman Security"\n')
    code, said = _command("check", str(checks / "estate"))

    assert (code, "contact 1.phon" in said, "Did you mean 'phone'?" in said) == (4, True, True)
    (checks / "estate" / "contacts.toml").write_text('[[contact]]\nname = "Database Admin"\n')
    assert _command("check", str(checks / "estate"))[0] == 0
    (checks / "estate" / "assessment.toml").write_text("held = 2026-01-31\n")
    assert _command("check", str(checks / "estate"))[0] == 4
    (checks / "estate" / "assessment.toml").write_text(f'held = {TODAY + timedelta(days=1)}\nby = "Hoffman Security"\n')
    code, said = _command("check", str(checks / "estate"))
    assert (code, "held" in said, "lies in the future" in said) == (4, True, True)


@pytest.mark.parametrize("words", [("verify",), ("--bogus",), ("nonsense",), (), ("view", "pdf", "x")])
def test_a_wrong_call_is_a_mistake_that_a_person_made(words: tuple[str, ...]) -> None:
    code, said = _command(*words)

    assert (code, said.count("ERROR: "), "Traceback" in said) == (4, 1, False)


def test_a_file_to_which_nothing_can_be_added_stays_as_it_is(checks: Path) -> None:
    path = checks / "estate" / "waivers.toml"
    path.write_text("waiver = []\n")
    code, said = _waive(checks)

    assert (code, path.read_text()) == (4, "waiver = []\n")
    assert "nothing can be added to it" in said


def test_a_file_that_cannot_be_written_is_said(checks: Path) -> None:
    (checks / "estate" / "waivers.toml").mkdir()
    code, said = _waive(checks)

    assert (code, said.count("ERROR"), "Traceback" in said) == (4, 1, False)
