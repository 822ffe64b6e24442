"""`python -m compliance`: what is done beside a run."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import NoReturn

from compliance.errors import ConfigurationError
from compliance.secrets import Redactor
from compliance.verdict import USAGE

COMMANDS = {
    "new": "add a requirement: the guide's entry, a check and a fault, red until filled in",
    "check": "read the guide and the estates, and say what is wrong with them; runs nothing",
    "waive": "accept a finding until a day: write a waiver into the estate's file",
    "attest": "state by name what no machine can look at: write an attestation into the estate's file",
    "list": "an estate's waivers and attestations: what expires soon, what is not needed any more",
    "verify": "say of a run, a cadence or all of reports/ what is intact, altered or missing",
    "view": "another view of a record: for Prometheus, Heimdall, or the page of a CI job",
    "notify": "send the messages that are due; run by a timer",
    "history": "the database of earlier runs: make it anew, or say which cadences are late",
}


class _Parser(argparse.ArgumentParser):
    """argparse ends a wrong call with 2, which is an interrupted run here."""

    def error(self, message: str) -> NoReturn:
        """Says how the command is called, and ends with the code of a mistake that a person made."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"ERROR: {message}\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when it did, 4 for a mistake that a person made."""
    given = sys.argv[1:] if arguments is None else arguments
    parser = _Parser(prog="python -m compliance", description="What is done beside a run.")
    commands = parser.add_subparsers(dest="command", required=True)
    try:
        for name, told in COMMANDS.items():
            one = commands.add_parser(name, help=told, description=told)
            if given[:1] == [name]:  # what the others need is not imported
                importlib.import_module(f"compliance.commands.{name}").configure(one)
        chosen = parser.parse_args(given)
        return int(importlib.import_module(f"compliance.commands.{chosen.command}").run(chosen))
    except ConfigurationError as error:
        redact = Redactor()
        redact.learn_environment()
        sys.stderr.write(f"ERROR: {redact(str(error))}\n")
        return USAGE


if __name__ == "__main__":
    sys.exit(main())
