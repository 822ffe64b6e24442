"""`python -m compliance`: what is done beside a run."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from compliance import attestations, estate, guide, known_errors, scaffold, waivers
from compliance.errors import ConfigurationError
from compliance.secrets import Redactor
from compliance.verdict import OK, USAGE


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it did, 4 for a mistake that a person made."""
    parser = argparse.ArgumentParser(prog="python -m compliance", description="What is done beside a run.")
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="add a requirement: the guide's entry, a check and a fault, red until filled in")
    new.add_argument("id", help="like daily.response-time.api")
    check = commands.add_parser("check", help="read the guide and an estate, and say what is wrong with them; runs nothing")
    check.add_argument("estate", help="a name under estates/ or a folder")
    chosen = parser.parse_args(arguments)
    try:
        return _new(chosen.id) if chosen.command == "new" else _check(chosen.estate)
    except ConfigurationError as error:
        sys.stderr.write(f"ERROR: {Redactor()(str(error))}\n")
        return USAGE


def _new(requirement: str) -> int:
    files = scaffold.new(requirement)
    sys.stdout.write("written, red until filled in (docs/write-a-check.md):\n" + "".join(f"  {_short(path)}\n" for path in files))
    return OK


def _check(named: str) -> int:
    requirements, folder = guide.load(), estate.find(named)
    if estate.provided(folder):
        sys.stdout.write(f"{_short(folder)}: brought up by its provider for each run; nothing else to check\n")
        return OK
    described = estate.load(folder)
    estate.check_components(described, list(requirements.requirements.values()))
    now = datetime.now(timezone.utc)
    kept = waivers.load(folder, requirements, now).waivers
    attested = attestations.load(folder, requirements).attestations
    errors = known_errors.load(folder, now).errors
    sys.stdout.write(f"{_short(folder)}: well-formed, {len(kept)} waivers, {len(attested)} attestations, {len(errors)} known errors\n")
    return OK


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


if __name__ == "__main__":
    sys.exit(main())
