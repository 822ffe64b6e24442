"""Is there a backup, is it ours, and can it be read? (Guide: Daily Backup Check)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("daily.backup.exists")
def test_the_backup_that_is_due_is_there_finished_and_ours(backups, estate):
    """Judged by name, header and file time together: each of them alone can lie."""
    newest = backups.newest()
    assert newest is not None
    contents = backups.contents(newest)

    assert backups.last_due - timedelta(minutes=5) <= newest.named <= backups.now
    assert abs(newest.written - newest.named) <= timedelta(hours=2)
    assert contents.created is None or abs(contents.created - newest.named) <= timedelta(hours=2)
    assert contents.database == estate.backups.database
    assert [table for table in estate.backups.tables if table not in contents.tables] == []
    assert backups.copies(newest) == []
    assert not backups.grows(newest)


@pytest.mark.requirement("daily.backup.size")
def test_the_newest_backup_is_of_the_usual_size(backups, newest_backup):
    """A fifth below to twice the median of the last 14, so that a bad file never becomes the measure."""
    smallest, largest = backups.usual_sizes(newest_backup)

    assert smallest <= newest_backup.size <= largest


@pytest.mark.requirement("daily.backup.integrity")
def test_the_newest_backup_can_be_read_to_its_last_byte(backups, newest_backup):
    """Compared with the digest that the dump job wrote down, which needs no known format, and everything is decoded."""
    assert backups.altered(newest_backup) == []
    assert backups.damage(newest_backup) == []
