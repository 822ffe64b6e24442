"""Do the file systems and disks know anything against themselves? (Guide: File System Issues)"""

import pytest


@pytest.mark.requirement("quarterly.recovery.file-system")
def test_file_systems_and_disks_are_healthy_and_were_checked(storage, run_started):
    """From the superblock and from the disk itself; a file system goes on working with errors noted."""
    assert [fs for fs in storage.superblocks if fs.state != "clean" or fs.errors > 0] == []
    assert [fs for fs in storage.superblocks if fs.check_due is not None and fs.check_due < run_started] == []
    assert [disk for disk in storage.disks if not disk.healthy] == []
