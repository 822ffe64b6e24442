"""What did the alert system see, did somebody look, and would the next alert arrive? (Guide: Alert Monitoring)"""

import pytest


@pytest.mark.requirement("daily.alerts.downtime")
def test_no_outage_of_the_day_lasted_over_5_minutes(availability):
    """A stretch nobody measured is not uptime: the samples must have no gap in which such an outage could hide."""
    assert availability.outages(hours=24, longer_than_minutes=5) == []
    availability.must_have_no_gap(hours=24, longer_than_minutes=5)


@pytest.mark.requirement("daily.alerts.database-connections")
def test_no_database_connection_failure_was_logged(connection_failures):
    """By the application or by the server, in logs that reach back a day and are still being written."""
    assert connection_failures == []


@pytest.mark.requirement("daily.alerts.security-breach")
def test_nobody_broke_in_and_nobody_goes_on_trying(login_attempts):
    """A source that is blocked may fail as often as it likes; one that got in after a burst may not exist."""
    assert login_attempts.accepted_after_a_burst() == []
    assert login_attempts.unblocked_with_over(50) == []


@pytest.mark.requirement("daily.alerts.payments")
def test_no_payment_error_is_open(payment_errors):
    """A declined card is business; a failed webhook, an API error or a payment that is stuck is not."""
    assert payment_errors == []


@pytest.mark.requirement("daily.alerts.reviewed")
def test_every_critical_alert_and_every_old_warning_is_acknowledged(alert_review):
    """An alert of a severity that nobody knows counts as unreviewed."""
    assert alert_review.unreviewed() == []


@pytest.mark.requirement("daily.alerts.channel.email")
def test_alert_mail_leaves(alerts, mail_server):
    """The history says that mail was sent, and the mail server accepts an encrypted session now."""
    assert mail_server.error is None
    assert mail_server.encrypted
    assert alerts.unsent("email") == []


@pytest.mark.requirement("daily.alerts.channel.sms")
def test_the_emergency_list_can_be_reached(emergency_list, alerts):
    """Somebody is on it, every number is one, and no message failed."""
    assert len(emergency_list.people) > 0
    assert emergency_list.invalid == []
    assert alerts.unsent("sms") == []


@pytest.mark.requirement("daily.alerts.channel.dashboard")
def test_the_alert_dashboard_is_for_those_who_signed_in(dashboard):
    """A stranger and a forged token are turned away or led to another page, the suite's own account gets in."""
    assert dashboard.stranger.error is None
    assert dashboard.let_in == []
    assert dashboard.shown_to_strangers == []
    assert dashboard.sign_in.error is None
    assert dashboard.sign_in.status == 200
    assert dashboard.signed_in is not None
    assert dashboard.signed_in.error is None
    assert dashboard.signed_in.status == 200
    assert dashboard.not_the_dashboard == []


@pytest.mark.requirement("daily.alerts.channel.logs")
def test_the_log_directory_is_there_and_written_to(logs):
    """Silence for an hour on a site with visitors is a dead writer or a full disk."""
    directory = logs.directory()

    assert directory.problem is None
    assert directory.silent_for.total_seconds() <= 3600
