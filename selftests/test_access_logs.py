"""A week of the access log is counted alike here and there, whatever its lines are like, and a file that ends too early is no log."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from compliance.errors import CouldNotLook
from fixtures import access_awk, access_polars, lines
from fixtures.access_counts import Counts, epoch, network, percentile95
from fixtures.host import Host

AT, FIVE_HOURS_BEHIND = "[24/Nov/2026:09:40:19 +0000]", "[24/Nov/2026:04:40:19 -0500]"
SINCE, UNTIL = (round(datetime(2026, 11, day, 9, 40, 30, tzinfo=timezone.utc).timestamp()) for day in (23, 25))
OURS = "neff-compliance"
TAKEN = [
    f'1.2.3.4 - - {AT} "GET /api/x?y=1 HTTP/1.1" 200 12 "-" "Mozilla" 0.057',
    f'1.2.3.4 - - {AT} "\\x16\\x03\\x01\\x02" 400 157 "-" "-" 0.000',
    f'1.2.3.4 - - {AT} "" 400 0 "-" "-" 0.000',
    f'1.2.3.4 - - {AT} "-" 400 - "-" "-" 0.000',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "-" "Mozilla"',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "-" "Mozilla \\"quoted\\" \\\\" 1.001',
    f'1.2.3.4 - - {AT} "GET /api/a\\"b/1/2/3 HTTP/1.1" 200 12 "-" "M" 1.001',
    f'1.2.3.4 - - {AT} "GET /api/v1/x/3f2b-11/7 HTTP/1.1" 200 12 "-" "M" 0.5',
    f'2001:db8::1 - - {AT} "GET / HTTP/2.0" 200 12 "-" "M" 0.5',
    f'2001:db8:0:0:1:2:3:4 - - {AT} "GET / HTTP/2.0" 200 12 "-" "M" 0.5',
    f'::ffff:9.8.7.6 - - {AT} "GET / HTTP/2.0" 200 12 "-" "M" 0.5',
    f'fe80::1:2 - bob smith {FIVE_HOURS_BEHIND} "PROPFIND /api/x HTTP/1.1" 405 12 "-" "M" 0.5',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "-" "Chrome {OURS}" 3.000',
    f'1.2.3.4 - - {AT} "GET /nothing/api/x HTTP/1.1" 200 12 "-" "M" 3.000',
    f'1.2.3.4 - - {AT} "GET  /api/x HTTP/1.1" 200 12 "-" "M" 3.000',
    f'1.2.3.4 - - {AT} "GET /api/nope HTTP/1.1" 404 12 "-" "M" 3.000',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 200 12 "-" "M" 0.1\r',
    f'1.2.3.4 - - {AT} "GET /\xe9 HTTP/1.1" 200 12 "-" "M\xfc" 0.1',
    '1.2.3.4 - - [24/Nov/2026:09:40:19 +0000] "GET / HTTP/1.1" 200 12 "-" "" 0.1',
    '1.2.3.4 - - [23/Nov/2026:09:40:29 +0000] "GET / HTTP/1.1" 200 12 "-" "one second too early" 0.1',
    '1.2.3.4 - - [23/Nov/2026:09:40:30 +0000] "GET / HTTP/1.1" 200 12 "-" "the first" 0.1',
    '1.2.3.4 - - [25/Nov/2026:09:40:30 +0000] "GET / HTTP/1.1" 200 12 "-" "one second too late" 0.1',
]
REJECTED = [
    f'1.2.3.4 - - {AT} "GET /api/serv',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "https://ref',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "',
    f'1.2.3.4 - - {AT} "GET /api/x HTTP/1.1" 200 12 "-" "Mozi',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 200 12 "-" "M\\',
    "",
    "   ",
    '{"json": "line"}',
    '1.2.3.4 - - [99/Foo/2026:09:40:19 +0000] "GET / HTTP/1.1" 200 12 "-" "M" 0.1',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 200 12 "-" "M" abc',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 2000 12 "-" "M" 0.1',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 200 12 "-"x"M" 0.1',
    f'1.2.3.4 - - {AT} "GET / HTTP/1.1" 200 12 "a"b"c" "M" 0.1',
]


class Unseen:
    """A notebook that nobody reads."""

    def note(self, **_: Any) -> None:
        """Nothing is kept."""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """This machine, as a host of an estate."""
    here = Host("local://", Unseen())  # type: ignore[arg-type]
    yield here
    here.close()


def _both(host: Host, *paths: Path) -> tuple[Counts, Counts]:
    named = [str(path) for path in paths]
    return access_polars.count(named, SINCE, UNTIL, OURS), access_awk.count(host, named, SINCE, UNTIL, OURS, 60)


def _written(path: Path, log: list[str]) -> Path:
    path.write_bytes("".join(f"{line}\n" for line in log).encode("latin-1"))
    return path


def test_both_engines_count_the_same(host: Host, tmp_path: Path) -> None:
    plain = _written(tmp_path / "access.log", [*TAKEN, *REJECTED, *TAKEN])
    (tmp_path / "access.log.2.gz").write_bytes(gzip.compress(plain.read_bytes() * 3))

    here, there = _both(host, plain, tmp_path / "access.log.2.gz")

    assert here == there
    assert (here.lines, here.rejected, here.outside) == (4 * (2 * len(TAKEN) + len(REJECTED)), 4 * len(REJECTED), 16)
    assert here.lines == here.rejected + here.outside + here.requests
    assert {route: dict(times) for route, times in here.routes.items()} == {
        "/api/x": {57: 8, 500: 8, 1001: 8},
        "/api/a\x01\x01b/*/*/*": {1001: 8},
        "/api/v1/x/*/*": {500: 8},
    }
    assert here.untimed == 16
    assert here.clients == {"1.2.3.4": 8 * 17, "2001:db8:0:0::/64": 16, "9.8.7.6": 8, "fe80:0:0:0::/64": 8}


@pytest.mark.parametrize("line", [*TAKEN, *REJECTED])
def test_both_engines_take_a_line_as_the_daily_look_does(line: str, host: Host, tmp_path: Path) -> None:
    here, there = _both(host, _written(tmp_path / "access.log", [line]))

    assert (here.rejected, there.rejected) == (int(line in REJECTED),) * 2
    assert (lines.access(line.replace("\r", "")) is None) == (line in REJECTED)


@pytest.mark.parametrize("damage", ["cut short", "altered"])
def test_a_compressed_file_that_cannot_be_read_to_its_end_is_no_log(damage: str, host: Host, tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(_written(tmp_path / "log", TAKEN * 500).read_bytes()))
    whole[len(whole) // 2] ^= 0xFF
    path = tmp_path / "access.log.3.gz"
    path.write_bytes(bytes(whole) if damage == "altered" else bytes(whole[: len(whole) // 2]))

    with pytest.raises(CouldNotLook, match="cannot be read to its end"):
        access_polars.count([str(path)], SINCE, UNTIL, OURS)
    with pytest.raises(CouldNotLook, match=r"access\.log\.3\.gz"):
        access_awk.count(host, [str(path)], SINCE, UNTIL, OURS, 60)


def test_a_log_that_is_larger_than_a_piece_is_counted_whole(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_polars, "PIECE", 50)
    path = _written(tmp_path / "access.log", [*TAKEN, *REJECTED])
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))

    here, there = _both(host, path)

    assert here == there


def test_the_95th_percentile_forgives_one_of_few() -> None:
    assert percentile95(_times([100] * 95 + [900] * 5)) == timedelta(milliseconds=100)
    assert percentile95(_times([100] * 94 + [900] * 6)) == timedelta(milliseconds=900)
    assert percentile95(_times([100] * 9 + [900])) == timedelta(milliseconds=100)
    assert percentile95(_times([100] * 8 + [900] * 2)) == timedelta(milliseconds=900)
    assert percentile95(_times([900])) == timedelta(milliseconds=900)


def _times(milliseconds: list[int]) -> Any:
    from collections import Counter

    return Counter(milliseconds)


def test_hours_and_networks() -> None:
    assert epoch("24/Nov/2026:04", "-0530") == round(datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc).timestamp())
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert (network("::1"), network("198.51.100.7")) == ("0:0:0:0::/64", "198.51.100.7")


@pytest.mark.parametrize("among_them", ["", "\x03", 'a"b\x03c" "'])
def test_odd_lines_are_found_wherever_they_stand(host: Host, tmp_path: Path, among_them: str) -> None:
    log = _written(tmp_path / "access.log", [*REJECTED, *TAKEN, among_them, *REJECTED, TAKEN[0].replace("Mozilla", "Möïlla"), *TAKEN])

    here, there = _both(host, log)

    assert here == there
    assert here.rejected == 2 * len(REJECTED) + 1
