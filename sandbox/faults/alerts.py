"""The alert system: what was raised and not looked at, and alerts that would not arrive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from sandbox.faults import fault
from sandbox.faults.tools import estate_edited, in_database, nullable, stopped
from sandbox.house import Sandbox

RAISE = (
    "INSERT INTO alert_history (alert_type_id, severity, message, channel, recipient, status, created_at)"
    " SELECT min(id), %s, 'planted by a fault', %s, 'ops', %s, now() - %s::interval FROM alert_types"
)
FORGET = "DELETE FROM alert_history WHERE message = 'planted by a fault'"


def _raised(
    sandbox: Sandbox, severity: str | None, age: str | None, channel: str = "dashboard", status: str | None = "sent"
) -> AbstractContextManager[None]:
    return in_database(sandbox, RAISE, FORGET, severity, channel, status, age)


@fault(not_met="daily.alerts.reviewed")
def critical_alert_unacknowledged(sandbox: Sandbox) -> Iterator[None]:
    """A critical alert of ten minutes ago that nobody has acknowledged."""
    with _raised(sandbox, "critical", "10 minutes"):
        yield


@fault(not_met="daily.alerts.reviewed")
def old_warning_unacknowledged(sandbox: Sandbox) -> Iterator[None]:
    """A warning of three hours ago that nobody has acknowledged."""
    with _raised(sandbox, "warning", "3 hours"):
        yield


@fault(not_met="daily.alerts.reviewed")
def alert_of_unknown_severity(sandbox: Sandbox) -> Iterator[None]:
    """An alert whose severity nobody knows."""
    with _raised(sandbox, "sev-7", "10 minutes"):
        yield


def _taken_at(name: str, moment: str, what: str) -> None:
    """Registers a critical alert that was taken when nobody can have taken it."""

    def alert_taken(sandbox: Sandbox) -> Iterator[None]:
        with _raised(sandbox, "critical", "10 minutes"):
            sandbox.sql(f"UPDATE alert_history SET acknowledged_at = {moment} WHERE message = 'planted by a fault'")
            yield

    alert_taken.__name__, alert_taken.__doc__ = name, what
    fault(not_met="daily.alerts.reviewed")(alert_taken)


_taken_at("alert_taken_next_year", "now() + interval '1 year'", "A critical alert is marked as taken next year.")
_taken_at("alert_taken_before_it_was_raised", "now() - interval '1 hour'", "A critical alert is marked as taken before it was raised.")


@fault(not_met="daily.alerts.reviewed")
def alert_taken_by_nobody(sandbox: Sandbox) -> Iterator[None]:
    """A critical alert is marked as taken, and the name of who took it is blank."""
    with _raised(sandbox, "critical", "10 minutes"):
        taken = "UPDATE alert_history SET acknowledged_at = now(), acknowledged_by = ' ' WHERE message = 'planted by a fault'"
        sandbox.sql(taken)
        yield


@fault(harmless="daily.alerts.reviewed")
def fresh_warning_unacknowledged(sandbox: Sandbox) -> Iterator[None]:
    """A warning of ten minutes ago: there is still time to look at it."""
    with _raised(sandbox, "warning", "10 minutes"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_failed(sandbox: Sandbox) -> Iterator[None]:
    """An alert mail of two hours ago could not be sent."""
    with _raised(sandbox, "information", "2 hours", "email", "failed"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_pending_for_hours(sandbox: Sandbox) -> Iterator[None]:
    """An alert mail has been waiting for two hours."""
    with _raised(sandbox, "information", "2 hours", "email", "pending"):
        yield


@fault(not_met=["daily.alerts.channel.email", "monthly.certificates.expiry"])
def mail_server_down(sandbox: Sandbox) -> Iterator[None]:
    """The mail server refuses connections."""
    with stopped(sandbox, "mail"):
        yield


@fault(not_met="daily.alerts.channel.email")
def mail_without_encryption_by_the_estate(sandbox: Sandbox) -> Iterator[None]:
    """The estate says that the mail server is asked for no encryption: what is right is not the estate's to say."""
    with estate_edited(sandbox, ("[mail]\n", "[mail]\nstarttls = false\n")):
        yield


@fault(not_met=["daily.alerts.channel.email", "monthly.certificates.expiry"])
def mail_server_without_tls(sandbox: Sandbox) -> Iterator[None]:
    """The mail server no longer offers encryption."""
    process = sandbox.services["mail"]
    with stopped(sandbox, "mail"):
        argv, process.argv = process.argv, [*process.argv, "--no-tls"]
        process.start()
        process.wait_until(process.ready, 15)
        try:
            yield
        finally:
            process.stop()
            process.argv = argv


@fault(not_met="daily.alerts.channel.sms")
def emergency_message_failed(sandbox: Sandbox) -> Iterator[None]:
    """A text message of two hours ago could not be delivered."""
    with _raised(sandbox, "information", "2 hours", "sms", "failed"):
        yield


@fault(not_met="daily.alerts.channel.sms")
def emergency_number_invalid(sandbox: Sandbox) -> Iterator[None]:
    """One of the numbers on the emergency list spells a word and is too short."""
    add = (
        "INSERT INTO notification_recipients (group_name, name, email, phone) VALUES ('emergency', 'Planted', 'p@example.com', '555-HELP')"
    )
    with in_database(sandbox, add, "DELETE FROM notification_recipients WHERE name = 'Planted'"):
        yield


@fault(not_met="daily.alerts.channel.sms")
def emergency_number_missing(sandbox: Sandbox) -> Iterator[None]:
    """Somebody stands on the emergency list without a number."""
    add = "INSERT INTO notification_recipients (group_name, name, email) VALUES ('emergency', 'Planted', 'p@example.com')"
    with in_database(sandbox, add, "DELETE FROM notification_recipients WHERE name = 'Planted'"):
        yield


@fault(not_met="daily.alerts.channel.sms")
def emergency_list_empty(sandbox: Sandbox) -> Iterator[None]:
    """Nobody is on the emergency list."""
    away = "UPDATE notification_recipients SET group_name = 'was-emergency' WHERE group_name = 'emergency'"
    back = "UPDATE notification_recipients SET group_name = 'emergency' WHERE group_name = 'was-emergency'"
    with in_database(sandbox, away, back):
        yield


@fault(not_assessed=["daily.alerts.reviewed", "daily.alerts.channel.email", "daily.alerts.channel.sms"])
def alert_history_forbidden(sandbox: Sandbox) -> Iterator[None]:
    """Row-level security hides the alert history from the suite: no rows is not no alerts."""
    breaks = "ALTER TABLE alert_history ENABLE ROW LEVEL SECURITY"
    with in_database(sandbox, breaks, "ALTER TABLE alert_history DISABLE ROW LEVEL SECURITY"):
        yield


@fault(not_met="daily.alerts.reviewed")
def warning_of_yesterday_unacknowledged(sandbox: Sandbox) -> Iterator[None]:
    """A warning of thirty hours ago: older than a day, and still nobody has looked at it."""
    with _raised(sandbox, "warning", "30 hours"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_bounced(sandbox: Sandbox) -> Iterator[None]:
    """An alert mail ended in a state that nobody has thought of."""
    with _raised(sandbox, "information", "2 hours", "email", "bounced"):
        yield


@fault(not_met="daily.alerts.reviewed")
def warning_of_two_months_unacknowledged(sandbox: Sandbox) -> Iterator[None]:
    """A warning has been lying there for two months: age acknowledges nothing."""
    with _raised(sandbox, "warning", "60 days"):
        yield


@fault(not_met="daily.alerts.reviewed")
def warning_dated_tomorrow(sandbox: Sandbox) -> Iterator[None]:
    """A machine with a wrong clock raised a warning: it would be a day before it counts."""
    with _raised(sandbox, "warning", "-1 day"):
        yield


@fault(not_met="daily.alerts.reviewed")
def alert_without_severity(sandbox: Sandbox) -> Iterator[None]:
    """An alert says nothing of how bad it is."""
    with nullable(sandbox, "alert_history", "severity"), _raised(sandbox, None, "10 minutes"):
        yield


@fault(not_met="daily.alerts.reviewed")
def critical_alert_without_a_date(sandbox: Sandbox) -> Iterator[None]:
    """A critical alert does not say when it was raised."""
    with nullable(sandbox, "alert_history", "created_at"), _raised(sandbox, "critical", None):
        yield


@fault(not_met=["daily.alerts.reviewed", "daily.alerts.channel.email"])
def critical_alert_from_before_all_time(sandbox: Sandbox) -> Iterator[None]:
    """The mail of a critical alert failed, and its date is minus infinity."""
    with _raised(sandbox, "critical", "infinity", "email", "failed"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_without_a_state(sandbox: Sandbox) -> Iterator[None]:
    """Nobody knows what became of an alert mail."""
    with nullable(sandbox, "alert_history", "status"), _raised(sandbox, "information", "2 hours", "email", None):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_failed_without_a_date(sandbox: Sandbox) -> Iterator[None]:
    """An alert mail failed, and does not say when."""
    with nullable(sandbox, "alert_history", "created_at"), _raised(sandbox, "information", None, "email", "failed"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_failed_in_another_spelling(sandbox: Sandbox) -> Iterator[None]:
    """A release writes the channel with a capital letter, and its mails fail."""
    with _raised(sandbox, "information", "2 hours", "Email", "failed"):
        yield


@fault(not_met="daily.alerts.channel.email")
def alert_mail_queued_since_yesterday(sandbox: Sandbox) -> Iterator[None]:
    """An alert mail of 25 hours ago is still queued, in the words of another release."""
    with _raised(sandbox, "information", "25 hours", "email", "Queued "):
        yield


@fault(harmless="daily.alerts.channel.email")
def alert_mail_delivered_in_another_spelling(sandbox: Sandbox) -> Iterator[None]:
    """A release writes that a mail arrived with a capital letter, and another mail has been queued for ten minutes."""
    with _raised(sandbox, "information", "2 hours", "email", "Delivered"), _raised(sandbox, "information", "10 minutes", "email", "queued"):
        yield
