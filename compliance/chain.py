"""The chain of a cadence's runs: each names the digest of the one before. Where a run is missing, replaced or out of turn, it shows."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance import records
from compliance.integrity import Sealed, examined

Problems = list[tuple[str, str]]


def folders(path: Path) -> list[Path]:
    """The runs at a place: the place itself, those of a cadence, or those of every cadence below reports/."""
    if (path / "results.json").exists() or (path / "manifest.json").exists():
        return [path.resolve()]
    return [*_runs(path)] or [run for cadence in sorted(path.iterdir()) if cadence.is_dir() for run in _runs(cadence)]


def _runs(cadence: Path) -> list[Path]:
    """Folders of a cadence named by their time, whether or not anything is left in them."""
    return [folder for folder in sorted(cadence.glob("[0-9]*T[0-9]*Z*")) if folder.is_dir() and not folder.is_symlink()]


def examine(path: Path, signers: str) -> list[Sealed]:
    """Every run at a place, held against its own seal."""
    return [examined(folder, signers) for folder in folders(path)]


def broken(runs: list[Sealed], first: str | None) -> Problems:
    """Where the chains of these runs do not hold, as (run, what is wrong). `first` names the run that a chain may begin with."""
    groups: dict[tuple[Any, ...], list[Sealed]] = defaultdict(list)
    for sealed in runs:
        if sealed.run and _usable(sealed.run):
            groups[(sealed.folder.parent, sealed.run["estate"], sealed.run["system"])].append(sealed)
    return [problem for group in groups.values() for problem in _of_group(group, first)]


def _usable(run: dict[str, Any]) -> bool:
    try:
        return records.complete(run) and bool(datetime.fromisoformat(run["finished"])) and bool(run["estate"] and run["system"])
    except (KeyError, TypeError, ValueError):
        return False


def _of_group(group: list[Sealed], first: str | None) -> Problems:
    by_id = {sealed.run["id"]: sealed for sealed in group}
    followed: dict[str, str] = {}
    found: Problems = []
    begins = [s.run["id"] for s in group if s.run.get("previous") is None and not s.run.get("seeded")]
    found += [(id_, f"the chain begins a second time: {begins[0]} has no predecessor either") for id_ in begins[1:]]
    for sealed in sorted(group, key=lambda s: datetime.fromisoformat(s.run["finished"])):
        id_, previous = sealed.run["id"], sealed.run.get("previous")
        if previous is None or id_ == first:
            continue
        if previous in followed:
            found.append((id_, f"the chain forks: {followed[previous]} names {previous} as its predecessor, too"))
        followed.setdefault(previous, id_)
        found += [(id_, problem) for problem in _link(sealed.run, by_id.get(previous), previous)]
    return found


def _link(run: dict[str, Any], before: Sealed | None, previous: str) -> list[str]:
    """What is wrong between a run and the one that it names as its predecessor."""
    if before is None:
        return [f"the run before it, {previous}, is missing"]
    problems = []
    if datetime.fromisoformat(before.run["finished"]) > datetime.fromisoformat(run["finished"]):
        problems.append(f"its predecessor {previous} ended after it")
    sealed = run.get("previous_sha256")
    if sealed is not None and sealed != before.record:
        problems.append(f"the chain is broken: {previous} is no longer the record that this run followed")
    manifest = run.get("previous_manifest")
    if manifest is not None and manifest != before.manifest:
        problems.append(f"the chain is broken: the manifest of {previous} is no longer the one that this run followed")
    return problems


def latest(path: Path) -> Problems:
    """Where `latest` does not lead to the newest complete run."""
    found: Problems = []
    for link in (folder / "latest" for folder in [path, *path.iterdir()] if folder.is_dir() and not folder.is_symlink()):
        if not link.is_symlink():
            continue
        newest = max(records.headers(link.parent), key=lambda header: header.finished, default=None)
        if not link.exists():
            found.append((link.parent.name, f"latest leads to {link.readlink()}, which is missing"))
        elif newest is not None and link.resolve() != newest.path.parent.resolve():
            found.append((link.parent.name, f"latest leads to {link.resolve().name}, and {newest.path.parent.name} ended later"))
    return found
