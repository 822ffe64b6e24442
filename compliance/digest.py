"""Digests: of a record in its canonical form, and of files as they lie on disk."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def canonical(document: Any) -> bytes:
    """JSON with sorted keys, no spaces, nothing escaped that need not be, in UTF-8; half characters are written as `\\\\udxxx`.

    Numbers are as Python reads and writes them. docs/records.md describes it for other readers.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def of(document: Any) -> str:
    """The SHA-256 of a document's canonical form."""
    return hashlib.sha256(canonical(document)).hexdigest()


def of_file(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
