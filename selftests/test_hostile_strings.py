"""HTML and secrets in every place where one can stand: nothing runs, nothing appears in any file that a run leaves."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from base64 import b64encode
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from sandbox.faults.tools import ago, in_database, lines_added
from sandbox.house import Sandbox
from selftests.running import WEBSITE, Outcome, Suite, run_small, write_check

HTML = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
SECRETS = {
    "environment": "env-s3cret-value-77",
    "dsn": "dsn-s3cret-77",
    "header": "hdr-s3cret-token-77abcdef",
    "file": "file-s3cret-77/+&",
}


def _files(outcome: Outcome) -> dict[str, str]:
    assert outcome.folder is not None
    return {path.name: path.read_text(errors="replace") for path in outcome.folder.rglob("*") if path.is_file()}


def _title_in_browser(page: Path, profile: Path) -> str:
    found = re.search(r"<title>(.*?)</title>", _in_browser(page, profile), re.S)
    return found[1] if found else ""


def _in_browser(page: Path, profile: Path) -> str:
    """The page as it stands after its scripts have run."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the report is opened in a real browser: apt-get install chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=4000", "--dump-dom"]
    return subprocess.run([chromium, *flags, page.as_uri()], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A run whose test ids, offenders, assertions, errors and evidence are full of HTML."""
    from selftests.running import make_project

    project = make_project(tmp_path_factory.mktemp("hostile"))
    body = (
        f"HTML = {HTML!r}\n\n\n@check\n@pytest.mark.parametrize('x', [HTML], ids=[HTML])\ndef test_it(evidence, x):\n"
        "    evidence.note(source=x, query=x, looked_at=1, value=x, unit=x, stderr=x, excerpt={x: x})\n    print(x)\n"
        "    found = [x]\n    assert x\n    assert found == []\n"
    )
    write_check(project, body)
    other = f"HTML = {HTML!r}\n\n\n@check\ndef test_other():\n    raise RuntimeError(HTML)\n"
    write_check(project, other, requirement="daily.response-time.admin", name="test_two.py")
    return run_small(project)


def test_hostile_text_is_kept_as_text(hostile: Outcome) -> None:
    assert hostile.table[WEBSITE] == "not met"
    files = _files(hostile)
    assert HTML in json.loads(files["results.json"])["requirements"][5]["reason"]
    assert "<script>document" not in files["report.html"]
    assert "<img src=x" not in files["report.html"]
    assert "&lt;img src=x" in files["report.html"]


@pytest.mark.parametrize("name", ["report.html", "details.html"])
def test_hostile_text_does_not_run_in_a_browser(hostile: Outcome, name: str, tmp_path: Path) -> None:
    assert hostile.folder is not None
    assert "owned" not in _title_in_browser(hostile.folder / name, tmp_path)


def test_the_browser_would_have_run_it_elsewhere(tmp_path: Path) -> None:
    page = tmp_path / "unsafe.html"
    page.write_text(f"<!doctype html><title>calm</title>{HTML}")

    assert _title_in_browser(page, tmp_path / "profile") == "owned"


def test_the_engineer_s_page_still_works(hostile: Outcome, tmp_path: Path) -> None:
    assert hostile.folder is not None
    page = hostile.folder / "details.html"
    policy = re.search(r"script-src ([^;]+);", unescape(page.read_text()))
    assert policy is not None
    assert "unsafe" not in policy[1]
    assert _in_browser(page, tmp_path).count('class="results-table-row"') == 2


def test_html_in_a_log_line_and_in_the_database_stays_text(sandbox: Sandbox, suite: Suite) -> None:
    line = f"{ago(minutes=5):%Y-%m-%dT%H:%M:%S}.123Z ERROR [api] could not connect {HTML}"
    raised = (
        "INSERT INTO alert_history (alert_type_id, severity, message, channel, status, created_at)"
        " SELECT min(id), 'critical', %s, 'email', 'failed', now() - interval '5 minutes' FROM alert_types"
    )
    forget = "DELETE FROM alert_history WHERE message LIKE '%owned%'"
    log = sandbox.home / "logs" / "application" / "error.log"
    with lines_added(log, line), in_database(sandbox, raised, forget, HTML):
        outcome = suite.run()

    assert outcome.table["daily.alerts.reviewed"] == "not met"
    assert "onerror=" in outcome.row("daily.alerts.reviewed")["reason"]
    assert "<img src=x" not in _files(outcome)["report.html"]


def test_no_secret_appears_in_any_file_or_on_the_terminal(checks: Path) -> None:
    estate = checks / "estate" / "estate.toml"
    (checks / "estate" / "key").write_text(SECRETS["file"])
    text = estate.read_text().replace('"payments" = "not here"\n', "")
    estate.write_text(text.replace("[absent]", PAYMENTS + "[absent]"))
    body = (
        "import os\n\n\n@check\n@pytest.mark.parametrize('x', ['env', 'dsn', 'header', 'file'])\ndef test_it(evidence, x):\n"
        f"    said = {{'env': os.environ['NEFF_TEST_PASSWORD'], 'dsn': 'postgresql://u:{SECRETS['dsn']}@host/db',"
        f" 'header': 'Authorization: Bearer {SECRETS['header']}', 'file': open('estate/key').read()}}[x]\n"
        "    evidence.note(source=said, query=said, looked_at=1, value=[said, {said: said}], stderr=said)\n    print(said)\n"
        "    if x == 'dsn':\n        raise RuntimeError(said)\n    found = [said]\n    assert said\n    assert found == []\n"
    )
    write_check(checks, body)
    outcome = run_small(checks, environment={"NEFF_TEST_PASSWORD": SECRETS["environment"]})

    assert outcome.exit_code == 1
    assert outcome.folder is not None
    index = (outcome.folder.parents[1] / "index.html").read_text()
    for place, text in {**_files(outcome), "terminal": outcome.said, "index": index}.items():
        # The engineer's page shows the check's own source, in which this test had to write two of them.
        for kind, secret in SECRETS.items():
            forms = {secret, quote(secret, safe=""), b64encode(secret.encode()).decode(), json.dumps(secret)[1:-1]}
            assert not [form for form in forms if form in text], f"the {kind} secret is in {place}"


PAYMENTS = """\
[payments]
api = "https://payments.invalid"
key = { file = "key" }
mode = "live"

"""


def test_what_a_check_is_called_does_not_leave_the_folder(hostile: Outcome) -> None:
    assert hostile.folder is not None
    assert {path.name for path in hostile.folder.iterdir()} == {"results.json", "report.html", "details.html", "junit.xml", "manifest.json"}
