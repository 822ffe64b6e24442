"""`python -m compliance history`: make the history anew from the records; say which cadences are late."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from compliance import settings
from compliance.archive import Archive, secret, url
from compliance.errors import ConfigurationError
from compliance.past import Past
from compliance.secrets import Redactor
from compliance.verdict import INTERNAL, NOT_ASSESSED, NOT_MET, OK


def configure(parser: argparse.ArgumentParser) -> None:
    """What to do, and for which records."""
    parser.add_argument("action", choices=("rebuild", "missed"), help="make it anew from the records; say which cadences are late")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="the folder of the records (default: reports)")


def opened(reports: Path) -> tuple[Archive, Redactor]:
    """The history of a folder of records, and what keeps its password off the terminal."""
    if not reports.is_dir():
        raise ConfigurationError("--reports", "folder", str(reports), "there is no such folder", "Name the folder that runs write to")
    chosen, redact = url(reports, settings.ini("history")), Redactor()
    redact.learn(secret(chosen) or "")
    return Archive(chosen, reports), redact


def run(chosen: argparse.Namespace) -> int:
    """0 when done, and nothing is late; 1 when a cadence is late; 3 when the database could not be used; 6 when nothing is on record."""
    archive, redact = opened(chosen.reports.resolve())
    code = _rebuild(archive) if chosen.action == "rebuild" else _missed(archive)
    for notice in archive.notices:
        sys.stderr.write(f"WARNING: {redact(notice)}\n")
    return code


def _rebuild(archive: Archive) -> int:
    number = archive.ask(lambda database: database.rebuild(), -1)
    if number < 0:
        return INTERNAL
    sys.stdout.write(f"{number} complete runs recorded\n")
    return OK


def _missed(archive: Archive) -> int:
    now, nothing = datetime.now(timezone.utc), dict[tuple[str, str], Past]()
    systems = archive.ask(lambda database: {of: database.past(*of, now) for of in database.systems()}, nothing)
    late = [f"{estate} ({system}): {one.said}\n" for (estate, system), past in systems.items() for one in past.missed]
    if not systems:
        sys.stderr.write("ERROR: no complete run is on record: whether any is late cannot be told\n")
        return INTERNAL if archive.notices else NOT_ASSESSED
    sys.stdout.write("".join(late))
    return NOT_MET if late else OK
