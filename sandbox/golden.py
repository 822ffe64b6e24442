"""The first sandbox is built once; every further one is a copy of it."""

from __future__ import annotations

import fcntl
import hashlib
import secrets
import shutil
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sandbox import backups, data, logs
from sandbox.postgres import Postgres
from sandbox.processes import free_port
from sandbox.site_access import hash_password

SCHEMA = Path(__file__).with_name("schema.sql")
RECIPE = (
    "schema.sql",
    "seed.sql",
    "present.sql",
    "data.py",
    "rotated.py",
    "logs.py",
    "backups.py",
    "cluster.py",
    "certificates.py",
    "postgresql.conf",
    "pg_hba.conf",
    "../wrapper/neff-backup",
)
PARTS = ("pgdata", "secrets", "logs", "backup", "uploads")


def prepare(home: Path, golden: Path) -> None:
    """Fills an empty `home` with a copy of `golden`, which is built first when it is missing or of an older recipe."""
    if (home / "complete").exists() and (home / "complete").read_text() == _recipe():
        return
    golden.parent.mkdir(parents=True, exist_ok=True)
    with golden.with_name("golden.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (golden / "complete").exists() or (golden / "complete").read_text() != _recipe():
            _build(golden)
    for old in home.iterdir():
        shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    for part in PARTS:
        subprocess.run(["cp", "-a", "--reflink=auto", golden / part, home / part], check=True, timeout=120)
    (home / "complete").write_text(_recipe())


def _recipe() -> str:
    """Changes when what a sandbox is made of changes, so that nobody tests an old one."""
    summed = hashlib.sha256()
    for name in RECIPE:
        path = SCHEMA.parent / name
        summed.update(path.read_bytes() if path.exists() else b"")
    return summed.hexdigest()


def _build(golden: Path) -> None:
    """A database with a year of data, a month of backups and a day of logs."""
    made = golden.with_name("golden.new")
    shutil.rmtree(made, ignore_errors=True)
    shutil.rmtree(golden, ignore_errors=True)
    made.mkdir(mode=0o755)
    now = datetime.now(UTC)
    logs.bring_to_present(made, now)
    postgres = Postgres(made, free_port())
    postgres.start()
    try:
        password = _made_up(made / "secrets" / "compliance")
        with closing(postgres.connect("neff_admin")) as connection:
            connection.execute(SCHEMA.read_text().encode())
            data.seed(connection, now, hash_password(password))
        backups.bring_to_present(postgres, made, now)
        # In a session of its own: what another one has just loaded is counted only when that one has ended.
        with closing(postgres.connect("neff_admin")) as connection:
            connection.execute("ANALYZE")
    finally:
        postgres.stop()
    (made / "complete").write_text(_recipe())
    made.rename(golden)


def _made_up(path: Path) -> str:
    password = secrets.token_urlsafe(18)
    path.touch(mode=0o600)
    path.write_text(password)
    return password
