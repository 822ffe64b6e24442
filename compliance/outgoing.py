"""What a run does about messages: queue its changes, send what is urgent. The run's verdict and record never depend on it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from compliance.archive import Archive
from compliance.estate import Estate
from compliance.history_database import Database
from compliance.notifications import LEVELS, deliver, messages, send
from compliance.outbox import Message, Outbox

AT_ONCE = ("critical",)


def after_a_run(estate: Estate, document: dict[str, Any], url: str, reports: Path) -> list[str]:
    """Queues the changes of a run and sends the critical ones, also those that an earlier run could not send; returns the trouble.

    Without a database to queue them in, messages of every level are sent at once: rather too early than never.
    """
    fresh = messages(document)
    archive = Archive(url, reports)

    def queue_and_send(database: Database) -> list[str]:
        outbox = Outbox(database.engine, estate.name, estate.system)
        outbox.add(fresh)
        return list(deliver(estate, outbox, AT_ONCE, datetime.now(timezone.utc)))

    unsent: list[str] | None = archive.ask(queue_and_send, None)
    return archive.notices + (unsent if unsent is not None else _unqueued(estate, fresh))


def _unqueued(estate: Estate, fresh: list[Message]) -> list[str]:
    of = {level: [message for message in fresh if message.level == level] for level in LEVELS}
    errors = {level: send(estate, level, waiting) for level, waiting in of.items() if waiting}
    return [f"{len(of[level])} {level} messages were not sent: {error}" for level, error in errors.items() if error]
