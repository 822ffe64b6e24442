"""Messages that wait to be sent, in the history's database: each change once, until it is sent, whoever sends it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, UniqueConstraint, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

CLAIM = timedelta(minutes=5)  # after which another process may send what one has begun to send
TABLES = MetaData()
MESSAGES = Table(
    "compliance_messages",
    TABLES,
    Column("number", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("estate", "system", "run", "level", "requirement", "text", "raised")),
    *(Column(name, String) for name in ("claimed", "sent", "error")),
    UniqueConstraint("estate", "system", "run", "requirement", "raised"),
)


@dataclass(frozen=True)
class Message:
    """One change: how urgent it is, and what it says on its line."""

    level: str
    requirement: str
    text: str
    run: str
    raised: str
    number: int = 0


class Outbox:
    """The waiting messages of one system."""

    def __init__(self, engine: Engine, estate: str, system: str) -> None:
        self._engine, self._of = engine, {"estate": estate, "system": system}
        try:
            TABLES.create_all(engine)
        except (IntegrityError, ProgrammingError):  # two processes created it at once
            TABLES.create_all(engine)

    def add(self, messages: Iterable[Message]) -> None:
        """Puts in what is not in yet."""
        for message in messages:
            fields = {name: getattr(message, name) for name in ("level", "requirement", "text", "run", "raised")}
            try:
                with self._engine.begin() as connection:
                    connection.execute(insert(MESSAGES).values({**self._of, **fields}))
            except IntegrityError:
                continue

    def claim(self, level: str, before: datetime) -> list[Message]:
        """The waiting messages of a level that were raised before a moment, oldest first; nobody else gets them for some minutes."""
        now = datetime.now(timezone.utc)
        waiting = [MESSAGES.c[name] == value for name, value in self._of.items()]
        waiting += [MESSAGES.c.level == level, MESSAGES.c.sent.is_(None), MESSAGES.c.raised <= _text(before)]
        waiting.append(or_(MESSAGES.c.claimed.is_(None), MESSAGES.c.claimed < _text(now - CLAIM)))
        with self._engine.begin() as connection:
            rows = connection.execute(select(MESSAGES).where(*waiting).order_by(MESSAGES.c.number).with_for_update()).mappings().all()
            claimed = MESSAGES.c.number.in_([row["number"] for row in rows])
            connection.execute(update(MESSAGES).where(claimed).values(claimed=_text(now)))
        return [Message(**{name: row[name] for name in Message.__dataclass_fields__}) for row in rows]

    def settle(self, messages: list[Message], error: str | None) -> None:
        """Notes that these were sent, or why not: then the next one who asks gets them again."""
        now = _text(datetime.now(timezone.utc))
        values: dict[str, Any] = {"sent": now, "error": None} if error is None else {"claimed": None, "error": error}
        with self._engine.begin() as connection:
            connection.execute(update(MESSAGES).where(MESSAGES.c.number.in_([m.number for m in messages])).values(values))

    def waiting(self) -> dict[str, int]:
        """How many messages of each level wait."""
        mine = [MESSAGES.c[name] == value for name, value in self._of.items()]
        with self._engine.begin() as connection:
            levels = connection.scalars(select(MESSAGES.c.level).where(*mine, MESSAGES.c.sent.is_(None))).all()
        return {level: levels.count(level) for level in dict.fromkeys(levels)}


def _text(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")
