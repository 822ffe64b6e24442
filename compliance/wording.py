"""Text from anywhere, made fit for one line of a terminal, a message or a table."""

from __future__ import annotations

import re
from pathlib import Path


def still(text: str) -> str:
    """The text, its lines and tabs kept, without anything else that moves a cursor, turns the direction of writing or hides."""
    return "".join(c if c.isprintable() or c in "\n\t\r" else f"\\u{ord(c):04x}" for c in text)


def line(text: str, longest: int = 2_000) -> str:
    """The same on one line, cut at a length."""
    shown = re.sub(r"[\n\t\r]", " ", still(text))
    return shown if len(shown) <= longest else shown[:longest] + " …"


def short_path(path: Path) -> str:
    """A path as seen from here where that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
