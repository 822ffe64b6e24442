"""Each tool that a look calls, replaced by one that lies, is missing or hangs: nothing that needs it may be met."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from sandbox.faults.tools import estate_edited
from sandbox.house import Sandbox
from selftests.bystanders import nodes
from selftests.running import Suite

LOGS = {
    "daily.alerts.database-connections",
    "daily.alerts.api-latency",
    "daily.alerts.security-breach",
    "daily.kpi.errors.application",
    "daily.kpi.errors.database",
}
BACKUPS = {"daily.backup.exists", "daily.backup.size", "daily.backup.integrity"}
NEEDED_BY = {
    "stat": LOGS,
    "head": LOGS | BACKUPS,
    "find": BACKUPS | {"daily.alerts.channel.logs"},
    "timeout": LOGS | BACKUPS | {"daily.alerts.channel.logs"},
    "od": BACKUPS,
    "tr": BACKUPS,
    "tail": {"daily.backup.integrity"},
    "grep": {"daily.backup.integrity"},
    "sha256sum": {"daily.backup.integrity"},
    "du": {"daily.backup.exists"},
    "sleep": set(),
    "pg_restore": {"daily.backup.exists", "daily.backup.integrity"},
}
LIES = {
    "silent": "#!/bin/sh\nexit 0\n",
    "missing": '#!/bin/sh\necho "$0: not found" >&2\nexit 127\n',
    "rubbish": "#!/bin/sh\necho 'ok 1 2 3 done'\nexit 0\n",
    "hanging": "#!/bin/sh\nexec /bin/sleep 300\n",
}


QUICK = [(tool, lie) for tool in NEEDED_BY for lie in LIES if lie != "hanging" or tool == "pg_restore"]
SLOW = [pytest.param(tool, "hanging", marks=pytest.mark.nightly) for tool in NEEDED_BY if (tool, "hanging") not in QUICK]


@pytest.mark.parametrize(("tool", "lie"), [*QUICK, *SLOW])
def test_nothing_is_met_by_the_word_of_a_tool_that_lies(tool: str, lie: str, sandbox: Sandbox, suite: Suite, tmp_path: Path) -> None:
    liar = tmp_path / tool
    liar.write_text(LIES[lie])
    liar.chmod(0o755)
    real = sandbox.postgres.binaries / "pg_restore"
    named = str(liar) if tool == "pg_restore" else str(real)
    started = time.monotonic()
    with estate_edited(sandbox, (f'pg_restore = "{real}"', f'pg_restore = "{named}"')):
        options = ("-p", "no:html", "-o", "check_timeout=8", *nodes(NEEDED_BY[tool] or BACKUPS))
        outcome = suite.run(*options, environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    met = {name for name, verdict in outcome.table.items() if verdict == "met"}
    assert met & NEEDED_BY[tool] == set(), outcome.reasons(dict.fromkeys(met & NEEDED_BY[tool]))
    assert outcome.exit_code in ((1, 6) if NEEDED_BY[tool] else (0, 1, 6)), outcome.said
    assert time.monotonic() - started < 60


def test_the_tools_are_there_when_nobody_lies() -> None:
    assert [tool for tool in NEEDED_BY if tool != "pg_restore" and shutil.which(tool) is None] == []
