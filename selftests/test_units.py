"""Units and files of a machine, many in one look: an absent file is an answer, what nobody may see is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.errors import CouldNotLook
from compliance.evidence import Evidence, Spool
from compliance.secrets import Redactor
from fixtures.host import Host
from fixtures.units import files, units


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """This machine, with a notebook of its own."""
    redactor = Redactor()
    here = Host("local://", Evidence(Spool(tmp_path / "spool.jsonl"), redactor))
    yield here
    here.close()


def test_files_are_described_and_absent_ones_too(host: Host, tmp_path: Path) -> None:
    there, absent, below = tmp_path / "it's there", tmp_path / "absent", tmp_path / "it's there" / "below"
    there.write_bytes(b"12345")
    there.chmod(0o640)

    found = files(host, str(there), str(absent), str(below))

    assert (found[str(there)].exists, found[str(there)].mode, found[str(there)].size) == (True, "640", 5)
    assert [found[str(path)].exists for path in (absent, below)] == [False, False]


@pytest.mark.parametrize("lie", ["exit 0", "echo ok 1 2 3", "echo 'stat: Permission denied' >&2; exit 1", "exit 127"])
def test_a_stat_that_lies_describes_nothing(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    liar = tmp_path / "stat"
    liar.write_text(f"#!/bin/sh\n{lie}\n")
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(CouldNotLook):
        files(host, "/etc/passwd", "/absent")


@pytest.mark.parametrize("lie", ["exit 0", "echo LoadState=loaded", "exit 127"])
def test_a_systemctl_that_lies_describes_nothing(lie: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: Host) -> None:
    liar = tmp_path / "systemctl"
    liar.write_text(f"#!/bin/sh\n{lie}\n")
    liar.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(CouldNotLook):
        units(host, "nginx", "cron")


def test_what_a_module_of_testinfra_asks_is_on_record(host: Host, tmp_path: Path) -> None:
    assert host.modules.file("/etc/passwd").exists

    assert "/etc/passwd" in (tmp_path / "spool.jsonl").read_text()
