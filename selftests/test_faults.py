"""Every fault turns the requirements it names to the verdict it names, and no others."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest

from compliance.guide import CADENCES
from compliance.guide import load as load_guide
from lab.faults import load as lab_faults
from sandbox.fault_register import Fault
from sandbox.faults import FAULTS, load
from sandbox.house import Sandbox
from selftests.bystanders import by_night, cadences, firsts, options, slow_requirements, without_slow_bystanders
from selftests.running import CHECKOUT, EVERYTHING, Outcome, Suite, changed

load()

# pytest's own page is nobody's here, and its search for forgotten objects takes a tenth of a run.
WITHOUT_EXTRAS = ("-p", "no:html", "-p", "no:unraisableexception")
CASES = {f"{name}-{cadence}": (name, cadence) for name, fault in FAULTS.items() for cadence in cadences(fault.about)}
FIRSTS, BY_NIGHT = firsts(FAULTS), by_night(FAULTS)
PARAMETERS = [pytest.param(*case, id=id_, marks=[pytest.mark.nightly] if case in BY_NIGHT else []) for id_, case in CASES.items()]


def test_each_row_is_turned_to_each_of_its_verdicts_each_time() -> None:
    assert not FIRSTS & BY_NIGHT


@pytest.fixture(scope="session")
def when_healthy(suite: Suite) -> Callable[[str], dict[str, str]]:
    """The verdicts of a cadence on the healthy sandbox. Slow checks are not run for it in every process: that they are met then is a test
    of its own."""

    @functools.cache
    def verdicts(cadence: str) -> dict[str, str]:
        healthy = suite.run(*WITHOUT_EXTRAS, *without_slow_bystanders([]), cadence=cadence)
        assert healthy.exit_code == 0, healthy.said
        return dict.fromkeys(slow_requirements(), "met") | healthy.table

    return verdicts


@pytest.mark.parametrize(("name", "cadence"), PARAMETERS)
def test_a_fault_turns_its_own_requirements_and_no_others(
    name: str, cadence: str, sandbox: Sandbox, suite: Suite, when_healthy: Callable[[str], dict[str, str]]
) -> None:
    run = options(FAULTS[name], cadence, whole=(name, cadence) in FIRSTS)
    _turns_exactly(FAULTS[name], cadence, sandbox, suite, when_healthy(cadence), run)


@pytest.mark.nightly
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_turns_nothing_in_any_cadence(name: str, sandbox: Sandbox, suite: Suite, healthy_of: Callable[[str], Outcome]) -> None:
    """The slow checks and the other cadences included."""
    _turns_exactly(FAULTS[name], EVERYTHING, sandbox, suite, healthy_of(EVERYTHING).table, [])


def _turns_exactly(fault: Fault[Sandbox], cadence: str, sandbox: Sandbox, suite: Suite, healthy: dict[str, str], run: list[str]) -> None:
    expected = fault.turns_in(cadence)
    with fault.broken(sandbox):
        broken = suite.run(*WITHOUT_EXTRAS, *run, cadence=cadence)

    turned = changed(healthy, broken)
    assert turned == expected, broken.reasons({**turned, **expected})


@pytest.mark.parametrize("cadence", CADENCES)
def test_the_healthy_sandbox_is_compliant(cadence: str, healthy_of: Callable[[str], Outcome]) -> None:
    healthy = healthy_of(cadence)

    assert {key: v for key, v in healthy.table.items() if v not in ("met", "not applicable")} == {}, healthy.said
    assert healthy.exit_code == 0


def test_every_requirement_with_a_check_has_a_fault_that_turns_it() -> None:
    marked = {r for r in load_guide().requirements if any(f'requirement("{r}")' in p.read_text() for p in CHECKOUT.glob("tests_*/*.py"))}
    turned = {requirement for fault in FAULTS.values() for requirement in fault.turns}
    turned |= {requirement for fault in lab_faults().values() for requirement in fault.turns}

    assert marked - turned == set()


def test_faults_name_requirements_of_the_guide() -> None:
    known = set(load_guide().requirements)

    assert {name: fault.about - known for name, fault in FAULTS.items() if fault.about - known} == {}
