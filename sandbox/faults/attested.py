"""What only a person can vouch for: nobody does, or somebody did long ago."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.faults import fault
from sandbox.faults.documents import PICTURES, attestation_expired, attestation_missing
from sandbox.faults.tools import replaced
from sandbox.house import Sandbox


@fault(not_met="quarterly.security.penetration-test")
def penetration_test_not_attested(sandbox: Sandbox) -> Iterator[None]:
    """Nobody vouches for a penetration test."""
    with attestation_missing(sandbox, "quarterly.security.penetration-test"):
        yield


@fault(not_met="quarterly.security.penetration-test")
def penetration_test_attested_long_ago(sandbox: Sandbox) -> Iterator[None]:
    """Somebody vouched for a penetration test over a quarter ago."""
    with attestation_expired(sandbox, "quarterly.security.penetration-test"):
        yield


@fault(not_met="quarterly.security.penetration-test")
def penetration_test_of_another_paper(sandbox: Sandbox) -> Iterator[None]:
    """The report that was signed for was changed since."""
    with replaced(sandbox.estate / "penetration-test.txt", "Nothing was found.\n"):
        yield


@fault(not_met=["quarterly.security.penetration-test", "quarterly.architecture.evaluation"])
def papers_not_named(sandbox: Sandbox) -> Iterator[None]:
    """Statements are made without the papers that they are about."""
    path = sandbox.estate / "attestations.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith(("evidence", "sha256"))]
    with replaced(path, "\n".join(lines) + "\n"):
        yield


@fault(not_met="quarterly.security.training")
def training_not_attested(sandbox: Sandbox) -> Iterator[None]:
    """Nobody vouches for the staff's training."""
    with attestation_missing(sandbox, "quarterly.security.training"):
        yield


@fault(not_met="quarterly.security.training")
def training_attested_long_ago(sandbox: Sandbox) -> Iterator[None]:
    """Somebody vouched for the staff's training over a quarter ago."""
    with attestation_expired(sandbox, "quarterly.security.training"):
        yield


@fault(not_met="quarterly.architecture.evaluation")
def architecture_evaluation_not_attested(sandbox: Sandbox) -> Iterator[None]:
    """Nobody vouches for the evaluation of the architecture."""
    with attestation_missing(sandbox, "quarterly.architecture.evaluation"):
        yield


@fault(not_met="quarterly.architecture.evaluation")
def architecture_evaluation_attested_long_ago(sandbox: Sandbox) -> Iterator[None]:
    """Somebody vouched for the evaluation of the architecture over a quarter ago."""
    with attestation_expired(sandbox, "quarterly.architecture.evaluation"):
        yield


@fault(not_met=PICTURES)
def screenshots_attested_long_ago(sandbox: Sandbox) -> Iterator[None]:
    """Somebody vouched for the pictures over a quarter ago."""
    with attestation_expired(sandbox, PICTURES):
        yield
