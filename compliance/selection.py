"""What a run was asked for: which cadences it stands for, and whether it is the whole of them or only a part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance.guide import CADENCES

# Runs of their own, by the mark that selects them, and the cadence that their checks belong to.
ALONE = {"scan": ("quarterly",), "triage": ("daily",)}
_PART_OPTIONS = {
    "keyword": "-k",
    "deselect": "--deselect",
    "ignore": "--ignore",
    "ignore_glob": "--ignore-glob",
    "lf": "--lf",
    "stepwise": "--sw",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
}
# Settings by which pytest decides what is a check at all.
COLLECTS = ("python_files", "python_functions", "python_classes", "norecursedirs", "testpaths", "collect_imported_tests")


@dataclass(frozen=True)
class Selection:
    """The cadences that are judged; `partial` names the options that left something of them out.

    What is `alone` is whole by itself, in a folder of its own: `scan`, the checks of the quarter that carry the mark, and `triage`, the
    critical requirements of the day.
    """

    cadences: tuple[str, ...]
    partial: tuple[str, ...]
    alone: str = ""

    @property
    def name(self) -> str:
        """The folder under reports/: daily, weekly, monthly, quarterly, several joined by +, all, scan or triage."""
        if self.alone:
            return self.alone
        return "all" if self.cadences == CADENCES else "+".join(self.cadences) or "nothing"


def of(config: Any) -> Selection:
    """Reads the selection from pytest's command line."""
    expression = config.getoption("markexpr", "") or ""
    root = Path(config.rootpath)
    places = [(config.invocation_params.dir / str(a).split("::")[0]).resolve() for a in config.args]
    partial = [flag for option, flag in _PART_OPTIONS.items() if config.getoption(option, None)]
    alone = expression.strip() if expression.strip() in ALONE else ""
    words = re.findall(r"\w+", expression)
    cadences = tuple(c for c in CADENCES if c in words) if expression else _below(places, root)
    cadences = ALONE.get(alone, cadences)
    if expression and not alone and not re.fullmatch(rf"\s*({'|'.join(CADENCES)})(\s+or\s+({'|'.join(CADENCES)}))*\s*", expression):
        partial.append(f"-m {expression!r}")
    if any("::" in str(a) for a in config.args) or not all(_covered(root / f"tests_{c}", places) for c in cadences):
        partial.append(" ".join(str(a) for a in config.args))
    partial += [f"-o {given}" for given in config.option.override_ini or () if given.partition("=")[0] in COLLECTS]
    return Selection(cadences, tuple(partial), alone)


def _covered(folder: Path, places: list[Path]) -> bool:
    return any(folder == place or place in folder.parents for place in places)


def _below(places: list[Path], root: Path) -> tuple[str, ...]:
    """The cadences whose folders lie at, below or above the places named on the command line."""
    folders = {cadence: root / f"tests_{cadence}" for cadence in CADENCES}
    return tuple(c for c, f in folders.items() if any(p == f or p in f.parents or f in p.parents for p in places))
