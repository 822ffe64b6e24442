"""A run: what was configured, the notebook the checks write in, and the record that is left when it is over."""

from __future__ import annotations

import json
import platform
import shlex
import shutil
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from compliance import (
    attestations,
    changes,
    contacts,
    diary,
    digest,
    folders,
    identity,
    integrity,
    records,
    report,
    report_index,
    results,
    views,
    waivers,
)
from compliance.errors import CouldNotLook
from compliance.estate import Estate
from compliance.evidence import Evidence, Spool
from compliance.guide import Guide
from compliance.past import Past, PastRun
from compliance.patience import TRIAGE, USUAL, Patience
from compliance.secrets import Redactor, references
from compliance.selection import Selection
from compliance.verdict import INTERRUPTED, NOT_ASSESSED, NOTHING_RAN, OK, Verdict, exit_code

TOOLS = ("pytest", "pytest-testinfra", "psycopg", "requests", "pytest-html", "pytest-xdist", "pydantic", "Jinja2")


@dataclass
class Run:
    """One session of one process: the controller's, or a worker's."""

    estate: Estate
    guide: Guide
    selection: Selection
    folder: Path
    reports: Path
    started: datetime
    redact: Redactor
    evidence: Evidence
    spool: Spool
    offenders: list[Any] = field(default_factory=list)
    phases: list[dict[str, Any]] = field(default_factory=list)
    reported: dict[str, None] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)
    ended: list[tuple[Any, Any]] = field(default_factory=list)
    document: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None
    history: str = ""
    sign_key: str = ""
    deadline: float | None = None
    past: Past = field(default_factory=Past)
    runs: list[PastRun] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def patience(self) -> Patience:
        """How long a look waits for an answer in this run."""
        return TRIAGE if self.selection.alone == "triage" else USUAL

    def time_for(self, seconds: float) -> float:
        """Seconds that a phase of a check has: its own limit, or what is left until the end of all of them."""
        return seconds if self.deadline is None else min(seconds, max(0.01, self.deadline - time.monotonic()))

    def finish(self, noted: diary.Diary, pytest_says: int, command: list[str]) -> int:
        """Judges, writes the record and its views, and returns the exit code."""
        self.spool.close()
        now = datetime.now(timezone.utc)
        population = results.Population(list(noted.checks), list(self.reported), self._own(noted), self.broken)
        judge = results.Judge(
            self.guide,
            self.estate,
            waivers.load(self.estate.folder, self.guide, now),
            attestations.load(self.estate.folder, self.guide),
            self.selection,
            population,
            now,
            contacts.whom_to_call(self.estate, {requirement.call for requirement in self.guide.requirements.values()}),
        )
        rows = judge.rows(list(noted.checks.values()))
        code = exit_code((Verdict(row["verdict"]) for row in rows), pytest_says)
        code = NOTHING_RAN if judge.partial and not population.selected and code != INTERRUPTED else code
        code = NOT_ASSESSED if code == OK and (population.broken or population.lost) else code
        facts = {**self.facts(now, command), "exit_code": code, "partial": list(self.selection.partial) if judge.partial else []}
        with records.one_at_a_time(self.folder.parent) as in_turn:
            if not in_turn:
                self.notices.append("another run did not let this one have its turn: the two may name the same predecessor")
            facts["finished"] = datetime.now(timezone.utc).isoformat()
            self._compare(facts, rows)
            self.document = self.redact.inside(results.document(facts, rows, judge, self.changes))
            self._leave()
            if records.complete(facts):
                folders.point_latest(self.folder)
        return code

    def _compare(self, facts: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        """Names the run before this one, and what has changed since; a part of a run is compared with nothing."""
        before = datetime.fromisoformat(facts["finished"])
        header = records.newest(self.folder.parent, self.estate.name, self.estate.system, before)
        facts |= {"previous": header.run["id"] if header else None, "previous_sha256": None, "previous_manifest": None}
        try:
            previous = header.document() if header else None
            facts["previous_sha256"] = digest.of(previous) if previous else None
            facts["previous_manifest"] = integrity.seal_of(header.path.parent) if header else None
        except (OSError, ValueError) as error:
            previous = None
            self.notices.append(f"the previous record {header and header.path} cannot be read, so nothing is compared with it: {error}")
        if records.complete(facts):
            changes.since(rows, previous, facts["started"])
            self.changes = changes.between(previous, rows)

    def _own(self, noted: diary.Diary) -> list[str]:
        """The deselected checks that belong to the run's own cadences; what carries no mark is no part of a scan or of triage."""
        if self.selection.alone:
            return []
        return [n for n in noted.deselected if any(n.startswith(f"tests_{c}/") for c in self.selection.cadences)]

    def _leave(self) -> None:
        folders.write_whole(self.folder / "results.json", results.text(self.document or {}))
        self._look_back()
        folders.write_whole(self.folder / "report.html", report.render(self.document or {}, self.past))
        shutil.rmtree(self.folder / "spool")

    def seal(self) -> None:
        """Ends the run: from now on a change in any file of its folder shows."""
        self.notices += integrity.seal(self.folder, self.document or {}, self.sign_key)

    def notify(self) -> None:
        """Queues what changed, sends what is urgent, and leaves what went wrong on record. Who runs triage knows, and waits for it."""
        if self.estate.notifications is not None and self.changes is not None and self.selection.alone != "triage":
            from compliance import outgoing

            self.notices += outgoing.after_a_run(self.estate, self.document or {}, self.history, self.reports)
        if self.notices:
            folders.write_whole(
                self.folder / "notices.json", json.dumps(self.redact.inside(self.notices), ensure_ascii=False, indent=1) + "\n"
            )

    def show(self, wanted: list[str]) -> None:
        """Writes the views that were asked for; one that fails is said and spoils nothing."""
        for name, path in map(views.parse, wanted):
            try:
                views.write(name, self.document or {}, path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                self.notices.append(f"the {name} view was not written to {path}: {error}")

    def _look_back(self) -> None:
        """Brings the history up to this run, and asks it what the page shows of the past."""
        from compliance.archive import Archive  # takes longer to import than all the rest, and workers never need it

        archive, now = Archive(self.history, self.reports), datetime.now(timezone.utc)
        name, system = self.estate.name, self.estate.system
        nothing: tuple[Past, list[PastRun]] = (Past(), [])
        with records.one_at_a_time(self.reports):  # two cadences that end at once: the later index has both
            self.past, self.runs = archive.ask(lambda database: (database.past(name, system, now), database.runs()), nothing)
            self.notices += archive.notices + (report_index.write(self.reports, self.runs, now) if self.runs else [])

    def facts(self, now: datetime, command: list[str]) -> dict[str, Any]:
        """The `run` block of the record: who, where, when, with what."""
        commit, dirty = identity.commit(Path(__file__).parent)
        return {
            "id": f"{self.selection.name}-{self.folder.name}",
            "estate": self.estate.name,
            "system": self.estate.system,
            "sandbox": self.estate.sandbox,
            "cadence": self.selection.name,
            "started": self.started.isoformat(),
            "finished": now.isoformat(),
            "by": identity.account(),
            "host": socket.gethostname(),
            "commit": commit,
            "dirty": dirty,
            "guide_version": self.guide.version,
            "command": shlex.join(command),
            "versions": {"python": platform.python_version(), **{tool: version(tool) for tool in TOOLS}},
            "clock": identity.clock(),
        }


def learn_secrets(redact: Redactor, estate: Estate) -> None:
    """Teaches the redactor every secret the estate refers to; one that is not there yet is found out by its check."""
    redact.learn_environment()
    for secret in references(estate):
        try:
            redact.learn(secret.read(estate.folder))
        except CouldNotLook:
            continue
