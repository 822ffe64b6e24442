"""Could the system be rebuilt from its backups? (Guide: Full system backup verification)"""

from datetime import timedelta

import pytest


@pytest.mark.slow(seconds=7200)
@pytest.mark.requirement("monthly.backup.restorable")
def test_the_newest_backup_restores_with_every_row_of_its_snapshot(rebuild, newest_backup, estate):
    """Into a database of its own, which is gone again before anything is judged."""
    copy = rebuild.of(newest_backup)

    assert copy.errors == []
    assert copy.database == estate.backups.database
    assert copy.created is None or abs(copy.created - newest_backup.named) <= timedelta(hours=2)
    assert copy.tables_that_differ == []
    assert copy.structure_that_differs == []
    assert copy.sequences_behind == []
    assert copy.left_behind == []


@pytest.mark.requirement("monthly.backup.complete-set")
def test_each_of_the_last_30_days_has_a_good_backup_of_its_own(backup_set):
    """By files and by the table in which the dump job notes them; light looks, since one backup is read whole every day."""
    assert backup_set.days_without_a_good_one(30) == []
    assert backup_set.not_on_record(30) == []
    assert backup_set.copies_of_another_day(30) == []
    assert backup_set.kept_too_long() == []


@pytest.mark.requirement("monthly.backup.system")
def test_the_full_backup_holds_every_part_of_one_day_as_it_was_made(full_backup):
    """A part that the estate does not list is one that nobody would miss until the day of the rebuild."""
    parts = full_backup.parts

    assert [part for part in ("database", "globals", "configuration", "uploads") if part not in parts] == []
    assert full_backup.not_of_its_day() == []
    assert full_backup.unreadable() == []
    assert full_backup.altered() == []
