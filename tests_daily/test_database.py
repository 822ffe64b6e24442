"""Has the database room for its clients? (Guide: Resource Usage Check)"""

import pytest


@pytest.mark.requirement("daily.resources.database-connections")
def test_the_database_has_free_slots_and_no_forgotten_transaction(connections):
    """An aborted transaction holds its locks as well; background processes use no client slot."""
    assert connections.idle_in_transaction(seconds=300) == []
    assert connections.used_percent() < 80
