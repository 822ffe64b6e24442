"""`python -m selftests.left_out`: which tests `make test` leaves out, and why."""

from __future__ import annotations

import sys

from lab import needs
from selftests.running import CHECKOUT


def main() -> None:
    """Says it on standard output."""
    files = sorted((CHECKOUT / "selftests").glob("test_*.py"))
    lab = [path.name for path in files if "pytest.mark.lab" in path.read_text()]
    nightly = [path.name for path in files if "pytest.mark.nightly" in path.read_text()]
    reason = needs.why_not()
    where = f"impossible here: {reason}" if reason else "possible here: make test-lab runs them"
    sys.stdout.write(f"left out: {', '.join(lab)}, which boot a real Debian machine ({where})\n")
    sys.stdout.write(f"left out: what is marked nightly in {', '.join(nightly)}, since it takes long (make test-all)\n")


if __name__ == "__main__":
    main()
