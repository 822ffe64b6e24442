"""The history holds every complete run, whatever happens to the database, and can be made anew from the records."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from compliance import history_database, past
from compliance.archive import Archive
from compliance.history_database import Database
from sandbox.house import Sandbox
from selftests.documents import check, document, observation, row
from selftests.running import ADMIN_IS_FINE, CHECKOUT, WEBSITE, plain_environment, run_small, write_check

GREEN = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"
RED = "@check\ndef test_it(seen):\n    found = ['index_a']\n    assert found == []"
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
SYSTEM = ("production", "neffpaving.com")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind; PostgreSQL is the sandbox's own server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'history.sqlite'}"
        return
    sandbox: Sandbox = request.getfixturevalue("sandbox")
    with closing(sandbox.postgres.connect()) as connection:
        connection.execute("CREATE ROLE past LOGIN PASSWORD 'wobbly-p@st'")
        connection.execute("CREATE DATABASE past OWNER past")
        yield f"postgresql://past:wobbly-p%40st@127.0.0.1:{sandbox.postgres.port}/past"
        connection.execute("DROP DATABASE past WITH (FORCE)")
        connection.execute("DROP ROLE past")


def _leave(reports: Path, *rows: dict[str, Any], days: float = 0, cadence: str = "daily", **run: Any) -> dict[str, Any]:
    """A record in its folder, of a run that ended so many days before now."""
    finished = NOW - timedelta(days=days)
    name = finished.strftime("%Y%m%dT%H%M%SZ")
    times = {"id": f"{cadence}-{name}", "started": finished.isoformat(), "finished": finished.isoformat()}
    made = document(*(rows or (row(verdict="met"),)), cadence=cadence, **{**times, **run})
    folder = reports / cadence / name
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps(made))
    return made


def _green(project: Path) -> None:
    """Checks with which a run ends with exit code 0."""
    write_check(project, GREEN)
    (project / "tests_daily" / "test_admin.py").write_text(ADMIN_IS_FINE)


def _archive(url: str, reports: Path) -> Archive:
    return Archive(url.replace("postgresql:", "postgresql+psycopg:"), reports)


def _ask(url: str, reports: Path, question: Callable[[Database], Any]) -> Any:
    """What the history answers; None when it could not be used."""
    return _archive(url, reports).ask(question, None)


def _past(url: str, reports: Path) -> past.Past:
    kept = _archive(url, reports)
    answer = kept.ask(lambda database: database.past(*SYSTEM, NOW), past.Past())
    assert kept.notices == []
    return answer


def test_the_course_of_a_requirement_has_verdicts_and_measured_values(url: str, tmp_path: Path) -> None:
    looks = [observation(3, "ms"), observation(7.5, "ms"), observation(99, "rows"), observation("text", "ms"), observation(True)]
    _leave(tmp_path, row(verdict="met", checks=[check(observations=looks)]), days=1)
    _leave(tmp_path, row(verdict="not met"), row("weekly.a.b", "not due"))
    series = _past(url, tmp_path).series

    assert set(series) == {"daily.health.api"}
    first, second = series["daily.health.api"]
    assert (first.verdict, first.low, first.high, first.unit) == ("met", 3.0, 7.5, "ms")
    assert (second.verdict, second.at, second.run) == ("not met", NOW, "daily-20261123T120000Z")


def test_parts_interrupted_runs_and_other_systems_do_not_mix_in(url: str, tmp_path: Path) -> None:
    _leave(tmp_path, days=4)
    _leave(tmp_path, days=3, partial=["-k"])
    _leave(tmp_path, days=2, exit_code=2)
    _leave(tmp_path, days=1, system="staging.neffpaving.com")
    (tmp_path / "daily" / "20261123T110000Z").mkdir()
    (tmp_path / "daily" / "20261123T110000Z" / "results.json").write_text('{"run": {"id": ')

    assert [point.at for point in _past(url, tmp_path).series["daily.health.api"]] == [NOW - timedelta(days=4)]
    systems = _ask(url, tmp_path, lambda database: database.systems())
    assert systems == [SYSTEM, ("production", "staging.neffpaving.com")]


def test_missed_cadences_are_named_with_the_days_since(url: str, tmp_path: Path) -> None:
    _leave(tmp_path, days=1.05)
    _leave(tmp_path, row("weekly.a.b"), days=9, cadence="weekly")
    _leave(tmp_path, row("monthly.a.b"), row("quarterly.a.b"), days=30, cadence="monthly+quarterly")
    told = _past(url, tmp_path)

    assert [missed.said for missed in told.missed] == ["weekly last ran 9 days ago"]
    assert told.last["quarterly"].cadence == "monthly+quarterly"
    assert told.last["daily"].counts["met"] == 1


def test_a_cadence_that_never_ran_is_named(url: str, tmp_path: Path) -> None:
    _leave(tmp_path)

    assert [missed.said for missed in _past(url, tmp_path).missed] == [
        "weekly has never run",
        "monthly has never run",
        "quarterly has never run",
    ]


def test_it_can_be_made_anew_and_is_the_same(url: str, tmp_path: Path) -> None:
    for days in range(5):
        _leave(tmp_path, days=days, seeded=days == 4)
    before = _past(url, tmp_path)
    number = _ask(url, tmp_path, lambda database: database.rebuild())

    assert number == 5
    assert _past(url, tmp_path) == before
    runs = _ask(url, tmp_path, lambda database: database.runs())
    assert [run.seeded for run in runs] == [False] * 4 + [True]


def test_recording_twice_records_once(url: str, tmp_path: Path) -> None:
    _leave(tmp_path)
    _past(url, tmp_path)

    assert len(_past(url, tmp_path).series["daily.health.api"]) == 1


RECORD = """
import sys
from pathlib import Path
from compliance.archive import Archive
from compliance.history_database import Database
archive = Archive(sys.argv[1], Path(sys.argv[2]))
sys.exit(archive.ask(lambda database: 0, 1) or len(archive.notices))
"""


def test_processes_that_record_at_once_lose_nothing(url: str, tmp_path: Path) -> None:
    for days in range(30):
        _leave(tmp_path, *(row(f"daily.a.n{n}") for n in range(20)), days=days)
    chosen = url.replace("postgresql:", "postgresql+psycopg:")
    argv = [sys.executable, "-c", RECORD, chosen, str(tmp_path)]
    at_once = [subprocess.Popen(argv, cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in at_once]

    assert ended == [("", 0)] * 4
    assert {len(points) for points in _past(url, tmp_path).series.values()} == {30}


def test_runs_that_finish_at_once_are_all_recorded_in_one_chain(checks: Path) -> None:
    _green(checks)
    argv = [sys.executable, "-m", "pytest", "-q", f"--estate={checks / 'estate'}", "-m", "daily"]
    at_once = [
        subprocess.Popen(argv, cwd=checks, env=plain_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(4)
    ]
    ended = [process.communicate(timeout=120)[0] for process in at_once]

    assert [process.returncode for process in at_once] == [0] * 4, ended
    assert not [said for said in ended if "WARNING" in said]
    with closing(sqlite3.connect(checks / "reports" / "history.sqlite")) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT id) FROM compliance_runs").fetchone() == (4, 4)
    argv = [sys.executable, "-m", "compliance", "verify", str(checks / "reports")]
    verified = subprocess.run(argv, cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=60)
    assert (verified.returncode, verified.stdout.count("intact   ")) == (0, 4), verified.stdout


def _damage(path: Path) -> None:
    path.write_bytes(b"this is no database" * 100)


def _damage_inside(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100:] = b"\xff" * (len(data) - 100)
    path.write_bytes(data)


def _of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE compliance_runs")
        connection.execute("CREATE TABLE compliance_runs (id TEXT)")
        connection.commit()


@pytest.mark.parametrize("damage", [_damage, _damage_inside, _of_another_version])
def test_a_damaged_database_is_set_aside_and_made_anew(checks: Path, damage: Any) -> None:
    _green(checks)
    run_small(checks)
    path = checks / "reports" / "history.sqlite"
    damage(path)
    outcome = run_small(checks)

    assert outcome.exit_code == 0
    assert "WARNING: the history was damaged" in outcome.said
    assert len([*path.parent.glob("history.sqlite.damaged-*")]) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM compliance_runs").fetchone() == (2,)


def test_a_database_that_stays_locked_loses_no_run_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_database, "BUSY_S", 0.2)
    _leave(tmp_path, days=1)
    path = tmp_path / "history.sqlite"
    assert len(_past(f"sqlite:///{path}", tmp_path).series) == 1
    _leave(tmp_path)
    kept = Archive(f"sqlite:///{path}", tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        nothing = kept.ask(lambda database: len(database.runs()), None)

    assert (nothing, len(kept.notices)) == (None, 1)
    assert "database is locked" in kept.notices[0]
    assert len(_past(f"sqlite:///{path}", tmp_path).series["daily.health.api"]) == 2


def test_a_server_that_does_not_answer_loses_no_run_and_tells_no_password(checks: Path) -> None:
    write_check(checks, RED)
    url = {"NEFF_HISTORY_URL": "postgresql://past:hidden-wobbly@127.0.0.1:1/past"}
    outcome = run_small(checks, environment=url)

    assert (outcome.exit_code, outcome.table[WEBSITE]) == (1, "not met")
    assert "WARNING: the history could not be used" in outcome.said
    assert outcome.folder is not None
    files = [path.read_text() for path in outcome.folder.iterdir()]
    assert not [text for text in [*files, outcome.said] if "hidden-wobbly" in text]
    after = run_small(checks)
    with closing(sqlite3.connect(checks / "reports" / "history.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM compliance_runs").fetchone() == (2,)
    assert "WARNING" not in after.said


@pytest.mark.parametrize("wrong", ["postgresql+psycopg2://past@127.0.0.1/past", "mysql://x@y/z", "no url", "history.sqlite"])
def test_a_url_of_another_kind_is_a_mistake_of_configuration(checks: Path, wrong: str) -> None:
    write_check(checks, GREEN)
    outcome = run_small(checks, "-o", f"history={wrong}")

    assert (outcome.exit_code, "history" in outcome.said) == (4, True)


def test_hostile_names_are_kept_as_they_are(url: str, tmp_path: Path) -> None:
    hostile = "'; DROP TABLE compliance_runs; -- <script>\u202e"
    _leave(tmp_path, row(hostile, "not met", checks=[check(observations=[observation(1, hostile)])]), by=hostile, commit=hostile)

    (point,) = _past(url, tmp_path).series[hostile]
    assert (point.unit, point.verdict) == (hostile, "not met")


def _command(*words: str, reports: Path) -> tuple[int, str]:
    argv = [sys.executable, "-m", "compliance", "history", *words, "--reports", str(reports)]
    done = subprocess.run(argv, cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_commands_rebuild_and_name_what_is_late(tmp_path: Path) -> None:
    _leave(tmp_path, days=30)

    assert _command("rebuild", reports=tmp_path) == (0, "1 complete runs recorded\n")
    code, said = _command("missed", reports=tmp_path)
    assert code == 1
    assert "production (neffpaving.com): weekly has never run" in said
    assert _command("rebuild", reports=tmp_path / "nowhere")[0] == 4


def test_where_nothing_ever_ran_nobody_can_tell_what_is_late(tmp_path: Path) -> None:
    code, said = _command("missed", reports=tmp_path)

    assert (code, "no complete run is on record" in said) == (6, True)


def test_a_run_of_the_future_does_not_stand_for_all_until_then(tmp_path: Path) -> None:
    _leave(tmp_path, days=-300)
    code, said = _command("missed", reports=tmp_path)

    assert (code, "daily has never run" in said) == (1, True)


def test_a_database_of_its_own_keeps_the_records_of_two_folders_apart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'both.sqlite'}"
    here, there = tmp_path / "here", tmp_path / "there"
    _leave(here, by="here")
    _leave(there, by="there")

    assert [len(_ask(url, place, lambda database: database.runs())) for place in (here, there)] == [1, 1]
    assert len(_past(url, here).series["daily.health.api"]) == 2
