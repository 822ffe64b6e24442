"""Who may do what, and whom would we call? (Guide: User Access Audit)"""

import pytest

EMERGENCY = {"System Admin", "Database Admin", "Security Team", "24/7 Support"}
VENDORS = {"Hosting Provider", "Database Support", "SSL Certificate", "Payment Processing"}


@pytest.mark.requirement("monthly.access.stale-accounts")
def test_every_active_account_has_signed_in_within_30_days(accounts):
    """An account that nobody ever used is stale; an inactive one may be as old as it likes."""
    assert accounts.stale(days=30) == []


@pytest.mark.requirement("monthly.access.permissions")
def test_every_user_holds_exactly_the_approved_permissions(accounts):
    """In both directions; users without a role, roles without a user and unknown permissions included."""
    assert accounts.differences() == []


@pytest.mark.requirement("monthly.access.cleanup")
def test_what_last_months_review_found_is_gone_or_waived(accounts, access_review):
    """The same account or permission in two reviews running means that nobody acted."""
    assert access_review.repeated([*accounts.stale(days=30), *accounts.differences()]) == []


@pytest.mark.requirement("monthly.access.contacts")
def test_every_contact_of_the_guide_can_be_reached(contacts):
    """That somebody answers there is what the attestation says; that mail and calls can arrive is what is looked at here."""
    assert contacts.names >= EMERGENCY | VENDORS
    assert contacts.with_number >= EMERGENCY
    assert contacts.malformed == []
    assert contacts.undeliverable == []
