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
from selftests.bystanders import cadences, firsts, options, slow_requirements, without_slow_bystanders
from selftests.running import CHECKOUT, EVERYTHING, Outcome, Suite, changed

load()

# pytest's own page is nobody's here, and its search for forgotten objects takes a tenth of a run.
WITHOUT_EXTRAS = ("-p", "no:html", "-p", "no:unraisableexception")
# A browser, a handshake, a list asked for many times take seconds: of faults that are noticed in the same way as another one, that one is
# run each time and these with `make test-all`.
TWINS = {
    "png_that_is_called_webp-monthly",
    "png_written_into_the_page-monthly",
    "photo_with_all_that_the_camera_noted-monthly",
    "photo_for_fine_screens-monthly",
    "picture_is_gone-monthly",
    "drawing_made_of_lines-monthly",
    "code_of_another_page_fetched_ahead-monthly",
    "lazy_in_name_only-monthly",
    "listed_page_answers_with_an_error-monthly",
    "list_that_refuses_too_much-monthly",
    "list_that_answers_with_an_error-monthly",
    "list_with_one_entry-monthly",
    "listed_page_answers_with_an_error-weekly",
    "website_first_byte_late-weekly",
    "website_body_late-weekly",
    "admin_wrong_page-weekly",
    "admin_quick_error-weekly",
    "every_slot_taken-weekly",
    "certificate_of_a_host_without_a_name-quarterly",
    "hsts_misspelt-quarterly",
    "listed_page_is_another-weekly",
    "website_wrong_page-weekly",
    "admin_wrong_page-monthly",
    "home_page_leads_to_the_panel-weekly",
    "list_that_does_not_say_whether_it_goes_on-monthly",
    "certificate_below_an_intermediate-quarterly",
    "certificate_of_another_name-quarterly",
    "certificate_of_an_unknown_authority-quarterly",
    "certificate_expired-quarterly",
    "intermediate_with_10_days-quarterly",
    "admin_first_byte_late-daily",
    "account_of_the_suite_set_to_read_only-quarterly",
    "read_only_server_behind_a_read_only_account-quarterly",
    "transactions_aged-quarterly",
    "multixacts_aged-quarterly",
    "contact_number_spells_a_word-quarterly",
    "contact_address_malformed-quarterly",
    "list_of_contacts_unreadable-quarterly",
    "mail_server_without_tls-monthly",
    "static_file_must_not_be_stored-monthly",
    "static_file_without_lifetime-weekly",
    "table_locked_for_good-monthly",
    "read_only_roles_behind_a_read_only_account-quarterly",
    "reader_that_may_write_one_column-quarterly",
    "payment_webhook_failing_under_a_capital_letter-daily",
    "application_log_says_the_pooler_gave_up-weekly",
    "database_read_only_for_all_others-quarterly",
}
CASES = {f"{name}-{cadence}": (name, cadence) for name, fault in FAULTS.items() for cadence in cadences(fault.about)}
FIRSTS = firsts(FAULTS)


def _left_to_the_night(id_: str) -> bool:
    """The twins, and what the month's restore has seen: the quarter's rows rest on the same one."""
    name, cadence = CASES[id_]
    seen_by_the_month = cadence == "quarterly" and {"monthly.backup.restorable", "quarterly.recovery.restore"} <= FAULTS[name].about
    return id_ in TWINS or (seen_by_the_month and (name, cadence) not in FIRSTS)


PARAMETERS = [pytest.param(*case, id=id_, marks=[pytest.mark.nightly] if _left_to_the_night(id_) else []) for id_, case in CASES.items()]


def test_what_is_left_to_the_night_is_there() -> None:
    assert TWINS - CASES.keys() == set()


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
