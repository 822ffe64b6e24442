"""Has the machine room to work? (Guide: Resource Usage Check)"""

import pytest


@pytest.mark.requirement("daily.resources.cpu")
def test_the_processors_keep_up(processors):
    """By the 5-minute load: a busy moment is no overload, and what the hypervisor takes shows in no load."""
    assert processors.load_per_core < 1.0
    assert processors.steal_percent < 10


@pytest.mark.requirement("daily.resources.memory")
def test_there_is_memory_to_spare_and_nobody_was_killed_for_want_of_it(memory):
    """Available, not free: caches give way. A kill in the night is over when somebody looks."""
    assert memory.available_percent >= 10
    assert memory.swap_used_percent < 50
    assert memory.killed == []


@pytest.mark.requirement("daily.resources.disk")
def test_every_file_system_has_room_and_can_be_written(filesystems):
    """Bytes and inodes: either of them, used up, stops the writers."""
    assert [f for f in filesystems if f.used_percent >= 85] == []
    assert [f for f in filesystems if f.inodes_percent >= 85] == []
    assert [f for f in filesystems if f.read_only] == []
