"""Does the system stand the loss of a part? (Guide: Failover Testing)"""

import pytest


@pytest.mark.slow(seconds=90)
@pytest.mark.requirement("quarterly.failover.application")
def test_users_do_not_notice_that_an_instance_is_killed(instance_killed):
    """A drill under load; the instance must come back by itself."""
    assert instance_killed.instances >= 2
    assert instance_killed.failed == []
    assert instance_killed.back_after is not None


@pytest.mark.slow(seconds=90)
@pytest.mark.requirement("quarterly.failover.load-balancer")
def test_the_load_balancer_has_two_backends_and_leaves_out_a_dead_one(load_balancer, instance_killed):
    """As nginx has read its configuration, and as it behaved in the drill."""
    assert len(load_balancer.alive) >= 2
    assert load_balancer.unprobed == []
    assert instance_killed.failed == []
