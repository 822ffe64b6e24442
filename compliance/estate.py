"""The estate: where to look. Addresses, paths and names of one system; never a target. docs/estate.md explains each key.

An estate is a folder: `estate.toml` beside `approved.toml`, `waivers.toml`, `attestations.toml` and the incident register.
"""

from __future__ import annotations

import os
import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator, model_validator

from compliance.errors import ConfigurationError
from compliance.guide import Requirement
from compliance.inventory import hosts as hosts_of_inventory
from compliance.secrets import Secret
from compliance.toml import Strict, Texts, fit, read
from compliance.waivers import day

FOLDER = Path(__file__).resolve().parents[1] / "estates"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('there is no such time zone | Write a name like "UTC" or "America/Chicago"') from None
    return value


def _address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("this is no web address | Begin it with https://")
    return value


def _with_ports(value: tuple[str, ...]) -> tuple[str, ...]:
    for address in value:
        if not re.fullmatch(r".+:\d{1,5}", address):
            raise ValueError(f'{address!r} is no address | Write "name:port", as in "10.0.0.3:5432"')
    return value


def _machine(value: str) -> str:
    if value != "local://" and not re.fullmatch(r"ssh://\S+", value):
        raise ValueError("this is no machine | Write ssh://user@name, ssh://user@name:port, or local:// for this one")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_address)]
NamesWithPorts = Annotated[Texts, AfterValidator(_with_ports)]


def _networks(value: dict[str, str]) -> dict[str, str]:
    for network in value:
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f'{error} | Write an address like "192.0.2.10" or a network like "192.0.2.0/24"') from None
    return value


class Page(Strict):
    """A page that a person opens: its address, and words that only the finished page shows."""

    url: Address
    marker: str = Field(min_length=1)


class Api(Strict):
    """The API: its base address, health endpoint, the endpoints that are timed, the dependencies its health must name.

    `lists` come in pages, whose length the parameter `list_limit` asks for; the answer's key `list_next` says that there is more.
    """

    base: Address
    health: str
    endpoints: Texts
    dependencies: Texts
    shared: Texts = ()
    private: Texts = ()
    lists: Texts = ()
    list_limit: str = "limit"
    list_next: str = "next"


class StatusPage(Strict):
    """The public status page: a JSON address in the guide's shape, Statuspage's summary or Gatus' statuses."""

    url: Address


class Dashboard(Strict):
    """The alert dashboard, words that only it shows, and the account, made for this suite, that may read it."""

    url: Address
    sign_in: Address
    user: str
    password: Secret
    marker: str | None = Field(default=None, min_length=1)


class Database(Strict):
    """The PostgreSQL database, the account to look with, and a small table that a query may touch.

    `via` names one of the hosts: the database is then reached through the SSH connection to it, and `host` is as seen from there.
    """

    host: str
    via: str | None = None
    port: int = 5432
    name: str
    user: str
    password: Secret | None = None
    probe_table: str
    system_identifier: str | None = None
    login_classes: str = "compliance_login_classes"
    access_written: str = "compliance_access_written"
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    deep_look_s: int = Field(default=20, ge=1)


class Host(Strict):
    """A machine as pytest-testinfra names it (`local://`, `ssh://user@name`), and what it is there for."""

    spec: Annotated[str, AfterValidator(_machine)]
    roles: Texts
    ssh_config: str | None = None


class Log(Strict):
    """A log file on the host with the role `logs`."""

    path: str


class DatabaseLog(Log):
    """The server's log: its path, `log_line_prefix` and `log_timezone`."""

    line_prefix: str
    timezone: Zone = "UTC"


class LoginLog(Log):
    """The log of logins, and the file that lists blocked addresses, one a line."""

    blocked: str


class Logs(Strict):
    """The log directory and the single logs; each is a component of its own (`logs.access`). `rotation` is logrotate's configuration."""

    directory: str
    rotation: str = "/etc/logrotate.conf"
    rotation_state: str = "/var/lib/logrotate/status"
    application: Log | None = None
    access: Log | None = None
    database: DatabaseLog | None = None
    auth: LoginLog | None = None


class Availability(Strict):
    """Where a prober leaves its samples, with their distance in seconds: a table with a target, or one series of Prometheus."""

    table: str = "uptime_checks"
    target: str = "website"
    prometheus: Address | None = None
    series: str | None = None
    interval_s: int = Field(default=60, ge=1, le=300)

    @model_validator(mode="after")
    def _one_of_both(self) -> Availability:
        if (self.prometheus is None) != (self.series is None):
            raise ValueError("prometheus and series belong together | Write both, or neither to read the table")
        return self


class Alerts(Strict):
    """The alert system: its table, and the columns that say when an alert was raised and taken; or Alertmanager for what was taken."""

    history: str = "alert_history"
    created: str = "created_at"
    acknowledged: str = "acknowledged_at"
    alertmanager: Address | None = None
    prometheus: Address | None = None
    heartbeat: str = "Watchdog"


class Mail(Strict):
    """The mail server that alerts leave by."""

    host: str
    port: int = 587
    starttls: bool = True


class Trial(Strict):
    """A condition that an alert rule must fire on: the series of Prometheus that show it, with their values, and the healthy ones."""

    ill: dict[str, str]
    well: dict[str, str] = {}


class AlertRules(Strict):
    """The alert rules: tables of the alert system, or Prometheus with Alertmanager, where each rule is tried on made-up series."""

    types: str = "alert_types"
    rules: str = "alert_rules"
    recipients: str = "notification_recipients"
    waits: str = "for_minutes"
    further_channels: Texts = ()
    kinds: dict[str, str] = {}
    prometheus: Address | None = None
    alertmanager: Address | None = None
    role: str = "application"
    trials: dict[str, Trial] = {}


class Source(Strict):
    """A series of Prometheus that shows a kind of monitoring; read from a file, also the series that says when that was written."""

    series: str
    written: str | None = None


class Monitoring(Strict):
    """The Prometheus that everything is watched by, and where it shows each of the guide's kinds of monitoring."""

    prometheus: Address
    kinds: dict[str, Source]


class Sms(Strict):
    """The list of people to reach in an emergency, and the country that numbers without +code are in."""

    recipients: str = "notification_recipients"
    group: str = "emergency"
    region: str = Field(default="US", pattern="^[A-Z]{2}$")


class Backups(Strict):
    """The nightly backups on the host with the role `backups`: where they lie, what they are of, when they are due."""

    directory: str
    pattern: str
    database: str
    tables: Texts = Field(min_length=1)
    due: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    timezone: Zone
    pg_restore: str = "pg_restore"
    parts: dict[str, str] = {}
    statistics: str = "backup_statistics"
    volume_bytes: int | None = Field(default=None, ge=1)


class Scratch(Strict):
    """The PostgreSQL server on which checks may make databases of their own, as the host with the role `backups` reaches it."""

    host: str
    port: int = 5432
    user: str
    password: Secret | None = None
    maintenance: str = "postgres"
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    psql: str = "psql"
    limit_s: int = Field(default=1800, ge=5, le=7000)


class Failover(Strict):
    """The standbys that follow the database, `name:port` each, and where a failover may be rehearsed on copies.

    `host` names one of the hosts: it has PostgreSQL's programs in the folder `binaries`, and the copies lie below `directory`. They run
    as `account` where the suite's own account there is root.
    """

    standbys: NamesWithPorts = Field(min_length=1)
    host: str
    binaries: str = Field(pattern="^/.")
    directory: str = Field(pattern="^/.", max_length=72)
    account: str | None = None


class Payments(Strict):
    """The payment service (Stripe), our key, the mode it must be in, and the tables that record payments."""

    api: Address
    key: Secret
    mode: Literal["live", "test"]
    payments: str = "payments"
    events: str = "payment_events"
    webhooks: str = "webhook_deliveries"
    provider: str = "stripe"
    stand_in: str | None = None


class Bookings(Strict):
    """The booking service (Calendly), our token and organisation, and the column where synchronised events arrive."""

    api: Address
    token: Secret
    organization: str
    callback: Address
    table: str = "appointments"
    event: str = "calendly_event"
    starts: str = "appointment_date"
    stand_in: str | None = None


class Synchronisation(Strict):
    """The table in which integrations record their operations."""

    table: str = "integration_syncs"


class Retention(Strict):
    """The tables that keep entries for a time, the columns that date them, and how often the clean-up runs."""

    audit_table: str = "audit_logs"
    audit_date: str = "created_at"
    session_table: str = "session_logs"
    session_date: str = "created_at"
    clean_up: Literal["daily", "weekly"] = "daily"


class SecurityScan(Strict):
    """Where a security scanner leaves its newest result (SARIF); without it, the suite's own `pytest -m scan` counts."""

    result: str | None = None


class VisitedPage(Page):
    """A page that a real browser opens, and what it may click there without doing anything."""

    click: str = "h1"


class Browser(Strict):
    """The browser's program on this machine, and the pages it visits; open to everybody, since each is photographed."""

    program: str = "chromium"
    pages: dict[str, VisitedPage] = Field(min_length=1)


class Cdn(Strict):
    """A page whose static files the edge must hold, other hosts that serve some, and the header in which the edge says that it did."""

    page: Address
    hosts: Texts = ()
    hit_header: str = "X-Cache"
    stand_in: str | None = None


class Incidents(Strict):
    """The incident register: a folder with one Markdown file an incident, beside estate.toml."""

    directory: str = "incidents"


class WebServer(Strict):
    """The web server's systemd unit and the port it must serve."""

    unit: str
    port: int = 443


class ProcessManager(Strict):
    """pm2's systemd unit, the user it runs as, and the applications it keeps, with their number of instances."""

    unit: str
    user: str
    apps: dict[str, int]


class Machine(Strict):
    """The hosts whose processors, memory, journal and interfaces are watched: those with this role. `samples` is sysstat's folder.

    `links_mbit` says what each of their links can carry, in Mbit/s: what the interface claims is often its own cable only.
    """

    role: str = "application"
    samples: str = "/var/log/sysstat"
    links_mbit: dict[str, float] = {}
    stand_in: str | None = None


class Filesystems(Strict):
    """The hosts whose file systems are watched: those with this role."""

    role: str = "application"


class NodePackages(Strict):
    """The application's folder on the host with the role `application`, and the registry npm asks when it is not the usual one."""

    directory: str
    registry: Address | None = None
    stand_in: str | None = None


class Renewal(Strict):
    """certbot on the host with the role `web`, and the ACME directory of a rehearsal when it is not Let's Encrypt's own."""

    server: Address | None = None
    timer: str = "certbot.timer"
    stand_in: str | None = None


class Accounts(Strict):
    """The tables of user accounts, roles and permissions, and the columns with an account's state, last sign-in and role."""

    users: str = "users"
    active: str = "active"
    last_login: str = "last_login"
    role: str = "role"
    roles: str = "roles"
    permissions: str = "permissions"
    user_roles: str = "user_roles"
    role_permissions: str = "role_permissions"


class Contacts(Strict):
    """The list of emergency and vendor contacts, beside estate.toml, and the DNS server to ask about their mail domains."""

    file: str = "contacts.toml"
    region: str = Field(default="US", pattern="^[A-Z]{2}$")
    resolver: str | None = Field(default=None, pattern=r"^[0-9a-fA-F.:]+:\d+$")
    stand_in: str | None = None


class Certificates(Strict):
    """Addresses that show a certificate beside those of the pages and of the mail server: `name:port`, TLS from the first byte."""

    also: NamesWithPorts = ()


class Appointments(Strict):
    """The table of appointments, and the columns with their date and status."""

    table: str = "appointments"
    date: str = "appointment_date"
    status: str = "status"


class Customers(Strict):
    """The table of customers, and the column that says since when each is one."""

    table: str = "customers"
    created: str = "created_at"


class Pool(Strict):
    """The application's way to the database: its account, and the most connections that all its processes together may open."""

    account: str
    most: int = Field(ge=1)


class DatabaseVolume(Strict):
    """The volume the database lies on: a path on one of the hosts, or its size as it was ordered."""

    host: str | None = None
    path: str | None = None
    bytes: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> DatabaseVolume:
        if (self.path is None) == (self.bytes is None) or (self.path is None) != (self.host is None):
            raise ValueError("host and path, or bytes are needed | Write where the data directory is, or the volume's size as ordered")
        return self


class Jobs(Strict):
    """The table of background jobs, and the kinds of work that must go through it."""

    table: str = "jobs"
    kinds: Texts = Field(min_length=1)


class Exposure(Strict):
    """The addresses that the world sees, the TCP ports to try, and one that is known to be open: a scan that misses it did not arrive."""

    addresses: Texts = Field(min_length=1)
    ports: str = Field(default="1-65535", pattern=r"^[\d,-]+$")
    known_open: int = 443


class Notifications(Strict):
    """Where messages go, by the guide's three levels: each a secret that holds addresses as apprise writes them. `digest` is in UTC."""

    critical: Secret | None = None
    warning: Secret | None = None
    information: Secret | None = None
    digest: str = Field(default="07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")


class Documents(Strict):
    """The documentation: a folder of Markdown files under version control, its index, and the words before the two dates of a document.

    `security` names the documents about security; `shows` says which file a picture shows, both seen from the folder.
    """

    directory: str
    index: str = "README.md"
    updated: str = "Last updated"
    review: str = "Next review"
    security: Texts = ()
    shows: dict[str, str] = {}


class Assessment(Strict):
    """The register of the last professional assessment of security, beside estate.toml."""

    file: str = "assessment.toml"


class Objective(Strict):
    """How many hours a recovery may take, or how many of work it may lose: the sentence that promises it, in which document, since when."""

    hours: float = Field(gt=0)
    document: str
    says: str = Field(min_length=10)
    decided: date
    _day = field_validator("decided", mode="before")(day)


class Approved(Strict):
    """approved.toml: what is right for this system because somebody decided it, with the reason for each."""

    open_ports: dict[str, str] = {}
    sections: dict[str, list[str]] = {}
    dead_links: dict[str, str] = {}
    database_roles: dict[str, list[str]] = {}
    database_access: dict[str, str] = {}
    normal_sqlstates: dict[str, str] = {}
    users: dict[str, list[str]] = {}
    roles: dict[str, list[str]] = {}
    kept_days: dict[str, int] = {}
    known_clients: dict[str, str] = {}
    objectives: dict[Literal["recovery_time", "recovery_point"], Objective] = {}
    _are_networks = field_validator("known_clients")(_networks)


class Provided(Strict):
    """An estate that is brought up for a run: `provider` is `module:function`, a context manager that yields the estate's folder."""

    name: str
    provider: str = Field(pattern=r"^[\w.]+:\w+$")


class EstateFile(Strict):
    """estate.toml. A component that the system does not have stands under `[absent]` with the reason."""

    name: str
    system: str
    sandbox: bool = False
    drills: bool = False
    ca_file: str | None = None
    past: str | None = None
    end_of_life: str | None = None
    inventory: str | None = None
    absent: dict[str, str] = {}
    site: Page | None = None
    admin: Page | None = None
    api: Api | None = None
    status_page: StatusPage | None = None
    dashboard: Dashboard | None = None
    database: Database | None = None
    hosts: dict[str, Host] = {}
    logs: Logs | None = None
    availability: Availability | None = None
    alerts: Alerts | None = None
    alert_rules: AlertRules | None = None
    monitoring: Monitoring | None = None
    mail: Mail | None = None
    sms: Sms | None = None
    backups: Backups | None = None
    scratch: Scratch | None = None
    failover: Failover | None = None
    payments: Payments | None = None
    bookings: Bookings | None = None
    synchronisation: Synchronisation | None = None
    retention: Retention | None = None
    security_scan: SecurityScan | None = None
    incidents: Incidents | None = None
    browser: Browser | None = None
    cdn: Cdn | None = None
    web_server: WebServer | None = None
    process_manager: ProcessManager | None = None
    machine: Machine | None = None
    filesystems: Filesystems | None = None
    node_packages: NodePackages | None = None
    renewal: Renewal | None = None
    accounts: Accounts | None = None
    contacts: Contacts | None = None
    certificates: Certificates | None = None
    appointments: Appointments | None = None
    customers: Customers | None = None
    pool: Pool | None = None
    jobs: Jobs | None = None
    notifications: Notifications | None = None
    database_volume: DatabaseVolume | None = None
    exposure: Exposure | None = None
    documents: Documents | None = None
    assessment: Assessment | None = None


class Estate(EstateFile):
    """One system as a run sees it: estate.toml, its folder, and what is approved there."""

    folder: Path
    approved: Approved

    def has(self, component: str) -> bool:
        """Whether estate.toml describes this component (`api`, `logs.access`)."""
        part: Any = self
        for name in component.split("."):
            part = getattr(part, name, None)
        return part is not None

    def absence(self, requirement: Requirement) -> str | None:
        """Why a requirement is not applicable here, or None when all it needs is described."""
        reasons = [f"{need}: {self.absent[need]}" for need in requirement.needs if need in self.absent]
        return "; ".join(reasons) or None

    def hosts_for(self, what: str) -> list[str]:
        """The names of the hosts with a role: the one that the section of this name names, else `what` itself."""
        role = getattr(getattr(self, what, None), "role", what)
        return [name for name, host in self.hosts.items() if role in host.roles]


# Which hosts a component lies on: the role, or the section that names the role.
ROLES = {
    "web_server": "web",
    "process_manager": "application",
    "machine": "machine",
    "filesystems": "filesystems",
    "node_packages": "application",
    "renewal": "web",
    "logs": "logs",
    "logs.application": "logs",
    "logs.access": "logs",
    "logs.database": "logs",
    "logs.auth": "logs",
    "backups": "backups",
    "scratch": "backups",
}


def shipped() -> list[str]:
    """The names of the estates under estates/."""
    return sorted(file.parent.name for file in FOLDER.glob("*/estate.toml"))


def find(named: str) -> Path:
    """The estate's folder: a path if it is one, else a name under estates/."""
    for folder in (Path(named), FOLDER / named):
        if (folder / "estate.toml").is_file():
            return folder.resolve()
    remedy = f"Name a folder that has an estate.toml, or one of: {', '.join(shipped())}"
    raise ConfigurationError("--estate", "estate", named, "there is no such estate", remedy)


def provided(folder: Path) -> Provided | None:
    """The estate's provider, when it has to be brought up first."""
    path = folder / "estate.toml"
    content = read(path)
    return fit(Provided, content, path) if "provider" in content else None


def load(folder: Path) -> Estate:
    """Reads an estate; raises `ConfigurationError` for anything in it that is not as docs/estate.md says."""
    path, approved = folder / "estate.toml", folder / "approved.toml"
    file = fit(EstateFile, read(path), path)
    decided = fit(Approved, read(approved), approved) if approved.exists() else Approved()
    parts = {name: getattr(file, name) for name in EstateFile.model_fields}
    parts["hosts"] = {**file.hosts, **_from_inventory(file, folder)}
    return Estate.model_construct(**parts, folder=folder, approved=decided)


def _from_inventory(file: EstateFile, folder: Path) -> dict[str, Host]:
    """The hosts of the Ansible inventory that the estate names; none may be described twice."""
    if file.inventory is None:
        return {}
    path = folder / file.inventory
    found = {name: fit(Host, keys, path, name) for name, keys in hosts_of_inventory(path).items()}
    for name in found.keys() & file.hosts.keys():
        raise ConfigurationError(path, name, found[name].spec, "this host stands under [hosts] as well", "Keep one of the two")
    return found


def check_components(estate: Estate, requirements: list[Requirement]) -> None:
    """Every component that a requirement needs is described or declared absent: silence is never consent."""
    path = estate.folder / "estate.toml"
    known = {need for requirement in requirements for need in requirement.needs}
    for component, reason in estate.absent.items():
        if not _exists(component):
            raise ConfigurationError(path, f"absent.{component}", reason, "there is no such component", "See docs/estate.md")
        if not reason.strip():
            raise ConfigurationError(path, f"absent.{component}", reason, "the reason is missing", "Say why it is absent")
        if estate.has(component):
            raise ConfigurationError(path, f"absent.{component}", reason, "it is described as well", "Keep one of the two")
    for key in ("database.via", "failover.host", "database_volume.host"):
        section, _, name = key.partition(".")
        named = getattr(getattr(estate, section), name, None)
        if named is not None and named not in estate.hosts:
            raise ConfigurationError(path, key, named, "there is no such host", f"Name one of [hosts]: {', '.join(estate.hosts)}")
    for component in sorted(known - set(estate.absent)):
        if not estate.has(component):
            remedy = f'Add the section [{component}], or under [absent]: "{component}" = "the reason"'
            needing = next(r.id for r in requirements if component in r.needs)
            raise ConfigurationError(path, component, None, f"the section is missing and {needing} needs it", remedy)
        role = ROLES.get(component)
        if role and component not in estate.absent and not estate.hosts_for(role):
            role = getattr(getattr(estate, role, None), "role", role)
            remedy = f'Add a host under [hosts] with roles = ["{role}"]'
            raise ConfigurationError(path, "hosts", list(estate.hosts), f"no host has the role {role!r} that [{component}] needs", remedy)


def _exists(component: str) -> bool:
    first, _, second = component.partition(".")
    return first in EstateFile.model_fields and (not second or (first == "logs" and second in Logs.model_fields))


def chosen(option: str | None, ini: str) -> str:
    """The estate's name or path: `--estate`, else NEFF_ESTATE, else the ini option."""
    return option or os.environ.get("NEFF_ESTATE") or ini
