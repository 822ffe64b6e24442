"""Do the services run, will they after the next boot, and do they stay up? (Guide: Service Status Verification)"""

import pytest


@pytest.mark.requirement("daily.health.web-server")
def test_the_web_server_runs_starts_at_boot_and_serves_its_port(web_server):
    """Active is not enough: another program may hold the port, and a unit may be active between two crashes."""
    assert web_server.unit.load == "loaded"
    assert web_server.unit.active == "active"
    assert web_server.unit.enabled == "enabled"
    assert not web_server.unit.restarts_again_and_again
    assert len(web_server.listeners) > 0
    assert web_server.strangers == []
    assert web_server.silent == []


@pytest.mark.requirement("daily.health.process-manager")
def test_every_expected_application_is_online_and_stable(process_manager):
    """Counted by instance: one of two that is gone is half of the capacity."""
    assert process_manager.unit.active == "active"
    assert process_manager.unit.enabled == "enabled"
    apps = process_manager.apps()

    assert [app for app in apps if app.name in process_manager.expected and (app.status != "online" or app.unstable)] == []
    assert [name for name, n in process_manager.expected.items() if sum(a.name == name for a in apps) < n] == []
