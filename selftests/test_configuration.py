"""Bad input: exit code 4, one message that names file, key, value and remedy, and no check run."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from selftests.running import CHECKOUT, WEBSITE, Outcome, run_small, write_check

TODAY = datetime.now(timezone.utc).date()
RAN = "@check\ndef test_it(seen):\n    open('it-ran', 'w').close()\n    found = []\n    assert found == []"
WAIVER = {
    "requirement": WEBSITE,
    "object": "small.example",
    "reason": "known",
    "approver": "Dana Reyes",
    "created": str(TODAY),
    "expiry": str(TODAY + timedelta(days=30)),
}


def _refused(project: Path, *words: str, options: tuple[str, ...] = ()) -> Outcome:
    """The run ended with exit code 4, said these words once, and ran nothing."""
    if not (project / "tests_daily" / "test_one.py").exists():
        write_check(project, RAN)
    outcome = run_small(project, *options)
    assert outcome.exit_code == 4, outcome.said
    for word in words:
        assert word in outcome.said
    assert not (project / "it-ran").exists()
    assert outcome.record == {}
    return outcome


def _estate(project: Path, old: str, new: str) -> None:
    path = project / "estate" / "estate.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_an_unknown_key_in_the_estate(checks: Path, workers: tuple[str, ...]) -> None:
    _estate(checks, 'marker = "Neff"', 'marker = "Neff"\nmarkre = "x"')

    outcome = _refused(checks, "estate.toml", "site.markre", "'x'", "Did you mean 'marker'?", options=workers)
    assert outcome.said.count("site.markre") == 1


def test_an_entry_of_a_known_error_that_nobody_owns(checks: Path) -> None:
    (checks / "estate" / "known_errors.toml").write_text('[[error]]\nlog = "application"\nsignature = "x"\n')

    _refused(checks, "known_errors.toml", "error 1.owner", "the key is missing")


def test_a_wrong_type_in_the_estate(checks: Path) -> None:
    _estate(checks, 'system = "small.example"', "system = 7")

    _refused(checks, "estate.toml", "system = 7", "valid string")


def test_a_section_that_a_requirement_needs(checks: Path) -> None:
    _estate(checks, '"mail" = "not here"\n', "")

    _refused(checks, "estate.toml", "mail", "daily.alerts.channel.email", "[mail]", "[absent]")


def test_an_absence_without_a_reason(checks: Path) -> None:
    _estate(checks, '"mail" = "not here"', '"mail" = " "')

    _refused(checks, "estate.toml", "absent.mail", "Say why it is absent")


def test_an_absent_component_that_nobody_knows(checks: Path) -> None:
    _estate(checks, "[absent]\n", '[absent]\n"mial" = "not here"\n')

    _refused(checks, "estate.toml", "absent.mial")


def test_a_secret_written_into_the_estate_is_refused_and_not_shown(checks: Path) -> None:
    _estate(checks, '"payments" = "not here"\n', "")
    _estate(checks, "[absent]", '[payments]\napi = "https://api.example"\nkey = "hunter2hunter2"\nmode = "live"\n\n[absent]')

    outcome = _refused(checks, "estate.toml", "payments.key", "NAME")
    assert "hunter2" not in outcome.said


@pytest.mark.parametrize(
    "written", ['pasword = "hunter2hunter2"', 'password = { value = "hunter2hunter2" }', 'secrets = { a = "hunter2hunter2" }']
)
def test_a_secret_under_a_key_that_is_none_is_not_shown(checks: Path, written: str) -> None:
    _estate(checks, '"dashboard" = "not here"\n', "")
    login = 'url = "https://a.example"\nsign_in = "https://a.example"\nuser = "neff"'
    _estate(checks, "[absent]", f"[dashboard]\n{login}\n{written}\n\n[absent]")

    outcome = _refused(checks, "estate.toml", "dashboard.", "there is no such key")
    assert "hunter2" not in outcome.said


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('[certificates]\nalso = ["db.example.com"]', ("certificates.also", "'db.example.com'", "name:port")),
        ('[database_volume]\nhost = "sever"\npath = "/"', ("database_volume.host", "'sever'", "Name one of [hosts]")),
        ('[availability]\nprometheus = "localhost:9090"\nseries = "up"', ("availability.prometheus", "'localhost:9090'", "https://")),
        ('[availability]\nprometheus = "http://127.0.0.1:9090"', ("availability", "prometheus and series belong together")),
        ('[hosts.web]\nspec = "docker://web"\nroles = ["web"]', ("hosts.web.spec", "'docker://web'", "ssh://user@name")),
    ],
)
def test_a_value_that_no_look_could_use(checks: Path, section: str, words: tuple[str, ...]) -> None:
    name = section[1 : section.index("]")]
    if name != "hosts.web":
        _estate(checks, f'"{name}" = "not here"\n', "")
    _estate(checks, "[absent]", f"{section}\n\n[absent]")

    _refused(checks, "estate.toml", *words)


def test_a_file_that_is_no_toml(checks: Path) -> None:
    _estate(checks, "[absent]", "[absent")

    _refused(checks, "estate.toml", "syntax")


@pytest.mark.parametrize("place", ["/proc/nothing", "taken/reports"])
def test_reports_that_cannot_be_left(checks: Path, place: str) -> None:
    (checks / "taken").write_text("a file")

    _refused(checks, "--reports", place, "no record can be left there", options=(f"--reports={place}",))


def test_assertions_that_nobody_would_see(checks: Path) -> None:
    _refused(checks, "--assert = 'plain'", options=("--assert=plain",))


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "inf", "nan"])
def test_a_time_limit_that_limits_nothing(checks: Path, limit: str) -> None:
    _refused(checks, f"check_timeout = '{limit}'", "no number of seconds above 0", options=("-o", f"check_timeout={limit}"))


@pytest.mark.parametrize("mark", ["slow(seconds=0)", "slow(5)", "slow(second=5)", "slow(seconds='x')"])
def test_a_mark_that_limits_nothing(checks: Path, mark: str) -> None:
    write_check(checks, RAN.replace("@check", f"@pytest.mark.{mark}\n@check"))

    _refused(checks, "test_it: slow")


def test_a_wrong_mark_in_what_is_not_selected(checks: Path) -> None:
    wrong = RAN.replace("@check", "@pytest.mark.requirement('weekly.nonsense')").replace("test_it", "test_other")
    (checks / "tests_weekly" / "test_other.py").write_text(f"import pytest\n\n\n{wrong}\n")

    _refused(checks, "test_other", "'weekly.nonsense'", "the guide has no such requirement")


def test_an_estate_that_is_not_there(checks: Path) -> None:
    (checks / "estate").rename(checks / "elsewhere")

    _refused(checks, "--estate", "there is no such estate")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"requirement": "daily.nonsense"}, ("waiver 1.requirement", "'daily.nonsense'", "there is no such requirement")),
        ({"approver": None}, ("waiver 1.approver", "missing", "Add it")),
        ({"approver": ""}, ("waiver 1.approver",)),
        ({"approver": "  ", "reason": " "}, ("waiver 1.approver", "waiver 1.reason")),
        ({"expiry": str(TODAY + timedelta(days=400))}, ("waiver 1", "longer than a year", "within a year")),
        ({"expiry": "2027-02-28", "created": "2026-02-27"}, ("waiver 1.expiry", "'2027-02-28'", "longer than a year", "of 2026-02-27")),
        ({"approver": "\u200b"}, ("waiver 1.approver", "nothing that anybody can see")),
        ({"expiry": "2026-02-31"}, ("waiver 1.expiry", "'2026-02-31'", "no such day")),
        ({"expiry": str(TODAY - timedelta(days=3)), "created": str(TODAY)}, ("waiver 1", "before it was created")),
        ({"created": str(TODAY + timedelta(days=1))}, ("waiver 1.created", "future")),
        ({"colour": "red"}, ("waiver 1.colour", "no such key")),
    ],
)
def test_a_waiver_that_nobody_can_rely_on(checks: Path, changes: dict[str, str | None], words: tuple[str, ...]) -> None:
    entries = {key: value for key, value in {**WAIVER, **changes}.items() if value is not None}
    text = "[[waiver]]\n" + "".join(f'{key} = "{value}"\n' for key, value in entries.items())
    (checks / "estate" / "waivers.toml").write_text(text)

    _refused(checks, "waivers.toml", *words)


def test_a_waiver_until_the_31st_of_february_written_as_a_date(checks: Path) -> None:
    text = "[[waiver]]\n" + "".join(f'{key} = "{value}"\n' for key, value in WAIVER.items() if key != "expiry")
    (checks / "estate" / "waivers.toml").write_text(f"{text}expiry = 2026-02-31\n")

    _refused(checks, "waivers.toml")


def test_an_attestation_of_an_unknown_requirement(checks: Path) -> None:
    entry = f'[[attestation]]\nrequirement = "weekly.x"\nperson = "A"\nrole = "B"\ndate = {TODAY}\nstatement = "C"\n'
    (checks / "estate" / "attestations.toml").write_text(entry)

    _refused(checks, "attestations.toml", "attestation 1.requirement", "'weekly.x'")


def test_a_guide_entry_that_stands_twice(checks: Path) -> None:
    _own_guide(checks, lambda text: text + text[text.index("[[requirement]]") : text.index("[[requirement]]", 3000)])

    _refused(checks, "daily.toml", "daily.health.api", "twice", "Keep one")


def test_a_guide_entry_with_an_unknown_severity(checks: Path) -> None:
    _own_guide(checks, lambda text: text.replace('severity = "critical"', 'severity = "grave"', 1))

    _refused(checks, "daily.toml", "severity", "'grave'")


def test_a_guide_entry_with_a_key_that_is_none(checks: Path) -> None:
    _own_guide(checks, lambda text: text.replace('severity = "critical"', 'severity = "critical"\ncolour = "red"', 1))

    _refused(checks, "daily.toml", "colour", "'red'", "docs/guide.md")


def _own_guide(project: Path, change) -> None:  # type: ignore[no-untyped-def]
    """A copy of the core with a guide of its own in the project."""
    for part in ("compliance", "guide"):
        shutil.copytree(CHECKOUT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace(f'pythonpath = ["{CHECKOUT}"]', 'pythonpath = ["."]'))
    guide = project / "guide" / "daily.toml"
    guide.write_text(change(guide.read_text()))


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ('@pytest.mark.requirement("daily.nonsense")', ("'daily.nonsense'", "the guide has no such requirement")),
        ('@pytest.mark.requirement("weekly.database.vacuum")', ("tests_weekly",)),
        ("", ("names no requirement", "@pytest.mark.requirement")),
        ('@pytest.mark.requirement("daily.health.api")\n@pytest.mark.requirement("daily.health.database")', ("exactly one",)),
    ],
)
def test_a_mark_that_nobody_can_judge_by(checks: Path, mark: str, words: tuple[str, ...], workers: tuple[str, ...]) -> None:
    write_check(checks, f"{RAN}\n\n\n{mark}\ndef test_other(seen):\n    found = []\n    assert found == []")

    outcome = _refused(checks, "tests_daily/test_one.py::test_other", *words, options=workers)
    assert outcome.said.count("ERROR: ") == 1


def test_an_estate_that_cannot_be_brought_up(checks: Path) -> None:
    (checks / "failing.py").write_text("def bring_up():\n    raise OSError('no room left')\n")
    (checks / "estate" / "estate.toml").write_text('name = "failing"\nprovider = "failing:bring_up"\n')

    _refused(checks, "provider", "no room left")
