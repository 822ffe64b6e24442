"""`python -m compliance notify`: send the messages that are due. A timer runs it a few times an hour."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from compliance.commands.history import opened
from compliance.commands.waive import described
from compliance.errors import ConfigurationError
from compliance.estate import Estate
from compliance.notifications import LEVELS, deliver
from compliance.outbox import Outbox
from compliance.verdict import INTERNAL, OK
from compliance.wording import line


def configure(parser: argparse.ArgumentParser) -> None:
    """Whose messages."""
    parser.add_argument("--estate", default=None, metavar="NAME", help="a name under estates/ or a folder (else NEFF_ESTATE, else ini)")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="the folder of the records (default: reports)")


def run(chosen: argparse.Namespace) -> int:
    """0 when everything that is due was sent; 3 when something was not."""
    estate = described(chosen.estate)
    if estate.notifications is None:
        remedy = "See docs/records.md, Messages"
        raise ConfigurationError(estate.folder / "estate.toml", "notifications", None, "the section is missing", remedy)
    archive, redact = opened(chosen.reports.resolve())
    nothing = (list[str](), dict[str, int]())
    trouble, waiting = archive.ask(lambda database: _delivered(estate, Outbox(database.engine, estate.name, estate.system)), nothing)
    for notice in [*trouble, *archive.notices]:
        sys.stderr.write(line(f"WARNING: {redact(notice)}") + "\n")
    told = ", ".join(f"{number} {level}" for level, number in waiting.items()) or "none"
    sys.stdout.write(f"{estate.name}: messages that wait: {told}\n")
    return INTERNAL if trouble or archive.notices else OK


def _delivered(estate: Estate, outbox: Outbox) -> tuple[list[str], dict[str, int]]:
    trouble = list(deliver(estate, outbox, LEVELS, datetime.now(timezone.utc)))
    return trouble, outbox.waiting()
