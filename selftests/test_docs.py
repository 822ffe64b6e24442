"""The documentation says what the code does: every key, option, fixture, verb, code and verdict stands in it, and its examples work."""

from __future__ import annotations

import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from compliance.attestations import Attestation
from compliance.estate import Approved, EstateFile, Host, Logs, Provided, VisitedPage
from compliance.findings import Finding
from compliance.guide import CADENCES, Outage, Requirement, Threshold, load
from compliance.known_errors import KnownError
from compliance.toml import fit
from compliance.verdict import Verdict
from compliance.waivers import Waiver
from fixtures import incidents, lines
from selftests.running import CHECKOUT, plain_environment

README, DOCS, PRODUCTION = CHECKOUT / "README.md", CHECKOUT / "docs", CHECKOUT / "estates" / "production"
PAGES = [README, *sorted(DOCS.glob("*.md")), *sorted(PRODUCTION.rglob("*.md"))]
ESTATE, GUIDE, CHECK = DOCS / "estate.md", DOCS / "guide.md", DOCS / "write-a-check.md"
REPORT, OWN = DOCS / "read-a-report.md", DOCS / "run-it-on-your-own-system.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)


def _blocks(path: Path, *kinds: str) -> list[str]:
    """The code blocks of these languages in a page."""
    return [text for kind, text in BLOCK.findall(path.read_text()) if kind in kinds]


def _parts(path: Path, words: str) -> list[str]:
    """The parts of a page, from one second-level heading to the next, in which these words stand."""
    return [part for part in re.split(r"^## ", path.read_text(), flags=re.M) if words in part]


def _default(field: Any) -> str:
    """A field's default as the tables show it."""
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, str):
        return f'`"{value}"`'
    if value is None or value in ((), {}):
        return "empty" if value == {} else "none"
    return f"`{str(value).lower()}`"


def _described(part: str, key: str, default: str) -> bool:
    """Whether a row of a table in this part names the key and its default."""
    rows = [row for row in part.splitlines() if row.count("|") > 3]
    return any(f"`{key}`" in " ".join(row.split("|")[1:3]) and f"| {default} |" in row for row in rows)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The section's model behind an optional field."""
    inner = [within for kind in get_args(annotation) for within in (kind, *get_args(kind))]
    kinds = [kind for kind in (annotation, *inner) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return kinds[0] if kinds else None


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section that an estate may have, with its model."""
    for name, field in EstateFile.model_fields.items():
        model = _model(field.annotation)
        if model is not None:
            yield name, model
    yield "hosts.", Host
    yield "browser.pages.", VisitedPage
    for name, field in Logs.model_fields.items():
        model = _model(field.annotation)
        if model is not None:
            yield f"logs.{name}", model


SECTIONS = dict(_sections())


def _own_keys(model: type[BaseModel]) -> dict[str, Any]:
    """A section's keys that are no sections themselves."""
    return {name: field for name, field in model.model_fields.items() if _model(field.annotation) is None}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_a_section_is_described_with_its_default(section: str) -> None:
    parts = _parts(ESTATE, f"`[{section}") or [f"docs/estate.md has no `[{section}]`"]
    missing = [
        key for key, field in _own_keys(SECTIONS[section]).items() if not any(_described(part, key, _default(field)) for part in parts)
    ]

    assert missing == [], f"describe them in docs/estate.md, each with its default, under [{section}]"


def test_every_key_at_the_top_of_an_estate_is_described() -> None:
    (top,) = _parts(ESTATE, "Top of `estate.toml`\n")
    tables = {"absent", "hosts"}
    missing = [key for key, field in _own_keys(EstateFile).items() if key not in tables and not _described(top, key, _default(field))]

    assert missing == []
    assert "`[absent]`" in ESTATE.read_text()


@pytest.mark.parametrize("model", [Waiver, Attestation, KnownError, Finding, Provided])
def test_every_key_of_the_files_beside_it_is_described(model: type[BaseModel]) -> None:
    words = {
        Waiver: "`waivers.toml`\n",
        Attestation: "`attestations.toml`\n",
        KnownError: "`known_errors.toml`\n",
        Finding: "`findings.toml`\n",
        Provided: "Providers",
    }[model]
    (part,) = [part for part in _parts(ESTATE, words) if part.startswith(words)]

    assert [key for key in model.model_fields if not re.search(rf"^\| `{key}` \|", part, re.M)] == []


def test_every_key_of_what_is_approved_is_described() -> None:
    assert [key for key in Approved.model_fields if f"`[{key}]`" not in ESTATE.read_text()] == []


def test_every_key_of_the_guide_is_described() -> None:
    page = GUIDE.read_text()
    known = {**Requirement.model_fields, **Threshold.model_fields, **Outage.model_fields}
    missing = [key for key, field in known.items() if key != "threshold" and not _described(page, key, _default(field))]

    assert missing == []
    assert "`cadence`" in page
    assert "`[[requirement.threshold]]`" in page


@pytest.mark.parametrize("section", SECTIONS)
def test_the_guide_s_own_system_is_described_with_every_section_and_key(section: str) -> None:
    text = (PRODUCTION / "estate.toml").read_text()
    found = re.search(rf"^\[{re.escape(section)}.*?\]$(.*?)(?=^\[|\Z)", text, re.S | re.M)

    assert found is not None, f"estates/production/estate.toml has no [{section}]"
    missing = [key for key in _own_keys(SECTIONS[section]) if not re.search(rf"^(?:# )?{key} = ", found[1], re.M)]
    assert missing == [], "write them there, at least behind a #"


def test_the_guide_s_own_system_has_every_key_of_the_top() -> None:
    top = (PRODUCTION / "estate.toml").read_text().partition("\n[site]")[0]

    assert [key for key in _own_keys(EstateFile) if key not in ("absent", "hosts") and not re.search(rf"^(?:# )?{key} = ", top, re.M)] == []
    assert "# [absent]" in top


def test_every_section_of_the_guide_s_own_system_says_what_it_is() -> None:
    parts = (PRODUCTION / "estate.toml").read_text().split("\n\n")

    assert [part for part in parts if re.search(r"^\[", part, re.M) and "#" not in part] == []


def _calls(name: str) -> list[str]:
    """The first word that the plugin gives to this method of pytest's parser."""
    text = (CHECKOUT / "compliance" / "plugin.py").read_text()
    return re.findall(rf'\.{name}\(\s*"([\w-]+)"', text)


def test_every_option_and_ini_key_is_described() -> None:
    page = README.read_text()

    assert _calls("addoption")
    assert [name for name in _calls("addoption") if f"`{name}=" not in page] == []
    assert [name for name in _calls("addini") if f"`{name}`" not in page] == []


def test_the_time_limit_of_a_check_is_the_one_that_is_set() -> None:
    limit = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["pytest"]["check_timeout"]

    assert f"`check_timeout`, {limit} s" in CHECK.read_text()


def _fixtures() -> list[str]:
    nodes = [node for path in (CHECKOUT / "fixtures").glob("*.py") for node in ast.parse(path.read_text()).body]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    handed_out = [f.name for f in functions if any("pytest.fixture" in ast.unparse(d) for d in f.decorator_list)]
    return [name for name in handed_out if not name.startswith("_")]


def test_every_fixture_is_described() -> None:
    (part,) = [part for part in _parts(CHECK, "The fixtures\n") if part.startswith("The fixtures\n")]
    rows = re.findall(r"^\| `(\w+)` \|", part, re.M)

    assert sorted(rows) == sorted(_fixtures())


def test_every_make_verb_is_described() -> None:
    targets = re.findall(r"^([a-z][a-z -]*):.*?## ", (CHECKOUT / "Makefile").read_text(), re.M)
    verbs = [verb for target in targets for verb in target.split()]

    assert len(verbs) > 5
    assert [verb for verb in verbs if f"`make {verb}`" not in README.read_text()] == []
    assert [verb for verb in re.findall(r"`make ([a-z-]+)`", README.read_text()) if verb not in verbs] == []


@pytest.mark.parametrize("page", [README, REPORT], ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_exit_code_is_described(page: Path) -> None:
    (part,) = [part for part in _parts(page, "Exit codes\n") if part.startswith("Exit codes\n")]

    assert re.findall(r"^\| (\d) \|", part, re.M) == [str(code) for code in range(7)]


def test_every_verdict_is_described() -> None:
    (part,) = [part for part in _parts(REPORT, "The verdicts\n") if part.startswith("The verdicts\n")]

    assert [verdict for verdict in Verdict if f"| **{verdict}** |" not in part and verdict is not Verdict.NOT_DUE] == []
    assert "*not due*" in part


def _names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _names(part)


def test_every_key_of_a_record_is_described() -> None:
    schema = json.loads((CHECKOUT / "compliance" / "results.schema.json").read_text())
    (part,) = [part for part in _parts(REPORT, "results.json\n") if part.startswith("results.json\n")]
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", part))))

    assert sorted({name for name in _names(schema) if " " not in name and name not in told} - {v.value for v in Verdict}) == []


def test_the_figures_of_what_is_covered_are_right() -> None:
    guide, checks = load(), "".join(path.read_text() for path in CHECKOUT.glob("tests_*/*.py"))
    rows = [
        (cadence, str(len(due)), str(sum(f'requirement("{r.id}")' in checks for r in due)))
        for cadence, due in ((cadence, guide.of((cadence,))) for cadence in CADENCES)
    ]

    assert re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \|$", README.read_text(), re.M) == rows, "correct the table in README.md"


def _slug(heading: str) -> str:
    """The anchor that a heading gets on the usual code hosts."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    dead = []
    text = BLOCK.sub("", page.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r' src="([^"]+)"', text):
        file, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (page.parent / file).resolve() if file else page
        known = re.findall(r"^#+ (.+)$", BLOCK.sub("", there.read_text()), re.M) if anchor and there.suffix == ".md" else []
        if not there.exists() or (anchor and anchor not in map(_slug, known)):
            dead.append(target)

    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, queue = {README}, [README]
    while queue:
        page = queue.pop()
        linked = {(page.parent / t.partition("#")[0]).resolve() for t in re.findall(r"\]\(([^)\s#:]+\.md[^)\s:]*)\)", page.read_text())}
        queue += linked - seen
        seen |= linked

    assert [path.name for path in DOCS.glob("*.md") if path not in seen] == []


def test_the_readme_is_short_and_its_picture_small() -> None:
    assert len(README.read_text().splitlines()) < 150
    assert (DOCS / "report.png").stat().st_size < 200_000


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_code_in_the_pages_can_be_read(page: Path) -> None:
    for text in _blocks(page, "toml"):
        tomllib.loads(text)
    for text in _blocks(page, "python"):
        ast.parse(text)
    for text in _blocks(page, "ini"):
        configparser.ConfigParser(interpolation=None).read_string(text)
    for text in _blocks(page, "sh"):
        plain = re.sub(r"<[a-z ]+>", "WORD", text)
        done = subprocess.run(["/bin/sh", "-n"], input=plain, capture_output=True, text=True, timeout=10)
        assert done.stderr == ""
    assert set(re.findall(r"^```(\w*)$", page.read_text(), re.M)) <= {"", "toml", "python", "ini", "sh", "sql", "text", "diff"}


def test_the_examples_of_waivers_attestations_requirements_and_approvals_are_valid() -> None:
    documents = [tomllib.loads(text) for page in (ESTATE, GUIDE, CHECK) for text in _blocks(page, "toml")]
    waivers = [fit(Waiver, entry, ESTATE) for d in documents for entry in d.get("waiver", [])]
    attested = [fit(Attestation, entry, ESTATE) for d in documents for entry in d.get("attestation", [])]
    known = [fit(KnownError, entry, ESTATE) for d in documents for entry in d.get("error", [])]
    required = [fit(Requirement, entry, GUIDE) for d in documents for entry in d.get("requirement", [])]
    approved = [fit(Approved, d, ESTATE) for d in documents if "normal_sqlstates" in d]

    assert (len(waivers), len(attested), len(known), len(required), len(approved)) == (1, 1, 1, 2, 1)
    assert {*(w.requirement for w in waivers), *(a.requirement for a in attested)} <= set(load().requirements)


@pytest.mark.parametrize("name", ["waivers.toml", "attestations.toml"])
def test_the_examples_behind_a_comment_are_valid(name: str) -> None:
    text = (PRODUCTION / name).read_text()
    entry = tomllib.loads(re.sub(r"^# ?", "", text[text.index("# [[") :], flags=re.M))
    entry.get("attestation", [{}])[0].update({"sha256": "0" * 64})
    model: type[Waiver | Attestation] = Waiver if name == "waivers.toml" else Attestation

    (made,) = [fit(model, fields, PRODUCTION / name) for fields in next(iter(entry.values()))]
    assert made.requirement in load().requirements


def test_the_example_of_a_known_error_behind_a_comment_is_valid() -> None:
    text = (PRODUCTION / "known_errors.toml").read_text()
    (entry,) = tomllib.loads(re.sub(r"^# ?", "", text[text.index("# [[") :], flags=re.M))["error"]

    assert fit(KnownError, entry, PRODUCTION).log == "application"


def test_the_examples_of_an_incident_can_be_read(tmp_path: Path) -> None:
    example = next(text for text in _blocks(ESTATE, "text") if "+++" in text)
    (tmp_path / "told.md").write_text(example)
    shutil.copy(PRODUCTION / "incidents" / "template.md.example", tmp_path / "template.md")

    assert incidents.read(tmp_path / "told.md").missing == []
    assert incidents.read(tmp_path / "template.md").missing == ["Cause", "Timeline", "Lessons"]


def test_the_log_formats_that_are_asked_for_are_those_that_are_read() -> None:
    page = OWN.read_text()
    (format_,) = re.findall(r"log_format timed (.+?);", page, re.S)
    said = {"$remote_addr": "192.0.2.7", "$remote_user": "-", "$time_local": "23/Nov/2026:12:45:01 +0000", "$request_time": "0.012"}
    said |= {
        "$request": "GET /api/health HTTP/1.1",
        "$status": "200",
        "$body_bytes_sent": "17",
        "$http_referer": "-",
        "$http_user_agent": "curl",
    }
    line = "".join(re.findall(r"'([^']*)'", format_))
    request = lines.access(re.sub(r"\$\w+", lambda name: said[name[0]], line))
    (prefix,) = re.findall(r"log_line_prefix = '(.+)'", page)
    server = lines.ServerLog(prefix, "UTC")("2026-11-23 12:45:01.123 UTC [4711] 42601 neff_app@neff_paving_admin ERROR:  syntax error")

    assert request is not None
    assert (request.path, request.status, request.took and request.took.total_seconds()) == ("/api/health", 200, 0.012)
    assert server is not None
    assert (server.sqlstate, server.severity) == ("42601", "ERROR")
    assert f'line_prefix = "{prefix}"' in (PRODUCTION / "estate.toml").read_text()


def test_every_secret_that_the_guide_s_own_system_needs_is_listed() -> None:
    needed = re.findall(r'env = "(\w+)"', (PRODUCTION / "estate.toml").read_text())

    assert needed
    assert [name for name in needed if f"| `{name}` |" not in OWN.read_text()] == []


COMMANDS = [line.partition("#")[0].split() for text in _blocks(README, "sh") for line in text.splitlines() if "-m compliance " in line]
CHEAP = [words for words in COMMANDS if words[3] in ("--help", "check")]


def test_the_readme_shows_commands_that_can_be_tried() -> None:
    assert [words[3:] for words in CHEAP] == [["--help"], ["check", "production"]]


@pytest.mark.parametrize("words", CHEAP, ids=" ".join)
def test_a_cheap_command_of_the_readme_works(words: list[str]) -> None:
    done = subprocess.run([sys.executable, *words[1:]], cwd=CHECKOUT, env=plain_environment(), capture_output=True, text=True, timeout=30)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_of_a_new_check_fits_the_code_as_it_is() -> None:
    """That it works is tried at night; that a change of the code has left it behind is said at once."""
    for text in _blocks(CHECK, "diff"):
        subprocess.run(["git", "apply", "--recount", "--check", "-"], input=text, cwd=CHECKOUT, text=True, check=True, timeout=10)


@pytest.mark.nightly
def test_the_example_of_a_new_check_works_as_it_is_written(tmp_path: Path) -> None:
    project = tmp_path / "project"
    unwanted = shutil.ignore_patterns(".git", ".venv", ".sandbox", "reports", "__pycache__", ".*_cache")
    shutil.copytree(CHECKOUT, project, ignore=unwanted)

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=project, env=plain_environment(), capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python("compliance", "new", "daily.alerts.recipients")
    guide = project / "guide" / "daily.toml"
    before = guide.read_text().rpartition("\n[[requirement]]")[0]
    guide.write_text(before + "\n" + _blocks(CHECK, "toml")[0])
    for text in _blocks(CHECK, "python", "sql"):
        named = re.match(r"(?:#|--) (\S+/\S+\.\w+)\n", text)
        if named:
            (project / named[1]).write_text(text[named.end() :])
    for text in _blocks(CHECK, "diff"):
        subprocess.run(["git", "apply", "--recount", "-"], input=text, cwd=project, text=True, check=True, timeout=10)

    assert "1 met" in python("pytest", "-m", "daily", "-k", "somebody_to_tell")
    assert "2 passed" in python("pytest", "selftests/test_faults.py", "-m", "not nightly", "-k", "recipients")
