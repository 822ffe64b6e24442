"""The daily run on a real Debian machine: healthy it is compliant, and each fault turns its own requirements and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compliance.guide import CADENCES
from lab.faults import FAULTS, load
from lab.house import Lab
from selftests.bystanders import cadences, firsts, options
from selftests.running import Outcome, Suite, changed

load()
pytestmark = pytest.mark.lab


# What the register leaves to the sandbox, and the lab declares that it has not.
NOT_HERE = {"weekly.web.cdn", "quarterly.failover.database"}


@pytest.mark.parametrize("cadence", CADENCES)
def test_the_healthy_lab_is_compliant(cadence: str, lab_healthy_of: Callable[[str], Outcome]) -> None:
    healthy = lab_healthy_of(cadence)

    expected = {row: "not applicable" for row in NOT_HERE if row.startswith(cadence)}
    assert {key: v for key, v in healthy.table.items() if v != "met"} == expected, healthy.said
    assert healthy.exit_code == 0


FIRSTS = firsts(FAULTS)
CASES = [(name, cadence) for name, fault in FAULTS.items() for cadence in cadences(fault.about)]


@pytest.mark.parametrize(("name", "cadence"), CASES, ids=[f"{name}-{cadence}" for name, cadence in CASES])
def test_a_fault_on_the_machine_turns_its_own_requirements_and_no_others(
    name: str, cadence: str, lab: Lab, lab_suite: Suite, lab_healthy_of: Callable[[str], Outcome]
) -> None:
    healthy = lab_healthy_of(cadence)
    expected = FAULTS[name].turns_in(cadence)
    run = options(FAULTS[name], cadence, whole=(name, cadence) in FIRSTS)
    with FAULTS[name].broken(lab):
        broken = lab_suite.run("-p", "no:html", *run, cadence=cadence)

    turned = changed(healthy.table, broken)
    assert turned == expected, broken.reasons({**turned, **expected})
