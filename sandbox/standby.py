"""The sandbox's standby: its data are kept from run to run, as long as its primary has not run without it."""

from __future__ import annotations

import hashlib
from contextlib import closing, suppress

import psycopg

from sandbox import cluster
from sandbox.postgres import Postgres

IN_STEP = "in-step"
STREAMS = "SELECT pid FROM pg_stat_replication WHERE state = 'streaming'"


def make_ready(standby: Postgres, primary: Postgres) -> None:
    """Before either is started: lets the standby go on where it and its primary stopped together, or makes it anew."""
    mark = standby.home / IN_STEP
    if not mark.exists() or mark.read_text() != _state(primary):
        standby.copy_of(primary)
    mark.unlink(missing_ok=True)
    standby.log.unlink(missing_ok=True)
    standby.settings = cluster.following(primary.way_in, primary.port)


def stop(standby: Postgres, primary: Postgres) -> None:
    """Stops both, the primary first: it waits until a standby that follows it has everything, and only such a one is kept."""
    follows = primary.running and _follows(primary)
    primary.stop()
    standby.stop()
    if follows:
        (standby.home / IN_STEP).write_text(_state(primary))


def _state(primary: Postgres) -> str:
    """Another one after each run of the server."""
    return hashlib.sha256((primary.data / "global" / "pg_control").read_bytes()).hexdigest()


def _follows(primary: Postgres) -> bool:
    with suppress(psycopg.Error), closing(primary.connect()) as connection:
        return connection.execute(STREAMS).fetchone() is not None
    return False
