"""Evidence: every look at the system as one observation, written down at once where a killed worker leaves it behind.

Fixtures note, checks never do. An observation is plain JSON text from the moment it is made, without secrets and cut at
`LONGEST` characters with a digest of the whole.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import re
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from compliance.errors import CouldNotLook
from compliance.secrets import Redactor

LONGEST = 4_000
SYNC_S = 0.1
Result = TypeVar("Result")


def plain(value: Any) -> Any:
    """`value` as JSON can carry it: times as ISO text in UTC, durations in seconds, unknown things as their text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(timezone.utc)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 6)
    if isinstance(value, Decimal):
        return plain(float(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {plain(str(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    return plain(str(value))


def cut(value: Any) -> Any:
    """A value over `LONGEST` characters of JSON becomes its digest, its length and its beginning."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= LONGEST:
        return value
    whole = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return {"sha256": whole, "characters": len(text), "excerpt": text[: LONGEST // 2]}


class Spool:
    """A worker's diary: one JSON document a line, readable up to the last complete line whatever happens to the worker."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._synced, self._folder = 0.0, path.parent
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def move(self, name: str) -> None:
        """From now on writes into a file of its own: for a forked process."""
        os.close(self._file)
        self._file = os.open(self._folder / f"{name}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, entry: dict[str, Any], *, lasting: bool = False) -> None:
        """Appends one entry, which outlives this process at once; `lasting` waits until the disk has it, ten times a second at most."""
        data = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        while data:
            data = data[os.write(self._file, data) :]
        if lasting and time.monotonic() - self._synced > SYNC_S:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def close(self) -> None:
        """Ends the diary; called once, when the session is over."""
        os.fsync(self._file)
        os.close(self._file)


def read_spools(folder: Path) -> list[dict[str, Any]]:
    """All complete entries of all workers; a line that a kill cut short is left out."""
    entries = []
    for path in sorted(folder.glob("*.jsonl")):
        entries += [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return entries


class Evidence:
    """The notebook that fixtures write in; the plugin turns its pages, one for each check."""

    def __init__(self, spool: Spool, redactor: Redactor, attachments: Path | None = None) -> None:
        self.redact, self._attachments = redactor, attachments
        self._spool = spool
        self._page: str | None = None
        self._noted: list[dict[str, Any]] = []
        self._shared: dict[str, tuple[Any, CouldNotLook | None, list[dict[str, Any]]]] = {}

    def turn_to(self, nodeid: str | None) -> None:
        """From now on, looks belong to this check."""
        self._page = nodeid

    def note(
        self,
        *,
        source: str,
        query: str,
        looked_at: int,
        value: Any = None,
        unit: str | None = None,
        name: str | None = None,
        took: timedelta | None = None,
        **details: Any,
    ) -> None:
        """Writes down one look.

        `source` is the host, database or address, `query` the command, SQL or request as it was sent, `looked_at` the
        number of objects that were looked at (0: there was nothing to look at, and the check cannot be *met*), `value`
        the measurement with its `unit`, `name` what a later run finds it by. Details: `exit_code`, `stderr`, `excerpt`,
        `stand_in` (what stood in for an outside service), `seeded`, `attachment` (what `keep` returned).
        """
        if not isinstance(looked_at, int) or looked_at < 0:
            raise ValueError(f"looked_at={looked_at!r}: say how many objects were looked at, 0 for none")
        observation = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "source": source,
            "query": query,
            "looked_at": looked_at,
            "value": value,
            "unit": unit,
            "name": name,
            "took_ms": None if took is None else round(took.total_seconds() * 1000, 3),
            **details,
        }
        kept = {key: cut(self.redact.inside(plain(inner))) for key, inner in observation.items() if inner is not None}
        kept.setdefault("value", None)
        self._write(kept)

    def keep(self, name: str, kind: str, content: bytes) -> dict[str, Any] | None:
        """Puts a file beside the record, for `note(attachment=…)`: its path there, digest and size. Nothing is redacted in it, so only what
        everybody may see is kept. Two workers never overwrite each other's: the name ends with the digest.
        """
        if self._attachments is None:
            return None
        digest = hashlib.sha256(content).hexdigest()
        file = f"{re.sub('[^a-z0-9-]+', '-', name.lower())}-{digest[:12]}.{kind}"
        self._attachments.mkdir(exist_ok=True)
        (self._attachments / file).write_bytes(content)
        return {"file": f"attachments/{file}", "sha256": digest, "bytes": len(content)}

    def _write(self, observation: dict[str, Any]) -> None:
        self._noted.append(observation)
        self._spool.write({"nodeid": self._page, "observation": observation})

    def once(self, what: str, look: Callable[[], Result]) -> Result:
        """Takes a look that several checks share: once for each worker, and noted for every check that is handed it.

        A look that failed stays failed: a dead host or a hanging tool costs its time limit once.
        """
        if what in self._shared:
            result, failure, observations = self._shared[what]
            for observation in observations:
                self._write({**observation, "shared": True})
        else:
            before = len(self._noted)
            result, failure = self._tried(what, look)
            self._shared[what] = (result, failure, self._noted[before:])
        if failure is not None:
            raise failure
        return result  # type: ignore[no-any-return]

    def _tried(self, what: str, look: Callable[[], Result]) -> tuple[Result | None, CouldNotLook | None]:
        try:
            return look(), None
        except CouldNotLook as error:
            return None, error
        except BaseException as error:
            self._shared[what] = (None, CouldNotLook(f"an earlier look at {what} failed: {error!r}"), [])
            raise


class Stopwatch:
    """Our own clock: `took` from its making to now."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def took(self) -> timedelta:
        """The time since this stopwatch was made."""
        return timedelta(seconds=time.perf_counter() - self._start)
