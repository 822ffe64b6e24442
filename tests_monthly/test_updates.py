"""Is everything up to date, and in use? (Guide: Security Updates)"""

import pytest


@pytest.mark.requirement("monthly.updates.security")
def test_no_security_update_is_waiting(security_updates):
    """Held packages count; lists of more than 24 h cannot tell."""
    assert security_updates == []


@pytest.mark.requirement("monthly.updates.reboot")
def test_everything_that_was_updated_is_in_use(outstanding_restarts):
    """The kernel, the libraries of services, and the flag that an update left."""
    assert outstanding_restarts.newest_kernel == outstanding_restarts.running_kernel
    assert outstanding_restarts.services == []
    assert outstanding_restarts.reboot_required == []


@pytest.mark.requirement("monthly.updates.node-packages")
def test_node_packages_are_sound_and_as_new_as_their_range_allows(node_packages):
    """Decided on npm's own figures, never on its exit code."""
    assert [w for w in node_packages.weaknesses if w.severity in ("high", "critical")] == []
    assert node_packages.behind == []
