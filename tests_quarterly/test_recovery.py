"""Would the system come back after the worst day, soon enough and whole? (Guide: Disaster Recovery Testing, Database Corruption)"""

from datetime import timedelta

import pytest


@pytest.mark.slow(seconds=7200)
@pytest.mark.requirement("quarterly.recovery.restore")
def test_the_newest_backup_rebuilds_the_database(rehearsal, estate):
    """In a scratch database, once for all three rows; it is gone before anything is judged."""
    copy = rehearsal.copy

    assert copy.errors == []
    assert copy.database == estate.backups.database
    assert copy.created is None or abs(copy.created - rehearsal.backup.named) <= timedelta(hours=2)
    assert rehearsal.empty == []
    assert copy.tables_that_differ == []
    assert copy.structure_that_differs == []
    assert copy.sequences_behind == []
    assert copy.left_behind == []


@pytest.mark.slow(seconds=7200)
@pytest.mark.requirement("quarterly.recovery.time")
def test_a_rebuild_meets_the_documented_time_and_point_objectives(rehearsal, recovery, objectives):
    """Scaled up to the live size; a rebuild that fails meets no objective."""
    assert objectives.undocumented == []
    assert rehearsal.copy.errors == []
    assert recovery.takes <= objectives.time
    assert timedelta(0) <= recovery.loses <= objectives.point


@pytest.mark.slow(seconds=7200)
@pytest.mark.requirement("quarterly.recovery.corruption")
def test_corruption_would_come_to_light(checksums, rehearsal):
    """Pages by their checksums when they are read, indexes by comparing them with their tables, records by reading each."""
    assert checksums.settings == {"data_checksums": "on", "ignore_checksum_failure": "off", "zero_damaged_pages": "off"}
    assert checksums.overridden() == []
    assert checksums.failed() == []
    assert rehearsal.damaged == []
    assert rehearsal.unreadable == []
