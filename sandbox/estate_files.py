"""The estate folder that a sandbox writes about itself: an ordinary one, as a person would write it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox import backups, documents
from sandbox.cluster import DATABASE, SUPERUSER, accounts, own_folder
from sandbox.postgres import Postgres, short_enough
from sandbox.services import Ports

# What the monthly rows look at is the same in the lab.
MONTHLY = """
[accounts]

[contacts]
resolver = "127.0.0.1:{ports.names}"
stand_in = "sandbox/names.py, a DNS server that knows the made-up domains"

[certificates]

[appointments]

[customers]

[pool]
account = "neff_app"
most = 12

[jobs]
kinds = ["mail", "document", "sync"]

[database_volume]
bytes = 2000000000
"""
ESTATE = (
    """\
# Written by the sandbox for itself at every start; edit sandbox/estate_files.py instead.
name = "sandbox"
system = "Neff Paving sandbox {number}"
sandbox = true
drills = true
ca_file = "../tls/ca.pem"
past = "../past"

[absent]
web_server = "child processes have no init system: there is no service to be active or enabled at boot"
process_manager = "child processes have no init system: pm2 is not there to keep them"
machine = "child processes share the processors and memory of whatever machine is around them"
filesystems = "child processes have no disks of their own"
node_packages = "the sandbox's site is no Node application"
exposure = "child processes share the ports of whatever machine is around them"
renewal = "the sandbox's certificates come from an authority of its own, without certbot"
monitoring = "child processes come and go with the run: no Prometheus watches them"

[site]
url = "https://127.0.0.1:{ports.site}/"
marker = "Finished lately"

[admin]
url = "https://127.0.0.1:{ports.site}/admin"
marker = 'data-next="/admin/alerts"'

[api]
base = "https://127.0.0.1:{ports.site}"
health = "/api/health"
endpoints = ["/api/services", "/api/availability?days=14", "/api/testimonials", "/api/estimate-rates"]
dependencies = ["database", "calendly"]
shared = ["/api/services", "/api/testimonials", "/api/estimate-rates"]
private = ["/api/admin/alerts"]
lists = ["/api/projects"]

[status_page]
url = "https://127.0.0.1:{ports.status}/api/status"

[dashboard]
url = "https://127.0.0.1:{ports.site}/admin/alerts"
sign_in = "https://127.0.0.1:{ports.site}/api/auth/login"
user = "compliance"
password = {{ file = "../secrets/compliance" }}
marker = "acknowledged by"

[database]
host = "127.0.0.1"
port = {ports.postgres}
name = "{database}"
user = "neff_monitor"
password = {{ file = "../secrets/neff_monitor" }}
probe_table = "system_config"
system_identifier = "{system_identifier}"
sslmode = "disable"

[hosts.here]
spec = "local://"
roles = ["logs", "backups"]

[logs]
directory = "{home}/logs"

[logs.application]
path = "{home}/logs/application/error.log"

[logs.access]
path = "{home}/logs/access.log"

[logs.database]
path = "{home}/logs/postgresql.log"
line_prefix = "%m [%p] %e %q%u@%d "

[logs.auth]
path = "{home}/logs/auth.log"
blocked = "{home}/logs/blocked.txt"

[availability]
target = "website"

[alerts]

[alert_rules]

[alert_rules.kinds]
downtime = "system downtime"
database-connection = "database connection failure"
payments = "payment processing error"
security-breach = "security breach detection"
resources = "high resource usage"
slow-responses = "slow response times"
integration-sync = "integration sync delay"
backups = "backup failure"
usage = "usage statistics"
performance = "performance trends"
capacity = "capacity utilisation"
user-activity = "user activity summary"

[mail]
host = "127.0.0.1"
port = {ports.mail}

[sms]

[backups]
directory = "{home}/backup/daily"
pattern = "*.dump"
database = "{database}"
tables = ["customers", "appointments", "users", "audit_logs"]
due = "{due:%H:%M}"
timezone = "UTC"
pg_restore = "{pg_restore}"
volume_bytes = 200000000
parts = {{ globals = "*.globals", configuration = "*.configuration.tar.gz", uploads = "*.uploads.tar.gz" }}

[scratch]
host = "{socket}"
port = {ports.postgres}
user = "postgres"
psql = "{psql}"
limit_s = 60

[failover]
standbys = ["127.0.0.1:{ports.standby}"]
host = "here"
binaries = "{binaries}"
directory = "{drills}"
{account}
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
url = "https://127.0.0.1:{ports.site}/"
marker = "Finished lately"

[browser.pages.admin]
url = "https://127.0.0.1:{ports.site}/admin"
marker = 'data-next="/admin/alerts"'

[cdn]
page = "https://127.0.0.1:{ports.site}/"
hit_header = "X-Cache"
stand_in = "the site itself, which keeps what was asked for before as an edge does"
"""
    + MONTHLY
)

APPROVED = """\
[normal_sqlstates]
57014 = "a user's cancel or a statement's time-out is the database doing its work"
57P01 = "an administrator who stops the server ends the sessions that are open"

[database_roles]
postgres = ["login", "superuser", "createrole", "createdb", "replication", "bypassrls", "no password"]
neff_admin = ["login", "owns database neff_paving_admin"]
neff_app = ["login", "writes tables"]
neff_readonly = ["login"]
neff_monitor = ["login", "pg_monitor", "pg_read_all_data"]

[sections]
"RECOVERY.md" = ["Database", "File system", "Objectives"]
"DEPLOYMENT.md" = ["Going forward", "Going back"]
"SECURITY.md" = ["Who may do what", "After an incident"]

[kept_days]
backups = 31

[objectives.recovery_time]
hours = 4
document = "RECOVERY.md"
says = "Back within four hours"
decided = "2026-09-01"

[objectives.recovery_point]
hours = 26
document = "RECOVERY.md"
says = "at most 26 hours of work lost"
decided = "2026-09-01"

[users]
compliance = ["auditor"]
dreyes = ["administrator"]
jcole = ["estimator"]
mokafor = ["dispatcher"]
psingh = ["estimator"]
tlind = ["dispatcher"]

[roles]
administrator = ["alerts.read", "customers.write", "users.manage"]
auditor = ["alerts.read", "customers.read"]
dispatcher = ["customers.read", "schedule.write"]
estimator = ["customers.read", "estimates.write"]
"""

# The rules of pg_hba.conf beside this file.
ACCESS = """
[database_access]
"local all postgres peer map=sandbox" = "the superuser, over a socket in a folder of the server's own"
"local replication postgres peer map=sandbox" = "copies of the server, likewise"
"host all all 127.0.0.1/32 scram-sha-256" = "the site and the suite, on this machine"
"""

CONTACTS = """\
[[contact]]
name = "System Admin"
email = "admin@neffpaving.example"
phone = "(312) 867-5309"

[[contact]]
name = "Database Admin"
email = "dba@neffpaving.example"
phone = "(312) 744-5000"

[[contact]]
name = "Security Team"
email = "security@neffpaving.example"
phone = "(312) 726-7456"

[[contact]]
name = "24/7 Support"
phone = "+1 312 922 3432"

[[contact]]
name = "Hosting Provider"
email = "support@hostingprovider.example"

[[contact]]
name = "Database Support"
web = "https://www.postgresql.org/support/"

[[contact]]
name = "SSL Certificate"
email = "support@sslprovider.example"

[[contact]]
name = "Payment Processing"
web = "https://support.stripe.com/"
"""

FINDINGS = """\
[[finding]]
finding = "CVE-2026-31337: package-lock.json"
owner = "Dana Reyes"
due = "{due}"
"""

ASSESSMENT = """\
held = "{held}"
by = "Hollis & Byrne"

[[finding]]
name = "HB-01 session tokens live for a week"
severity = "high"
status = "fixed"
decided = "{fixed}"

[[finding]]
name = "HB-02 error pages name the framework"
severity = "low"
status = "accepted"
owner = "Dana Reyes"
decided = "{fixed}"
reason = "The framework is named on the careers page, too."

[[finding]]
name = "HB-03 uploads are not scanned"
severity = "medium"
status = "open"
owner = "Maya Okafor"
due = "{due}"
"""

KNOWN_ERRORS = """\
[[error]]
log = "application"
signature = "[maps] TILE_TIMEOUT no tile within # ms"
reason = "The map service is slow at night; the page shows the address instead."
owner = "Maya Okafor, dispatch"
created = "{created}"
expiry = "{expiry}"
"""

REGISTER = "The incident register: one Markdown file an incident. docs/estate.md describes its form.\n"

INCIDENT = """\
+++
began = {began:%Y-%m-%dT%H:%M:%SZ}
ended = {ended:%Y-%m-%dT%H:%M:%SZ}
owner = "Dana Reyes"
+++

# The booking form was slow

## Cause

A release had dropped an index on the appointments table.

## Timeline

Noticed by a customer's call, traced with pg_stat_statements, index built again within the hour.

## Lessons

Migrations are reviewed for dropped indexes, and the nightly run watches API latency.
"""

ORGANIZATION = "https://api.calendly.com/organizations/NEFFPAVING"
CALLBACK = "https://neffpaving.example/api/webhooks/calendly"


def write(home: Path, ports: Ports, system_identifier: str, server: Postgres, now: datetime) -> Path:
    """Writes the estate folder of the sandbox at `home` as of `now` (UTC), and returns it."""
    folder = home / "estate"
    (folder / "incidents").mkdir(parents=True, exist_ok=True)
    facts = {"home": home, "number": home.name, "ports": ports, "database": DATABASE, "organization": ORGANIZATION, "callback": CALLBACK}
    facts["due"] = backups.last_due(now)
    tools = {"pg_restore": server.binaries / "pg_restore", "psql": server.binaries / "psql", "socket": server.socket}
    tools |= {"binaries": server.binaries, "drills": drills(home, server)}
    account = {"account": 'account = "nobody"\n' if server.user else ""}
    estate = ESTATE.format(**facts, system_identifier=system_identifier, **tools, **account)
    (folder / "estate.toml").write_text(estate)
    names = "".join(f'"map sandbox {name} {SUPERUSER}" = "comes in as the superuser"\n' for name in accounts(server.user))
    (folder / "approved.toml").write_text(APPROVED + ACCESS + names)
    (folder / "contacts.toml").write_text(CONTACTS)
    (folder / "waivers.toml").write_text("# Nothing is waived here.\n")
    (folder / "known_errors.toml").write_text(_known_errors(now.date()))
    (folder / "findings.toml").write_text(FINDINGS.format(due=now.date() + timedelta(days=20)))
    (folder / "scan.sarif").write_text(json.dumps(scan(now - timedelta(days=2))))
    (folder / "assessment.toml").write_text(assessment(now.date()))
    documents.write(home / "documents", now.date(), f"https://127.0.0.1:{ports.site}/")
    attested(folder, now.date())
    (folder / "incidents" / "README.md").write_text(REGISTER)
    began = (now - timedelta(days=9)).replace(hour=10, minute=12, second=0)
    (folder / "incidents" / "slow-booking-form.md").write_text(INCIDENT.format(began=began, ended=began + timedelta(minutes=50)))
    return folder


def drills(home: Path, server: Postgres) -> Path:
    """The folder for copies of the suite's own: below `home`, or below /tmp where a socket's path would be too long for the kernel."""
    folder = short_enough(home / "drills", "neff-drill-00000000/.s.PGSQL.65535")
    own_folder(folder, server.user)
    return folder


def scan(at: datetime) -> dict[str, Any]:
    """What a scanner of packages would have left: one finding rated high, one of a lower rating."""
    rules = [
        {"id": name, "properties": {"security-severity": score}} for name, score in (("CVE-2026-31337", "8.1"), ("CVE-2026-2718", "5.3"))
    ]
    place = [{"physicalLocation": {"artifactLocation": {"uri": "package-lock.json"}}}]
    results = [{"ruleId": rule["id"], "message": {"text": "update it"}, "locations": place} for rule in rules]
    made = {"executionSuccessful": True, "endTimeUtc": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
    driver = {"name": "made-up scanner", "rules": rules}
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "invocations": [made], "results": results}]}


def assessment(today: date) -> str:
    """The register of an assessment of a month ago."""
    return ASSESSMENT.format(held=today - timedelta(days=30), fixed=today - timedelta(days=20), due=today + timedelta(days=30))


# What two of the statements are about: a file in the estate's folder, and what stands in it.
PAPERS = {
    "quarterly.security.penetration-test": (
        "penetration-test.txt",
        "Hollis & Byrne: test of neffpaving.example. Made up for the sandbox.\n",
    ),
    "quarterly.architecture.evaluation": ("architecture.txt", "The structure still fits the business. Made up for the sandbox.\n"),
}


def _known_errors(today: date) -> str:
    """The errors of the made-up logs that somebody has looked at."""
    return KNOWN_ERRORS.format(created=today - timedelta(days=20), expiry=today + timedelta(days=70))


def attested(folder: Path, today: date) -> None:
    """The statements that only a person can make, and the paper that one of them is about."""
    for name, text in PAPERS.values():
        (folder / name).write_text(text)
    (folder / "attestations.toml").write_text(_attestations(today))


def _attestations(today: date) -> str:
    """The statements that only a person can make, made yesterday by made-up people."""
    attested = {
        "weekly.documentation.updated": "The documentation of the week's changes is written and published.",
        "monthly.access.contacts": "Each contact was called or written to, and answered.",
        "quarterly.security.penetration-test": "Tested from outside by Hollis & Byrne; the report is filed with the contracts.",
        "quarterly.documentation.accuracy": "Every document was read against the running system and holds nothing outdated.",
        "quarterly.documentation.screenshots": "The pictures show what a user sees today.",
        "quarterly.security.training": "All staff took part in the training on the new sign-in procedure.",
        "quarterly.architecture.evaluation": "The architecture was reviewed; no change is needed this quarter.",
    }
    entry = '[[attestation]]\nrequirement = {}\nperson = "Dana Reyes"\nrole = "Operations lead"\ndate = "{}"\nstatement = {}\n'
    signed = today - timedelta(days=1)
    entries = {name: entry.format(json.dumps(name), signed, json.dumps(said)) for name, said in attested.items()}
    for requirement, (name, text) in PAPERS.items():
        entries[requirement] += f'evidence = "{name}"\nsha256 = "{hashlib.sha256(text.encode()).hexdigest()}"\n'
    return "\n".join(entries.values())
