"""Mounts: the image's layers with a throw-away one on top, and small file systems that a fault may fill."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lab.commands import LabError, run

UPLOADS_BYTES, UPLOADS_FILES = 64 * 1024**2, 2048


def throw_away(home: Path, lowers: Sequence[Path]) -> Path:
    """Mounts `lowers` (the first one on top) below a layer that is kept in memory only; the root folder."""
    top = home / "layer"
    top.mkdir()
    run("mount", "-t", "tmpfs", "-o", "mode=755", "neff-lab", top)
    return stacked(home, lowers, top)


def stacked(home: Path, lowers: Sequence[Path], top: Path) -> Path:
    """Mounts `lowers` below the layer in `top`/upper; the root folder, `home`/root."""
    root = home / "root"
    for folder in (root, top / "upper", top / "work"):
        folder.mkdir()
    options = f"lowerdir={':'.join(map(str, lowers))},upperdir={top / 'upper'},workdir={top / 'work'}"
    run("mount", "-t", "overlay", "-o", options, "overlay", root)
    return root


def disk(image: Path, mounted_at: Path) -> None:
    """A small ext4 file system of its own, in a file, for what customers upload."""
    with image.open("wb") as file:
        file.truncate(UPLOADS_BYTES)
    run("mkfs.ext4", "-q", "-m", "0", "-N", str(UPLOADS_FILES), image)
    mounted_at.mkdir(parents=True, exist_ok=True)
    run("mount", "-o", "loop", image, mounted_at)


def devices_below(folder: Path) -> list[str]:
    """The block devices of what is mounted below `folder`."""
    rows = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [row[row.index("-") + 2] for row in rows if folder in Path(row[4]).parents and row[row.index("-") + 2].startswith("/dev/")]


def unmount_below(folder: Path) -> None:
    """Unmounts everything at or below `folder`, the newest first, in use or not."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in reversed([m for m in mounts if Path(m) == folder or folder in Path(m).parents]):
        with suppress(LabError):  # one that went with another
            run("umount", "--lazy", point)
