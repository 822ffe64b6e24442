"""Alert rules in tables: gone, switched off, too late, too rare, and such as nobody hears of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from sandbox.faults import fault
from sandbox.faults.tools import estate_edited, in_database
from sandbox.house import Sandbox

CRITICAL, WARNING, INFORMATION = "weekly.alerts.rules.critical", "weekly.alerts.rules.warning", "weekly.alerts.rules.information"
# Analysed, since a new table without statistics is what another row looks for.
KEEP = "CREATE TABLE alert_rules_kept AS SELECT * FROM alert_rules; ANALYZE alert_rules_kept"
BACK = (
    "UPDATE alert_rules AS r SET (alert_type_id, conditions, channels, recipient_groups, throttle_minutes, active)"
    " = (k.alert_type_id, k.conditions, k.channels, k.recipient_groups, k.throttle_minutes, k.active)"
    " FROM alert_rules_kept AS k WHERE k.id = r.id; DROP TABLE alert_rules_kept"
)


def _changed(sandbox: Sandbox, change: str, kind: str) -> AbstractContextManager[None]:
    """The rule of one alert type with something changed, and all rules put back."""
    which = f"alert_type_id = (SELECT id FROM alert_types WHERE name = '{kind}')"
    return in_database(sandbox, f"{KEEP}; UPDATE alert_rules SET {change} WHERE {which}", BACK)


@fault(not_met=CRITICAL)
def alert_rule_missing(sandbox: Sandbox) -> Iterator[None]:
    """No rule is left for payment errors: it was given to another alert type."""
    with _changed(sandbox, "alert_type_id = (SELECT id FROM alert_types WHERE name = 'usage statistics')", "payment processing error"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """The rule for security breaches is there, and switched off."""
    with _changed(sandbox, "active = false", "security breach detection"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_waits_15_minutes(sandbox: Sandbox) -> Iterator[None]:
    """The site may be down for a quarter of an hour before the rule fires."""
    with _changed(sandbox, """conditions = '{"for_minutes": 15}'""", "system downtime"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_without_groups(sandbox: Sandbox) -> Iterator[None]:
    """The rule for database failures names no group of people."""
    with _changed(sandbox, "recipient_groups = '{}'", "database connection failure"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_on_the_dashboard_only(sandbox: Sandbox) -> Iterator[None]:
    """A critical alert only lights up on a page that nobody may be looking at."""
    with _changed(sandbox, "channels = '{dashboard}'", "system downtime"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_of_a_misspelt_channel(sandbox: Sandbox) -> Iterator[None]:
    """The rule's only channel is a word that nobody delivers by."""
    with _changed(sandbox, "channels = '{emial}'", "system downtime"):
        yield


@fault(harmless=CRITICAL)
def alert_rule_of_a_channel_of_our_own(sandbox: Sandbox) -> Iterator[None]:
    """The estate says that this channel reaches the whole group."""
    named = estate_edited(sandbox, ("[alert_rules]\n", '[alert_rules]\nfurther_channels = ["slack"]\n'))
    with named, _changed(sandbox, "channels = '{slack}'", "system downtime"):
        yield


@fault(not_met=[CRITICAL, WARNING, INFORMATION])
def alert_addresses_that_are_none(sandbox: Sandbox) -> Iterator[None]:
    """No address is one, and downtime is told by mail alone; the other critical rules also go to telephones."""
    away = "UPDATE notification_recipients SET email = 'n/a ' || email"
    back = "UPDATE notification_recipients SET email = substr(email, 5)"
    with in_database(sandbox, away, back), _changed(sandbox, "channels = '{email}'", "system downtime"):
        yield


@fault(not_met=[CRITICAL, "daily.alerts.channel.sms"])
def alert_telephones_that_are_none(sandbox: Sandbox) -> Iterator[None]:
    """Downtime is told by telephone alone, and no number can be dialled."""
    away = "UPDATE notification_recipients SET phone = '000 ' || phone"
    back = "UPDATE notification_recipients SET phone = substr(phone, 5)"
    with in_database(sandbox, away, back), _changed(sandbox, "channels = '{sms}'", "system downtime"):
        yield


@fault(not_met=CRITICAL)
def alert_rule_disabled_in_its_conditions(sandbox: Sandbox) -> Iterator[None]:
    """The rule is active, and its conditions say that it is not."""
    with _changed(sandbox, """conditions = '{"for_minutes": 5, "enabled": false}'""", "system downtime"):
        yield


@fault(not_met=CRITICAL)
def alert_type_called_information(sandbox: Sandbox) -> Iterator[None]:
    """Downtime is raised at once, as something to read tomorrow."""
    called = "UPDATE alert_types SET severity = '{}' WHERE name = 'system downtime'"
    with in_database(sandbox, called.format("information"), called.format("critical")):
        yield


@fault(not_met=WARNING)
def warning_called_information(sandbox: Sandbox) -> Iterator[None]:
    """A failed backup is raised as something to read tomorrow."""
    called = "UPDATE alert_types SET severity = '{}' WHERE name = 'backup failure'"
    with in_database(sandbox, called.format("information"), called.format("warning")):
        yield


@fault(not_assessed=CRITICAL)
def alert_rule_of_negative_wait(sandbox: Sandbox) -> Iterator[None]:
    """A wait below zero would make up for a throttle of a quarter of an hour."""
    with _changed(sandbox, """conditions = '{"for_minutes": -10}', throttle_minutes = 15""", "system downtime"):
        yield


@fault(not_assessed=CRITICAL)
def alert_rule_of_unknown_wait(sandbox: Sandbox) -> Iterator[None]:
    """The rule's conditions say nothing about how long they must last."""
    with _changed(sandbox, """conditions = '{"threshold": 3}'""", "system downtime"):
        yield


@fault(not_met=WARNING)
def alert_rule_throttled_for_90_minutes(sandbox: Sandbox) -> Iterator[None]:
    """A failed backup may be held back for an hour and a half after another alert."""
    with _changed(sandbox, "throttle_minutes = 90", "backup failure"):
        yield


@fault(not_met=WARNING)
def warning_rule_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """Nobody would be told of slow responses."""
    with _changed(sandbox, "active = false", "slow response times"):
        yield


@fault(harmless=WARNING)
def alert_rule_throttled_for_40_minutes(sandbox: Sandbox) -> Iterator[None]:
    """Waiting and throttle together stay within the hour."""
    with _changed(sandbox, "throttle_minutes = 40", "backup failure"):
        yield


@fault(not_met=[WARNING, INFORMATION])
def alert_group_without_members(sandbox: Sandbox) -> Iterator[None]:
    """The operations group has no active member; critical alerts still reach the emergency list."""
    away = "UPDATE notification_recipients SET active = false WHERE group_name = 'operations'"
    with in_database(sandbox, away, "UPDATE notification_recipients SET active = true WHERE group_name = 'operations'"):
        yield


@fault(not_met=INFORMATION)
def information_rule_switched_off(sandbox: Sandbox) -> Iterator[None]:
    """The daily summary of user activity is switched off."""
    with _changed(sandbox, "active = false", "user activity summary"):
        yield


@fault(not_met=INFORMATION)
def information_rule_weekly(sandbox: Sandbox) -> Iterator[None]:
    """The summary of the capacity comes once a week only."""
    with _changed(sandbox, "throttle_minutes = 10080", "capacity utilisation"):
        yield


@fault(not_met=WARNING)
def alert_kind_unconfigured(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has said which alert type stands for a failed backup."""
    with estate_edited(sandbox, ('backups = "backup failure"\n', "")):
        yield


@fault(not_assessed=[CRITICAL, WARNING, INFORMATION])
def alert_rules_hidden(sandbox: Sandbox) -> Iterator[None]:
    """Row-level security hides the rules from the suite: no rows is not no rules."""
    breaks = "ALTER TABLE alert_rules ENABLE ROW LEVEL SECURITY"
    with in_database(sandbox, breaks, "ALTER TABLE alert_rules DISABLE ROW LEVEL SECURITY"):
        yield
