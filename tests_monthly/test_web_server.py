"""Would the web server start again, and is it set up soundly? (Guide: Server Configuration, Security Updates)"""

import pytest


@pytest.mark.requirement("monthly.configuration.nginx")
def test_the_web_server_accepts_its_configuration_and_nothing_in_it_is_weak(nginx_configuration):
    """As it stands on disk, which need not be what the running server has read."""
    assert nginx_configuration.mistakes == []
    assert nginx_configuration.weaknesses == []


@pytest.mark.slow
@pytest.mark.requirement("monthly.certificates.renewal")
def test_every_certificate_can_be_renewed(renewal):
    """A rehearsal without any certificate succeeds too, so there must be one."""
    assert renewal.certificates != []
    assert renewal.broken == []
    assert renewal.failed == []
    assert renewal.switched_off == []
    assert renewal.timer == "enabled, active, loaded"
    assert renewal.next is not None
    assert renewal.next.days < 7
