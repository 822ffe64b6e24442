"""What an entry of the register of known errors covers, and what a signature keeps of a message."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from compliance.errors import ConfigurationError
from compliance.known_errors import Kind, load, signature

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
ENTRY = """
[[error]]
log = "{log}"
signature = "{signature}"
reason = "slow at night"
owner = "Maya Okafor"
created = "{created}"
expiry = "{expiry}"
"""
MESSAGE = "[maps] TILE_TIMEOUT no tile within 812 ms"


def _written(folder: Path, log: str = "application", said: str = MESSAGE, created: int = -10, expiry: int = 10) -> Path:
    days = {"created": NOW.date() + timedelta(days=created), "expiry": NOW.date() + timedelta(days=expiry)}
    with (folder / "known_errors.toml").open("a") as file:
        file.write(ENTRY.format(log=log, signature=said, **days))
    return folder


def _kind(folder: Path, said: str = MESSAGE) -> Kind:
    (kind,) = load(folder, NOW).kinds("application", [(NOW, said)], NOW)
    return kind


@pytest.mark.parametrize(
    ("message", "common"),
    [
        ("[api] DATABASE_ERROR could not connect", "[api] DATABASE_ERROR could not connect"),
        (MESSAGE, "[maps] TILE_TIMEOUT no tile within # ms"),
        ("[sync] API answered 404 for event 3f9a-22b", "[sync] API answered 404 for event #"),
        ("GET /x HTTP/1.1 500 took 12.5 ms", "GET /x HTTP/1.1 500 took # ms"),
        ("nginx[812]: exit code 1", "nginx[#]: exit code 1"),
        ('relation "jobs2" is missing', 'relation "jobs2" is missing'),
        ("mail to dana@x.example by 10.0.0.1:587 failed", "mail to # by # failed"),
        ("ERR_HTTP2_PROTOCOL in 9f8b7c6d-1234-4abc-9def-0123456789ab | at foo.js:12", "ERR_HTTP2_PROTOCOL in #"),
    ],
)
def test_a_signature_keeps_what_says_of_which_kind_an_error_is(message: str, common: str) -> None:
    assert signature(message) == common
    assert signature(common) == common


def test_an_entry_covers_its_kind_whatever_the_numbers(tmp_path: Path) -> None:
    assert _kind(_written(tmp_path), "[maps] TILE_TIMEOUT no tile within 5,031 ms").known
    assert not _kind(tmp_path, "[maps] TILE_TIMEOUT no map within 812 ms").known


def test_an_entry_covers_its_last_day_and_none_after(tmp_path: Path) -> None:
    assert _kind(_written(tmp_path, expiry=0)).known


def test_an_expired_entry_covers_nothing_and_is_named(tmp_path: Path) -> None:
    kind = _kind(_written(tmp_path, expiry=-1))

    assert not kind.known
    assert "its entry expired on 2026-11-22" in str(kind)


def test_an_entry_of_another_log_covers_nothing(tmp_path: Path) -> None:
    assert not _kind(_written(tmp_path, log="journal")).known


def test_a_new_entry_counts_beside_an_expired_one(tmp_path: Path) -> None:
    assert _kind(_written(_written(tmp_path, expiry=-1))).known


def test_occurrences_are_counted_by_the_densest_hour(tmp_path: Path) -> None:
    moments = [NOW - timedelta(minutes=m) for m in (0, 10, 59, 60, 300)]
    (kind,) = load(tmp_path, NOW).kinds("application", [(at, MESSAGE) for at in moments], NOW)

    assert (kind.times, kind.most_in_an_hour, kind.first) == (5, 3, moments[-1])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"created": 1, "expiry": 2}, "lies in the future"),
        ({"expiry": 400}, "longer than a year"),
        ({"created": -1, "expiry": -3}, "before it was created"),
        ({"log": "mail"}, "error 1.log"),
        ({"said": ""}, "error 1.signature"),
    ],
)
def test_an_entry_that_nobody_can_rely_on_is_refused(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    _written(tmp_path, **changed)  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError, match=said):
        load(tmp_path, NOW)
