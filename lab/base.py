"""The lower layer of the image: Debian's packages and npm's, nothing configured."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import recipe
from lab.commands import run
from lab.needs import SUITE
from lab.progress import step
from lab.sources import debian_sources

BUILD_S = 900.0


def build(folder: Path) -> None:
    """Fills `folder`/root. apt and npm work at the same time; the machine's services are not started."""
    with step("Debian's packages and npm's (once; about a minute and a half)"), ThreadPoolExecutor(1) as pool:
        modules = pool.submit(_node_modules, folder / "npm")
        _packages(folder / "root")
        for inner, made in modules.result().items():
            target = folder / "root" / inner
            target.mkdir(parents=True, exist_ok=True)
            shutil.move(made, target / "node_modules")
    shutil.rmtree(folder / "npm")


def _packages(root: Path) -> None:
    """A minimal Debian with the packages, by mmdebstrap: one run of apt instead of debootstrap's two; a third of the time."""
    options = [f"--aptopt={option}" for option in recipe.APT]
    options += ["--dpkgopt=force-unsafe-io", *(f"--dpkgopt=path-exclude={path}" for path in recipe.LEFT_OUT)]
    # The lists stay: "is an update pending?" is a question that the machine must be able to answer.
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--include={','.join(recipe.PACKAGES)}", "--skip=cleanup/apt/lists"]
    run(*command, *options, SUITE, root, *debian_sources(), seconds=BUILD_S)


def _node_modules(work: Path) -> dict[str, Path]:
    """What npm installs from the lock files, by the folder of the machine it belongs to."""
    made = {}
    for inner in recipe.NODE:
        folder = work / inner.replace("/", "-")
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(recipe.MACHINE / inner / name, folder)
        run("npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", cwd=folder, seconds=BUILD_S, env=dict(os.environ))
        made[inner] = folder / "node_modules"
    return made
