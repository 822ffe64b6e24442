"""What do the logs of the machine say, and are they looked after? (Guide: Log Review and Cleanup)"""

from datetime import timedelta

import pytest


@pytest.mark.requirement("weekly.logs.rotation")
def test_every_log_is_rotated_in_time_and_packed(rotation):
    """An unknown word in the configuration is skipped with exit code 0; the newest rotated log may wait a day to be packed."""
    assert rotation.complaints == []
    assert rotation.unknown == []
    assert rotation.overdue(timedelta(hours=25)) == []
    assert rotation.unpacked() == []
    assert rotation.still_written(timedelta(hours=1)) == []


@pytest.mark.requirement("weekly.logs.system-errors")
def test_every_error_in_the_journal_of_the_week_is_known(journal_errors):
    """Of a journal that reaches back 7 days: one that is unreadable or short shows no error either."""
    assert [kind for kind in journal_errors if not kind.known] == []


@pytest.mark.requirement("weekly.logs.authentication")
def test_nobody_guessed_passwords_all_week_and_nobody_guessed_one(week_of_logins):
    """Slow guessing stays below every daily limit."""
    assert week_of_logins.got_in_after(100) == []
    assert week_of_logins.refused_over(100) == []


@pytest.mark.requirement("weekly.logs.disk-io")
def test_the_kernel_reported_no_disk_error(journal):
    """Often it is a single line, days before the disk dies."""
    assert journal.disk_errors() == []
