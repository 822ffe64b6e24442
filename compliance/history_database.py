"""The history in a database: SQLite beside the records, or PostgreSQL by a URL. A cache that the records can rebuild at any time."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError, ProgrammingError

from compliance import digest, past, records
from compliance.verdict import Verdict

BUSY_S = 10
LENGTH = 60  # runs of each cadence that a page shows
TABLES = MetaData()
RUNS = Table(
    "compliance_runs",
    TABLES,
    Column("number", Integer, primary_key=True),
    *(Column(name, String, nullable=False) for name in ("estate", "system", "host", "id", "cadence", "place", "folder")),
    *(Column(name, String, nullable=False) for name in ("started", "finished", "guide_version", "counts")),
    Column("exit_code", Integer, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("seeded", Boolean, nullable=False),
    Column("commit", String),
    Column("sha256", String, nullable=False, unique=True),
)
VERDICTS = Table(
    "compliance_verdicts",
    TABLES,
    Column("run", ForeignKey(RUNS.c.number, ondelete="CASCADE"), primary_key=True),
    Column("requirement", String, primary_key=True),
    Column("verdict", String, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("unit", String),
)


class Database:
    """The history of all runs below one folder; methods raise `SQLAlchemyError` when the database cannot be used."""

    def __init__(self, url: str, reports: Path) -> None:
        self._reports = reports
        self.engine = _engine(url)
        beside = self.engine.dialect.name == "sqlite" and Path(str(self.engine.url.database)).resolve().is_relative_to(reports)
        # A database beside the records may move with them; in another one each folder of records has its own runs.
        self._place = "" if beside else f"{socket.gethostname()}:{reports}"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing; another process that writes is waited for."""
        with self.engine.begin() as connection:
            yield connection

    def prepare(self) -> None:
        """Creates the tables that are missing. Two processes may try at once: the slower one finds them there."""
        try:
            TABLES.create_all(self.engine)
        except (IntegrityError, ProgrammingError):
            TABLES.create_all(self.engine)

    def catch_up(self) -> int:
        """Records every complete run that is on disk and not in here: this one, and those that an outage kept out. Returns how many."""
        self.prepare()
        with self.transaction() as connection:
            here = select(RUNS.c.folder).where(RUNS.c.place == self._place)
            known = {str(folder) for folder in connection.scalars(here)}
        fresh = [header for header in self._on_disk() if str(header.path.parent.relative_to(self._reports)) not in known]
        return sum(self._recorded(header) for header in reversed(fresh))

    def rebuild(self) -> int:
        """Forgets all runs and reads them again from the records; returns how many."""
        with self.transaction() as connection:
            for table in (VERDICTS, RUNS):
                table.drop(connection, checkfirst=True)
        return self.catch_up()

    def _on_disk(self) -> Iterator[records.Header]:
        for folder in sorted(self._reports.iterdir()):
            if folder.is_dir() and not folder.is_symlink():
                yield from records.headers(folder)

    def _recorded(self, header: records.Header) -> bool:
        try:
            document = header.document()
            run, rows = self._run(header, document), _verdicts(document["requirements"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        try:
            with self.transaction() as connection:
                number = connection.execute(insert(RUNS).values(run)).inserted_primary_key[0]  # type: ignore[index]
                connection.execute(insert(VERDICTS), [{"run": number, **row} for row in rows]) if rows else None
        except IntegrityError:  # another process has just recorded it
            return False
        return True

    def _run(self, header: records.Header, document: dict[str, Any]) -> dict[str, Any]:
        run = header.run
        names = ("estate", "system", "host", "id", "cadence", "exit_code", "guide_version")
        told = {name: run.get(name, "") for name in names}
        told |= {"started": _moment(run.get("started", run["finished"])), "finished": _moment(run["finished"])}
        told |= {"sandbox": bool(run.get("sandbox")), "seeded": bool(run.get("seeded")), "commit": run.get("commit")}
        told |= {"place": self._place, "folder": str(header.path.parent.relative_to(self._reports)), "sha256": digest.of(document)}
        return told | {"counts": json.dumps(document.get("summary", {}))}

    def runs(self, limit: int = 500) -> list[past.PastRun]:
        """The newest runs of these records, of every estate, newest first."""
        mine = select(RUNS).where(RUNS.c.place == self._place)
        with self.transaction() as connection:
            return _runs(connection.execute(mine.order_by(RUNS.c.finished.desc()).limit(limit)).mappings())

    def systems(self) -> list[tuple[str, str]]:
        """The estates and systems that have runs in here."""
        with self.transaction() as connection:
            found = connection.execute(select(RUNS.c.estate, RUNS.c.system).distinct().order_by(RUNS.c.estate, RUNS.c.system))
            return [(row.estate, row.system) for row in found]

    def past(self, estate: str, system: str, now: datetime) -> past.Past:
        """One system's history up to now."""
        mine = select(RUNS).where(RUNS.c.estate == estate, RUNS.c.system == system).order_by(RUNS.c.finished.desc()).limit(LENGTH)
        with self.transaction() as connection:
            cadences = connection.scalars(select(RUNS.c.cadence).where(RUNS.c.estate == estate, RUNS.c.system == system).distinct()).all()
            rows = [row for cadence in cadences for row in connection.execute(mine.where(RUNS.c.cadence == cadence)).mappings()]
            of = {row["number"]: run for row, run in zip(rows, _runs(rows), strict=True)}
            points = connection.execute(select(VERDICTS).where(VERDICTS.c.run.in_(of))).all()
        last = past.last_of_each(list(of.values()), now)
        return past.Past(_series(points, of), last, past.missed(last, now))


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, connect_args={"connect_timeout": BUSY_S})
    engine = create_engine(url, connect_args={"timeout": BUSY_S})

    @event.listens_for(engine, "connect")
    def _no_implicit_transactions(connection: Any, _record: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _wait_at_the_beginning(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _verdicts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that were due, with what was measured."""
    due = [row for row in rows if row["verdict"] != Verdict.NOT_DUE]
    measured = [(row, *past.measured(row)) for row in due]
    return [
        {"requirement": row["id"], "verdict": row["verdict"], "low": low, "high": high, "unit": unit} for row, low, high, unit in measured
    ]


def _runs(rows: Iterable[Any]) -> list[past.PastRun]:
    made = []
    for row in rows:
        fields = {name: row[name] for name in past.PastRun.__dataclass_fields__}
        times = {name: datetime.fromisoformat(row[name]) for name in ("started", "finished")}
        made.append(past.PastRun(**{**fields, **times, "counts": json.loads(row["counts"])}))
    return made


def _series(points: Iterable[Any], of: dict[int, past.PastRun]) -> dict[str, list[past.Point]]:
    series: dict[str, list[past.Point]] = {}
    for point in sorted(points, key=lambda p: of[p.run].finished):
        run = of[point.run]
        series.setdefault(point.requirement, []).append(past.Point(run.finished, point.verdict, point.low, point.high, point.unit, run.id))
    return series


def _moment(value: str) -> str:
    """A time as text that sorts as the times do."""
    return datetime.fromisoformat(value).astimezone(timezone.utc).isoformat(timespec="microseconds")
