"""The package sources of the machine around the lab, for the lab's own machine: no address is written down here."""

from __future__ import annotations

from pathlib import Path

from lab.commands import LabError
from lab.needs import SUITE

ETC = Path("/etc/apt")


def debian_sources() -> list[Path]:
    """The files that name Debian's own packages of this suite, in either form. Raises LabError when there is none."""
    candidates = [ETC / "sources.list", *sorted(ETC.glob("sources.list.d/*.list")), *sorted(ETC.glob("sources.list.d/*.sources"))]
    found = [path for path in candidates if path.exists() and _is_debians(path.read_text())]
    if not found:
        raise LabError(f"no file under {ETC} names Debian's packages of {SUITE}: the lab needs a source to install from")
    return found


def _is_debians(text: str) -> bool:
    """Whether something in it is of the suite and has the component `main`; other publishers name neither."""
    lines = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    one_line = any(words[0] == "deb" and SUITE in words and "main" in words for words in lines if words)
    return one_line or any(words[0] == "Suites:" and SUITE in words for words in lines if words)
