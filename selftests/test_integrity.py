"""Whoever changes, removes, adds or swaps anything of the records is found out, file by file and run by run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compliance import digest
from compliance.integrity import MANIFEST, SIGNATURE
from selftests.running import CHECKOUT, make_project, plain_environment, run_small, write_check

GREEN = "@check\ndef test_it(seen):\n    found = []\n    assert found == []"
FILES = ("results.json", "report.html", "details.html", "junit.xml")


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a part of a run between three whole ones, all signed by Dana, who is an allowed signer."""
    project = make_project(tmp_path_factory.mktemp("signed"))
    write_check(project, GREEN)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(project / "key")], check=True, timeout=10)
    (project / "signers").write_text(f"dana@example.com {(project / 'key.pub').read_text()}")
    for options in ([], [], ["-k", "test_it"], []):
        run_small(project, "-o", f"sign_key={project / 'key'}", *options)
    return project


@pytest.fixture
def project(signed: Path, tmp_path: Path) -> Path:
    """A copy of it to tamper with."""
    return Path(shutil.copytree(signed, tmp_path / "project", symlinks=True))


def _verify(path: Path, *options: str) -> tuple[int, str]:
    argv = [sys.executable, "-m", "compliance", "verify", str(path), *options]
    done = subprocess.run(argv, cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def _runs(project: Path) -> list[Path]:
    """The folders of the complete runs, oldest first; the third folder of four is the part of a run."""
    first, second, _, third = sorted((project / "reports" / "daily").glob("2*"))
    return [first, second, third]


def test_what_nobody_touched_is_intact(project: Path) -> None:
    code, said = _verify(project / "reports", "--signers", str(project / "signers"))

    assert (code, said.count("intact   daily/")) == (0, 4)
    assert said.count("(signed by dana@example.com)") == 4
    assert "4 runs, 4 intact, 0 not intact, 0 breaks" in said


@pytest.mark.parametrize("place", ["reports", "reports/daily", "reports/daily/latest"])
def test_a_run_a_cadence_and_all_of_them_can_be_verified(project: Path, place: str) -> None:
    assert _verify(project / place)[0] == 0


def _flip(path: Path) -> None:
    """Changes one byte in the middle of a file, and keeps its length."""
    data = bytearray(path.read_bytes())
    middle = next(at for at in range(len(data) // 2, len(data)) if chr(data[at]).isalpha())
    data[middle] ^= 0x20
    path.write_bytes(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_byte_changed_in_any_file_is_named(project: Path, name: str, number: int) -> None:
    folder = _runs(project)[number]
    _flip(folder / name)
    code, said = _verify(project / "reports")

    assert code == 1
    assert f"ALTERED  daily/{folder.name}: {name} was altered" in said or f"{name} cannot be read" in said
    assert "4 runs, 3 intact, 1 not intact" in said


def test_one_byte_changed_in_the_manifest_is_named_by_its_signature(project: Path) -> None:
    folder = _runs(project)[2]
    _flip(folder / MANIFEST)
    code, said = _verify(folder)

    assert code == 1
    assert "signature does not hold" in said or "manifest.json cannot be read" in said


def _reseal(folder: Path) -> None:
    """What somebody does who knows the format and has no key: a manifest that fits the altered files."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["record"] = digest.of(json.loads((folder / "results.json").read_text()))
    manifest["files"] = {name: digest.of_file(folder / name) for name in manifest["files"]}
    (folder / MANIFEST).write_bytes(digest.canonical(manifest) + b"\n")


def _falsify(folder: Path) -> None:
    record = json.loads((folder / "results.json").read_text())
    record["requirements"][0]["reason"] = "all is well"
    (folder / "results.json").write_text(json.dumps(record))


def test_a_manifest_that_is_rewritten_breaks_signature_and_chain(project: Path) -> None:
    first, second, _ = _runs(project)
    _falsify(first)
    _reseal(first)
    code, said = _verify(project / "reports")

    assert code == 1
    assert f"ALTERED  daily/{first.name}: the signature does not hold" in said
    assert f"BROKEN   daily-{second.name}: the chain is broken: daily-{first.name} is no longer the record that this run followed" in said
    assert f"daily-{first.name}: it is no longer the record that went into the history" in said


def test_a_signature_that_is_taken_away_shows_when_signers_are_named(project: Path) -> None:
    newest = _runs(project)[2]
    _falsify(newest)
    _reseal(newest)
    (newest / SIGNATURE).unlink()
    (project / "reports" / "history.sqlite").unlink()

    assert _verify(project / "reports", "--signers", str(project / "signers"))[0] == 1


def test_a_signature_by_somebody_else_does_not_hold(project: Path) -> None:
    other = project / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True, timeout=10)
    (project / "signers").write_text(f"dana@example.com {(project / 'other.pub').read_text()}")
    code, said = _verify(_runs(project)[0], "--signers", str(project / "signers"))

    assert code == 1
    assert "signature does not hold" in said


def _remove(folders: list[Path]) -> str:
    shutil.rmtree(folders[1])
    return f"the run before it, daily-{folders[1].name}, is missing"


def _remove_newest(folders: list[Path]) -> str:
    shutil.rmtree(folders[2])
    return f"latest leads to {folders[2].name}, which is missing"


def _remove_newest_and_its_link(folders: list[Path]) -> str:
    shutil.rmtree(folders[2])
    (folders[0].parent / "latest").unlink()
    (folders[0].parent / "latest").symlink_to(folders[1].name)
    return f"daily-{folders[2].name}: it was recorded in the history and is missing"


def _empty(folders: list[Path]) -> str:
    for path in folders[1].iterdir():
        path.unlink()
    return "results.json cannot be read"


def _swap_folders(folders: list[Path]) -> str:
    aside = folders[0].with_name("aside")
    folders[0].rename(aside)
    folders[1].rename(folders[0])
    aside.rename(folders[1])
    return f"results.json is of the run daily-{folders[1].name}: put here in place of daily-{folders[0].name}"


def _swap_records(folders: list[Path]) -> str:
    one, other = (folder / "results.json" for folder in folders[:2])
    texts = one.read_bytes(), other.read_bytes()
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])
    return f"results.json is of the run daily-{folders[0].name}: put here in place of daily-{folders[1].name}"


def _add_file(folders: list[Path]) -> str:
    (folders[1] / "note.txt").write_text("")
    return f"daily/{folders[1].name}: note.txt was added"


def _remove_file(folders: list[Path]) -> str:
    (folders[1] / "junit.xml").unlink()
    return f"daily/{folders[1].name}: junit.xml is gone"


def _link_file(folders: list[Path]) -> str:
    aside = folders[1].parent / "elsewhere.html"
    (folders[1] / "report.html").rename(aside)
    (folders[1] / "report.html").symlink_to(aside)
    return f"daily/{folders[1].name}: report.html was altered"


def _remove_manifest(folders: list[Path]) -> str:
    (folders[1] / MANIFEST).unlink()
    return f"daily/{folders[1].name}: it has no manifest.json"


def _copy_run(folders: list[Path]) -> str:
    shutil.copytree(folders[2], folders[2].with_name("20991231T235959Z"))
    return "put here in place of daily-20991231T235959Z"


TAMPERING = [
    _remove,
    _remove_newest,
    _remove_newest_and_its_link,
    _empty,
    _swap_folders,
    _swap_records,
    _add_file,
    _remove_file,
    _link_file,
    _remove_manifest,
    _copy_run,
]


@pytest.mark.parametrize("tamper", TAMPERING)
def test_tampering_with_runs_and_files_is_named(project: Path, tamper: Callable[[list[Path]], str]) -> None:
    expected = tamper(_runs(project))
    code, said = _verify(project / "reports")

    assert code == 1
    assert expected in said


def test_what_was_cleared_away_may_be_missing_when_it_is_said_so(project: Path) -> None:
    first, second, _ = _runs(project)
    shutil.rmtree(first)
    (project / "reports" / "history.sqlite").unlink()

    assert _verify(project / "reports")[0] == 1
    assert _verify(project / "reports", "--first", f"daily-{second.name}")[0] == 0


def test_a_key_that_cannot_be_used_is_said_and_loses_no_run(checks: Path) -> None:
    write_check(checks, GREEN)
    outcome = run_small(checks, "-o", f"sign_key={checks / 'nothing'}")

    assert outcome.folder is not None
    assert (outcome.folder / MANIFEST).is_file()
    assert "WARNING: the run is not signed" in outcome.said


def test_a_seeded_record_is_marked_as_such(tmp_path: Path) -> None:
    run = {"id": "daily-seeded", "estate": "x", "system": "y", "cadence": "daily", "finished": "2026-11-23T06:00:00+00:00"}
    run |= {"exit_code": 0, "partial": [], "seeded": True}  # type: ignore[dict-item]
    folder = tmp_path / "daily" / "20261123T060000Z"
    folder.mkdir(parents=True)
    (folder / "results.json").write_text(json.dumps({"schema": "1.0", "run": run, "requirements": []}))

    code, said = _verify(tmp_path)
    assert (code, "(seeded, no run took place)" in said) == (0, True)


def test_a_record_does_not_become_intact_by_calling_itself_seeded(project: Path) -> None:
    path = _runs(project)[0] / "results.json"
    document = json.loads(path.read_text())
    document["run"]["seeded"] = True
    path.write_text(json.dumps(document))

    assert _verify(path.parent)[0] == 1
    (path.parent / "manifest.json").unlink()
    for signature in path.parent.glob("manifest.json.sig*"):
        signature.unlink()
    assert _verify(path.parent, "--signers", str(project / "signers"))[0] == 1


def test_nothing_to_verify_is_no_success(tmp_path: Path) -> None:
    assert _verify(tmp_path)[0] == 6
    assert _verify(tmp_path / "nowhere")[0] == 4


def test_names_of_files_do_not_move_the_cursor(project: Path) -> None:
    (_runs(project)[0] / "\x1b[2J\nintact.txt").write_text("")
    code, said = _verify(project / "reports")

    assert (code, "\x1b" in said) == (1, False)
    assert "\\u001b[2J intact.txt was added" in said


def test_the_canonical_form_is_the_one_that_is_documented() -> None:
    document = {"b": [1, 2.5, True, None], "a": {"z": "ä", "y": '"'}}

    assert digest.canonical(document) == '{"a":{"y":"\\"","z":"ä"},"b":[1,2.5,true,null]}'.encode()
