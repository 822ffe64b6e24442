"""Months in which a machine filled up, as the runs of those months would have noted them; and a link that is too small."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.faults import fault
from lab.faults.tools import estate_edited
from lab.house import Lab

SERVERS, STORAGE, NETWORK = "monthly.capacity.servers", "monthly.capacity.storage", "monthly.capacity.network"


@contextmanager
def _months(lab: Lab, requirement: str, change: dict[int, Any]) -> Iterator[None]:
    """Other values in the records of one and two months ago; a value of None takes the record away."""
    paths = {month: lab.home / "past" / f"monthly-machine-{month}" / "results.json" for month in change}
    before = {path: path.read_text() for path in paths.values()}
    for month, path in paths.items():
        record = json.loads(before[path])
        rows = [row for row in record["requirements"] if row["id"] == requirement]
        for observation in (o for row in rows for check in row["checks"] for o in check["observations"]):
            observation["value"] = change[month]
        path.write_text(json.dumps(record))
    try:
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


@fault(not_met=SERVERS)
def processors_filling_up(lab: Lab) -> Iterator[None]:
    """Each month the processors were 20 points busier than in the one before."""
    with _months(lab, SERVERS, {1: {"processors": 16.0, "memory": 38.0}, 2: {"processors": 1.0, "memory": 38.0}}):
        yield


@fault(not_assessed=[SERVERS, STORAGE])
def machine_without_a_past(lab: Lab) -> Iterator[None]:
    """No earlier month is on record: a trend through one point is a guess."""
    with _months(lab, SERVERS, {1: None, 2: None}), _months(lab, STORAGE, {1: None, 2: None}):
        yield


@fault(not_met=STORAGE)
def file_system_filling_up(lab: Lab) -> Iterator[None]:
    """A file system that is hardly used today was empty a month ago, and smaller by as much before: it lasts weeks."""
    fill = "dd if=/dev/zero of=/srv/uploads/grown bs=1M count=40 2> /dev/null"
    lab.do(fill)
    try:
        yield
    finally:
        lab.do("rm -f /srv/uploads/grown")


@fault(not_met=NETWORK)
def link_too_small(lab: Lab) -> Iterator[None]:
    """The link was ordered with far less than the week's peak needs."""
    with estate_edited(lab, "links_mbit = { host0 = 1000 }", "links_mbit = { host0 = 0.01 }"):
        yield
