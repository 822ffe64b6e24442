"""`python -m compliance view FORMAT PATH`: another view of a record."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from compliance import views
from compliance.errors import ConfigurationError
from compliance.verdict import OK


def configure(parser: argparse.ArgumentParser) -> None:
    """Which view, of which record, where to."""
    parser.add_argument("format", choices=views.FORMATS, help="; ".join(f"{name}: {told}" for name, told in views.FORMATS.items()))
    parser.add_argument("path", type=Path, help="a run's folder, or its results.json")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write it, in one step (default: standard output)")


def run(chosen: argparse.Namespace) -> int:
    """Makes the view from results.json alone."""
    path = chosen.path / "results.json" if chosen.path.is_dir() else chosen.path
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if chosen.output:
            views.write(chosen.format, document, chosen.output)
        else:
            text = views.render(chosen.format, document)
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "Name the folder of a run, and a file that can be written"
        raise ConfigurationError("view", "PATH", str(path), f"no view can be made: {type(error).__name__}: {error}", remedy) from None
    return OK
