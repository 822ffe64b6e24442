"""The part of the lab's estate that is about Prometheus: which series show what, and what they look like when something is wrong."""

from __future__ import annotations

# What the machine's `metrics` writes is read by the node exporter at each scrape: the file's own age counts.
WRITTEN = 'node_textfile_mtime_seconds{{file=~".*/neff.prom"}}'

MONITORING = """\
[alert_rules]
prometheus = "http://{address}:9090"
alertmanager = "http://{address}:9093"
role = "application"

[alert_rules.trials.downtime]
ill = {{ 'probe_success{{job="website", instance="https://neffpaving.test/"}}' = "0" }}
well = {{ 'probe_success{{job="website", instance="https://neffpaving.test/"}}' = "1" }}

[alert_rules.trials.database-connection]
ill = {{ 'neff_database_up{{job="node"}}' = "0" }}
well = {{ 'neff_database_up{{job="node"}}' = "1" }}

[alert_rules.trials.payments]
ill = {{ 'neff_payment_errors_open{{job="node"}}' = "1" }}
well = {{ 'neff_payment_errors_open{{job="node"}}' = "0" }}

[alert_rules.trials.security-breach]
ill = {{ 'neff_accepted_after_refusals{{job="node"}}' = "1" }}
well = {{ 'neff_accepted_after_refusals{{job="node"}}' = "0" }}

[alert_rules.trials.resources]
ill = {{ 'node_load5{{job="node"}}' = "4", 'node_cpu_seconds_total{{job="node", cpu="0", mode="idle"}}' = "0+1" }}
well = {{ 'node_load5{{job="node"}}' = "0.3", 'node_cpu_seconds_total{{job="node", cpu="0", mode="idle"}}' = "0+50" }}

[alert_rules.trials.slow-responses]
ill = {{ 'probe_duration_seconds{{job="api", instance="https://neffpaving.test/api/health"}}' = "1.4" }}
well = {{ 'probe_duration_seconds{{job="api", instance="https://neffpaving.test/api/health"}}' = "0.08" }}

# The trial's clock begins at 0: what happened a day before its beginning has a negative time.
[alert_rules.trials.integration-sync]
ill = {{ 'neff_last_synchronisation_seconds{{job="node"}}' = "0" }}
well = {{ 'neff_last_synchronisation_seconds{{job="node"}}' = "0+60" }}

[alert_rules.trials.backups]
ill = {{ 'neff_backup_newest_seconds{{job="node"}}' = "-100000" }}
well = {{ 'neff_backup_newest_seconds{{job="node"}}' = "0+60" }}

[alert_rules.trials.usage]
ill = {{ 'neff_requests_total{{job="node"}}' = "0+7" }}

[alert_rules.trials.performance]
ill = {{ 'probe_duration_seconds{{job="website", instance="https://neffpaving.test/"}}' = "0.09" }}

[alert_rules.trials.capacity]
ill = {{ 'node_filesystem_avail_bytes{{job="node", mountpoint="/"}}' = "7000000000" }}

[alert_rules.trials.user-activity]
ill = {{ 'neff_sessions_of_a_day{{job="node"}}' = "12" }}

[monitoring]
prometheus = "http://{address}:9090"

[monitoring.kinds]
health = {{ series = 'probe_success{{job="website"}}' }}
errors = {{ series = "neff_errors_total", written = '%s' }}
performance = {{ series = 'probe_duration_seconds{{job="api"}}' }}
user-experience = {{ series = "neff_web_vitals", written = '%s' }}
servers = {{ series = "node_memory_MemAvailable_bytes" }}
network = {{ series = 'node_network_receive_bytes_total{{device="host0"}}' }}
database = {{ series = "neff_database_connections", written = '%s' }}
backups = {{ series = "neff_backup_newest_seconds", written = '%s' }}
""" % ((WRITTEN,) * 4)

# Errors in the machine's journal that somebody has looked at, in the form of sandbox/estate_files.py.
KNOWN = """
[[error]]
log = "journal"
signature = "sshd: error: kex_exchange_identification: read: Connection reset by peer"
reason = "Whoever only asks whether the port is open hangs up before a session begins, as the lab itself does when it boots."
owner = "Dana Reyes, operations"
created = "{created}"
expiry = "{expiry}"
"""
