"""What only a person can vouch for: an outside test, a training, a judgement. (Guide: Penetration Testing, Quarterly Tasks)"""

import pytest


@pytest.mark.requirement("quarterly.security.penetration-test")
def test_somebody_vouches_for_a_professional_penetration_test(attestation):
    """Done or booked this quarter; the report or the order must be named, and be the one that was signed for."""
    assert attestation.newest is not None
    assert attestation.problems == []
    assert attestation.newest.evidence is not None


@pytest.mark.requirement("quarterly.security.training")
def test_somebody_vouches_for_the_training_of_the_staff(attestation):
    """That it took place this quarter; who was there stands in the statement."""
    assert attestation.newest is not None
    assert attestation.problems == []


@pytest.mark.requirement("quarterly.architecture.evaluation")
def test_somebody_vouches_for_the_evaluation_of_the_architecture(attestation):
    """Whether the structure still fits the business is a judgement, and this quarter's has a name, and a paper."""
    assert attestation.newest is not None
    assert attestation.problems == []
    assert attestation.newest.evidence is not None
