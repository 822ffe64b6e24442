"""Checks that stand in the folders and are not collected: a name that pytest does not know, or something that told it to look away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from compliance.errors import ConfigurationError

Function = ast.FunctionDef | ast.AsyncFunctionDef


def checks(items: Sequence[pytest.Item], folders: Iterable[Path], unread: Sequence[Path]) -> list[str]:
    """One message for every function below these folders that carries a requirement's mark and is not among the items.

    Files that could not be read have been told of already.
    """
    collected = {(item.path, getattr(item, "originalname", None) or item.name) for item in items}
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py")) if path not in unread]
    return [_told(path, name) for path in paths for name in _marked(path) if (path, name) not in collected]


def _told(path: Path, name: str) -> str:
    problem, remedy = "carries a requirement's mark and is never run", "Call it test_…, in a file test_….py that nothing hides"
    return str(ConfigurationError(path.name, "name", name, problem, remedy))


def _marked(path: Path) -> list[str]:
    """The functions of a file that carry a requirement's mark, also one that was given a name in the file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if "requirement(" not in text:
        return []
    tree = ast.parse(text)
    given = [node for node in tree.body if isinstance(node, ast.Assign) and _is_mark(node.value, set())]
    named = {target.id for node in given for target in node.targets if isinstance(target, ast.Name)}
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    return [node.name for node in functions if any(_is_mark(decorator, named) for decorator in node.decorator_list)]


def _is_mark(node: ast.expr, named: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in named
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement"
