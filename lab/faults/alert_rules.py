"""Alert rules in Prometheus and routes in Alertmanager: gone, too late, and leading to nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from lab.faults import fault
from lab.faults.tools import SILENCE, estate_edited, on_machine, wait_for
from lab.house import Lab
from lab.past import SCRAPED

CRITICAL, WARNING, INFORMATION = "weekly.alerts.rules.critical", "weekly.alerts.rules.warning", "weekly.alerts.rules.information"
SOURCES = "weekly.monitoring.sources"
RULES, ROUTES = "/etc/prometheus/neff.rules.yml", "/etc/prometheus/alertmanager.yml"
CONFIGURATION = "/etc/prometheus/prometheus.yml"
KEPT = "/root/kept.yml"
# A signal is only a wish: it is in force once the program says that it has loaded something since.
LOADED = "/_config_last_reload_success_timestamp_seconds / {{ done = $2 + 0 > t }} END {{ exit !done }}"
LOAD = (
    "t=$(date +%s.%N); systemctl reload {unit}; for n in $(seq 200); do "
    f"curl -s http://127.0.0.1:{{port}}/metrics | awk -v t=$t '{LOADED}' && exit 0; sleep 0.1; done; exit 1"
)


def _edited(lab: Lab, path: str, expression: str) -> AbstractContextManager[None]:
    """A configuration changed by sed and loaded, then as before."""
    unit, port = ("prometheus-alertmanager", 9093) if path == ROUTES else ("prometheus", 9090)
    load = LOAD.format(unit=unit, port=port)
    breaks = f"cp -p {path} {KEPT}; sed -i '{expression}' {path}; if cmp -s {path} {KEPT}; then exit 1; fi; {load}"
    return on_machine(lab, breaks, f"mv {KEPT} {path}; {load}")


@fault(not_met=CRITICAL)
def critical_rule_missing(lab: Lab) -> Iterator[None]:
    """Nothing fires when payments fail."""
    with _edited(lab, RULES, "/PaymentProcessingError/,+3d"):
        yield


@fault(not_met=CRITICAL)
def critical_rule_waits_15_minutes(lab: Lab) -> Iterator[None]:
    """The rule for downtime waits a quarter of an hour: it is there, it is on, and it is too late."""
    with _edited(lab, RULES, "/SystemDowntime/,+2s/for: 5m/for: 15m/"):
        yield


@fault(not_met=CRITICAL)
def critical_rule_never_fires(lab: Lab) -> Iterator[None]:
    """The rule for security breaches has its comparison the wrong way round."""
    with _edited(lab, RULES, "s/neff_accepted_after_refusals > 0/neff_accepted_after_refusals < 0/"):
        yield


@fault(not_met=CRITICAL)
def critical_rule_always_fires(lab: Lab) -> Iterator[None]:
    """The rule for payments fires on healthy figures as well: nobody looks at it any more."""
    with _edited(lab, RULES, "s/neff_payment_errors_open > 0/neff_payment_errors_open >= 0/"):
        yield


@fault(not_met=CRITICAL)
def critical_route_to_nobody(lab: Lab) -> Iterator[None]:
    """Critical alerts are routed to a receiver that has no integration."""
    with _edited(lab, ROUTES, "s/receiver: on-call/receiver: nobody/"):
        yield


@fault(not_met=CRITICAL)
def critical_route_waits(lab: Lab) -> Iterator[None]:
    """Alertmanager collects critical alerts for twenty minutes before it sends the first."""
    with _edited(lab, ROUTES, "s/group_wait: 0s/group_wait: 20m/"):
        yield


@fault(not_met=CRITICAL)
def critical_alerts_that_join_others_wait(lab: Lab) -> Iterator[None]:
    """A critical alert that comes while another is firing is sent four hours later."""
    with _edited(lab, ROUTES, "s/group_wait: 0s/&\\n      group_interval: 4h/"):
        yield


@fault(not_met=CRITICAL)
def critical_rule_silenced_for_a_year(lab: Lab) -> Iterator[None]:
    """Somebody silenced the rule for failed payments until next year."""
    made = f"{SILENCE} add --author=dana --comment='too loud' --duration=1y alertname=PaymentProcessingError > /run/neff-silence"
    with on_machine(lab, made, f"{SILENCE} expire $(cat /run/neff-silence)"):
        yield


@fault(not_met=CRITICAL)
def heartbeat_that_holds_back_what_is_critical(lab: Lab) -> Iterator[None]:
    """The alert that always fires was made to hold back all critical ones."""
    rule = "inhibit_rules: [{ source_matchers: [alertname = Watchdog], target_matchers: [severity = critical] }]"
    with _edited(lab, ROUTES, f"1a {rule}"):
        yield


@fault(harmless=[CRITICAL, WARNING])
def critical_alerts_hold_back_their_warnings(lab: Lab) -> Iterator[None]:
    """A critical alert holds back the warnings about the same machine: somebody was paged already."""
    rule = "inhibit_rules: [{ source_matchers: [severity = critical], target_matchers: [severity = warning], equal: [instance] }]"
    with _edited(lab, ROUTES, f"1a {rule}"):
        yield


@fault(not_assessed=CRITICAL)
def critical_route_muted_at_times(lab: Lab) -> Iterator[None]:
    """Critical alerts are muted on every day of the week."""
    always = "time_intervals: [{ name: always, time_intervals: [{ weekdays: [sunday:saturday] }] }]"
    with _edited(lab, ROUTES, f"s/group_wait: 0s/&\\n      mute_time_intervals: [always]/; 1a {always}"):
        yield


@fault(not_met=CRITICAL)
def critical_rules_looked_at_every_two_hours(lab: Lab) -> Iterator[None]:
    """The critical rules are right, and Prometheus looks at them every two hours."""
    with _edited(lab, RULES, "s/- name: critical/&\\n    interval: 2h/"):
        yield


@fault(not_met=[CRITICAL, WARNING, INFORMATION])
def alerts_sent_to_nobody(lab: Lab) -> Iterator[None]:
    """Prometheus raises alerts and knows no Alertmanager that it could send them to."""
    with _edited(lab, CONFIGURATION, 's/targets: \\["127.0.0.1:9093"\\]/targets: []/'):
        yield


@fault(not_assessed=[CRITICAL, WARNING, INFORMATION])
def alerts_dropped_on_the_way(lab: Lab) -> Iterator[None]:
    """Prometheus drops every alert of a severity before it sends it; the one that always fires has none that counts."""
    dropped = "{ source_labels: [severity], regex: critical, action: drop }"
    with _edited(lab, CONFIGURATION, f"s/^alerting:/&\\n  alert_relabel_configs: [{dropped}]/"):
        yield


@fault(not_met=[CRITICAL, WARNING, INFORMATION])
def rules_not_loaded(lab: Lab) -> Iterator[None]:
    """The file with the rules is perfect, and Prometheus does not load it."""
    with _edited(lab, CONFIGURATION, "s/^rule_files:.*/rule_files: []/"):
        yield


@fault(not_met=WARNING)
def warning_rule_missing(lab: Lab) -> Iterator[None]:
    """Nothing fires when backups fail."""
    with _edited(lab, RULES, "/BackupFailure/,+3d"):
        yield


@fault(not_met=WARNING)
def warning_throttled(lab: Lab) -> Iterator[None]:
    """Warnings are collected for 90 minutes before the first is sent."""
    with _edited(lab, ROUTES, "s/  group_by: .alertname./&\\n  group_wait: 90m/"):
        yield


@fault(not_met=INFORMATION)
def information_rule_missing(lab: Lab) -> Iterator[None]:
    """Nobody hears how many users there were."""
    with _edited(lab, RULES, "/UserActivitySummary/,+2d"):
        yield


@fault(not_met=SOURCES)
def monitoring_target_down(lab: Lab) -> Iterator[None]:
    """The exporter of the machine's figures has stopped."""
    try:
        lab.do("systemctl stop prometheus-node-exporter")
        wait_for(lab, f"! {SCRAPED}")
        yield
    finally:
        lab.do("systemctl start prometheus-node-exporter")
        wait_for(lab, SCRAPED)


@fault(not_met=SOURCES)
def monitoring_figures_stale(lab: Lab) -> Iterator[None]:
    """The job that measures the database died twenty minutes ago; its last figures are scraped with a fresh date."""
    here, written = "/var/lib/prometheus/node-exporter/neff.prom", "/usr/local/lib/neff/metrics"
    asked = "'http://127.0.0.1:9090/api/v1/query?query=time()-max(node_textfile_mtime_seconds)>600'"
    try:
        lab.do(f"chmod -x {written}; touch -d '-20 minutes' {here}")
        wait_for(lab, f"curl -sf {asked} | grep -q value")
        yield
    finally:
        lab.do(f"chmod +x {written}; {written}")
        wait_for(lab, f"! curl -sf {asked} | grep -q value")


@fault(not_met=SOURCES)
def monitoring_series_gone(lab: Lab) -> Iterator[None]:
    """The series that shows the network has had no sample for a day."""
    with estate_edited(lab, 'device="host0"', 'device="eth7"'):
        yield


@fault(not_met=SOURCES)
def monitoring_kind_unconfigured(lab: Lab) -> Iterator[None]:
    """Nobody watches the backups."""
    with estate_edited(lab, 'backups = { series = "neff_backup_newest_seconds"', '# backups = { series = "neff_backup_newest_seconds"'):
        yield
