"""The website's pages and the files that they load."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from sandbox.site_api import SERVICES, TESTIMONIALS

ASSETS = Path(__file__).parent / "assets"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".webp": "image/webp"}
FINISHED = {
    "driveway": "A driveway with a yellow line, up to a red house",
    "parking-lot": "A parking lot with ten marked places",
    "patio": "A patio of grey slabs before a house",
}
COLUMNS = ("created_at", "severity", "type", "message", "channel", "status", "acknowledged_by")


@cache
def asset(name: str) -> tuple[bytes, str] | None:
    """The content and media type of a file under /assets/, None when there is none."""
    files = {path.name: path for path in ASSETS.iterdir() if path.suffix in TYPES}
    return (files[name].read_bytes(), TYPES[files[name].suffix]) if name in files else None


def etag(body: bytes) -> str:
    """A validator that changes with the body; weak, as the body may be sent compressed or plain."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'


def home(finished_jobs: int) -> str:
    """The home page."""
    services = "".join(f"<li>{escape(str(service['name']))}</li>" for service in SERVICES)
    voices = "".join(f"<li>“{escape(str(said['text']))}” {escape(str(said['author']))}</li>" for said in TESTIMONIALS)
    finished = "".join(_below(name, shown) for name, shown in FINISHED.items())
    return _page(
        "Neff Paving: driveways, parking lots, repair",
        f"""<h1>Paving that stays level</h1>
<img src="/assets/hero.webp" width="640" height="320" alt="A newly paved road with a roller beside it">
<p>Neff Paving has finished {finished_jobs} jobs for homes and businesses, from the first stone to the last seal.</p>
<h2>What we do</h2>
<ul>{services}</ul>
<h2>What customers say</h2>
<ul>{voices}</ul>
<h2>Ask for a call</h2>
<form data-call><label for="phone">Your phone number</label><input id="phone" name="phone" type="tel" required>
<button>Call me back</button><output></output></form>
<h2>Finished lately</h2>
{finished}""",
        script="site.js",
    )


def admin() -> str:
    """The admin panel's first page: signing in."""
    return _page(
        "Neff Paving Admin",
        """<h1>Neff Paving Admin</h1>
<form action="/api/auth/login" method="post" data-next="/admin/alerts">
<label for="username">User name</label><input id="username" name="username" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button><output></output></form>""",
        script="admin.js",
    )


def alerts(rows: Sequence[Mapping[str, object]]) -> str:
    """The admin panel's list of alerts."""
    head = "".join(f"<th>{column.replace('_', ' ')}</th>" for column in COLUMNS)
    lines = "\n".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    table = f"<h1>Alerts</h1>\n<table><thead><tr>{head}</tr></thead><tbody>\n{lines}\n</tbody></table>"
    return _page("Alerts: Neff Paving Admin", table, script="admin.js")


def error(title: str) -> str:
    """A page that says what went wrong, without the marks of a page that works."""
    return f'<!doctype html>\n<html lang="en"><title>{escape(title)}</title><h1>{escape(title)}</h1></html>\n'


def _below(name: str, shown: str) -> str:
    """A picture further down, which a browser fetches when somebody scrolls there."""
    return f'<p><img src="/assets/{name}.webp" width="640" height="320" loading="lazy" alt="{escape(shown)}"></p>\n'


def _cells(row: Mapping[str, object]) -> str:
    values = (row.get(column) for column in COLUMNS)
    return "".join(f"<td>{escape(str(value)) if value is not None else ''}</td>" for value in values)


def _page(title: str, content: str, script: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<meta name="description" content="Neff Paving, paving contractor">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/site.css">
<script src="/assets/{script}" defer></script>
</head>
<body>
<header><strong>Neff Paving</strong><nav><a href="/">Home</a><a href="/admin">Staff</a></nav></header>
<main>
{content}
</main>
<footer>© <span data-year>2026</span> Neff Paving</footer>
</body>
</html>
"""
