"""Faults: each breaks one real thing in a running sandbox and mends it, and names the requirements that must turn.

A requirement whose check cannot be turned by a fault fails the self-tests; so does a fault that turns anything else.
"""

from __future__ import annotations

import sys

from sandbox.fault_register import Faults
from sandbox.house import Sandbox

FAULTS: Faults[Sandbox] = Faults()
fault = FAULTS.fault


def load() -> Faults[Sandbox]:
    """All faults of the sandbox by name."""
    return FAULTS.load(sys.modules[__name__])
