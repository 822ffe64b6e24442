"""The engineer's files beside the record: pytest-html's details.html and junit.xml, put in the run's folder and made safe."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import shutil
from pathlib import Path

import pytest

from compliance.run import Run


def place(config: pytest.Config, folder: Path) -> None:
    """Tells pytest-html and the JUnit writer where to write; a path that the user gave gets a copy at the end."""
    config.option.htmlpath = getattr(config.option, "htmlpath", None) or str(folder / "details.html")
    config.option.self_contained_html = True
    config.option.xmlpath = getattr(config.option, "xmlpath", None) or str(folder / "junit.xml")


def finish(config: pytest.Config, run: Run) -> None:
    """Completes details.html: a copy in the run's folder, and no script in it but pytest-html's own."""
    for option, name in (("htmlpath", "details.html"), ("xmlpath", "junit.xml")):
        written, own = Path(getattr(config.option, option)), run.folder / name
        if written.exists() and written.resolve() != own.resolve():
            shutil.copyfile(written, own)
        if own.exists():
            text = own.read_text(encoding="utf-8", errors="replace")
            own.write_text(confined(text) if name == "details.html" else text, encoding="utf-8")


def confined(page: str) -> str:
    """The page with a Content-Security-Policy that admits exactly the scripts in it; what is injected does not run.

    pytest-html puts test ids and logs into the page as HTML (measured), so the browser has to be told what is its own.
    """
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.S)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts[-1:])
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"
    link = '<p><a href="report.html">The compliance report</a> is the record; this page is for engineers.</p>'
    page = page.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{html.escape(policy)}">', 1)
    return page.replace("<body>", f"<body>{link}", 1)
