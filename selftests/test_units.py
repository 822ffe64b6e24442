"""Units are units: a word or two behind a number, never a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from selftests.running import CHECKOUT

UNIT = re.compile(r"[A-Za-z%µ°/-]+(?: [a-z]+)?")


def _units() -> Iterator[tuple[str, ast.expr]]:
    """Every unit that a fixture gives by its name, with its place."""
    for path in sorted((CHECKOUT / "fixtures").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "unit":
                yield f"{path.name}:{node.value.lineno}", node.value


def test_every_unit_is_a_word_or_two_and_says_nothing_else() -> None:
    written = {place: ast.unparse(value) for place, value in _units() if isinstance(value, ast.JoinedStr)}
    written |= {p: str(v.value) for p, v in _units() if isinstance(v, ast.Constant) and v.value and not UNIT.fullmatch(str(v.value))}

    assert written == {}
