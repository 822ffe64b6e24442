"""Adds an entry to a file that people keep. Text is appended; what stands there, comments and order, is never touched."""

from __future__ import annotations

import fcntl
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from compliance.errors import ConfigurationError


def entry(kind: str, fields: dict[str, Any]) -> str:
    """One `[[kind]]` table; what has no value is left out."""
    lines = [f"{key} = {_quoted(key, str(value))}\n" for key, value in fields.items() if value is not None]
    return f"[[{kind}]]\n{''.join(lines)}"


def _quoted(key: str, value: str) -> str:
    """A TOML string: JSON's, but for the one control character that JSON lets pass."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ConfigurationError("command line", key, ascii(value), "is no text in UTF-8", "Write it again") from None
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def append(path: Path, text: str) -> None:
    """Writes the text at the end of the file, in one go; two writers take turns. Raises `ConfigurationError` when it cannot."""
    try:
        with path.open("a+b") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            file.seek(0)
            before = file.read()
            gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
            tomllib.loads((before + gap + text.encode()).decode())
            file.write(gap + text.encode())
            file.flush()
            os.fsync(file.fileno())
    except ValueError as error:
        remedy = "Write its entries as tables, [[name]] each; nothing was changed"
        raise ConfigurationError(path, "syntax", "TOML", f"nothing can be added to it: {error}", remedy) from None
    except OSError as error:
        raise ConfigurationError(path, "file", "not written", str(error.strerror), "Make it writable; nothing was changed") from None
