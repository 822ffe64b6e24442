"""A week of the access log, 1 GB: our one pass beside the guide's own command, in turn on the same file.

    python -m benchmarks.access_logs

The guide counts requests by address: `awk '{print $1}' | sort | uniq -c | sort -rn`. Ours answers that, and status classes, bytes,
p95 of each API route, and how many lines are none. The goals: under 5 s on two cores, under 1 GB of memory, twice as fast. A scraper
is hidden among the lines and must be found.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # found also when this file is run by its path

from fixtures import access_polars
from fixtures.access_counts import Counts, percentile95

Result = TypeVar("Result")
SIZE, ROUNDS, CLIENTS = 1_000_000_000, 5, 60_000
UNTIL = datetime(2026, 11, 24, tzinfo=timezone.utc)
SCRAPER = "203.0.113.200"
GUIDE = "awk '{print $1}' %s | sort | uniq -c | sort -rn | head -20"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
)
PATHS = ("/", "/admin", "/assets/site.css", "/assets/hero.webp", "/api/services", "/api/availability?days=14", "/api/testimonials")
GARBAGE = '"\\x16\\x03\\x01\\x02\\x00\\x01\\x00" 400 157 "-" "-" 0.000\n'


def make(path: Path, size: int) -> int:
    """Writes a log of about this many bytes over seven days, a quarter of it the scraper's; how many lines it has."""
    made = random.Random(1)  # noqa: S311 - plausible data, not secrets
    clients = [".".join(str(made.randrange(1, 255)) for _ in range(4)) for _ in range(CLIENTS)]
    ends = [_end(made, route, agent) for route in (*PATHS, "/api/quotes/4711") for agent in AGENTS for _ in range(300)]
    lines, step = 0, timedelta(days=7) / (size / 205)
    with path.open("w") as file:
        while file.tell() < size:
            block = []
            for _ in range(400):
                stamp = f" - - [{UNTIL - timedelta(days=7) + step * lines:%d/%b/%Y:%H:%M:%S} +0000] "
                block += [_client(made, clients) + stamp + ends[int(made.random() * len(ends))] for _ in range(50)]
                lines += 50
            block[0] = block[0][:60] + "\n"
            block[1] = f"2001:db8::1 - - [{UNTIL - timedelta(days=1):%d/%b/%Y:%H:%M:%S} +0000] {GARBAGE}"
            file.write("".join(block))
    return lines


def _client(made: random.Random, clients: list[str]) -> str:
    return SCRAPER if made.random() < 0.25 else clients[int(made.random() ** 3 * CLIENTS)]


def _end(made: random.Random, route: str, agent: str) -> str:
    status, took = made.choice((200, 200, 200, 304, 404)), min(made.lognormvariate(-3.2, 0.7), 0.4)
    return f'"GET {route} HTTP/1.1" {status} {made.randrange(300, 24_000)} "https://neffpaving.com/" "{agent}" {took:.3f}\n'


def _guide(path: Path) -> str:
    done = subprocess.run(GUIDE % path, shell=True, capture_output=True, text=True, check=True)  # noqa: S602 - the guide's own line
    return done.stdout.split()[1]


def _ours(path: Path) -> Counts:
    until = round(UNTIL.timestamp())
    return access_polars.count([str(path)], until - 7 * 86400, until + 3600, "neff-compliance")


def _timed(seconds: list[float], look: Callable[[Path], Result], path: Path) -> Result:
    started = time.perf_counter()
    found = look(path)
    seconds.append(time.perf_counter() - started)
    return found


def main() -> None:
    """Prints both times as medians, their ratio, the peak of memory, and what was found."""
    guide: list[float] = []
    ours: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "access.log"
        lines = make(path, SIZE)
        for _ in range(ROUNDS):
            busiest = _timed(guide, _guide, path)
            counts = _timed(ours, _ours, path)
    first, requests = counts.clients.most_common(1)[0]
    assert first == busiest == SCRAPER, (first, busiest)
    assert counts.lines == lines == counts.rejected + counts.outside + counts.requests, (counts.lines, lines)
    took, theirs = statistics.median(ours), statistics.median(guide)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{SIZE / 1e9:g} GB, {lines:,} lines: the guide's command {theirs:.2f} s for one question, ours {took:.2f} s for five,", end=" ")
    print(f"{theirs / took:.2f} times as fast (medians of {ROUNDS}; goals: under 5 s, 2 times), peak {peak:.0f} MB (goal: under 1,000)")
    print(
        f"found: {first} with {100 * requests / counts.requests:.1f} % of {counts.requests:,} requests; {counts.rejected} lines rejected;",
        end=" ",
    )
    print(f"{len(counts.statuses)} statuses, {counts.size / 1e9:.1f} GB sent, the slowest of", end=" ")
    print(f"{len(counts.routes)} routes p95 {max(map(percentile95, counts.routes.values())).total_seconds() * 1000:.0f} ms")


if __name__ == "__main__":
    main()
