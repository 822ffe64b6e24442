"""All pytest hooks of the suite. They carry facts to where the rules are; the rules stand in `verdict` and `results`."""

from __future__ import annotations

import html
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from compliance import (
    asserted,
    attestations,
    details,
    diary,
    estate,
    findings,
    guide,
    hidden,
    known_errors,
    lanes,
    marks,
    phases,
    provider,
    selection,
    terminal,
    triage,
    views,
    waivers,
    wording,
)
from compliance.errors import CheckTimedOut, ConfigurationError
from compliance.evidence import Evidence, Spool
from compliance.folders import make_folder
from compliance.redacted import redact_report
from compliance.run import Run, learn_secrets
from compliance.secrets import Redactor
from compliance.verdict import INTERNAL, NOTHING_RAN, USAGE

RUN = pytest.StashKey[Run]()
UP = pytest.StashKey[ExitStack]()
GUIDE = pytest.StashKey[guide.Guide]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's options; the README lists them."""
    group = parser.getgroup("compliance", "compliance with the maintenance guide")
    group.addoption("--estate", metavar="NAME", help="estate to look at: a name under estates/ or a folder (else NEFF_ESTATE, else ini)")
    group.addoption("--reports", metavar="DIR", default="reports", help="where runs leave their records (default: reports)")
    group.addoption("--view", metavar="FORMAT:FILE", action="append", default=[], help="also write prometheus, ohdf or markdown to a file")
    parser.addini("estate", "estate to look at when neither --estate nor NEFF_ESTATE says", default="sandbox")
    parser.addini(
        "history", "URL of the database that keeps the history (else NEFF_HISTORY_URL, else history.sqlite beside the records)", default=""
    )
    parser.addini(
        "sign_key", "private key (or the public one of a key that an agent holds) that ssh-keygen signs each run with", default=""
    )
    parser.addini("allowed_signers", "file of the signers that `python -m compliance verify` accepts; see ssh-keygen(1)", default="")
    parser.addini("check_timeout", "seconds that each phase of a check may take", default="30")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Reads guide and estate before anything else: a mistake in them ends the run with exit code 4."""
    for cadence in guide.CADENCES:
        config.addinivalue_line("markers", f"{cadence}: checks of the {cadence} run (given by the folder)")
    config.addinivalue_line("markers", "requirement(id): the guide's requirement that a check answers")
    config.addinivalue_line("markers", "scan: a security scan that is worth a run of its own each week (pytest -m scan)")
    config.addinivalue_line("markers", "triage: asked first in an outage (pytest -m triage); given by the guide")
    config.addinivalue_line("markers", "slow(seconds=N): takes long (a browser, a restore, a drill); N is its limit; above the requirement")
    if config.option.collectonly or config.option.help or config.option.version or config.option.showfixtures or config.option.markers:
        return
    if config.option.show_fixtures_per_test:
        return
    with _as_usage_error():
        config.stash[RUN] = _worker_run(config) if hasattr(config, "workerinput") else _controller_run(config)


@contextmanager
def _as_usage_error() -> Iterator[None]:
    try:
        yield
    except ConfigurationError as error:
        raise pytest.UsageError(Redactor()(str(error))) from None


def _controller_run(config: pytest.Config) -> Run:
    selected = selection.of(config)
    marks.seconds_of("check_timeout", config.getini("check_timeout"))
    if config.option.assertmode == "plain":
        raise ConfigurationError("command line", "--assert", "plain", "assertions that hold would not be seen", "Leave it out")
    if not selected.cadences:
        pytest.exit(terminal.NOTHING.format(config.getoption("markexpr")), returncode=NOTHING_RAN)
    requirements = guide.load()
    for wanted in config.option.view:
        views.parse(wanted)
    folder = estate.find(estate.chosen(config.option.estate, str(config.getini("estate"))))
    up = config.stash[UP] = ExitStack()
    config.add_cleanup(up.close)
    terminal.announce(config, folder)
    folder = up.enter_context(provider.bring_up(folder))
    run = _run(config, folder, requirements, selected, datetime.now(timezone.utc), None)
    run.history, run.sign_key = _history(config, run), str(config.getini("sign_key"))
    estate.check_components(run.estate, requirements.of(selected.cadences))
    waivers.load(run.estate.folder, requirements, run.started)
    attestations.load(run.estate.folder, requirements)
    known_errors.load(run.estate.folder, run.started)
    findings.load(run.estate.folder)
    details.place(config, run.folder)
    config.pluginmanager.register(Listener(run), "compliance-listener")
    if selected.alone == "triage" and not config.getoption("tx", None):
        config.pluginmanager.register(lanes.Lanes(run), "compliance-lanes")
    if selected.alone == "triage":
        triage.quiet(config)
    return run


def _history(config: pytest.Config, run: Run) -> str:
    """Where the history is kept; a password in it appears nowhere."""
    from compliance import archive  # takes longer to import than all the rest, and workers never need it

    chosen = archive.url(run.reports, str(config.getini("history")))
    run.redact.learn(archive.secret(chosen) or "")
    return chosen


def _worker_run(config: pytest.Config) -> Run:
    given = config.workerinput  # type: ignore[attr-defined]
    started = datetime.fromisoformat(given["started"])
    return _run(config, Path(given["estate"]), guide.load(), selection.of(config), started, Path(given["folder"]))


def _run(
    config: pytest.Config, folder: Path, requirements: guide.Guide, selected: selection.Selection, started: datetime, reports: Path | None
) -> Run:
    described = estate.load(folder)
    redact = Redactor()
    learn_secrets(redact, described)
    base = (config.invocation_params.dir / config.option.reports).resolve()
    own = reports or make_folder(base, selected.name, started)
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    spool = Spool(own / "spool" / f"{worker}.jsonl")
    return Run(described, requirements, selected, own, base, started, redact, Evidence(spool, redact, own / "attachments"), spool)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells an xdist worker what the controller decided."""
    run = node.config.stash[RUN]
    node.workerinput.update(estate=str(run.estate.folder), folder=str(run.folder), started=run.started.isoformat())


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says in large letters which system is looked at."""
    run = config.stash.get(RUN, None)
    return terminal.header(run) if run else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A check that uses `<role>_host`, itself or in a fixture, runs once for each host that has this role."""
    run = metafunc.config.stash.get(RUN, None)
    for fixture in (name for name in metafunc.fixturenames if name.endswith(marks.HOST)):
        names = run.estate.hosts_for(fixture.removesuffix(marks.HOST)) if run else []
        if names:
            # The only host of its role is the system's: ids and waivers do not change until there is a second one.
            metafunc.parametrize(fixture, names, ids=names if len(names) > 1 else [pytest.HIDDEN_PARAM], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """A check's cadence is its folder's, and the guide says whether it belongs to triage."""
    cadence = marks.cadence_of(item)
    if cadence:
        item.add_marker(cadence)
    requirement = _guide(item.config).requirements.get(marks.requirement_of(item))
    if requirement is not None and requirement.triage:
        item.add_marker("triage")


def _guide(config: pytest.Config) -> guide.Guide:
    """The run's guide; a session that only lists the checks has no run, and reads it by itself."""
    if config.stash.get(RUN, None) is not None:
        return config.stash[RUN].guide
    if GUIDE not in config.stash:
        with _as_usage_error():
            config.stash[GUIDE] = guide.load()
    return config.stash[GUIDE]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Refuses marks that nobody can judge by, also of checks that are not selected, and leaves out what the estate declares absent."""
    run = config.stash.get(RUN, None)
    if run is None:
        return (yield)
    mistakes = marks.mistakes(items, run.guide) + hidden.checks(items, _whole_folders(config, run), run.unread)
    if mistakes and not hasattr(config, "workerinput"):
        raise pytest.UsageError("\n".join(mistakes))
    for mistake in mistakes:
        run.spool.write({"mistake": mistake})
    yield
    absent = [i for i in items if run.estate.absence(run.guide.requirements[marks.requirement_of(i)])] if not mistakes else items[:]
    items[:] = [item for item in items if item not in absent]
    return None


def _whole_folders(config: pytest.Config, run: Run) -> list[Path]:
    """The folders of which every check has to be collected."""
    return [] if run.selection.partial else [config.rootpath / f"tests_{cadence}" for cadence in run.selection.cadences]


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remembers what was left out, to name it in the report."""
    for item in items[:1]:
        run = item.config.stash.get(RUN, None)
        if run is not None:
            run.spool.write({"collected": {}, "deselected": [i.nodeid for i in items]})


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes down what is going to run, so that a check that is lost is missed."""
    run = session.config.stash.get(RUN, None)
    if run is not None and session.items:
        collected = {i.nodeid: [marks.requirement_of(i), marks.object_of(i, run.estate.system)] for i in session.items}
        run.spool.write({"collected": collected, "deselected": []}, lasting=True)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Takes secrets out of what pytest says of a file that it could not read."""
    report = yield
    run = collector.config.stash.get(RUN, None)
    if run is not None and not report.passed:
        run.unread.append(collector.path)
        redact_report(report, run.redact)
    return report


class Listener:
    """In the controlling process: hears which checks ended and which files could not be read."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remembers files that could not be read, or skipped themselves: their checks are missing."""
        if report.failed or report.skipped:
            told = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            reason = str(told).strip().splitlines()[-1:]
            broken = self._run.redact(f"{report.nodeid}: {''.join(reason).removeprefix('E').strip()}")
            self._run.broken += [broken] if broken not in self._run.broken else []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes that a check's end was heard of."""
        if report.when == "teardown":
            self._run.reported[report.nodeid] = None


def _limited(item: pytest.Item) -> Generator[None]:
    """Ends a phase that passes its time limit by an exception in it; the notebook's page is this check's."""
    run = item.config.stash[RUN]
    run.evidence.turn_to(item.nodeid)
    run.offenders.clear()
    seconds = run.time_for(marks.time_limit(item))

    def too_late(number: int, frame: FrameType | None) -> None:
        raise CheckTimedOut(f"the check passed its time limit of {round(seconds, 1):g} s")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Getting ready has a time limit."""
    item.config.stash[RUN].ended.clear()
    return (yield from _limited(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """The check itself has a time limit."""
    return (yield from _limited(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Cleaning up has a time limit."""
    return (yield from _limited(item))


def pytest_assertion_pass(item: pytest.Item, lineno: int, orig: str, expl: str) -> None:
    """Records an assertion that held, when it stands in the check's own file and looks at something."""
    run = item.config.stash.get(RUN, None)
    if run is not None and phases.says_something(orig) and phases.asserted_in(str(item.path)):
        held = {"text": run.redact(asserted.text_of(orig)), "values": run.redact(asserted.values_of(expl)), "line": lineno, "held": True}
        run.spool.write({"nodeid": item.nodeid, "assertion": held})


@pytest.hookimpl(wrapper=True)
def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> Generator[None, list[list[str]], list[list[str]]]:
    """A comparison is its two values; `offenders == []` that fails names the offenders, and remembers them for the waivers."""
    said = yield
    run = config.stash.get(RUN, None)
    if run is None or op not in phases.COMPARED:
        return said
    if phases.holds(op, left, right):
        return [[phases.compared(op, left, right, run.redact)]]
    if op == "==" and right == [] and isinstance(left, list):
        run.offenders[:] = left
        return [phases.described(left)]
    return [[phases.compared(op, left, right, run.redact), *(line for lines in said[:1] for line in lines[1:])]]


def pytest_fixture_post_finalizer(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Remembers which fixtures a check's end has ended, and for whom they were made."""
    run = request.config.stash.get(RUN, None)
    if run is not None:
        run.ended.append((fixturedef, request.node))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Writes the phase into the diary and takes secrets out of pytest's own report."""
    report = yield
    run = item.config.stash.get(RUN, None)
    if run is not None:
        made = phases.entry(item, call, report, run.offenders)
        run.phases.append(made)
        if report.when == "teardown" and call.excinfo is not None:
            for nodeid in phases.users(item, call.excinfo.value, run.ended):
                run.spool.write(run.redact.inside({"nodeid": nodeid, "phases": [{**made, "duration_s": 0.0}]}))
        if report.when == "teardown" or not report.passed:
            run.spool.write(run.redact.inside({"nodeid": item.nodeid, "phases": run.phases}), lasting=report.when == "teardown")
            run.phases.clear()
        if report.when == "setup":
            item.user_properties.append(("requirement", marks.requirement_of(item)))
        redact_report(report, run.redact)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """The controller judges the run and leaves the record; its verdict is the exit code."""
    run = session.config.stash.get(RUN, None)
    if run is None or hasattr(session.config, "workerinput"):
        return (yield)
    unwritten = f"the record of this run could not be written to {run.folder}"
    with _ending_in_an_internal_error(session, unwritten):
        session.exitstatus = _judged(session, run, int(exitstatus))
    with _ending_in_an_internal_error(session, unwritten):
        yield
    with _ending_in_an_internal_error(session, unwritten):
        if run.document is not None:
            details.finish(session.config, run)
            run.notify()
            run.seal()
            run.show(session.config.option.view)
            sys.stderr.write("".join(f"WARNING: {wording.line(run.redact(notice))}\n" for notice in run.notices))
    with _ending_in_an_internal_error(session, "the estate could not be taken down"):
        session.config.stash[UP].close()
    return None


@contextmanager
def _ending_in_an_internal_error(session: pytest.Session, what: str) -> Generator[None]:
    """What goes wrong with the record is no finding: the exit code must not be pytest's 0 or 1, and the estate must still be taken down."""
    try:
        yield
    except Exception as error:
        traceback.print_exc()
        sys.stderr.write(f"ERROR: {what}: {error}\n")
        session.exitstatus = INTERNAL


def _judged(session: pytest.Session, run: Run, pytest_says: int) -> int:
    noted = diary.read(run.folder / "spool")
    if noted.mistakes or pytest_says == USAGE:
        shutil.rmtree(run.folder)
        sys.stderr.write("".join(f"ERROR: {mistake}\n" for mistake in noted.mistakes))
        return USAGE
    if stopped := session.shouldfail or session.shouldstop:  # -x, --maxfail
        run.selection = replace(run.selection, partial=(*run.selection.partial, str(stopped)))
    added = [f"PYTEST_ADDOPTS={os.environ['PYTEST_ADDOPTS']}"] if os.environ.get("PYTEST_ADDOPTS") else []
    return run.finish(noted, pytest_says, [*added, "pytest", *map(str, session.config.invocation_params.args)])


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    """Says what is not met, what could not be assessed, and where the report is."""
    run = config.stash.get(RUN, None)
    if run is not None and run.document is not None:
        terminal.summarise(terminalreporter, run.document, Path(os.path.relpath(run.folder)), run.guide.outage)


@pytest.hookimpl(optionalhook=True)
def pytest_html_results_table_row(report: Any, cells: list[str]) -> None:
    """Test ids are text, not HTML."""
    for index, cell in enumerate(cells):
        if "col-testId" in cell:
            cells[index] = f'<td class="col-testId">{html.escape(report.nodeid)}</td>'


@pytest.hookimpl(optionalhook=True)
def pytest_html_report_title(report: Any) -> None:
    """Says what the page is."""
    report.title = "Compliance run: details for engineers"
