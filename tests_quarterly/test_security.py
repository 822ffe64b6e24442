"""What does the system offer to strangers, and what is known against it? (Guide: Comprehensive Security Audit)"""

from datetime import timedelta

import pytest


@pytest.mark.scan
@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("quarterly.security.tls")
def test_every_tls_server_follows_the_intermediate_profile_with_hsts(tls_servers):
    """Mozilla's profile 5.7 asks for two years of HSTS (63,072,000 s) from servers of pages."""
    assert [server for server in tls_servers if server.deviations] == []
    assert [server for server in tls_servers if server.left < timedelta(days=21)] == []
    assert [server for server in tls_servers if server.hsts is not None and server.hsts < timedelta(days=730)] == []


@pytest.mark.scan
@pytest.mark.slow(seconds=900)
@pytest.mark.requirement("quarterly.security.ports")
def test_exactly_the_approved_ports_are_open(open_ports):
    """Every port is tried, from where the suite runs; one that must be open shows that the scan arrived."""
    assert [port for port in open_ports.found if port not in open_ports.approved] == []
    assert [port for port in open_ports.approved if port not in open_ports.found] == []


@pytest.mark.scan
@pytest.mark.requirement("quarterly.security.packages")
def test_no_security_update_is_waiting(security_updates):
    """Debian does not rate its updates, so each one counts as moderate or worse."""
    assert security_updates == []


@pytest.mark.scan
@pytest.mark.requirement("quarterly.security.packages")
def test_no_node_package_has_a_weakness_of_moderate_or_worse(node_packages):
    """By npm's rating; "low" is what remains. The lock file is audited, so what is installed must be what it says."""
    assert node_packages.not_as_locked == []
    assert [weak for weak in node_packages.weaknesses if weak.severity != "low"] == []


@pytest.mark.requirement("quarterly.security.database-roles")
def test_database_roles_and_their_powers_are_exactly_the_approved_ones(database_roles):
    """Memberships are followed through groups: a member of a superuser role is one SET ROLE away."""
    assert database_roles.differences() == []
    assert database_roles.weak_passwords() == []


@pytest.mark.requirement("quarterly.security.database-access")
def test_access_rules_let_in_only_who_is_approved(access_rules):
    """As written, as loaded, and as tried without a password."""
    assert access_rules.problems == []
    assert access_rules.not_loaded == []
    assert access_rules.open_doors == []
