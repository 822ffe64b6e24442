"""Other views of a record, each made from results.json alone: `render` turns the document into text."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from compliance.errors import ConfigurationError

FORMATS = {
    "prometheus": "a text file for Prometheus' node exporter",
    "ohdf": "OHDF (exec-json), as Heimdall reads it",
    "markdown": "a summary for the page of a CI job",
}


def parse(wanted: str) -> tuple[str, Path]:
    """FORMAT:FILE as an option gives it."""
    name, _, file = wanted.partition(":")
    if name not in FORMATS or not file:
        remedy = f"Write FORMAT:FILE with one of: {', '.join(FORMATS)}"
        raise ConfigurationError("command line", "--view", wanted, "names no view", remedy)
    return name, Path(file)


def render(name: str, document: dict[str, Any]) -> str:
    """The view of this name."""
    return str(importlib.import_module(f"compliance.views.{name}").render(document))


def write(name: str, document: dict[str, Any], path: Path) -> None:
    """Puts the view in its place in one step, readable for everybody as Prometheus needs it; raises `OSError`."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(render(name, document), encoding="utf-8", errors="backslashreplace")
    draft.replace(path)
