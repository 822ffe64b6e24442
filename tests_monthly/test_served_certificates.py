"""Would a visitor's browser still trust us in three weeks? (Guide: Application Updates)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("monthly.certificates.expiry")
def test_every_certificate_that_is_served_is_sound_and_has_21_days_left(certificates):
    """By a handshake with each address: name, chain and time as a browser without a memory finds them."""
    assert [c for c in certificates if c.error] == []
    assert [c for c in certificates if c.left < timedelta(days=21)] == []
