"""Hosts from an Ansible inventory: groups are roles, Ansible's variables say how a host is reached, mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.errors import ConfigurationError
from compliance.inventory import hosts
from fixtures.host import address_and_port
from selftests.running import run_small, write_check

INI = """\
; a host of no group
lonely:2201

[front]
web[01:02].example ansible_user=jo  # two of them

[web:children]
front

[application]
web01.example ansible_host=10.0.0.11 ansible_port=2222
here ansible_connection=local

[front:vars]
ansible_user = overridden
[web:vars]
ansible_port=22
[all:vars]
ansible_user=compliance
ssh_config=ssh_config
"""
YAML = """\
all:
  vars: {ansible_user: compliance, ssh_config: ssh_config}
  hosts:
    lonely: {ansible_port: 2201}
  children:
    web:
      vars: {ansible_port: 22}
      children:
        front:
          vars: {ansible_user: overridden}
          hosts:
            web[01:02].example: {ansible_user: jo}
    application:
      hosts:
        web01.example: {ansible_host: 10.0.0.11, ansible_port: 2222}
        here: {ansible_connection: local}
"""


@pytest.mark.parametrize(("name", "text"), [("inventory.ini", INI), ("hosts", INI), ("inventory.yml", YAML)])
def test_groups_are_roles_and_the_nearest_variable_counts(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)

    found = hosts(tmp_path / name)

    assert {host: keys["spec"] for host, keys in found.items()} == {
        "lonely": "ssh://compliance@lonely:2201",
        "web01.example": "ssh://jo@10.0.0.11:2222",
        "web02.example": "ssh://jo@web02.example:22",
        "here": "local://",
    }
    assert {host: set(keys["roles"]) for host, keys in found.items()} == {
        "lonely": set(),
        "web01.example": {"front", "web", "application"},
        "web02.example": {"front", "web"},
        "here": {"application"},
    }
    assert {keys["ssh_config"] for keys in found.values()} == {"ssh_config"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("i.ini", "[web]\nweb1 just some words\n", "line 2"),
        ("i.ini", "[web]\nweb1 ansible_host='open\n", "line 2"),
        ("i.ini", "[web]\nweb1 ansible_host={{secret}}\n", "ansible-inventory"),
        ("i.ini", "[web]\nweb1 ansible_connection=docker\n", "docker"),
        ("i.yml", "- web1\n", "no Ansible inventory"),
        ("i.yml", "all: {hosts: [web1]}\n", "no Ansible inventory"),
        ("i.yml", "all: {hosts: ", "no Ansible inventory"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(ConfigurationError, match=said):
        hosts(tmp_path / name)


def test_a_missing_inventory_and_a_host_described_twice_end_the_run(checks: Path) -> None:
    path = checks / "estate" / "estate.toml"
    described = path.read_text().replace('name = "small"', 'name = "small"\ninventory = "inventory.ini"')
    path.write_text(described)
    write_check(checks, "@check\ndef test_it(seen):\n    x = 1\n    assert x == 1")

    missing = run_small(checks)
    (checks / "estate" / "inventory.ini").write_text("[web]\nweb1\n")
    path.write_text(f'{described}\n[hosts.web1]\nspec = "local://"\nroles = ["web"]\n')
    twice = run_small(checks)

    assert missing.exit_code == twice.exit_code == 4
    assert "inventory.ini" in missing.said
    assert "stands under [hosts] as well" in twice.said


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("web1", ("web1", "")),
        ("jo@web1:2222", ("jo@web1", "2222")),
        ("jo@[2001:db8::7]:22", ("jo@2001:db8::7", "22")),
        ("[::1]", ("::1", "")),
    ],
)
def test_an_address_may_have_a_user_and_a_port(address: str, parts: tuple[str, str]) -> None:
    assert address_and_port(address) == parts


HOSTS = '[hosts.one]\nspec = "local://"\nroles = ["web"]\n[hosts.two]\nspec = "local://"\nroles = ["web"]\n'
FIXTURE = """

@pytest.fixture
def web_host(request, evidence):
    evidence.note(source="x", query="y", looked_at=1, value=1)
    return request.param
"""
BODY = "@check\ndef test_every_host_is_one(web_host):\n    bad = [f'{web_host} disk'] if web_host == 'two' else []\n    assert bad == []"


def test_what_uses_a_role_s_host_runs_once_for_each_and_names_the_one_that_offends(checks: Path) -> None:
    with (checks / "estate" / "estate.toml").open("a") as file:
        file.write(HOSTS)
    with (checks / "conftest.py").open("a") as file:
        file.write(FIXTURE)
    write_check(checks, BODY)

    outcome = run_small(checks, "-k", "every_host")

    row = outcome.row("daily.response-time.website")
    assert {check["object"]: (check["verdict"], check["offenders"]) for check in row["checks"]} == {
        "one": ("met", []),
        "two": ("not met", ["two: two disk"]),
    }
    assert row["verdict"] == "not met"
    assert row["reason"].startswith("two: ")


def test_the_only_host_of_a_role_leaves_no_trace_in_ids(checks: Path) -> None:
    with (checks / "estate" / "estate.toml").open("a") as file:
        file.write(HOSTS.partition("[hosts.two]")[0])
    with (checks / "conftest.py").open("a") as file:
        file.write(FIXTURE)
    write_check(checks, BODY)

    (check,) = run_small(checks, "-k", "every_host").row("daily.response-time.website")["checks"]

    assert check["nodeid"] == "tests_daily/test_one.py::test_every_host_is_one"
    assert check["object"] == "small.example"
