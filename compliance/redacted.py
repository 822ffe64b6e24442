"""Takes secrets, and what moves a cursor, out of pytest's own reports, which junit.xml, details.html and the terminal are made from."""

from __future__ import annotations

from typing import Any

import pytest

from compliance.secrets import Redactor
from compliance.wording import still


def redact_report(report: pytest.TestReport | pytest.CollectReport, redact: Redactor) -> None:
    """Redacts tracebacks, captured output and properties in place; pytest adds its colours later."""
    if report.longrepr is not None:
        report.longrepr = _clean(report.longrepr, redact)
    report.sections = [(redact(title), still(redact(text))) for title, text in report.sections]
    if isinstance(report, pytest.TestReport):
        report.user_properties = [(name, redact(str(value))) for name, value in report.user_properties]


def _clean(part: Any, redact: Redactor) -> Any:
    """The same structure with every string in it redacted; pytest's own objects are changed in place."""
    if isinstance(part, str):
        return still(redact(part))
    if isinstance(part, tuple):
        return tuple(_clean(inner, redact) for inner in part)
    if isinstance(part, list):
        return [_clean(inner, redact) for inner in part]
    if type(part).__module__.startswith("_pytest."):
        for name, value in vars(part).items():
            setattr(part, name, _clean(value, redact))
    return part
