"""Are the database's extensions up to date? (Guide: Application Updates)"""

import pytest


@pytest.mark.requirement("monthly.updates.extensions")
def test_every_extension_is_at_the_version_that_its_files_offer(extensions):
    """In every database of the server: each keeps versions of its own."""
    assert extensions.outdated() == []
