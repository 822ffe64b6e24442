"""Messages to people when a verdict changes: critical at once, warning within the hour, information in a daily digest."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from compliance.errors import CouldNotLook
from compliance.estate import Estate
from compliance.outbox import Message, Outbox
from compliance.secrets import Redactor
from compliance.verdict import RED
from compliance.wording import line

LEVELS = ("critical", "warning", "information")
TITLES = {"regressed": "worse", "no_longer_assessable": "cannot be assessed", "new": "red from the start", "fixed": "mended"}
SECONDS = 15.0
LONGEST = 30


def messages(document: dict[str, Any]) -> list[Message]:
    """The changes of a run that somebody has to hear of. A part of a run says nothing; a first run tells what is red."""
    told, run = document.get("changes"), document["run"]
    if told is None:
        return []
    rows = {row["id"]: row for row in document["requirements"]}
    if told["previous"] is None:
        first = [{"id": id_, "was": None, "now": row["verdict"]} for id_, row in rows.items() if row["verdict"] in RED]
        told = {**told, "new": first}
    kinds = [(kind, move) for kind in TITLES for move in told[kind] if kind != "new" or move["now"] in RED]
    return [_message(TITLES[kind], move, rows[move["id"]], run) for kind, move in kinds]


def _message(title: str, move: dict[str, Any], row: dict[str, Any], run: dict[str, Any]) -> Message:
    level = row.get("severity") if row.get("severity") in LEVELS else "warning"
    since = f", red since {row['since'][:16]} UTC" if row.get("since") else ""
    text = f"{title}: {row['id']} ({move['was'] or 'new'} to {move['now']}{since}). {row['statement']} {row['reason']}"
    raised = datetime.fromisoformat(run["finished"]).astimezone(timezone.utc).isoformat(timespec="microseconds")
    return Message(str(level), row["id"], harmless(text), run["id"], raised)


def harmless(text: str) -> str:
    """Text that calls nobody, links nowhere and is no markup in any program that shows messages."""
    plain = line(text, 600).replace("<", "‹").replace(">", "›").replace("://", ": //").replace("@", "(at)").replace("&", "+")
    return re.sub(r"([*_`|\[\]#])", " ", plain)


def due(level: str, digest: str, now: datetime) -> datetime:
    """Messages raised before this moment are due: all but those of the digest, which waits for its hour."""
    if level != "information":
        return now
    hour, minute = map(int, digest.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def deliver(estate: Estate, outbox: Outbox, levels: tuple[str, ...], now: datetime) -> Iterator[str]:
    """Sends what is due; yields what went wrong, in words without secrets."""
    for level in levels:
        if estate.notifications is None or getattr(estate.notifications, level) is None:
            continue
        waiting = outbox.claim(level, due(level, estate.notifications.digest, now))
        if waiting:
            error = send(estate, level, waiting)
            outbox.settle(waiting, error)
            if error:
                yield f"{len(waiting)} {level} messages were not sent, and will be tried again: {error}"


def send(estate: Estate, level: str, waiting: list[Message]) -> str | None:
    """Sends these in one message to all addresses of a level; returns why that failed, or None."""
    secret = getattr(estate.notifications, level)
    if secret is None:
        return None
    redact = Redactor()
    try:
        urls = secret.read(estate.folder).split()
    except CouldNotLook as error:
        return str(error)
    for part in (part for url in urls for part in (url, *re.split(r"[/:@?&=,]+", url)) if len(part) > 5):
        redact.learn(part)
    name = "SANDBOX, not production" if estate.sandbox else estate.system
    title = line(harmless(f"{level.upper()}: {len(waiting)} changes in the compliance of {name}"), 150)
    lines = [message.text for message in waiting[:LONGEST]] + [f"and {len(waiting) - LONGEST} more"][: len(waiting) > LONGEST]
    body = "\n\n".join([*lines, f"Runs: {', '.join(dict.fromkeys(message.run for message in waiting))}"])
    problem = _in_time(urls, redact(title), redact(body))
    return None if problem is None else line(redact(problem), 300)


def _in_time(urls: list[str], title: str, body: str) -> str | None:
    """The same within a time limit, in a thread that ends with the process."""
    said: list[str | None] = []

    def attempt() -> None:
        try:
            said.append(_sent(urls, title, body))
        except Exception as error:  # whatever a service's library raises is a message that was not sent
            said.append(f"{type(error).__name__}: {error}")

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(SECONDS)
    return said[0] if said else f"the service did not answer within {SECONDS:g} s"


def _sent(urls: list[str], title: str, body: str) -> str | None:
    try:
        import apprise
    except ImportError:
        return "apprise is not installed: make extras"
    sender = apprise.Apprise()
    for number, url in enumerate(urls, 1):
        if not sender.add(url):
            return f"address {number} of {len(urls)} is none that apprise knows"
    with apprise.LogCapture(level=logging.WARNING) as log:  # type: ignore[no-untyped-call]
        if sender.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
            return None
        return " ".join(log.getvalue().split()) or "the service refused it"
