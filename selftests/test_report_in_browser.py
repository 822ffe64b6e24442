"""The report in a real browser: by axe-core, on a telephone, on paper, without a script and under somebody else's policy."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from compliance import report, report_index
from selftests import documents
from selftests.documents import attestation, document, row, waiver
from selftests.test_report import everything, long_past

MISSING = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="the report is opened in a real browser: apt-get install chromium"),
    pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)} (make extras)"),
]
STANDARD = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}


def _broken() -> str:
    verdicts = ("met", "not met", "not assessed", "met", "not applicable")
    made = documents.of_the_guide(verdicts)
    red = [documents.change(r["id"], "met", r["verdict"]) for r in made["requirements"] if r["verdict"] in ("not met", "not assessed")]
    made["changes"] = documents.changes(regressed=red, fixed=[documents.change("daily.health.api", "not met", "met")])
    return report.render(made, long_past())


def _waived() -> str:
    rows = [row(verdict="waived", waiver=[waiver(), waiver(object="ix", state="expired", expiry="2026-11-01")])]
    return report.render(document(*rows, row("daily.walk", checks=[], attestation=attestation())), documents.past(documents.point(1)))


def _partial() -> str:
    left = {"left_out": ["daily.x"], "deselected": ["tests_daily/a.py::b"], "lost": ["tests_daily/a.py::c"], "broken": ["a.py: no"]}
    return report.render(document(row(), row("daily.x", "not due"), population=left, partial=["-k"], sandbox=True))


PAGES: dict[str, Callable[[], str]] = {
    "healthy": lambda: report.render(documents.of_the_guide(), long_past()),
    "broken": _broken,
    "partial": _partial,
    "waived": _waived,
    "everything": lambda: report.render(everything(), long_past()),
    "hostile": lambda: report.render(documents.hostile(), documents.hostile_past()),
    "nothing": lambda: report.render(document()),
    "index": lambda: report_index.render([documents.past_run("daily", days) for days in range(1, 40)], documents.DAY, "watch-1"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of each page, written as a run leaves it."""
    folder = tmp_path_factory.mktemp("pages")
    for name, make in PAGES.items():
        (folder / f"{name}.html").write_text(make(), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in PAGES}


def _axe(opened: Any, rules: dict[str, Any] = STANDARD) -> list[str]:
    """What axe-core finds, all evidence opened: the rule, and where.

    Rows are laid out at once, for axe-core measures first and scrolls later: a row that is laid out in between moves the others.
    """
    opened.evaluate("document.querySelectorAll('.row').forEach(row => { row.style.contentVisibility = 'visible' })")
    opened.evaluate("document.querySelectorAll('details').forEach(closed => closed.open = true)")
    opened.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
    found = opened.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)
    return [f"{v['id']}: {v['help']}: {[node['html'][:200] for node in v['nodes'][:3]]}" for v in found["violations"]]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Any, pages: dict[str, str], name: str, colours: str) -> None:
    with browser.new_context(color_scheme=colours, viewport=DESK) as context:
        opened = context.new_page()
        opened.goto(pages[name])

        assert _axe(opened, STANDARD if colours == "light" else COLOURS) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_telephone_scrolls_in_one_direction_only(browser: Any, pages: dict[str, str], name: str) -> None:
    """Also with all evidence open; where the most occurs, axe-core looks at that width, too."""
    with browser.new_context(viewport=PHONE, is_mobile=True) as context:
        opened = context.new_page()
        opened.goto(pages[name])

        opened.evaluate("document.querySelectorAll('details').forEach(closed => closed.open = true)")
        assert opened.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [320, 320]
        assert (_axe(opened) if name in ("everything", "index") else []) == []


@pytest.mark.parametrize("name", PAGES)
def test_all_is_there_without_a_script_and_nothing_is_asked_of_the_network(browser: Any, pages: dict[str, str], name: str) -> None:
    with browser.new_context(java_script_enabled=False) as without, browser.new_context() as context:
        plain, opened, asked, said = without.new_page(), context.new_page(), [], []
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("console", lambda message: said.append(message.text))
        plain.goto(pages[name])
        opened.goto(pages[name])

        assert plain.locator("body").inner_text() == opened.locator("body").inner_text()
        assert [url for url in asked if url != pages[name] and not url.startswith("data:")] == []
        assert said == []
        assert opened.title() != "ran"


def _printed(opened: Any) -> int:
    """How many sheets of paper it takes."""
    return int(opened.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n") or opened.pdf().count(b"/Type /Page"))


def test_the_whole_is_printed_with_its_evidence_and_the_short_form_on_a_few_sheets(browser: Any, pages: dict[str, str]) -> None:
    with browser.new_context() as context:
        opened = context.new_page()
        opened.emulate_media(media="print")
        opened.goto(pages["healthy"])
        closed = "[...document.querySelectorAll('article pre')].filter(pre => pre.getBoundingClientRect().height === 0).length"
        assert (opened.evaluate("document.querySelectorAll('article pre').length") > 30, opened.evaluate(closed)) == (True, 0)
        whole = _printed(opened)

        opened.goto(f"{pages['healthy']}#short")

        assert opened.locator("#requirements").is_hidden()
        assert opened.locator("#exceptions").is_visible()
        assert opened.locator("#short").is_visible()
        assert (_printed(opened) <= 3, whole >= 15) == (True, True)


def test_the_short_form_is_left_by_its_link_and_by_a_jump_into_what_it_leaves_out(browser: Any, pages: dict[str, str]) -> None:
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto(pages["broken"])
        opened.get_by_role("link", name="Short form").click()
        assert opened.locator("#requirements").is_hidden()

        opened.get_by_role("link", name="the whole report").click()
        assert opened.locator("#requirements").is_visible()

        opened.goto(f"{pages['broken']}#short")
        opened.locator("#changes a").first.click()
        assert opened.locator("#requirements").is_visible()


def test_a_server_that_forbids_styles_leaves_it_readable(browser: Any, tmp_path: Path) -> None:
    """As Jenkins serves artefacts: no style, no script; the words and their order carry all."""
    policy = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
    page = _broken().replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{policy}">', 1)
    (tmp_path / "report.html").write_text(page)
    with browser.new_context(viewport=PHONE) as context:
        opened = context.new_page()
        opened.goto((tmp_path / "report.html").as_uri())

        text = opened.locator("body").inner_text()
        assert text.index("Not compliant") < text.index("What to do first") < text.index("Regressed") < text.index("Exceptions")
        assert "did not hold" in text or "was not reached" in text or "not assessed" in text


def test_a_keyboard_reaches_the_verdict_first(browser: Any, pages: dict[str, str]) -> None:
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto(pages["broken"])
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.textContent") == "Skip to the verdict"

        opened.keyboard.press("Enter")
        assert opened.evaluate("location.hash") == "#verdict"


@pytest.mark.parametrize(
    "verdicts",
    [pytest.param(("met",) * 19 + ("not met",), id="few red"), pytest.param(("not met",), id="all red", marks=pytest.mark.nightly)],
)
def test_ten_thousand_results_are_usable_and_no_worse_for_a_screen_reader(browser: Any, tmp_path: Path, verdicts: tuple[str, ...]) -> None:
    (tmp_path / "report.html").write_text(report.render(documents.many(10_000, verdicts)))
    with browser.new_context(viewport=DESK) as context:
        opened = context.new_page()
        opened.goto((tmp_path / "report.html").as_uri())

        assert opened.evaluate("document.querySelectorAll('article.row[id]').length") == 10_000
        assert opened.evaluate("[document.documentElement.scrollWidth, innerWidth]") == [1280, 1280]
        assert _axe_of_the_frame(opened) == []


def _axe_of_the_frame(opened: Any) -> list[str]:
    """What axe-core finds in all but the long lists, of which it sees the beginning: it would take minutes for ten thousand rows."""
    opened.evaluate(
        "most => { for (const list of document.querySelectorAll('section, tbody'))"
        " [...list.children].filter(child => child.matches('article, tr')).slice(most).forEach(child => child.remove()) }",
        3,
    )
    return _axe(opened)
