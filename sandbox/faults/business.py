"""Payments, bookings, synchronisation, availability, incidents."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sandbox.faults import fault
from sandbox.faults.tools import ago, estate_edited, in_database, json_edited, nullable, replaced, stopped
from sandbox.house import Sandbox

# -- payments

EVENT = "INSERT INTO payment_events (intent, kind, code) VALUES ('pi_planted', %s, %s)"
NO_EVENT = "DELETE FROM payment_events WHERE intent = 'pi_planted'"


@fault(not_met="daily.alerts.payments")
def payment_processing_failed(sandbox: Sandbox) -> Iterator[None]:
    """A payment could not be processed, and nobody has resolved it."""
    with in_database(sandbox, EVENT, NO_EVENT, "processing_error", "PAYMENT_PROCESSING_FAILED"):
        yield


@fault(harmless="daily.alerts.payments")
def payment_declined(sandbox: Sandbox) -> Iterator[None]:
    """A customer's card was declined: business, not an error."""
    with in_database(sandbox, EVENT, NO_EVENT, "declined", "card_declined"):
        yield


@fault(harmless="daily.alerts.payments")
def booking_webhook_failing(sandbox: Sandbox) -> Iterator[None]:
    """A webhook of the booking service failed: payments go on."""
    breaks = "INSERT INTO webhook_deliveries (provider, event, status) VALUES ('calendly', 'planted', 'failed')"
    with in_database(sandbox, breaks, "DELETE FROM webhook_deliveries WHERE event = 'planted'"):
        yield


@fault(not_met="daily.alerts.payments")
def payment_webhook_failing(sandbox: Sandbox) -> Iterator[None]:
    """The payment service's webhook fails: payments are made and we do not hear of them."""
    add = "INSERT INTO webhook_deliveries (provider, event, status, attempts) VALUES ('stripe', 'planted', 'failed', 5)"
    with in_database(sandbox, add, "DELETE FROM webhook_deliveries WHERE event = 'planted'"):
        yield


@fault(not_met="daily.alerts.payments")
def payment_webhook_failing_under_a_capital_letter(sandbox: Sandbox) -> Iterator[None]:
    """A release writes the payment service's name with a capital letter, and its webhook fails."""
    add = "INSERT INTO webhook_deliveries (provider, event, status, attempts) VALUES ('Stripe', 'planted', 'failed', 5)"
    with in_database(sandbox, add, "DELETE FROM webhook_deliveries WHERE event = 'planted'"):
        yield


@fault(not_met="daily.alerts.payments")
def payment_error_of_no_kind(sandbox: Sandbox) -> Iterator[None]:
    """An event of a payment does not say what happened."""
    with nullable(sandbox, "payment_events", "kind"), in_database(sandbox, EVENT, NO_EVENT, None, None):
        yield


@fault(not_met="daily.alerts.payments")
def payment_error_resolved_next_year(sandbox: Sandbox) -> Iterator[None]:
    """An error is marked as resolved in a year: until then it is open."""
    add = "INSERT INTO payment_events (intent, kind, resolved_at) VALUES ('pi_planted', 'processing_error', now() + interval '1 year')"
    with in_database(sandbox, add, NO_EVENT):
        yield


@fault(not_met="daily.alerts.payments")
def payment_error_resolved_before_it_happened(sandbox: Sandbox) -> Iterator[None]:
    """An error of this minute is marked as resolved last year: that was another one."""
    add = "INSERT INTO payment_events (intent, kind, resolved_at) VALUES ('pi_planted', 'processing_error', now() - interval '1 year')"
    with in_database(sandbox, add, NO_EVENT):
        yield


@fault(not_met="daily.alerts.payments")
def payment_webhook_resolved_before_it_came(sandbox: Sandbox) -> Iterator[None]:
    """A webhook that fails now is marked as resolved last year."""
    values = "('stripe', 'planted', 'failed', now() - interval '1 year')"
    add = f"INSERT INTO webhook_deliveries (provider, event, status, resolved_at) VALUES {values}"
    with in_database(sandbox, add, "DELETE FROM webhook_deliveries WHERE event = 'planted'"):
        yield


IN_PROCESSING = (
    "INSERT INTO payments (intent, customer_id, amount_cents, status, updated_at)"
    " SELECT 'pi_planted', min(id), 100, 'processing', now() - %s::interval FROM customers"
)
NO_PAYMENT = "DELETE FROM payments WHERE intent = 'pi_planted'"


@fault(not_met="daily.alerts.payments")
def payment_stuck(sandbox: Sandbox) -> Iterator[None]:
    """A payment has been in processing for two hours."""
    with in_database(sandbox, IN_PROCESSING, NO_PAYMENT, "2 hours"):
        yield


@fault(not_met="daily.alerts.payments")
def payment_stuck_since_no_time(sandbox: Sandbox) -> Iterator[None]:
    """A payment in processing does not say since when."""
    with nullable(sandbox, "payments", "updated_at"), in_database(sandbox, IN_PROCESSING, NO_PAYMENT, None):
        yield


@fault(not_met="daily.alerts.payments")
def payment_stuck_until_the_end_of_time(sandbox: Sandbox) -> Iterator[None]:
    """A payment in processing was last touched at infinity: it would never have been so for an hour."""
    with in_database(sandbox, IN_PROCESSING, NO_PAYMENT, "-infinity"):
        yield


@fault(not_met="daily.alerts.payments")
def payment_stuck_and_asked_for_again_and_again(sandbox: Sandbox) -> Iterator[None]:
    """A payment has been in processing for two days, and a retry touched it a minute ago."""
    two_days_old = "UPDATE payments SET created_at = now() - interval '2 days' WHERE intent = 'pi_planted'"
    with in_database(sandbox, IN_PROCESSING, NO_PAYMENT, "1 minute"):
        sandbox.sql(two_days_old)
        yield


@fault(not_assessed="daily.alerts.payments")
def payment_events_hidden(sandbox: Sandbox) -> Iterator[None]:
    """Row-level security hides the payment events from the suite, while other tables still show their rows."""
    breaks = "ALTER TABLE payment_events ENABLE ROW LEVEL SECURITY"
    with in_database(sandbox, breaks, "ALTER TABLE payment_events DISABLE ROW LEVEL SECURITY"):
        yield


@fault(not_met="daily.integrations.stripe")
def payment_key_wrong(sandbox: Sandbox) -> Iterator[None]:
    """The payment service does not know our key."""
    with replaced(sandbox.home / "secrets" / "payments", "pk_test_notasecretkey"):
        yield


@fault(not_met="daily.integrations.stripe")
def payment_service_down(sandbox: Sandbox) -> Iterator[None]:
    """The payment service refuses connections."""
    with stopped(sandbox, "payments"):
        yield


@fault(not_met="daily.integrations.stripe")
def payment_test_key_in_production(sandbox: Sandbox) -> Iterator[None]:
    """The estate takes real money, and its key is one for tests."""
    with estate_edited(sandbox, ('mode = "test"', 'mode = "live"')):
        yield


@fault(not_assessed="daily.integrations.stripe")
def payment_key_missing(sandbox: Sandbox) -> Iterator[None]:
    """The suite was not given the key: nobody can tell."""
    with replaced(sandbox.home / "secrets" / "payments", ""):
        yield


# -- bookings


@fault(not_met="daily.integrations.calendly")
def booking_token_expired(sandbox: Sandbox) -> Iterator[None]:
    """The booking service no longer accepts our token."""
    with json_edited(sandbox.home / "bookings" / "bookings.json", token="another"):  # noqa: S106 - made up
        yield


@fault(not_met="daily.integrations.calendly")
def booking_webhook_disabled(sandbox: Sandbox) -> Iterator[None]:
    """The booking service has switched our webhook off."""
    with _webhook(sandbox, state="disabled"):
        yield


@fault(not_met="daily.integrations.calendly")
def booking_webhook_retrying(sandbox: Sandbox) -> Iterator[None]:
    """The booking service's calls to our webhook fail, and it has begun to retry."""
    with _webhook(sandbox, retry_started_at=f"{ago(hours=2):%Y-%m-%dT%H:%M:%SZ}"):
        yield


@fault(not_met="daily.integrations.calendly")
def booking_webhook_of_somebody_else(sandbox: Sandbox) -> Iterator[None]:
    """A webhook is active there, but it calls another address than ours."""
    with _webhook(sandbox, callback_url="https://elsewhere.example/hook"):
        yield


def _webhook(sandbox: Sandbox, **changes: object):  # type: ignore[no-untyped-def]
    path = sandbox.home / "bookings" / "bookings.json"
    hooks = [{**hook, **changes} for hook in json.loads(path.read_text())["webhooks"]]
    return json_edited(path, webhooks=hooks)


@fault(not_met="daily.integrations.calendly")
def booking_not_synchronised(sandbox: Sandbox) -> Iterator[None]:
    """Somebody booked an hour ago, and the booking has not reached our database."""
    path, at = sandbox.home / "bookings" / "bookings.json", f"{ago(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    event = {"uri": "https://api.calendly.com/scheduled_events/PLANTED", "name": "Site visit", "status": "active"}
    events = [{**event, "start_time": at, "created_at": at}, *json.loads(path.read_text())["events"]]
    with json_edited(path, events=events):
        yield


@fault(not_met="daily.integrations.calendly")
def booking_not_synchronised_behind_a_hundred(sandbox: Sandbox) -> Iterator[None]:
    """Of an hour ago and not synchronised, behind a hundred older bookings of dates to come: the service lists it on its second page."""
    path, at = sandbox.home / "bookings" / "bookings.json", f"{ago(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    held = json.loads(path.read_text())["events"]
    full = [{**held[0], "start_time": f"{ago(days=-n):%Y-%m-%dT%H:%M:%SZ}"} for n in range(1, 101)]
    lost = {**held[0], "uri": "https://api.calendly.com/scheduled_events/PLANTED", "start_time": at, "created_at": at}
    with json_edited(path, events=[*full, lost, *held]):
        yield


@fault(not_met="daily.integrations.calendly")
def booking_service_knows_no_events(sandbox: Sandbox) -> Iterator[None]:
    """The booking service has forgotten every event, while bookings of ours are still to come."""
    with json_edited(sandbox.home / "bookings" / "bookings.json", events=[]):
        yield


@fault(not_met="daily.integrations.calendly")
def booking_service_down(sandbox: Sandbox) -> Iterator[None]:
    """The booking service refuses connections."""
    with stopped(sandbox, "bookings"):
        yield


# -- synchronisation

SYNC = (
    "INSERT INTO integration_syncs (integration, operation, status, error, started_at, finished_at)"
    " SELECT 'planted', 'sync', %s, NULL, now() - %s::interval, CASE WHEN %s = 'failed' THEN now() END FROM generate_series(1, %s)"
)
NO_SYNC = "DELETE FROM integration_syncs WHERE integration = 'planted'"


@fault(not_met="daily.kpi.errors.integrations")
def one_percent_of_synchronisations_fail(sandbox: Sandbox) -> Iterator[None]:
    """One in a hundred of the day's synchronisations failed."""
    (ended,) = sandbox.rows("SELECT count(*)::int FROM integration_syncs WHERE started_at > now() - interval '24 hours'")[0]
    with in_database(sandbox, SYNC, NO_SYNC, "failed", "2 hours", "failed", ended // 95):
        yield


@fault(not_met="daily.kpi.errors.integrations")
def synchronisations_of_next_year_succeed(sandbox: Sandbox) -> Iterator[None]:
    """One in a hundred failed, beside thousands that a wrong clock lets succeed next year."""
    (ended,) = sandbox.rows("SELECT count(*)::int FROM integration_syncs WHERE started_at > now() - interval '24 hours'")[0]
    with (
        in_database(sandbox, SYNC, NO_SYNC, "failed", "2 hours", "failed", ended // 95),
        in_database(sandbox, SYNC, NO_SYNC, "succeeded", "-400 days", "", 5 * ended),
    ):
        yield


@fault(not_met="daily.kpi.errors.integrations")
def synchronisation_stuck(sandbox: Sandbox) -> Iterator[None]:
    """A synchronisation has been in progress for two hours."""
    with in_database(sandbox, SYNC, NO_SYNC, "in_progress", "2 hours", "in_progress", 1):
        yield


@fault(not_met="daily.kpi.errors.integrations")
def synchronisation_stuck_for_32_days(sandbox: Sandbox) -> Iterator[None]:
    """A synchronisation has been in progress for over a month."""
    with in_database(sandbox, SYNC, NO_SYNC, "in_progress", "32 days", "in_progress", 1):
        yield


@fault(not_met="daily.kpi.errors.integrations")
def one_percent_of_synchronisations_without_a_state(sandbox: Sandbox) -> Iterator[None]:
    """Of one in a hundred of the day's synchronisations nobody knows how it ended."""
    (ended,) = sandbox.rows("SELECT count(*)::int FROM integration_syncs WHERE started_at > now() - interval '24 hours'")[0]
    with nullable(sandbox, "integration_syncs", "status"), in_database(sandbox, SYNC, NO_SYNC, None, "2 hours", "", ended // 95):
        yield


@fault(not_assessed="daily.kpi.errors.integrations")
def no_synchronisation_at_all(sandbox: Sandbox) -> Iterator[None]:
    """Nothing was synchronised: of nothing, nothing failed."""
    away = "CREATE TABLE public.syncs_aside AS SELECT * FROM integration_syncs"
    sandbox.sql(away)
    sandbox.sql("UPDATE integration_syncs SET started_at = started_at - interval '40 days'")
    sandbox.sql("VACUUM ANALYZE integration_syncs, syncs_aside")
    try:
        yield
    finally:
        sandbox.sql("UPDATE integration_syncs AS s SET started_at = a.started_at FROM syncs_aside AS a WHERE a.id = s.id")
        sandbox.sql("DROP TABLE syncs_aside")


# -- availability


def _samples(sandbox: Sandbox, change: str, since: str, until: str) -> Iterator[None]:
    """Changes the samples of a stretch of time, and puts them back."""
    sandbox.sql("DROP TABLE IF EXISTS samples_aside")
    sandbox.sql(
        "CREATE TABLE samples_aside AS SELECT * FROM uptime_checks"
        f" WHERE checked_at >= now() - interval '{since}' AND checked_at < now() - interval '{until}'"
    )
    sandbox.sql(f"{change} checked_at IN (SELECT a.checked_at FROM samples_aside AS a)")
    sandbox.sql("VACUUM ANALYZE uptime_checks, samples_aside")
    try:
        yield
    finally:
        sandbox.sql("DELETE FROM uptime_checks WHERE checked_at IN (SELECT a.checked_at FROM samples_aside AS a)")
        sandbox.sql("INSERT INTO uptime_checks SELECT * FROM samples_aside")
        sandbox.sql("DROP TABLE samples_aside")


DOWN, NO_SAMPLES = "UPDATE uptime_checks SET up = false WHERE", "DELETE FROM uptime_checks WHERE"


@fault(not_met="daily.alerts.downtime")
def outage_of_eleven_minutes(sandbox: Sandbox) -> Iterator[None]:
    """The service was down for eleven minutes some hours ago."""
    yield from _samples(sandbox, DOWN, "5 hours", "4 hours 49 minutes")


@fault(not_met="daily.alerts.downtime")
def outage_over_the_edge_of_the_day(sandbox: Sandbox) -> Iterator[None]:
    """The service was down for nine minutes a day ago: neither day's run would see more than a half of it."""
    yield from _samples(sandbox, DOWN, "24 hours 5 minutes", "23 hours 56 minutes")


@fault(not_assessed="daily.alerts.downtime")
def six_minutes_without_samples(sandbox: Sandbox) -> Iterator[None]:
    """For seven minutes nobody measured: an outage could hide there."""
    yield from _samples(sandbox, NO_SAMPLES, "5 hours", "4 hours 53 minutes")


ALL_BUT_ONE_DOWN = (
    "WITH down AS (UPDATE uptime_checks SET up = false"
    " WHERE checked_at = (SELECT checked_at FROM samples_aside ORDER BY checked_at OFFSET 5 LIMIT 1) RETURNING checked_at)"
    " DELETE FROM uptime_checks WHERE checked_at NOT IN (SELECT checked_at FROM down) AND"
)


@fault(not_assessed="daily.alerts.downtime")
def down_between_minutes_without_samples(sandbox: Sandbox) -> Iterator[None]:
    """One sample says down, and beside it nobody measured for some minutes: it was down for four minutes or for ten."""
    yield from _samples(sandbox, ALL_BUT_ONE_DOWN, "5 hours", "4 hours 51 minutes")


@fault(harmless="daily.alerts.downtime")
def outage_of_three_minutes(sandbox: Sandbox) -> Iterator[None]:
    """The service was down for three minutes: shorter than the guide's alert threshold."""
    yield from _samples(sandbox, DOWN, "5 hours", "4 hours 57 minutes")


@fault(not_assessed="daily.alerts.downtime")
def prober_stopped(sandbox: Sandbox) -> Iterator[None]:
    """The prober wrote its last sample half an hour ago."""
    yield from _samples(sandbox, NO_SAMPLES, "30 minutes", "-1 minutes")


@fault(not_assessed="daily.alerts.downtime")
def prober_stopped_yesterday(sandbox: Sandbox) -> Iterator[None]:
    """There is no sample of the last day at all."""
    yield from _samples(sandbox, NO_SAMPLES, "25 hours", "-1 minutes")


@fault(not_met="daily.kpi.availability")
def down_for_six_tenths_of_a_percent(sandbox: Sandbox) -> Iterator[None]:
    """Over the month the service was down for 0.6 % of the time, last week."""
    yield from _samples(sandbox, DOWN, "7 days", "6 days 19 hours 40 minutes")


@fault(not_assessed="daily.kpi.availability")
def half_of_the_month_unmeasured(sandbox: Sandbox) -> Iterator[None]:
    """For half of the month there is no sample, in the middle of it."""
    yield from _samples(sandbox, NO_SAMPLES, "20 days", "5 days")


@fault(not_assessed="daily.kpi.availability")
def samples_kept_for_fifteen_days(sandbox: Sandbox) -> Iterator[None]:
    """Samples are kept for fifteen days: a question about thirty is answered all the same."""
    yield from _samples(sandbox, NO_SAMPLES, "40 days", "15 days")


# -- incidents

HEAD = '+++\nbegan = {began:%Y-%m-%dT%H:%M:%SZ}\n{ended}owner = "{owner}"\n+++\n\n# Planted\n\n{body}'
WHOLE = "## Cause\n\nKnown.\n\n## Timeline\n\nShort.\n\n## Lessons\n\n{lessons}\n"


def _incident(sandbox: Sandbox, *, ended_hours_ago: int | None, owner: str, body: str, name: str = "planted.md") -> Iterator[None]:
    path = sandbox.estate / "incidents" / name
    ended = f"ended = {ago(hours=ended_hours_ago):%Y-%m-%dT%H:%M:%SZ}\n" if ended_hours_ago else ""
    path.write_text(HEAD.format(began=ago(days=4), ended=ended, owner=owner, body=body))
    try:
        yield
    finally:
        path.unlink()


@fault(not_met="daily.incidents.reported")
def incident_without_report(sandbox: Sandbox) -> Iterator[None]:
    """An incident ended two days ago and nobody has written anything about it."""
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body="")


@fault(not_met="daily.incidents.reported")
def incident_report_with_an_empty_section(sandbox: Sandbox) -> Iterator[None]:
    """The report has all its headings, and below one of them stands nothing but a comment."""
    body = WHOLE.format(lessons="<!-- to be written -->")
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=body)


@fault(not_met="daily.incidents.reported")
def incident_report_of_placeholders(sandbox: Sandbox) -> Iterator[None]:
    """The report has all its headings, and below one of them stands that it will be written."""
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=WHOLE.format(lessons="- **TBD**, TODO ..."))


@fault(not_met="daily.incidents.reported")
def open_incident_of_nobody_yet(sandbox: Sandbox) -> Iterator[None]:
    """An incident is going on, and where its owner should stand it says that there will be one."""
    yield from _incident(sandbox, ended_hours_ago=None, owner="TBD", body="")


@fault(harmless="daily.incidents.reported")
def incident_report_with_parts_and_commands(sandbox: Sandbox) -> Iterator[None]:
    """A complete report: its cause has headings of its own, and its timeline begins with commands and their comments."""
    timeline = "```\n# systemctl restart nginx\n```"
    body = f"## Cause\n\n### Trigger\n\nA disk was full.\n\n## Timeline\n\n{timeline}\n\n## Lessons\n\nWatch the disk.\n"
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=body)


@fault(not_met="daily.incidents.reported")
def incident_report_of_headings(sandbox: Sandbox) -> Iterator[None]:
    """Below the cause of an incident stand headings and nothing else."""
    body = "## Cause\n\n### Trigger\n\n### Root\n\n## Timeline\n\n10:00 down\n\n## Lessons\n\nWatch the disk.\n"
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=body)


@fault(not_met="daily.incidents.reported")
def incident_without_report_in_a_folder(sandbox: Sandbox) -> Iterator[None]:
    """Incidents are kept by year, and one of last year has no report."""
    folder = sandbox.estate / "incidents" / "planted"
    folder.mkdir()
    try:
        yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body="", name="planted/short.md")
    finally:
        folder.rmdir()


@fault(not_met="daily.incidents.reported")
def incident_without_report_in_capitals(sandbox: Sandbox) -> Iterator[None]:
    """An incident's file was named on another system: PLANTED.MD."""
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body="", name="PLANTED.MD")


@fault(not_met="daily.incidents.reported")
def open_incident_without_owner(sandbox: Sandbox) -> Iterator[None]:
    """An incident is going on and nobody owns it."""
    yield from _incident(sandbox, ended_hours_ago=None, owner="", body="")


@fault(not_met="daily.incidents.reported")
def incident_report_that_does_not_apply(sandbox: Sandbox) -> Iterator[None]:
    """Below one heading of the report stands that it does not apply, and that nothing is there yet."""
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=WHOLE.format(lessons="N/A. None yet, to be written."))


@fault(not_met="daily.incidents.reported")
def open_incident_unassigned(sandbox: Sandbox) -> Iterator[None]:
    """An incident is going on, and where its owner should stand it says that there is none."""
    yield from _incident(sandbox, ended_hours_ago=None, owner="Unassigned", body="")


@fault(not_assessed="daily.incidents.reported")
def incidents_of_last_year_elsewhere(sandbox: Sandbox) -> Iterator[None]:
    """The incidents of last year were moved to another folder, and the register has a link to it."""
    elsewhere, link = sandbox.home / "incidents-of-last-year", sandbox.estate / "incidents" / "planted"
    elsewhere.mkdir()
    link.symlink_to(elsewhere)
    try:
        yield
    finally:
        link.unlink()
        elsewhere.rmdir()


@fault(not_assessed="daily.incidents.reported")
def incident_in_another_form(sandbox: Sandbox) -> Iterator[None]:
    """An incident was written down as outage.markdown."""
    yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body="", name="outage.markdown")


@fault(harmless="daily.incidents.reported")
def incident_with_an_attachment(sandbox: Sandbox) -> Iterator[None]:
    """A complete report names the text that lies beside it; an editor left a file of its own."""
    folder, body = sandbox.estate / "incidents", WHOLE.format(lessons="As the [provider](planted.txt) says, none of ours.")
    attached = [folder / "planted.txt", folder / ".planted.txt"]
    for path in attached:
        path.write_text("sorry")
    try:
        yield from _incident(sandbox, ended_hours_ago=48, owner="Dana Reyes", body=body)
    finally:
        for path in attached:
            path.unlink()


@fault(harmless="daily.incidents.reported")
def incident_of_this_morning(sandbox: Sandbox) -> Iterator[None]:
    """An incident ended three hours ago: its report is not due yet."""
    yield from _incident(sandbox, ended_hours_ago=3, owner="Dana Reyes", body="")


@fault(not_assessed="daily.incidents.reported")
def incident_that_nobody_can_read(sandbox: Sandbox) -> Iterator[None]:
    """An incident's file has no head: nobody can tell when it ended."""
    path = sandbox.estate / "incidents" / "planted.md"
    path.write_text("# Something happened\n")
    try:
        yield
    finally:
        path.unlink()


@fault(not_met="daily.incidents.reported")
def incident_that_ends_in_the_future(sandbox: Sandbox) -> Iterator[None]:
    """An incident without owner bears an end in ten years: it is open."""
    yield from _incident(sandbox, ended_hours_ago=-87_600, owner="", body="")


@fault(not_met="daily.integrations.calendly")
def booking_webhook_for_something_else(sandbox: Sandbox) -> Iterator[None]:
    """Our webhook is active, and tells us of cancellations only."""
    with _webhook(sandbox, events=["invitee.canceled"]):
        yield


@fault(not_met="daily.kpi.availability")
def prober_counts_its_good_samples_twice(sandbox: Sandbox) -> Iterator[None]:
    """The prober wrote every good sample twice; of the month, 0.7 % was down."""
    twice = "INSERT INTO uptime_checks SELECT target, checked_at + interval '20 seconds', up FROM uptime_checks WHERE up"
    with in_database(sandbox, twice, "DELETE FROM uptime_checks WHERE extract(second FROM checked_at) = 20"):
        yield from _samples(sandbox, DOWN, "7 days", "6 days 18 hours 50 minutes")
