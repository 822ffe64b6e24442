"""The documentation: dead links, missed reviews, stale pictures, strangers' numbers, orphans; and what an assessment has left open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sandbox import documents
from sandbox.faults import fault
from sandbox.faults.tools import edited, moved_away
from sandbox.house import Sandbox

LINKS, ACCURACY, STRUCTURE = "quarterly.documentation.links", "quarterly.documentation.accuracy", "quarterly.documentation.structure"
PICTURES, NUMBERS = "quarterly.documentation.screenshots", "quarterly.documentation.contacts"
FINDINGS, SECURITY = "quarterly.security.findings", "quarterly.security.documentation"
TIME = "quarterly.recovery.time"


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


@contextmanager
def _document(sandbox: Sandbox, name: str, old: str, new: str) -> Iterator[None]:
    """A document with other words in it."""
    with edited(sandbox.home / "documents" / name, (old, new)):
        yield


@fault(not_met=LINKS)
def dead_file(sandbox: Sandbox) -> Iterator[None]:
    """A link leads to a document that was renamed."""
    with _document(sandbox, "user/TROUBLESHOOTING.md", "## Payments", "## Payments\n\nSee [refunds](REFUNDS.md)."):
        yield


@fault(not_met=LINKS)
def dead_file_that_the_documents_exempt(sandbox: Sandbox) -> Iterator[None]:
    """A link leads to a document that was renamed, and a file beside the documents tells link checkers to leave it out."""
    exempting = sandbox.home / "documents" / ".lycheeignore"
    exempting.write_text("REFUNDS\n")
    try:
        with _document(sandbox, "user/TROUBLESHOOTING.md", "## Payments", "## Payments\n\nSee [refunds](REFUNDS.md)."):
            yield
    finally:
        exempting.unlink()


@fault(not_met=LINKS)
def dead_anchor(sandbox: Sandbox) -> Iterator[None]:
    """A link leads to a heading that is called otherwise now."""
    with _document(sandbox, "README.md", "#going-back", "#rolling-back"):
        yield


@fault(not_met=LINKS)
def dead_address(sandbox: Sandbox) -> Iterator[None]:
    """A link leads to a page of the site that is gone."""
    site = f"https://127.0.0.1:{sandbox.ports.site}/"
    with _document(sandbox, "README.md", f"<{site}>", f"<{site}no-such-page>"):
        yield


@fault(not_assessed=[LINKS, ACCURACY, PICTURES, NUMBERS, STRUCTURE, SECURITY, TIME])
def no_documents(sandbox: Sandbox) -> Iterator[None]:
    """The folder of the documentation is empty: a checker of nothing reports success."""
    folder = sandbox.home / "documents"
    with moved_away(folder):
        folder.mkdir()
        yield


@fault(not_met=ACCURACY)
def review_overdue(sandbox: Sandbox) -> Iterator[None]:
    """A document should have been looked at three days ago."""
    with _document(sandbox, "DEPLOYMENT.md", _day(80), _day(-3)):
        yield


@fault(not_met=ACCURACY)
def document_without_a_date(sandbox: Sandbox) -> Iterator[None]:
    """A document does not say when it was last updated, so it is never overdue."""
    with _document(sandbox, "DEPLOYMENT.md", "Last updated", "Updated now and then, about"):
        yield


@fault(not_met=ACCURACY)
def nobody_signs_for_accuracy(sandbox: Sandbox) -> Iterator[None]:
    """The dates are in order, and nobody has said that the documents are right."""
    with attestation_missing(sandbox, ACCURACY):
        yield


@fault(not_met=PICTURES)
def stale_picture(sandbox: Sandbox) -> Iterator[None]:
    """The booking form was changed after its picture was taken."""
    folder = sandbox.home / "documents"
    with edited(folder / documents.SHOWN, ("Book</button>", "Book now</button>")):
        documents.commit(folder, documents.SHOWN, at=datetime.now(UTC).date())
        try:
            yield
        finally:
            documents.git(folder, "reset", "--quiet", "HEAD~1", at=datetime.now(UTC).date())


@fault(not_met=PICTURES)
def stale_picture_of_an_uncommitted_change(sandbox: Sandbox) -> Iterator[None]:
    """The booking form was changed a moment ago, and nobody has put that under version control yet."""
    with edited(sandbox.home / "documents" / documents.SHOWN, ("Book</button>", "Book now</button>")):
        yield


@fault(not_assessed=PICTURES)
def documents_without_their_past(sandbox: Sandbox) -> Iterator[None]:
    """The documents are a clone of the last commit alone, in which every file looks as old as that."""
    folder = sandbox.home / "documents"
    shallow = folder / ".git" / "shallow"
    head = (folder / ".git" / "HEAD").read_text().removeprefix("ref: ").strip()
    shallow.write_text((folder / ".git" / head).read_text())
    try:
        yield
    finally:
        shallow.unlink()


@fault(not_met=PICTURES)
def example_that_fails(sandbox: Sandbox) -> Iterator[None]:
    """An example in a document does not work as it is printed."""
    with _document(sandbox, "technical/API_AND_INTEGRATIONS.md", "-eq 86400", "-eq 86000"):
        yield


@fault(not_met=NUMBERS)
def number_that_differs(sandbox: Sandbox) -> Iterator[None]:
    """A document still has the old number of the database administrator."""
    with _document(sandbox, "technical/DATABASE_AND_ALERTS.md", "744-5000", "744-5009"):
        yield


def _number(name: str, what: str, written: str) -> None:
    """Registers a number in a document that is nobody's, written in another way than all others."""

    def number_strange(sandbox: Sandbox) -> Iterator[None]:
        with _document(sandbox, "technical/DATABASE_AND_ALERTS.md", "(312) 744-5000", written):
            yield

    number_strange.__name__, number_strange.__doc__ = name, what
    fault(not_met=NUMBERS)(number_strange)


_number("number_with_dots", "Nobody's number, with dots.", "312.744.5009")
_number("number_in_one_piece", "Nobody's number, as machines write it.", "+13127445009")
_number("number_without_a_space", "Nobody's number, without a space behind the bracket.", "(312)744-5009")
_number("number_behind_a_link", "Nobody's number, which only a click shows.", "[call her](tel:3127445009)")


@fault(harmless=NUMBERS)
def known_number_written_otherwise(sandbox: Sandbox) -> Iterator[None]:
    """The administrator's own number, with dots and behind a link, and a largest number that is no telephone's."""
    with _document(sandbox, "technical/DATABASE_AND_ALERTS.md", "(312) 744-5000", "[312.744.5000](tel:+13127445000), 2147483647"):
        yield


@fault(not_met=STRUCTURE)
def orphan_document(sandbox: Sandbox) -> Iterator[None]:
    """A document is there and no other leads to it."""
    path = sandbox.home / "documents" / "HOLIDAYS.md"
    path.write_text(f"# Holidays\n\n*Last updated: {_day(-4)}*\n*Next review: {_day(40)}*\n")
    try:
        yield
    finally:
        path.unlink()


@fault(not_met=[STRUCTURE, ACCURACY, LINKS])
def document_in_capitals(sandbox: Sandbox) -> Iterator[None]:
    """A document whose name ends in capitals: no other leads to it, it has no dates, and its link is dead."""
    path = sandbox.home / "documents" / "HANDOVER.MD"
    path.write_text("# Handover\n\nSee [the plan](GONE.md).\n")
    try:
        yield
    finally:
        path.unlink()


@fault(not_met=STRUCTURE)
def section_missing(sandbox: Sandbox) -> Iterator[None]:
    """The recovery procedures no longer say what to do about a file system."""
    with _document(sandbox, "RECOVERY.md", "## File system\n\nNever repair a file system that is mounted.\n", ""):
        yield


@fault(not_met=STRUCTURE)
def section_without_a_word(sandbox: Sandbox) -> Iterator[None]:
    """The security document still has the heading about incidents; below it, only the dates of the document are left."""
    with _document(sandbox, "SECURITY.md", "Change what may have been seen, then write down what happened and when.\n", ""):
        yield


@fault(not_met=STRUCTURE)
def long_document_without_contents(sandbox: Sandbox) -> Iterator[None]:
    """A document has grown over 100 lines and has no table of contents."""
    with _document(sandbox, "user/TROUBLESHOOTING.md", "## Payments", "Try again.\n\n" * 60 + "## Payments"):
        yield


@fault(not_met=SECURITY)
def security_document_from_before(sandbox: Sandbox) -> Iterator[None]:
    """The security document was last revised before the last assessment."""
    with _document(sandbox, "SECURITY.md", _day(-12), _day(-45)):
        yield


@contextmanager
def _finding(sandbox: Sandbox, old: str, new: str) -> Iterator[None]:
    with edited(sandbox.estate / "assessment.toml", (old, new)):
        yield


@fault(not_met=FINDINGS)
def assessed_finding_without_owner(sandbox: Sandbox) -> Iterator[None]:
    """An open finding has a date and nobody who answers for it."""
    with _finding(sandbox, 'owner = "Maya Okafor"\n', ""):
        yield


@fault(not_met=FINDINGS)
def assessed_finding_overdue(sandbox: Sandbox) -> Iterator[None]:
    """An open finding's date has passed."""
    with _finding(sandbox, f'due = "{_day(30)}"', f'due = "{_day(-1)}"'):
        yield


@fault(not_met=FINDINGS)
def assessed_finding_accepted_without_reason(sandbox: Sandbox) -> Iterator[None]:
    """A finding is accepted by name and date, and nobody says why."""
    with _finding(sandbox, 'reason = "The framework is named on the careers page, too."\n', ""):
        yield


@fault(not_assessed=[FINDINGS, SECURITY])
def assessment_of_the_future(sandbox: Sandbox) -> Iterator[None]:
    """The last assessment is to be held in a year: the register is a plan, and nobody has looked yet."""
    register = sandbox.estate / "assessment.toml"
    held = register.read_text().splitlines()[0]
    with _finding(sandbox, held, f'held = "{_day(365)}"'):
        yield


@fault(not_assessed=[FINDINGS, SECURITY])
def assessment_register_missing(sandbox: Sandbox) -> Iterator[None]:
    """The register of the last assessment is not there: a list of no findings is no proof."""
    with moved_away(sandbox.estate / "assessment.toml"):
        yield


@contextmanager
def attestation_missing(sandbox: Sandbox, requirement: str) -> Iterator[None]:
    """Nobody has attested this requirement."""
    other = "weekly.documentation.updated"
    with edited(sandbox.estate / "attestations.toml", (f'requirement = "{requirement}"', f'requirement = "{other}"')):
        yield


@contextmanager
def attestation_expired(sandbox: Sandbox, requirement: str) -> Iterator[None]:
    """The attestation of this requirement is of over a quarter ago."""
    entry = f'requirement = "{requirement}"\nperson = "Dana Reyes"\nrole = "Operations lead"\ndate = "{_day(-1)}"'
    with edited(sandbox.estate / "attestations.toml", (entry, entry.replace(_day(-1), _day(-120)))):
        yield
