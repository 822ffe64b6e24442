"""`python -m compliance new ID`: the skeletons of a new requirement."""

from __future__ import annotations

import argparse
import sys

from compliance import scaffold
from compliance.verdict import OK
from compliance.wording import short_path


def configure(parser: argparse.ArgumentParser) -> None:
    """The requirement's id."""
    parser.add_argument("id", help="like daily.response-time.api")


def run(chosen: argparse.Namespace) -> int:
    """Writes the files and names them."""
    files = scaffold.new(chosen.id)
    sys.stdout.write("written, red until filled in (docs/write-a-check.md):\n" + "".join(f"  {short_path(path)}\n" for path in files))
    return OK
