"""Two machines with the same roles, and machines that cannot be reached: the right rows turn, and name the machine."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lab.commands import run
from lab.faults import FAULTS, load
from lab.house import Lab, standing
from selftests.running import Outcome, Suite

load()
pytestmark = pytest.mark.lab

INVENTORY = """\
[front]
web1 ansible_host={one}
web2 ansible_host={two}

[web:children]
front
[application:children]
front

[logs]
web1
[backups]
web1

[all:vars]
ansible_user=root
ssh_config=ssh_config
"""
WEB_SERVER, DISK = "daily.health.web-server", "daily.resources.disk"
WAIVER = """
[[waiver]]
requirement = "daily.resources.disk"
object = "{host}: /srv/uploads"
reason = "the disk is being replaced"
approver = "Dana Reyes"
created = "{today}"
expiry = "{later}"
"""


@pytest.fixture(scope="module")
def second() -> Iterator[Lab]:
    """Another machine of the same kind."""
    with standing() as up:
        yield up


def _copy(lab: Lab, name: str) -> Path:
    """A copy of the lab's estate, beside it, so that its relative paths hold."""
    return Path(shutil.copytree(lab.estate, lab.home / name, dirs_exist_ok=True))


def _without_hosts(text: str) -> str:
    """The estate's text without its [hosts] sections."""
    parts = text.split("\n[")
    return "\n[".join(part for part in parts if not part.startswith("hosts."))


@pytest.fixture(scope="module")
def pair(lab: Lab, second: Lab, lab_suite: Suite) -> Suite:
    """The suite on an estate whose hosts come from an inventory that names both machines."""
    folder = _copy(lab, "pair")
    text = (folder / "estate.toml").read_text()
    (folder / "estate.toml").write_text('inventory = "inventory.ini"\n' + _without_hosts(text))
    (folder / "inventory.ini").write_text(INVENTORY.format(one=lab.address, two=second.address))
    (folder / "ssh_config").write_text((lab.estate / "ssh_config").read_text() + (second.estate / "ssh_config").read_text())
    return replace(lab_suite, estate=folder)


@pytest.fixture(scope="module")
def both_healthy(pair: Suite) -> Outcome:
    """How the run ends on two healthy machines."""
    return pair.run()


def _objects(outcome: Outcome, requirement: str) -> dict[str, str]:
    return {check["object"]: check["verdict"] for check in outcome.row(requirement)["checks"]}


def test_each_host_with_the_role_is_looked_at(both_healthy: Outcome) -> None:
    assert both_healthy.exit_code == 0, both_healthy.said
    assert _objects(both_healthy, WEB_SERVER) == {"web1": "met", "web2": "met"}
    assert list(_objects(both_healthy, "daily.backup.exists").values()) == ["met"]


@pytest.mark.parametrize(("fault", "requirement"), [("nginx_stopped", WEB_SERVER), ("disk_full", DISK), ("pm2_not_enabled", None)])
def test_a_fault_on_the_second_machine_turns_the_row_and_names_it(
    fault: str, requirement: str | None, second: Lab, pair: Suite, both_healthy: Outcome
) -> None:
    row = requirement or "daily.health.process-manager"
    with FAULTS[fault].broken(second):
        outcome = pair.run("-n", "2")

    assert {key: verdict for key, verdict in outcome.table.items() if verdict != both_healthy.table[key]} == {row: "not met"}
    assert _objects(outcome, row) == {"web1": "met", "web2": "not met"}
    assert outcome.row(row)["reason"].startswith("web2: ")


@pytest.mark.parametrize(("host", "verdict"), [("web1", "not met"), ("web2", "waived")])
def test_a_waiver_covers_the_offender_of_its_own_host_only(host: str, verdict: str, second: Lab, pair: Suite) -> None:
    today = datetime.now(UTC).date()
    (pair.estate / "waivers.toml").write_text(WAIVER.format(host=host, today=today, later=today + timedelta(days=9)))
    try:
        with FAULTS["disk_read_only"].broken(second):
            outcome = pair.run("-k", "file_system")
    finally:
        (pair.estate / "waivers.toml").write_text("")

    assert outcome.table[DISK] == verdict, outcome.row(DISK)["reason"]


@contextmanager
def _swallowed() -> Iterator[str]:
    """An address behind an interface whose other end takes every packet and answers none."""
    name, address = "neff-hole", "10.231.254.2"
    try:
        run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-end")
        run("ip", "address", "add", "10.231.254.1/30", "dev", name)
        for end in (name, f"{name}-end"):
            run("ip", "link", "set", end, "up")
        run("ip", "neighbour", "add", address, "lladdr", "02:00:00:00:00:01", "dev", name)
        yield address
    finally:
        run("ip", "link", "delete", name)


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["one process", "two workers"])
@pytest.mark.parametrize("all_of_it", [False, True], ids=["the host", "the whole system"])
def test_an_address_that_swallows_packets_is_not_assessed_in_time(
    all_of_it: bool, options: tuple[str, ...], lab: Lab, lab_suite: Suite
) -> None:
    folder = _copy(lab, "swallowed")
    text = (folder / "estate.toml").read_text()
    with _swallowed() as nowhere:
        spec = f"ssh://root@{lab.address}"
        (folder / "estate.toml").write_text(text.replace(*((lab.address, nowhere) if all_of_it else (spec, f"ssh://root@{nowhere}"))))
        started = time.monotonic()
        outcome = replace(lab_suite, estate=folder).run(*options)
        took = time.monotonic() - started

    met = {name for name, verdict in outcome.table.items() if verdict == "met"}
    elsewhere = {"daily.integrations.stripe", "daily.incidents.reported"}
    asks_the_web = {"daily.health.api", "daily.health.status-page", "daily.alerts.channel.dashboard", "daily.kpi.availability"}
    asks_the_web |= {"daily.response-time.website", "daily.response-time.admin", "daily.response-time.api", "daily.alerts.downtime"}
    asks_the_web |= {"daily.alerts.reviewed"}  # at Alertmanager's own address
    assert met == (elsewhere if all_of_it else elsewhere | asks_the_web), outcome.reasons(dict.fromkeys(met))
    assert set(outcome.table.values()) == {"met", "not assessed"}
    assert outcome.exit_code == 6
    assert took < 30


def test_a_host_that_refuses_the_connection_is_not_assessed_and_asked_once(lab: Lab, lab_suite: Suite) -> None:
    folder = _copy(lab, "refused")
    text = (folder / "estate.toml").read_text()
    (folder / "estate.toml").write_text(text.replace(f"ssh://root@{lab.address}", "ssh://root@127.0.0.1:1"))

    outcome = replace(lab_suite, estate=folder).run("-k", "web_server or file_system or online")

    assert set(outcome.table.values()) - {"not due"} == {"not assessed"}
    assert outcome.exit_code == 6
