"""Assertions that something around them catches: a check that holds one cannot fail by it."""

from __future__ import annotations

import ast

from compliance.hidden import Function

# What an `except`, `suppress` or `raises` may name so that a failed assertion ends there.
CATCH = {"AssertionError", "Exception", "BaseException"}
EATERS = {"suppress", "raises"}


def checks(tree: ast.Module) -> list[str]:
    """The names of a module's tests in which an assertion is caught."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name.startswith("test")]
    return [function.name for function in functions if any(_catches(node) for node in ast.walk(function))]


def _catches(node: ast.AST) -> bool:
    if isinstance(node, ast.Try | ast.TryStar):
        return _asserts(node.body) and any(handler.type is None or _names(handler.type) & CATCH for handler in node.handlers)
    if isinstance(node, ast.With | ast.AsyncWith):
        return _asserts(node.body) and any(_eats(item.context_expr) for item in node.items)
    return False


def _asserts(body: list[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Assert) for statement in body for node in ast.walk(statement))


def _eats(expression: ast.expr) -> bool:
    called = isinstance(expression, ast.Call) and bool(_names(expression.func) & EATERS)
    return called and bool(_names(expression) & CATCH)


def _names(expression: ast.expr) -> set[str]:
    nodes = list(ast.walk(expression))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
