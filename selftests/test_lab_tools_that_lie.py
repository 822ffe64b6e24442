"""Each tool that a check calls on the machine, replaced by one that lies, is missing or hangs: nothing that needs it may be met.

Which tools those are is seen, not listed: a healthy run in which every command of the machine is a spy that notes who called it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from lab.commands import run
from lab.house import Lab
from selftests.running import CHECKOUT, Outcome, Suite

pytestmark = pytest.mark.lab

LIES = {
    "silent": "exit 0",
    "missing": 'echo "sh: 1: ${0##*/}: not found" >&2; exit 127',
    "rubbish": "echo 'ok 1 2 3 done'; exit 0",
    "hanging": "exec /usr/bin/sleep 300",
}
# A tool that another tool asks, and what it says decides nothing: needrestart looks whom to tell of a restart.
ASKED_BY_OTHERS = {"who"}
SPY = """\
#!/bin/sh
name=${0##*/}
printf '%s\\t%s\\n' "$NEFF_CHECK" "$name" >> /run/neff-spy/seen
for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin; do
    [ -x "$folder/$name" ] && exec "$folder/$name" "$@"
done
exit 127
"""
SPIES = """
mkdir -p /run/neff-spy/bin && cat > /run/neff-spy/spy && chmod 755 /run/neff-spy/spy
for tool in /usr/local/sbin/* /usr/local/bin/* /usr/sbin/* /usr/bin/*; do ln -sf /run/neff-spy/spy "/run/neff-spy/bin/${tool##*/}"; done
: > /run/neff-spy/seen && chmod 666 /run/neff-spy/seen
"""
Needs = dict[str, frozenset[str]]


@contextmanager
def _with_path(lab: Lab, suite: Suite, name: str, folder: str) -> Iterator[Suite]:
    """The suite, with a key of its own for which the machine looks for commands in `folder` first."""
    made = Path(shutil.copytree(lab.estate, lab.home / name))
    key = made / "key"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key)
    forced = f'command="PATH={folder}:$PATH exec sh" {key.with_suffix(".pub").read_text()}'
    lab.do("cat >> /root/.ssh/authorized_keys", given=forced)
    config = made / "ssh_config"
    config.write_text(config.read_text().replace(f"{lab.home}/key", str(key)))
    try:
        yield replace(suite, estate=made, reports=suite.reports / name)
    finally:
        lab.do(f"sed -i '/ {name}$/d' /root/.ssh/authorized_keys")
        shutil.rmtree(made)


@pytest.fixture(scope="module")
def needs(lab: Lab, lab_suite: Suite) -> Needs:
    """The tools that the checks call on the machine, each with the checks that call it."""
    lab.do(SPIES, given=SPY)
    cadences = sorted({path.parent.name.removeprefix("tests_") for path in CHECKOUT.glob("tests_*/test_*.py")})
    with _with_path(lab, lab_suite, "spied", "/run/neff-spy/bin") as spied:
        outcome = spied.run("-p", "selftests.spying", "-p", "no:html", "-o", "check_timeout=90", cadence=" or ".join(cadences))
    met = {check["nodeid"] for row in outcome.record["requirements"] for check in row["checks"] if check["verdict"] == "met"}
    seen = {tuple(line.split("\t")) for line in lab.do("cat /run/neff-spy/seen").splitlines()}
    found: dict[str, set[str]] = {}
    for check, tool in seen:
        if check in met:
            found.setdefault(tool, set()).add(check)
    return {tool: frozenset(checks) for tool, checks in sorted(found.items())}


def _apart(needs: Needs) -> list[list[str]]:
    """The tools in as few groups as possible, so that no check needs two tools of one group: each group is one run."""
    groups: list[list[str]] = []
    for tool in sorted(needs, key=lambda name: -len(needs[name])):
        free = (group for group in groups if all(needs[tool].isdisjoint(needs[other]) for other in group))
        group = next(free, None)
        if group is None:
            groups.append([tool])
        else:
            group.append(tool)
    return groups


def _lied_to(lab: Lab, suite: Suite, number: int, tools: list[str], lie: str, needs: Needs) -> Outcome:
    """How the checks that need these tools end when the tools lie."""
    folder = f"/run/neff-lies/{lie}-{number}"
    liar = f"#!/bin/sh\n{LIES[lie]}\n"
    lab.do(f"mkdir -p {folder}; cd {folder}; cat > liar; chmod 755 liar; for t in {' '.join(tools)}; do ln -sf liar $t; done", given=liar)
    checks = sorted(frozenset().union(*(needs[tool] for tool in tools)))
    with _with_path(lab, suite, f"lied-{lie}-{number}", folder) as lied:
        return lied.run("-p", "no:html", "-p", "selftests.hurried", *checks, cadence="")


def _met(outcome: Outcome) -> frozenset[str]:
    return frozenset(check["nodeid"] for row in outcome.record["requirements"] for check in row["checks"] if check["verdict"] == "met")


def test_the_spies_have_seen_what_the_checks_call(needs: Needs) -> None:
    assert {"timeout", "sh", "systemctl", "ss", "df", "journalctl", "pm2", "find", "stat", "pg_restore"} <= needs.keys()


@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_met_by_the_word_of_a_tool_that_lies(lie: str, lab: Lab, lab_suite: Suite, needs: Needs) -> None:
    groups = _apart({tool: checks for tool, checks in needs.items() if tool not in ASKED_BY_OTHERS})
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(_lied_to, lab, lab_suite, number, tools, lie, needs) for number, tools in enumerate(groups)]
        outcomes = [run.result() for run in runs]

    believed = {
        tool: sorted(needs[tool] & _met(outcome))
        for tools, outcome in zip(groups, outcomes, strict=True)
        for tool in tools
        if needs[tool] & _met(outcome)
    }
    assert believed == {}
    assert {outcome.exit_code for outcome in outcomes} <= {1, 6}, _said(outcomes)


def _said(outcomes: list[Outcome]) -> Mapping[int, str]:
    return {number: outcome.said[-2000:] for number, outcome in enumerate(outcomes) if outcome.exit_code not in (1, 6)}
