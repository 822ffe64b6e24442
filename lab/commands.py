"""Commands of this machine, each with a time limit; what went wrong is in the exception."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

TAIL = 1500


class LabError(RuntimeError):
    """The lab could not do something; the message says what, and ends with what the tool said."""


def run(
    *argv: str | Path, seconds: float = 30, given: str | None = None, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Standard output of a command; LabError when it fails or takes longer than `seconds`."""
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words, input=given or "", capture_output=True, text=True, errors="replace", timeout=seconds, cwd=cwd, env=env, check=False
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"{' '.join(words)[:200]} did not end within {seconds:g} s") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-TAIL:]
        raise LabError(f"{' '.join(words)[:200]} ended with exit code {done.returncode}: {said}")
    return done.stdout
