"""Imports run one way: checks, fixtures, core; the sandbox stands beside them and nobody but its provider's name knows it."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from selftests.running import CHECKOUT

# Libraries that parse, measure or draw for one subject; most are extras, imported where they are used.
SUBJECTS = {"phonenumbers", "email_validator", "dns", "cryptography", "rjsmin", "rcssmin", "pygal", "polars", "playwright"}
SUBJECTS |= {"pydantic", "markdown_it", "sslyze"}
ALLOWED = {
    "tests_daily": {"pytest"},
    "tests_weekly": {"pytest"},
    "tests_monthly": {"pytest"},
    "tests_quarterly": {"pytest"},
    "fixtures": {"pytest", "compliance", "fixtures", "psycopg", "requests", "urllib3", "testinfra", "yaml", *SUBJECTS},
    "compliance": {"pytest", "compliance", "pydantic", "jinja2", "markupsafe", "yaml", "sqlalchemy", "prometheus_client", "apprise"},
}


def _imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_imports_only_what_lies_below(layer: str) -> None:
    used = {path.name: _imports(path) - ALLOWED[layer] for path in (CHECKOUT / layer).rglob("*.py")}

    assert {name: names for name, names in used.items() if names} == {}


def test_fixtures_and_core_hold_no_assertion() -> None:
    files = [path for layer in ("fixtures", "compliance") for path in (CHECKOUT / layer).rglob("*.py")]

    assert [path.name for path in files if any(isinstance(n, ast.Assert) for n in ast.walk(ast.parse(path.read_text())))] == []


def test_checks_name_no_sandbox_and_no_lab() -> None:
    files = [path for layer in ("fixtures", "compliance", "tests_daily") for path in (CHECKOUT / layer).rglob("*.py")]

    assert [path.name for path in files if {"sandbox", "lab"} & _imports(path)] == []


def test_checks_are_short() -> None:
    long = {}
    for path in CHECKOUT.glob("tests_*/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and (node.end_lineno or 0) - node.lineno > 15:
                long[f"{path.name}::{node.name}"] = (node.end_lineno or 0) - node.lineno

    assert long == {}


def test_every_query_file_has_a_population_its_offenders_and_a_comment() -> None:
    for path in (CHECKOUT / "fixtures" / "queries").glob("*.sql"):
        text = path.read_text()
        code = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        assert text.startswith("-- "), path.name
        assert code.count(";") == 2, path.name
