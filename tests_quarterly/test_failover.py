"""Does the system stand the loss of a part? (Guide: Failover Testing)"""

import pytest


@pytest.mark.requirement("quarterly.failover.database")
def test_every_standby_keeps_up_and_one_node_takes_writes(replication, estate):
    """Of those that the estate names, each asked for itself; an empty list of standbys is none."""
    assert replication.silent == []
    assert [node for node in replication.taking_writes if node != replication.primary] == []
    assert replication.primary.takes_writes
    assert replication.streaming >= len(replication.standbys)
    assert replication.astray == []
    assert replication.behind(megabytes=100, seconds=30) == []
    assert replication.unready(estate.approved.database_access) == []


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("quarterly.failover.database")
def test_a_standby_takes_over_with_every_acknowledged_row(failover_rehearsal):
    """On copies that the suite makes and kills; the old primary is started again afterwards."""
    assert failover_rehearsal.took_over_after is not None
    assert failover_rehearsal.took_over_after <= failover_rehearsal.objective
    assert failover_rehearsal.lost == []
    assert failover_rehearsal.taking_writes == ["standby"]
    assert failover_rehearsal.left_behind == []


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
