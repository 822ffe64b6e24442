"""The daily run on a real Debian machine: healthy it is compliant, and each fault turns its own requirements and no others."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator

import pytest

from lab.faults import FAULTS, load
from lab.house import Lab
from selftests.running import COMPLETE, Outcome, Suite
from selftests.slow import cadences, without_slow_bystanders

load()
pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab")]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A machine for all tests here; it needs root on Debian, since it is booted with systemd-nspawn."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("the lab boots a machine with systemd-nspawn: run as root on Debian")
    from lab.house import standing

    with standing() as up:
        yield up


@pytest.fixture(scope="module")
def suite(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """The suite, run against the lab as a user runs it."""
    return Suite(lab.estate, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def healthy_of(suite: Suite) -> Callable[[str], Outcome]:
    """How a cadence's run ends on the healthy machine; each is run once."""
    return functools.cache(lambda cadence: suite.run(cadence=cadence))


@pytest.mark.parametrize("cadence", COMPLETE)
def test_the_healthy_lab_is_compliant(cadence: str, healthy_of: Callable[[str], Outcome]) -> None:
    healthy = healthy_of(cadence)

    assert {key: v for key, v in healthy.table.items() if v != "met"} == {}, healthy.said
    assert healthy.exit_code == 0


CASES = [(name, cadence) for name, fault in FAULTS.items() for cadence in cadences(fault.about)]


@pytest.mark.parametrize(("name", "cadence"), CASES, ids=[f"{name}-{cadence}" for name, cadence in CASES])
def test_a_fault_on_the_machine_turns_its_own_requirements_and_no_others(
    name: str, cadence: str, lab: Lab, suite: Suite, healthy_of: Callable[[str], Outcome]
) -> None:
    healthy = healthy_of(cadence)
    expected = {requirement: verdict for requirement, verdict in FAULTS[name].turns.items() if requirement in healthy.table}
    with FAULTS[name].broken(lab):
        broken = suite.run("-p", "no:html", *without_slow_bystanders(FAULTS[name].about), cadence=cadence)

    turned = {key: verdict for key, verdict in broken.table.items() if verdict != healthy.table[key]}
    assert turned == expected, broken.reasons({**turned, **expected})
