"""`python -m compliance attest REQUIREMENT …`: state by name what no machine can look at."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from compliance import attestations, digest, guide, kept
from compliance.commands.waive import COMMAND_LINE, applicable, described
from compliance.errors import ConfigurationError
from compliance.guide import PERIODS
from compliance.verdict import OK
from compliance.wording import line, short_path


def configure(parser: argparse.ArgumentParser) -> None:
    """What an attestation needs; see docs/estate.md."""
    parser.add_argument("requirement", help="an id of the guide")
    parser.add_argument("--person", required=True, help="who states it")
    parser.add_argument("--role", required=True, help="in which role")
    parser.add_argument("--statement", required=True, help="what is stated")
    parser.add_argument("--date", metavar="DAY", help="when it was so (default: today, in UTC)")
    parser.add_argument("--evidence", metavar="PATH", help="a file in the estate's folder that proves it; its digest is written down")
    parser.add_argument("--estate", default=None, metavar="NAME", help="a name under estates/ or a folder (else NEFF_ESTATE, else ini)")


def run(chosen: argparse.Namespace) -> int:
    """Writes the attestation, or says in one message why not and changes nothing."""
    requirements, system, today = guide.load(), described(chosen.estate), datetime.now(timezone.utc).date()
    attestations.load(system.folder, requirements)
    requirement = applicable(chosen.requirement, requirements, system)
    if not requirement.attested and not (requirement.drill and not system.drills):
        problem = "is answered by a check: an attestation has no effect on it"
        raise ConfigurationError(COMMAND_LINE, "requirement", requirement.id, problem, "Run the check")
    fields = {key: getattr(chosen, key).strip() for key in ("requirement", "person", "role", "statement")}
    fields |= {"date": chosen.date or today.isoformat()}
    evidence = _evidence(chosen.evidence, system.folder) if chosen.evidence else {}
    made = attestations.parse({**fields, **evidence}, COMMAND_LINE)
    end = made.date + PERIODS[requirement.cadence]
    if made.date > today or end < today:
        problem = "lies in the future" if made.date > today else f"counts until {end} only, for this is a {requirement.cadence} requirement"
        raise ConfigurationError(COMMAND_LINE, "date", str(made.date), problem, "Attest what is so now")
    path = system.folder / "attestations.toml"
    kept.append(path, kept.entry("attestation", made.model_dump(mode="json")))
    sys.stdout.write(line(f"{short_path(path)}: {made.requirement} is attested by {made.person}; it counts until {end}") + "\n")
    return OK


def _evidence(named: str, folder: Path) -> dict[str, str]:
    """A file of the estate's folder with its digest; seen from there, or from here."""
    for path in (folder / named, Path(named).resolve()):
        if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
            return {"evidence": str(path.resolve().relative_to(folder.resolve())), "sha256": digest.of_file(path)}
    remedy = f"Copy it into {folder}, so that it is kept with the statement"
    raise ConfigurationError(COMMAND_LINE, "evidence", named, "is no file in the estate's folder", remedy)
