"""Is what changed this week written down? (Guide: Update documentation)"""

import pytest


@pytest.mark.requirement("weekly.documentation.updated")
def test_somebody_vouches_for_this_weeks_update_of_the_documentation(attestation):
    """Whether it says what is true is a judgement, so it has a name and a day: at most 7 days ago."""
    assert attestation.newest is not None
    assert attestation.problems == []
