"""Security scans that are old, that failed, or whose findings are nobody's; documentation that nobody signed for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.estate_files import scan
from sandbox.faults import fault
from sandbox.faults.tools import ago, edited, moved_away, replaced
from sandbox.house import Sandbox

SCAN, DOCUMENTED = "weekly.security.scan-review", "weekly.documentation.updated"


@contextmanager
def _scan(sandbox: Sandbox, at: datetime, change: Callable[[dict[str, Any]], object] = lambda run: None) -> Iterator[None]:
    """Another result of the scanner."""
    result = scan(at)
    change(result["runs"][0])
    with replaced(sandbox.estate / "scan.sarif", json.dumps(result)):
        yield


@fault(not_met=SCAN)
def scan_of_a_week_ago(sandbox: Sandbox) -> Iterator[None]:
    """The last scan was a week and an hour ago."""
    with _scan(sandbox, ago(days=7, hours=1)):
        yield


@fault(not_met=SCAN)
def finding_of_nobody(sandbox: Sandbox) -> Iterator[None]:
    """A finding rated high is new, and nobody has taken it on."""
    place = [{"physicalLocation": {"artifactLocation": {"uri": "server.js"}}}]
    new = {"ruleId": "sql-injection", "level": "error", "message": {"text": "input in a query"}, "locations": place}
    with _scan(sandbox, ago(days=1), lambda run: run["results"].append(new)):
        yield


SEVERE = [{"id": "mild", "properties": {"security-severity": "3.1"}}, {"id": "severe", "properties": {"security-severity": "9.8"}}]


def _found(sandbox: Sandbox, rule: dict[str, Any], **tool: Any) -> AbstractContextManager[None]:
    """A new finding, whose rule is told in one of the ways that SARIF has."""

    def change(run: dict[str, Any]) -> None:
        run["tool"].update(tool)
        run["results"].append({"message": {"text": "input in a query"}, **rule})

    return _scan(sandbox, ago(days=1), change)


@fault(not_met=SCAN)
def finding_by_the_index_of_its_rule(sandbox: Sandbox) -> Iterator[None]:
    """A finding names its rule by its place in the list only."""
    with _found(sandbox, {"ruleIndex": 1}, driver={"name": "made-up scanner", "rules": SEVERE}):
        yield


@fault(not_met=SCAN)
def finding_of_an_extension(sandbox: Sandbox) -> Iterator[None]:
    """A finding's rule is one of an extension's, as a scanner with query packs tells it."""
    reference = {"id": "severe", "index": 1, "toolComponent": {"index": 0}}
    with _found(sandbox, {"ruleId": "severe", "rule": reference}, extensions=[{"name": "queries", "rules": SEVERE}]):
        yield


@fault(not_met=SCAN)
def finding_of_a_part_of_a_rule(sandbox: Sandbox) -> Iterator[None]:
    """A finding's rule is a part of one that the scanner describes, in an extension."""
    with _found(sandbox, {"ruleId": "severe/in-a-query"}, extensions=[{"name": "queries", "rules": SEVERE}]):
        yield


@fault(not_met=SCAN)
def finding_whose_suppression_was_rejected(sandbox: Sandbox) -> Iterator[None]:
    """Somebody wanted to set a finding aside, and was not allowed to."""
    with _found(sandbox, {"ruleId": "new", "level": "error", "suppressions": [{"kind": "external", "status": "rejected"}]}):
        yield


@fault(harmless=SCAN)
def finding_suppressed(sandbox: Sandbox) -> Iterator[None]:
    """A finding was set aside in the code: one without a status is accepted."""
    with _found(sandbox, {"ruleId": "new", "level": "error", "suppressions": [{"kind": "inSource"}]}):
        yield


@fault(harmless=SCAN)
def findings_that_are_none(sandbox: Sandbox) -> Iterator[None]:
    """The scanner lists a rule that was kept, and a finding that is gone since the last scan."""
    kept = {"rule": {"id": "severe"}, "kind": "pass", "level": "none"}
    gone = {"message": {"text": "x"}, "ruleId": "severe", "baselineState": "absent"}
    driver = {"driver": {"name": "made-up scanner", "rules": SEVERE}}

    def change(run: dict[str, Any]) -> None:
        run["tool"].update(driver)
        run["results"] = [{"message": {"text": "x"}, **kept}, gone]

    with _scan(sandbox, ago(days=1), change):
        yield


@fault(not_met=SCAN)
def scan_half_of_which_is_old(sandbox: Sandbox) -> Iterator[None]:
    """Of the result's two runs one was made yesterday, and one 40 days ago."""
    result = scan(ago(days=1))
    result["runs"] += scan(ago(days=40))["runs"]
    with replaced(sandbox.estate / "scan.sarif", json.dumps(result)):
        yield


@fault(not_assessed=SCAN)
def scan_without_results(sandbox: Sandbox) -> Iterator[None]:
    """The result lists the scanner's rules, and has no results at all."""
    with _scan(sandbox, ago(days=1), lambda run: run.pop("results")):
        yield


@fault(not_met=SCAN)
def finding_overdue(sandbox: Sandbox) -> Iterator[None]:
    """It was to be mended until yesterday."""
    path = sandbox.estate / "findings.toml"
    due = next(line for line in path.read_text().splitlines() if line.startswith("due"))
    with edited(path, (due, f'due = "{ago(days=1).date()}"')):
        yield


@fault(harmless=SCAN)
def finding_of_a_lower_rating(sandbox: Sandbox) -> Iterator[None]:
    """A finding of medium rating needs no owner yet."""
    new = {"ruleId": "CVE-2026-2718", "level": "error", "message": {"text": "update another package"}}
    with _scan(sandbox, ago(days=1), lambda run: run["results"].append(new)):
        yield


@fault(not_assessed=SCAN)
def scan_missing(sandbox: Sandbox) -> Iterator[None]:
    """The scanner's result is not where it should be."""
    with moved_away(sandbox.estate / "scan.sarif"):
        yield


@fault(not_assessed=SCAN)
def scan_that_failed(sandbox: Sandbox) -> Iterator[None]:
    """The scanner gave up half-way, and says so."""
    with _scan(sandbox, ago(days=1), lambda run: run["invocations"][0].update(executionSuccessful=False)):
        yield


@fault(not_assessed=SCAN)
def scan_that_read_half_of_the_code(sandbox: Sandbox) -> Iterator[None]:
    """The scanner calls its run a success, and says in it that half of the code could not be read."""
    notices = [{"level": "error", "message": {"text": "12 files could not be parsed"}}]
    with _scan(sandbox, ago(days=1), lambda run: run["invocations"][0].update(toolExecutionNotifications=notices)):
        yield


@fault(not_assessed=SCAN)
def scan_without_a_date(sandbox: Sandbox) -> Iterator[None]:
    """The result does not say when it was made, and the file was copied since."""
    with _scan(sandbox, ago(days=1), lambda run: run.pop("invocations")):
        yield


@fault(not_assessed=SCAN)
def scan_from_the_future(sandbox: Sandbox) -> Iterator[None]:
    """A result of next month would stay fresh for weeks."""
    with _scan(sandbox, ago(days=-30)):
        yield


@fault(not_assessed=SCAN)
def scan_cut_short(sandbox: Sandbox) -> Iterator[None]:
    """The file ends in the middle."""
    text = (sandbox.estate / "scan.sarif").read_text()
    with replaced(sandbox.estate / "scan.sarif", text[: len(text) // 2]):
        yield


@contextmanager
def _signed(sandbox: Sandbox, days: int) -> Iterator[None]:
    """The week's documentation, signed for so many days from now."""
    path, day = sandbox.estate / "attestations.toml", datetime.now(UTC).date()
    before, name, rest = path.read_text().partition(f'requirement = "{DOCUMENTED}"')
    with edited(path):
        dated = rest.replace(f'date = "{day - timedelta(days=1)}"', f'date = "{day + timedelta(days=days)}"', 1)
        path.write_text(before + name + dated)
        yield


@fault(not_met=DOCUMENTED)
def documentation_not_signed(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has signed for the week's documentation."""
    with edited(sandbox.estate / "attestations.toml", (f'requirement = "{DOCUMENTED}"', 'requirement = "quarterly.security.training"')):
        yield


@fault(not_met=DOCUMENTED)
def documentation_signed_last_month(sandbox: Sandbox) -> Iterator[None]:
    """The last signature is eight days old."""
    with _signed(sandbox, -8):
        yield


@fault(not_met=DOCUMENTED)
def documentation_signed_in_the_future(sandbox: Sandbox) -> Iterator[None]:
    """Somebody signed for tomorrow, today."""
    with _signed(sandbox, 1):
        yield
