"""Do the services that the business depends on accept us? (Guide: Verify integration connectivity)"""

import pytest


@pytest.mark.requirement("daily.integrations.stripe")
def test_the_payment_service_accepts_our_key(payment_service, estate):
    """In the mode that the estate says: a test key in production takes no money."""
    assert payment_service.answer.error is None
    assert payment_service.answer.status == 200
    assert payment_service.accepts_our_key
    assert payment_service.modes == {estate.payments.mode}
    assert payment_service.failed_trials == []


@pytest.mark.requirement("daily.integrations.calendly")
def test_the_booking_service_accepts_our_token_and_tells_us_of_bookings(booking_service):
    """An accepted token with a webhook that is switched off loses every new booking in silence."""
    assert booking_service.account.error is None
    assert booking_service.account.status == 200
    assert booking_service.unreadable == []
    assert len(booking_service.active) > 0
    assert booking_service.unlisted == []
    assert booking_service.missing == []
