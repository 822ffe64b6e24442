"""Is the system scanned, and does somebody mend what is found? (Guide: Weekly Tasks)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("weekly.security.scan-review")
def test_the_newest_scan_is_of_this_week_and_its_high_findings_are_somebody_s(security_scan):
    """A date that has passed is no date by which a finding will be mended."""
    assert security_scan.age < timedelta(days=7)
    assert [f for f in security_scan.high if f.owner is None] == []
    assert [f for f in security_scan.high if f.due < security_scan.today] == []
