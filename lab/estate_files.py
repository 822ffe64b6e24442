"""The estate folder that a lab writes about itself: an ordinary one, as a person would write it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from lab import estate_monitoring
from lab.place import Place
from sandbox import documents
from sandbox import estate_files as sandbox_files
from sandbox.backups import last_due
from sandbox.cluster import DATABASE
from sandbox.estate_files import APPROVED, CALLBACK, CONTACTS, INCIDENT, MONTHLY, ORGANIZATION, REGISTER
from sandbox.services import Ports

# The prefix that lab/machine/etc/postgresql sets.
ESTATE = (
    """\
# Written by the lab for itself at every boot; edit lab/estate_files.py instead.
name = "lab"
system = "{system}"
sandbox = true
drills = true
ca_file = "../tls/trust.pem"
past = "../past"

[absent]
failover = "one database server without a standby"
cdn = "nginx itself answers its visitors: no edge stands before it"

[site]
url = "https://{address}/"
marker = "Finished lately"

[admin]
url = "https://{address}/admin"
marker = 'data-next="/admin/alerts"'

[api]
base = "https://{address}"
health = "/api/health"
endpoints = ["/api/services", "/api/availability?days=14", "/api/testimonials", "/api/estimate-rates"]
dependencies = ["database", "calendly"]
shared = ["/api/services", "/api/testimonials", "/api/estimate-rates"]
private = ["/api/admin/alerts"]
lists = ["/api/projects"]

[status_page]
url = "https://{address}:8443/api/status"

[dashboard]
url = "https://{address}/admin/alerts"
sign_in = "https://{address}/api/auth/login"
user = "compliance"
password = {{ file = "../secrets/compliance" }}
marker = "acknowledged by"

[database]
host = "127.0.0.1"
via = "web1"
port = 5432
name = "{database}"
user = "neff_monitor"
password = {{ file = "../secrets/neff_monitor" }}
probe_table = "system_config"
system_identifier = "{system_identifier}"
sslmode = "prefer"

# How to reach it (key, host key, one connection) is in ssh_config beside this file.
[hosts.web1]
spec = "ssh://root@{address}"
roles = ["web", "application", "database", "logs", "backups"]
ssh_config = "ssh_config"

[web_server]
unit = "nginx"
port = 443

[process_manager]
unit = "pm2-neff"
user = "neff"
apps = {{ neff-paving = 2 }}

[machine]
role = "application"
links_mbit = {{ host0 = 1000 }}
stand_in = "recordings over /proc and in sysstat's files, and a past written into the journal: a container shows the machine around it"

[filesystems]
role = "application"

[node_packages]
directory = "/srv/neff"
registry = "http://127.0.0.1:4873"
stand_in = "a registry on the machine, lab/machine/usr/local/lib/neff/npm-registry"

[renewal]
server = "https://localhost:14000/dir"
stand_in = "pebble, an ACME server on the machine"

[exposure]
addresses = ["{address}"]

[logs]
directory = "/var/log/neffpaving"

[logs.application]
path = "/var/log/neffpaving/error.log"

[logs.access]
path = "/var/log/nginx/access.log"

[logs.database]
path = "/var/log/postgresql/postgresql-15-main.log"
line_prefix = "%m [%p] %e %q%u@%d "

[logs.auth]
path = "/var/log/auth.log"
blocked = "/etc/neff/blocked.txt"

[availability]
prometheus = "http://{address}:9090"
series = 'probe_success{{job="website"}}'

[alerts]
alertmanager = "http://{address}:9093"
prometheus = "http://{address}:9090"

[mail]
host = "127.0.0.1"
port = {ports.mail}

[sms]

[backups]
directory = "/backup/daily"
pattern = "*.dump"
database = "{database}"
tables = ["customers", "appointments", "users", "audit_logs"]
due = "{due:%H:%M}"
timezone = "UTC"
parts = {{ globals = "*.globals", configuration = "*.configuration.tar.gz", uploads = "*.uploads.tar.gz" }}

[scratch]
host = "/var/run/postgresql"
user = "postgres"
limit_s = 120

[payments]
api = "http://127.0.0.1:{ports.payments}"
key = {{ file = "../secrets/payments" }}
mode = "test"
stand_in = "localstripe"

[bookings]
api = "http://127.0.0.1:{ports.bookings}"
token = {{ file = "../secrets/bookings" }}
organization = "{organization}"
callback = "{callback}"
stand_in = "Calendly v2 shapes, served by sandbox/bookings.py"

[synchronisation]

[retention]

[security_scan]
result = "scan.sarif"

[documents]
directory = "../documents"
security = ["SECURITY.md"]
shows = {{ "images/booking-form.png" = "app/booking.html" }}

[assessment]

[incidents]

[browser.pages.home]
url = "https://{address}/"
marker = "Finished lately"

[browser.pages.admin]
url = "https://{address}/admin"
marker = 'data-next="/admin/alerts"'
"""
    + MONTHLY
)

OPEN_PORTS = """
[open_ports]
22 = "administration by SSH, with keys only"
80 = "the authority's challenge, and the way to HTTPS"
443 = "the website, the admin panel and the API"
5432 = "the database, for whoever explores the lab"
8443 = "the status page"
9090 = "Prometheus, for whoever explores the lab"
9093 = "Alertmanager, likewise"
9094 = "Alertmanager's cluster port, likewise"
9100 = "the node exporter, likewise"
9115 = "the blackbox exporter, likewise"
"""
# The rules of lab/machine/etc/postgresql/15/main/pg_hba.conf.
ACCESS = """
[database_access]
"local all postgres peer map=machine" = "the superuser, on the machine itself"
"local all all peer" = "whoever has an account of the same name on the machine"
"host all all 127.0.0.1/32 scram-sha-256" = "the application, and the suite through SSH"
"map machine root postgres" = "the administrator"
"hostssl all all 10.231.0.0/16 scram-sha-256" = "whoever explores the lab, over TLS"
"""


def system(place: Place) -> str:
    """What this machine is called in reports."""
    return f"Neff Paving lab {place.number}"


def write(place: Place, ports: Ports, system_identifier: str, now: datetime) -> Path:
    """Writes the estate folder of the machine in this place as of `now` (UTC), and returns it."""
    folder = place.home / "estate"
    (folder / "incidents").mkdir(parents=True, exist_ok=True)
    facts = {"system": system(place), "address": place.address, "ports": ports, "database": DATABASE}
    facts |= {"system_identifier": system_identifier, "organization": ORGANIZATION, "callback": CALLBACK, "due": last_due(now)}
    (folder / "estate.toml").write_text((ESTATE + "\n" + estate_monitoring.MONITORING).format(**facts))
    (folder / "ssh_config").write_text((place.home / "ssh_config").read_text())
    (folder / "approved.toml").write_text(APPROVED + ACCESS + OPEN_PORTS)
    (folder / "contacts.toml").write_text(CONTACTS)
    (folder / "waivers.toml").write_text("# Nothing is waived here.\n")
    (folder / "known_errors.toml").write_text(_known_errors(now))
    (folder / "findings.toml").write_text(sandbox_files.FINDINGS.format(due=now.date() + timedelta(days=20)))
    (folder / "scan.sarif").write_text(json.dumps(sandbox_files.scan(now - timedelta(days=2))))
    (folder / "assessment.toml").write_text(sandbox_files.assessment(now.date()))
    documents.write(place.home / "documents", now.date(), f"https://{place.address}/")
    sandbox_files.attested(folder, now.date())
    (folder / "incidents" / "README.md").write_text(REGISTER)
    began = (now - timedelta(days=9)).replace(hour=10, minute=12, second=0)
    (folder / "incidents" / "slow-booking-form.md").write_text(INCIDENT.format(began=began, ended=began + timedelta(minutes=50)))
    return folder


def _known_errors(now: datetime) -> str:
    """The errors of the logs and of the journal that somebody has looked at."""
    days = {"created": now.date() - timedelta(days=20), "expiry": now.date() + timedelta(days=70)}
    return sandbox_files._known_errors(now.date()) + estate_monitoring.KNOWN.format(**days)
