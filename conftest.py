"""Loads the suite: the core's hooks and every fixture a check can ask for."""

from pathlib import Path

fixtures = sorted(Path(__file__).with_name("fixtures").glob("[a-z]*.py"))
pytest_plugins = ["compliance.plugin", *(f"fixtures.{path.stem}" for path in fixtures)]
