"""The report page of 1,000 and of 10,000 results, and of 10,000 that are all red: time to render, size, and time until it can be used.

    python -m benchmarks.report

A result is a requirement with its guide texts, three assertions and two looks; one in twenty is not met, or all. The goals for 10,000 are
under a second, about 25 MB, and growth in proportion. The seconds of making it are the processor's: a shared machine's clock says little.
In the browser: `readable` is when the verdict is on the screen, `longest wait` is the longest time without an answer to the reader while
the rest loads, `whole` is when the last row is there. Without a Chromium these are left out.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # found also when this file is run by its path

from compliance import report
from selftests import documents

NUMBERS, ROUNDS, VISITS = (1_000, 10_000), 7, 3
FEW_RED, ALL_RED = ("met",) * 19 + ("not met",), ("not met",)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
FLAGS += ["--no-first-run", "--disable-quic", "--window-size=1280,900", "--dump-dom"]
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
PROBE = """<script>
let before = performance.now(), longest = 0;
(function frame() {
  const now = performance.now();
  [longest, before] = [Math.max(longest, now - before), now];
  requestAnimationFrame(frame);
})();
addEventListener('load', () => {
  document.body.offsetHeight;
  const readable = performance.getEntriesByName('first-contentful-paint')[0]?.startTime;
  document.documentElement.dataset.measured = JSON.stringify([readable, longest, performance.now()]);
});
</script>"""


def rendered(number: int, verdicts: tuple[str, ...]) -> tuple[float, str]:
    """The median of the seconds that a page of so many results takes, and the page."""
    made = documents.many(number, verdicts)
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        page = report.render(made)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds), page


def visited(page: str, chromium: str) -> list[float]:
    """The medians of when the page is readable, of its longest wait, and of when it is whole, in milliseconds."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "report.html"
        path.write_text(POLICY.sub(PROBE, page, count=1), encoding="utf-8")
        visits = [_visit(path, chromium) for _ in range(VISITS)]
    return [statistics.median(times) for times in zip(*visits, strict=True)]


def _visit(path: Path, chromium: str) -> list[float]:
    with tempfile.TemporaryDirectory() as profile:
        argv = [chromium, *FLAGS, f"--user-data-dir={profile}", path.as_uri()]
        seen = subprocess.run(argv, capture_output=True, text=True, encoding="utf-8", check=True, timeout=120).stdout
    found = re.search(r'data-measured="([^"]*)"', seen[:10_000])
    assert found, "the browser left no measurement"
    return [float(value or "nan") for value in json.loads(html.unescape(found[1]))]


def main() -> None:
    """Prints two lines for each case, and how 10,000 results compare with 1,000."""
    report.render(documents.document(documents.row()))
    chromium = shutil.which("chromium")
    few, many = (_told(number, FEW_RED, "", chromium) for number in NUMBERS)
    _told(NUMBERS[1], ALL_RED, ", all red", chromium)
    print(f"ratio {NUMBERS[1]:,}/{NUMBERS[0]:,}: {many / few:.1f} (in proportion: {NUMBERS[1] / NUMBERS[0]:.0f})")
    if not chromium:
        print("time until usable: not measured, there is no chromium (apt-get install chromium)")


def _told(number: int, verdicts: tuple[str, ...], words: str, chromium: str | None) -> float:
    seconds, page = rendered(number, verdicts)
    size = len(page.encode())
    print(f"{number:>6} results{words}: {seconds:.2f} s (median of {ROUNDS}), {1e6 * seconds / number:.0f} µs a result, ", end="")
    print(f"{size / 1e6:.1f} MB, {size / number:.0f} bytes a result")
    if chromium:
        readable, longest, whole = visited(page, chromium)
        print(f"{'':>15} in Chromium: readable after {readable:.0f} ms, longest wait {longest:.0f} ms, whole after {whole:.0f} ms")
    return seconds


if __name__ == "__main__":
    main()
