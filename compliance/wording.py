"""Text from anywhere, made fit for one line of a terminal, a message or a table."""

from __future__ import annotations

from pathlib import Path


def line(text: str, longest: int = 2_000) -> str:
    """The text on one line without anything that moves a cursor, turns the direction of writing or hides; cut at a length."""
    shown = "".join(c if c.isprintable() else " " if c in "\n\t\r" else f"\\u{ord(c):04x}" for c in text)
    return shown if len(shown) <= longest else shown[:longest] + " …"


def short_path(path: Path) -> str:
    """A path as seen from here where that is shorter."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
