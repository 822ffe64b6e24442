"""`python -m compliance list`: an estate's waivers and attestations, and what wants to be done about them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from compliance import attestations, guide, records, waivers
from compliance.commands.waive import described
from compliance.estate import Estate
from compliance.guide import PERIODS
from compliance.verdict import OK
from compliance.wording import line


def configure(parser: argparse.ArgumentParser) -> None:
    """Which estate, and how soon is soon."""
    parser.add_argument("--estate", default=None, metavar="NAME", help="a name under estates/ or a folder (else NEFF_ESTATE, else ini)")
    parser.add_argument("--days", type=int, default=30, help="what expires within so many days is marked (default: 30)")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="the records that say what is needed (default: reports)")


def run(chosen: argparse.Namespace) -> int:
    """One line each, what wants attention first."""
    requirements, system, now = guide.load(), described(chosen.estate), datetime.now(timezone.utc)
    unneeded = _not_needed(chosen.reports.resolve(), system, now)
    told = [_waiver(w, now.date(), chosen.days, unneeded) for w in waivers.load(system.folder, requirements, now).waivers]
    told += _attestations(attestations.load(system.folder, requirements), requirements, system, now.date(), chosen.days)
    for mark, text in sorted(told, key=lambda pair: (pair[0] == "valid", pair)):
        sys.stdout.write(line(f"{mark:<13} {text}") + "\n")
    attention = sum(mark != "valid" for mark, _ in told)
    sys.stdout.write(f"{system.name}: {len(told)} entries, {attention} want attention\n")
    return OK


def _waiver(waiver: waivers.Waiver, today: date, soon: int, unneeded: set[tuple[str, str]]) -> tuple[str, str]:
    left = (waiver.expiry - today).days
    mark = "EXPIRED" if left < 0 else "NOT NEEDED" if (waiver.requirement, waiver.object) in unneeded else _mark(left, soon)
    return mark, f"waiver of {waiver.requirement} for {waiver.object}: {_left(left, waiver.expiry)}, approved by {waiver.approver}"


def _attestations(
    kept: attestations.Register, requirements: guide.Guide, system: Estate, today: date, soon: int
) -> Iterator[tuple[str, str]]:
    """The newest statement of each requirement that a person answers here, and those that nobody has made."""
    for requirement in requirements.requirements.values():
        newest, absent = kept.newest(requirement.id), system.absence(requirement)
        by_hand = requirement.attested or (requirement.drill and not system.drills)
        if newest is not None:
            end = newest.date + PERIODS[requirement.cadence]
            left = (end - today).days
            mark = "NOT NEEDED" if absent or not by_hand else "EXPIRED" if left < 0 else _mark(left, min(soon, _third(requirement)))
            yield mark, f"attestation of {requirement.id}: {_left(left, end)}, by {newest.person} ({newest.role})"
        elif requirement.attested and not absent:
            yield "MISSING", f"attestation of {requirement.id}: {requirement.statement}"


def _third(requirement: guide.Requirement) -> int:
    """What is soon for a statement that has to be made anew each period: its last third."""
    return PERIODS[requirement.cadence].days // 3


def _mark(left: int, soon: int) -> str:
    return "EXPIRES SOON" if left <= soon else "valid"


def _left(left: int, end: date) -> str:
    return f"until {end}, {left} days left" if left >= 0 else f"ended on {end}, {-left} days ago"


def _not_needed(reports: Path, system: Estate, now: datetime) -> set[tuple[str, str]]:
    """The waivers of which the newest run of each kind says that nothing of that name was found."""
    rows: dict[str, dict[str, Any]] = {}
    folders = [folder for folder in reports.iterdir() if folder.is_dir()] if reports.is_dir() else []
    newest = [header for folder in folders if (header := records.newest(folder, system.name, system.system, now))]
    for header in sorted(newest, key=lambda found: found.finished):
        rows |= {row["id"]: row for row in header.document()["requirements"] if row["verdict"] != "not due"}
    return {(id_, waiver["object"]) for id_, row in rows.items() for waiver in row["waiver"] if waiver["state"] == "not needed"}
