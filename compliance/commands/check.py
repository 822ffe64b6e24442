"""`python -m compliance check [ESTATE …]`: is the guide well-formed, and every file of the estates?"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone

from compliance import assessment, attestations, contacts, estate, findings, guide, known_errors, waivers
from compliance.errors import ConfigurationError
from compliance.guide import Guide
from compliance.secrets import Redactor
from compliance.verdict import OK, USAGE
from compliance.wording import short_path


def configure(parser: argparse.ArgumentParser) -> None:
    """The estates to read."""
    parser.add_argument("estate", nargs="*", help="a name under estates/ or a folder (default: every estate under estates/)")


def run(chosen: argparse.Namespace) -> int:
    """Reads all of them, whatever is wrong with one; 4 when anything is."""
    requirements, code = guide.load(), OK
    for name in chosen.estate or estate.shipped():
        try:
            sys.stdout.write(f"{_said(name, requirements)}\n")
        except ConfigurationError as error:
            sys.stderr.write(f"ERROR: {Redactor()(str(error))}\n")
            code = USAGE
    return code


def _said(name: str, requirements: Guide) -> str:
    folder = estate.find(name)
    if estate.provided(folder):
        return f"{short_path(folder)}: brought up by its provider for each run; nothing else to check"
    described, now = estate.load(folder), datetime.now(timezone.utc)
    estate.check_components(described, list(requirements.requirements.values()))
    kept = waivers.load(folder, requirements, now).waivers
    attested = attestations.load(folder, requirements).attestations
    errors = known_errors.load(folder, now).errors
    findings.load(folder)
    contacts.listed(described)
    register = folder / described.assessment.file if described.assessment else None
    if register is not None and register.exists():
        assessment.load(register, now)
    return f"{short_path(folder)}: well-formed, {len(kept)} waivers, {len(attested)} attestations, {len(errors)} known errors"
