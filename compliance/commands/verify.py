"""`python -m compliance verify PATH`: says what is intact, what was altered, and where a chain is broken."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from compliance import chain, settings
from compliance.archive import Archive, url
from compliance.errors import ConfigurationError
from compliance.integrity import Sealed
from compliance.past import PastRun
from compliance.verdict import NOT_ASSESSED, NOT_MET, OK
from compliance.wording import line


def configure(parser: argparse.ArgumentParser) -> None:
    """What to verify, and whose signatures count."""
    parser.add_argument("path", type=Path, help="a run's folder, a cadence's, or reports/")
    parser.add_argument("--signers", default=settings.ini("allowed_signers"), help="file of allowed signers (default: the ini key)")
    parser.add_argument("--first", metavar="RUN", help="the oldest run that is kept; what was before it may be missing")


def run(chosen: argparse.Namespace) -> int:
    """0 when all is intact, 1 when anything is not, 6 when there is nothing to verify."""
    path, signers, first = chosen.path, chosen.signers, chosen.first
    if not path.is_dir():
        raise ConfigurationError("verify", "PATH", str(path), "there is no such folder", "Name a run's folder, a cadence's, or reports/")
    if signers and not Path(signers).is_file():
        raise ConfigurationError("verify", "signers", signers, "there is no such file", "See ssh-keygen(1), ALLOWED SIGNERS")
    path = path.resolve()
    runs = chain.examine(path, signers)
    for sealed in runs:
        _say(sealed)
    several = len(runs) != 1 or path != runs[0].folder
    problems = [*chain.broken(runs, first), *chain.latest(path), *_not_as_recorded(path, runs)] if several else []
    for where, problem in problems:
        sys.stdout.write(line(f"BROKEN   {where}: {problem}") + "\n")
    altered = sum(bool(sealed.problems) for sealed in runs)
    sys.stdout.write(f"{len(runs)} runs, {len(runs) - altered} intact, {altered} not intact, {len(problems)} breaks between them\n")
    return NOT_MET if altered or problems else OK if runs else NOT_ASSESSED


def _say(sealed: Sealed) -> None:
    name = f"{sealed.folder.parent.name}/{sealed.folder.name}"
    for problem in sealed.problems:
        sys.stdout.write(line(f"ALTERED  {name}: {problem}") + "\n")
    if not sealed.problems:
        told = "seeded, no run took place" if sealed.run.get("seeded") else f"signed by {sealed.signer}" if sealed.signer else "not signed"
        sys.stdout.write(line(f"intact   {name} ({told})") + "\n")


def _not_as_recorded(path: Path, runs: list[Sealed]) -> chain.Problems:
    """What the history knows better: runs of this machine that were recorded and are gone, or are no longer what was recorded."""
    reports = path if not any(sealed.folder.parent == path for sealed in runs) else path.parent
    chosen = url(reports, settings.ini("history"))
    if chosen.startswith("sqlite") and not (reports / "history.sqlite").is_file():
        return []
    archive = Archive(chosen, reports)
    known: list[PastRun] = archive.look(lambda database: database.runs(1_000_000), [])
    here = {str(sealed.folder.relative_to(reports)): sealed for sealed in runs}
    found = [("history", notice) for notice in archive.notices]
    for past in known:
        if not (reports / past.folder).is_relative_to(path):
            continue
        sealed = here.get(past.folder)
        if sealed is None:
            found.append((past.id, "it was recorded in the history and is missing"))
        elif sealed.record != past.sha256:
            found.append((past.id, "it is no longer the record that went into the history"))
    return found
