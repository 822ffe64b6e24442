"""The suite's settings as `pyproject.toml` has them, for commands that run without pytest."""

from __future__ import annotations

from pathlib import Path

from compliance.toml import read


def ini(name: str) -> str:
    """A key of `[tool.pytest]` in the pyproject.toml of this folder; "" where it is not set."""
    path = Path("pyproject.toml")
    settings = read(path).get("tool", {}).get("pytest", {}) if path.is_file() else {}
    return str(settings.get(name, ""))
