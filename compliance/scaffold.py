"""`python -m compliance new ID`: the three skeletons of a new requirement, red until they are filled in."""

from __future__ import annotations

import re
from pathlib import Path

from compliance.errors import ConfigurationError
from compliance.guide import CADENCES, load

ROOT = Path(__file__).resolve().parents[1]

ENTRY = """
[[requirement]]
id = "{id}"
severity = "warning"
section = "FILL IN: the guide's heading"
statement = "FILL IN: one sentence that is true when all is well."
why = "FILL IN: who is harmed when it is not, and what the obvious hand check misses."
remedy = "FILL IN: what to do first, then next."
needs = []
"""

CHECK = '''"""FILL IN: the question that these checks answer. (Guide: FILL IN)"""

import pytest


@pytest.mark.requirement("{id}")
def test_{name}(FILL_IN):
    """FILL IN: what the name does not say already."""
    assert FILL_IN.offenders() == []
'''

FAULT = '''"""FILL IN: what these faults break."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.faults import fault
from sandbox.house import Sandbox


@fault(not_met="{id}")
def {name}_broken(sandbox: Sandbox) -> Iterator[None]:
    """FILL IN: what is broken, as a sentence."""
    raise NotImplementedError("break one real thing, yield, mend it")
    yield
'''


def new(requirement: str, root: Path = ROOT) -> list[Path]:
    """Adds the entry to the guide and writes a check and a fault; returns the three files. Overwrites nothing."""
    name = _name(requirement, root)
    cadence = requirement.split(".")[0]
    guide, check = root / "guide" / f"{cadence}.toml", root / f"tests_{cadence}" / f"test_{name}.py"
    fault = root / "sandbox" / "faults" / f"{name}.py"
    for path in (check, fault):
        if path.exists():
            raise ConfigurationError(path, "file", path.name, "exists already", "Add to it by hand, or choose another id")
    for folder in (check.parent, fault.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with guide.open("a", encoding="utf-8") as file:
        file.write(ENTRY.format(id=requirement))
    for path, text in ((check, CHECK), (fault, FAULT)):
        path.write_text(text.format(id=requirement, name=name), encoding="utf-8")
    return [guide, check, fault]


def _name(requirement: str, root: Path) -> str:
    if not re.fullmatch(rf"({'|'.join(CADENCES)})(\.[a-z0-9-]+)+", requirement):
        remedy = "Write it like daily.response-time.api: cadence, subject, detail"
        raise ConfigurationError("new", "ID", requirement, "this is no id", remedy)
    if requirement in load(root / "guide").requirements:
        raise ConfigurationError("new", "ID", requirement, "the guide has this requirement already", "Write its check by hand")
    return re.sub(r"\W", "_", requirement.split(".", 1)[1])
