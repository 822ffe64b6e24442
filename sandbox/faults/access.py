"""User accounts, their permissions, and the contacts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sandbox import earlier
from sandbox.faults import fault
from sandbox.faults.tools import ago, edited, estate_edited, in_database, moved_away, stopped
from sandbox.house import Sandbox

STALE, PERMISSIONS, CLEANUP = "monthly.access.stale-accounts", "monthly.access.permissions", "monthly.access.cleanup"
CONTACTS, DOCUMENTED = "monthly.access.contacts", "quarterly.documentation.contacts"
BACK = "UPDATE users SET active = true, last_login = now() - interval '4 days' WHERE username = 'jcole'"
GRANT = (
    "INSERT INTO {table} SELECT r.id, p.id FROM roles AS r, permissions AS p"
    " WHERE r.role_name = 'estimator' AND p.permission_name = 'users.manage'"
)


@fault(not_met=STALE)
def account_unused_for_31_days(sandbox: Sandbox) -> Iterator[None]:
    """An active account has not signed in for 31 days."""
    with in_database(sandbox, "UPDATE users SET last_login = now() - interval '31 days' WHERE username = 'jcole'", BACK):
        yield


@fault(not_met=STALE)
def account_never_used(sandbox: Sandbox) -> Iterator[None]:
    """An active account has never signed in: its date is empty."""
    with in_database(sandbox, "UPDATE users SET last_login = NULL WHERE username = 'jcole'", BACK):
        yield


@fault(not_met=STALE)
def account_used_in_the_future(sandbox: Sandbox) -> Iterator[None]:
    """An account's last sign-in lies in the next year: somebody wrote it by hand."""
    with in_database(sandbox, "UPDATE users SET last_login = now() + interval '1 year' WHERE username = 'jcole'", BACK):
        yield


@fault(not_met=STALE)
def account_used_before_all_time(sandbox: Sandbox) -> Iterator[None]:
    """An account's last sign-in is dated minus infinity, which is how an import wrote `never`."""
    with in_database(sandbox, "UPDATE users SET last_login = '-infinity' WHERE username = 'jcole'", BACK):
        yield


@fault(harmless=[STALE, PERMISSIONS, CLEANUP])
def account_inactive_and_old(sandbox: Sandbox) -> Iterator[None]:
    """An account that is no longer active has not signed in for a year."""
    breaks = "UPDATE users SET active = false, last_login = now() - interval '1 year' WHERE username = 'jcole'"
    with in_database(sandbox, breaks, BACK):
        yield


@fault(not_assessed=[STALE, PERMISSIONS, CLEANUP])
def accounts_hidden_by_row_level_security(sandbox: Sandbox) -> Iterator[None]:
    """A policy shows the suite's account no user: an empty list is not a clean one."""
    breaks = "ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY staff ON users TO neff_app USING (true)"
    with in_database(sandbox, breaks, "DROP POLICY staff ON users; ALTER TABLE users DISABLE ROW LEVEL SECURITY"):
        yield


@fault(not_met=PERMISSIONS)
def permission_granted_by_hand(sandbox: Sandbox) -> Iterator[None]:
    """A role got a permission that nobody approved: every estimator may manage users now."""
    mends = (
        "DELETE FROM role_permissions WHERE role_id = (SELECT id FROM roles WHERE role_name = 'estimator')"
        " AND permission_id = (SELECT id FROM permissions WHERE permission_name = 'users.manage')"
    )
    with in_database(sandbox, GRANT.format(table="role_permissions"), mends):
        yield


@fault(not_met=PERMISSIONS)
def role_lent_and_not_given_back(sandbox: Sandbox) -> Iterator[None]:
    """A dispatcher was made administrator for a holiday and still is."""
    who = (
        "user_id = (SELECT id FROM users WHERE username = 'mokafor') AND role_id = (SELECT id FROM roles WHERE role_name = 'administrator')"
    )
    lend = "INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r WHERE username = 'mokafor' AND role_name = 'administrator'"
    with in_database(sandbox, lend, f"DELETE FROM user_roles WHERE {who}"):
        yield


@fault(not_met=PERMISSIONS)
def role_written_into_the_account(sandbox: Sandbox) -> Iterator[None]:
    """A dispatcher is administrator by the row of her account, and dispatcher by the table of roles given."""
    change = "UPDATE users SET role = '{}' WHERE username = 'mokafor'"
    with in_database(sandbox, change.format("administrator"), change.format("dispatcher")):
        yield


@fault(not_met=PERMISSIONS)
def user_without_role(sandbox: Sandbox) -> Iterator[None]:
    """An active user has lost the one role she had: a list made by joining tables no longer shows her at all."""
    breaks = "DELETE FROM user_roles WHERE user_id = (SELECT id FROM users WHERE username = 'psingh')"
    mends = "INSERT INTO user_roles SELECT u.id, r.id FROM users u, roles r WHERE username = 'psingh' AND role_name = 'estimator'"
    with in_database(sandbox, breaks, mends):
        yield


@fault(not_met=PERMISSIONS)
def user_nobody_approved(sandbox: Sandbox) -> Iterator[None]:
    """An active account that the approval does not know, without any role so far."""
    breaks = (
        "INSERT INTO users (username, email, password_hash, role, last_login)"
        " VALUES ('planted', 'p@neffpaving.example', 'unusable', 'none', now())"
    )
    with in_database(sandbox, breaks, "DELETE FROM users WHERE username = 'planted'"):
        yield


@fault(not_met=PERMISSIONS)
def role_that_nobody_holds(sandbox: Sandbox) -> Iterator[None]:
    """A role of an abandoned project still stands there, with every customer's data to read."""
    breaks = "INSERT INTO roles (role_name) VALUES ('planted')"
    with in_database(sandbox, breaks, "DELETE FROM roles WHERE role_name = 'planted'"):
        yield


@fault(not_met=PERMISSIONS)
def permission_unknown_to_the_approval(sandbox: Sandbox) -> Iterator[None]:
    """A permission exists that no approved role has; nobody holds it yet."""
    breaks = "INSERT INTO permissions (permission_name) VALUES ('refunds.issue')"
    with in_database(sandbox, breaks, "DELETE FROM permissions WHERE permission_name = 'refunds.issue'"):
        yield


@fault(not_met=PERMISSIONS)
def approval_withdrawn(sandbox: Sandbox) -> Iterator[None]:
    """A permission was taken out of the approval and not out of the system."""
    with edited(sandbox.estate / "approved.toml", ('"customers.read", "schedule.write"', '"schedule.write"')):
        yield


@fault(not_assessed=[PERMISSIONS, CLEANUP])
def nothing_approved(sandbox: Sandbox) -> Iterator[None]:
    """The approved matrix is not there: there is nothing to hold the permissions against."""
    path = sandbox.estate / "approved.toml"
    matrix = "[users]" + path.read_text().partition("[users]")[2].partition("[database_access]")[0]
    with edited(path, (matrix, "")):
        yield


@fault(not_met=[STALE, CLEANUP])
def same_finding_two_months_running(sandbox: Sandbox) -> Iterator[None]:
    """The account that last month's review found is still active, and still nobody uses it."""
    found = {"monthly.access.cleanup": [{"name": "findings of the access review", "value": {"findings": ["jcole"]}}]}
    with in_database(sandbox, "UPDATE users SET last_login = now() - interval '61 days' WHERE username = 'jcole'", BACK):
        earlier.write(sandbox.home / "past", "sandbox", f"Neff Paving sandbox {sandbox.home.name}", "monthly", ago(days=30), found)
        try:
            yield
        finally:
            sandbox.begin_a_day()


@fault(not_assessed=CLEANUP)
def first_access_review(sandbox: Sandbox) -> Iterator[None]:
    """There was no review a month ago: whether anything was cleaned up cannot be told."""
    record = sandbox.home / "past" / "monthly" / "results.json"
    with edited(record, ("findings of the access review", "something else")):
        yield


def _contact(name: str, what: str, old: str, new: str, *, documented: bool = False) -> None:
    """Registers a contact that cannot be reached; `documented` where a document names what the list no longer does."""

    def contact_wrong(sandbox: Sandbox) -> Iterator[None]:
        with edited(sandbox.estate / "contacts.toml", (old, new)):
            yield

    contact_wrong.__name__, contact_wrong.__doc__ = name, what
    fault(not_met=[CONTACTS, DOCUMENTED] if documented else CONTACTS)(contact_wrong)


_contact("contact_page_that_is_none", "A vendor's only address is no address.", 'web = "https://', 'web = "to be found out: https//')
_contact(
    "contact_number_spells_a_word",
    "The database admin's number is a word: (555) 123-DATA.",
    "(312) 744-5000",
    "(555) 123-DATA",
    documented=True,
)
_contact("contact_address_malformed", "An address without its @.", "security@neffpaving", "security.neffpaving", documented=True)
_contact("contact_domain_without_mail", "The hosting provider's domain says that it takes no mail.", "hostingprovider.", "takes-no-mail.")
_contact("contact_domain_gone", "The certificate supplier's domain is no longer there.", "sslprovider.example", "sslprovider-gone.example")
_contact("contact_missing", "The security team stands on the list under no name of the guide's.", '"Security Team"', '"Somebody"')
_contact(
    "contact_with_a_page_alone",
    "The system's admin has a page, and no number to call.",
    'phone = "(312) 867-5309"',
    'web = "https://a.example/"',
)
_contact("contact_empty", "The 24/7 support has neither number nor address.", 'phone = "+1 312 922 3432"\n', "", documented=True)


@fault(not_met=CONTACTS)
def contacts_not_confirmed(sandbox: Sandbox) -> Iterator[None]:
    """Nobody has confirmed the contacts this month."""
    path = sandbox.estate / "attestations.toml"
    named = f'requirement = "{CONTACTS}"'
    entry = named + path.read_text().partition(named)[2].partition("statement")[0]
    with edited(path, (entry, entry.replace(_signed(entry), "2025-01-07"))):
        yield


def _signed(entry: str) -> str:
    return date.fromisoformat(entry.partition('date = "')[2][:10]).isoformat()


@fault(not_assessed=CONTACTS)
def no_dns_server_answers(sandbox: Sandbox) -> Iterator[None]:
    """The DNS server is silent: where mail goes cannot be told."""
    with stopped(sandbox, "names"):
        yield


@fault(not_assessed=[CONTACTS, DOCUMENTED])
def list_of_contacts_gone(sandbox: Sandbox) -> Iterator[None]:
    """The list of contacts is not there."""
    with moved_away(sandbox.estate / "contacts.toml"):
        yield


@fault(not_assessed=[CONTACTS, DOCUMENTED])
def list_of_contacts_unreadable(sandbox: Sandbox) -> Iterator[None]:
    """The list of contacts has a key that nobody knows."""
    with edited(sandbox.estate / "contacts.toml", ('name = "System Admin"', 'nmae = "System Admin"')):
        yield


@fault(not_assessed=[STALE, PERMISSIONS, CLEANUP])
def accounts_elsewhere(sandbox: Sandbox) -> Iterator[None]:
    """The table of accounts has another name than the estate says."""
    with estate_edited(sandbox, ("[accounts]", '[accounts]\nusers = "accounts"')):
        yield
