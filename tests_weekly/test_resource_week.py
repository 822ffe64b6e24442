"""How busy was the machine, over the whole week? (Guide: Resource Utilization)"""

import pytest


@pytest.mark.requirement("weekly.resources.cpu")
def test_the_processors_had_room_for_95_percent_of_the_week(resource_week):
    """Short peaks do not count; a week that nobody recorded does not pass."""
    assert resource_week.p95("processors", measured_percent=95) < 80


@pytest.mark.requirement("weekly.resources.memory")
def test_the_memory_had_room_for_95_percent_of_the_week(memory_week):
    """Memory that is not available; caches that give way are. The largest processes are on record, to compare with next week's."""
    assert memory_week.week.p95("memory", measured_percent=95) < 90
    assert len(memory_week.largest) > 0


@pytest.mark.requirement("weekly.resources.network")
def test_the_interfaces_lose_under_a_thousandth_of_their_packets(interfaces):
    """Since last week's run: counters since the machine's start never forget an old fault, and bury a new one."""
    assert [i for i in interfaces if i.lost_percent >= 0.1] == []
