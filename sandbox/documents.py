"""The sandbox's documentation: a folder under version control, dated so that it is as up to date as documentation ought to be."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path

SOURCE = Path(__file__).with_name("documents")
SHOWN, PICTURE = "app/booking.html", "images/booking-form.png"


def write(folder: Path, today: date, site: str) -> None:
    """Writes the documents as of `today`, and their past: what a picture shows is older than the picture."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder)
    days = {"recent": today - timedelta(days=12), "older": today - timedelta(days=70), "next": today + timedelta(days=80)}
    for path in folder.rglob("*.md"):
        path.write_text(path.read_text().replace("{site}", site))
        for name, value in days.items():
            path.write_text(path.read_text().replace(f"{{{name}}}", value.isoformat()))
    git(folder, "init", "--quiet", at=days["older"])
    commit(folder, SHOWN, at=days["older"])
    commit(folder, ".", at=days["recent"])


def commit(folder: Path, path: str, at: date) -> None:
    """Commits what has changed at `path`, dated at noon of a day."""
    git(folder, "add", "--", path, at=at)
    git(folder, "commit", "--quiet", "--message", "Documentation", at=at)


def git(folder: Path, *words: str, at: date) -> None:
    """Runs git in the folder with an identity and a clock of its own, whatever this machine's settings say."""
    said = {"NAME": "Dana Reyes", "EMAIL": "dana@neffpaving.example", "DATE": f"{at.isoformat()}T12:00:00Z"}
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in said.items()}
    settings = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ.get("PATH", os.defpath)}
    subprocess.run(["git", "-C", str(folder), *words], env={**settings, **who}, check=True, capture_output=True, timeout=20)
