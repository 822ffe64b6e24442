"""A fault leaves no trace: 502s and refused connections of a minute ago would turn other requirements for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lab.house import Lab

WRITTEN = ("/var/log/nginx/access.log", "/var/log/neffpaving/error.log", "/var/log/postgresql/postgresql-15-main.log")
SIZES = f"for f in {' '.join(WRITTEN)}; do stat -c '%s %n' $f; done"


def logged(lab: Lab) -> str:
    """How long every log is now; for `cut_back`."""
    return lab.do(SIZES)


def cut_back(lab: Lab, sizes: str) -> None:
    """Cuts every log back to what it held before."""
    lab.do("while read -r size file; do [ $(stat -c %s $file) -le $size ] || truncate -s $size $file; done", given=sizes)


def untraced(broken: Callable[[Lab], AbstractContextManager[None]]) -> Callable[[Lab], AbstractContextManager[None]]:
    """The fault, with every log cut back to what it held before."""

    @contextmanager
    def wrapped(lab: Lab) -> Iterator[None]:
        sizes = logged(lab)
        try:
            with broken(lab):
                yield
        finally:
            cut_back(lab, sizes)

    return wrapped
