"""Has somebody looked at every error of the week? (Guide: Log Review and Cleanup)"""

import pytest


@pytest.mark.requirement("weekly.logs.application-errors")
def test_every_kind_of_error_is_known_and_none_came_in_a_burst(application_errors):
    """Known: an entry of the estate's known_errors.toml that has not expired. A burst is news also of a known kind."""
    assert [kind for kind in application_errors if kind.most_in_an_hour > 20] == []
    assert [kind for kind in application_errors if not kind.known] == []
