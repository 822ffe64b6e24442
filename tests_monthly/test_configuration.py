"""Are the servers set up as the guide says, and would they start again? (Guide: Server Configuration)"""

import pytest

MB = 1024 * 1024


@pytest.mark.requirement("monthly.configuration.postgresql")
def test_the_database_server_has_the_guide_s_settings_and_would_start_again(server_settings):
    """In force and in bytes: what stands in a file may wait for a restart, or be a typing error that prevents it."""
    assert server_settings.bytes_of("shared_buffers") >= 256 * MB
    assert server_settings.bytes_of("effective_cache_size") >= 1024 * MB
    assert server_settings.bytes_of("work_mem") >= 4 * MB
    assert server_settings.file_errors() == []
    assert server_settings.dangerous() == []
    assert server_settings.overridden(work_mem="4MB", effective_cache_size="1GB") == []
    assert server_settings.pending_restart() == []
