"""Can people rely on what is written down? (Guide: Documentation Review)"""

import pytest


@pytest.mark.slow(seconds=120)
@pytest.mark.requirement("quarterly.documentation.links")
def test_every_link_leads_somewhere(dead_links):
    """To files, headings and the web."""
    assert dead_links == []


@pytest.mark.requirement("quarterly.documentation.accuracy")
def test_every_document_is_within_its_review_date(documents, today):
    """That somebody holds it for correct is attested."""
    assert [document for document in documents.all if document.updated is None or document.review is None] == []
    assert [document for document in documents.all if document.updated > today or document.review < today] == []


@pytest.mark.requirement("quarterly.documentation.screenshots")
def test_no_picture_is_older_than_what_it_shows_and_every_example_works(pictures, failed_examples):
    """Dates come from version control; what cannot be judged by date is attested."""
    assert [picture for picture in pictures if picture.changed is not None and picture.taken < picture.changed] == []
    assert failed_examples == []


@pytest.mark.requirement("quarterly.documentation.contacts")
def test_every_contact_in_the_documents_is_in_the_list(documented_strangers):
    """Numbers are compared by their digits, however they are written."""
    assert documented_strangers == []


@pytest.mark.requirement("quarterly.documentation.structure")
def test_every_document_can_be_found_and_holds_what_is_expected(documents):
    """From the index by links; over 100 lines a document needs a table of contents."""
    assert documents.unreachable == []
    assert [document for document in documents.all if document.long_without_contents] == []
    assert documents.missing_sections == []


@pytest.mark.requirement("quarterly.security.findings")
def test_every_finding_of_the_last_assessment_is_settled(assessment, today):
    """Fixed, accepted by name and date, or with an owner and a date that has not passed."""
    assert [finding for finding in assessment.finding if not finding.settled(today)] == []


@pytest.mark.requirement("quarterly.security.documentation")
def test_every_security_document_is_newer_than_the_last_assessment(assessment, documents):
    """By the date that stands in the document: a file's own may be that of a copy."""
    assert [document for document in documents.security if document.updated is None or document.updated < assessment.held] == []
