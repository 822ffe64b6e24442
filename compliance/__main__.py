"""`python -m compliance`: what is done beside a run."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from compliance import attestations, estate, findings, guide, known_errors, scaffold, settings, waivers
from compliance.errors import ConfigurationError
from compliance.secrets import Redactor
from compliance.verdict import OK, USAGE


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it did, 4 for a mistake that a person made."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.does(chosen))
    except ConfigurationError as error:
        sys.stderr.write(f"ERROR: {Redactor()(str(error))}\n")
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m compliance", description="What is done beside a run.")
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="add a requirement: the guide's entry, a check and a fault, red until filled in")
    new.add_argument("id", help="like daily.response-time.api")
    new.set_defaults(does=_new)
    check = commands.add_parser("check", help="read the guide and an estate, and say what is wrong with them; runs nothing")
    check.add_argument("estate", help="a name under estates/ or a folder")
    check.set_defaults(does=_check)
    history = commands.add_parser("history", help="the database of earlier runs")
    history.add_argument("action", choices=("rebuild", "missed"), help="make it anew from the records; say which cadences are late")
    history.add_argument("--reports", type=Path, default=Path("reports"), help="the folder of the records (default: reports)")
    history.set_defaults(does=_history)
    verify = commands.add_parser("verify", help="say of a run, a cadence or all of reports/ what is intact, altered or missing")
    verify.add_argument("path", type=Path, help="a run's folder, a cadence's, or reports/")
    verify.add_argument("--signers", default=settings.ini("allowed_signers"), help="file of allowed signers (default: the ini key)")
    verify.add_argument("--first", metavar="RUN", help="the oldest run that is kept; what was before it may be missing")
    verify.set_defaults(does=_verify)
    return parser


def _new(chosen: argparse.Namespace) -> int:
    files = scaffold.new(chosen.id)
    sys.stdout.write("written, red until filled in (docs/write-a-check.md):\n" + "".join(f"  {_short(path)}\n" for path in files))
    return OK


def _check(chosen: argparse.Namespace) -> int:
    requirements, folder = guide.load(), estate.find(chosen.estate)
    if estate.provided(folder):
        sys.stdout.write(f"{_short(folder)}: brought up by its provider for each run; nothing else to check\n")
        return OK
    described = estate.load(folder)
    estate.check_components(described, list(requirements.requirements.values()))
    now = datetime.now(timezone.utc)
    kept = waivers.load(folder, requirements, now).waivers
    attested = attestations.load(folder, requirements).attestations
    errors = known_errors.load(folder, now).errors
    findings.load(folder)
    sys.stdout.write(f"{_short(folder)}: well-formed, {len(kept)} waivers, {len(attested)} attestations, {len(errors)} known errors\n")
    return OK


def _history(chosen: argparse.Namespace) -> int:
    from compliance import history_command  # takes longer to import than all the rest

    return history_command.run(chosen.action, chosen.reports.resolve())


def _verify(chosen: argparse.Namespace) -> int:
    from compliance import verify_command

    return verify_command.run(chosen.path, chosen.signers, chosen.first)


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


if __name__ == "__main__":
    sys.exit(main())
