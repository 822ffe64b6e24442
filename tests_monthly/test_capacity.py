"""Will there be room, and do we know the growth it depends on? (Guide: Capacity Planning)"""

import pytest


@pytest.mark.requirement("monthly.capacity.customers")
def test_customer_growth_is_on_record_and_plausible_for_12_months(customer_growth):
    """A month without customers counts as 0; the one in progress does not count yet."""
    assert len(customer_growth.months) == 12
    assert customer_growth.empty == []
    assert customer_growth.in_the_future == []
    assert customer_growth.implausible(below=0.5, above=2) == []
