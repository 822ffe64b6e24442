"""Faults of the lab: each breaks one real thing on the machine and mends it, and names the requirements that must turn.

What the machine's logs say of the time in which something was broken is taken out again.
"""

from __future__ import annotations

import sys

from lab.faults.traces import untraced
from lab.house import Lab
from sandbox.fault_register import Faults

FAULTS: Faults[Lab] = Faults(around=untraced)
fault = FAULTS.fault


def load() -> Faults[Lab]:
    """All faults of the lab by name."""
    return FAULTS.load(sys.modules[__name__])
