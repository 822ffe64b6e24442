"""Package lists that are old, and still what the archive publishes."""

from __future__ import annotations

import pytest

from lab.faults import FAULTS, load
from lab.faults.updates import NODE, SECURITY, archive_quiet_for_days
from lab.house import Lab
from selftests.running import Suite

load()
pytestmark = pytest.mark.lab


def test_old_lists_that_the_archive_has_not_replaced_are_current(lab: Lab, lab_suite: Suite) -> None:
    with archive_quiet_for_days(lab):
        outcome = lab_suite.run("-p", "no:html", "-k", "security_update", cadence="monthly")

    looks = [look["value"] for check in outcome.row(SECURITY)["checks"] for look in check["observations"]]
    assert outcome.table[SECURITY] == "met", outcome.reasons({SECURITY: "met"})
    assert "the same index as the archive publishes now" in looks


def test_looking_for_newer_packages_changes_nothing_and_finds_the_same_again(lab: Lab, lab_suite: Suite) -> None:
    """npm notes what an update would do as if it were done, so that the second look would find nothing."""
    state = "cd /srv/neff && find . -printf '%p %s %T@\\n' | sort | sha256sum"
    before = lab.do(state)
    with FAULTS["newer_node_package_in_range"].broken(lab):
        verdicts = [lab_suite.run("-p", "no:html", "-k", "updates", cadence="monthly").table[NODE] for _ in range(2)]

    assert verdicts == ["not met", "not met"]
    assert lab.do(state) == before
