"""A fault leaves no trace: 502s and refused connections of a minute ago would turn other requirements for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from lab.house import Lab

WRITTEN = ("/var/log/nginx/access.log", "/var/log/neffpaving/error.log", "/var/log/postgresql/postgresql-15-main.log")
SIZES = f"for f in {' '.join(WRITTEN)}; do stat -c '%s %n' $f; done"


def untraced(broken: Callable[[Lab], AbstractContextManager[None]]) -> Callable[[Lab], AbstractContextManager[None]]:
    """The fault, with every log cut back to what it held before."""

    @contextmanager
    def wrapped(lab: Lab) -> Iterator[None]:
        sizes = lab.do(SIZES)
        try:
            with broken(lab):
                yield
        finally:
            cut = "while read -r size file; do [ $(stat -c %s $file) -le $size ] || truncate -s $size $file; done"
            lab.do(cut, given=sizes)

    return wrapped
