"""How long one look waits for an answer: as long as its user would, or, in an outage, no longer than the person who asks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Seconds that a connection, the next part of an answer, and a whole answer may take."""

    connect_s: int
    read_s: int
    whole_s: int


USUAL = Patience(connect_s=5, read_s=10, whole_s=15)
# The guide's slowest promise is a page within 3 s: who has said nothing by then is down, whatever it would have said.
TRIAGE = Patience(connect_s=2, read_s=3, whole_s=4)
