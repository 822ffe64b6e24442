"""Who took an alert: a silence that is about it, not one that was there before and is about whatever comes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from compliance.errors import CouldNotLook
from fixtures import prometheus
from fixtures.alertmanager import Silence
from fixtures.inhibition import holds_back

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=timezone.utc)
ANY_CRITICAL = [{"name": "severity", "value": "critical"}]
ONE_RULE = [*ANY_CRITICAL, {"name": "alertname", "value": "SystemDowntime", "isEqual": True, "isRegex": False}]
ANY_RULE = [{"name": "alertname", "value": ".*", "isRegex": True}]
ALL_BUT_ONE = [{"name": "alertname", "value": "Watchdog", "isEqual": False}]


@pytest.mark.parametrize(
    ("matchers", "earlier", "takes"),
    [
        (ANY_CRITICAL, True, False),
        (ANY_RULE, True, False),
        (ALL_BUT_ONE, True, False),
        (ONE_RULE, True, True),
        (ANY_CRITICAL, False, True),
    ],
)
def test_a_silence_takes_an_alert_that_it_is_about(matchers: list[dict[str, Any]], earlier: bool, takes: bool) -> None:
    began = NOW - timedelta(hours=1) if earlier else NOW + timedelta(minutes=1)
    silence = Silence("1", matchers, began, NOW + timedelta(days=365))

    assert silence.takes(NOW) is takes


class Asked:
    """A web that answers with success, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""

    def get(self, url: str) -> Any:
        """An empty answer."""
        self.url = url
        return type("Answer", (), {"json": {"status": "success", "data": {}}, "status": 200})()


@pytest.mark.parametrize("series", ['{instance=~"https://.+"}', 'probe_success{url="https://a/?x=1&y=2#z"}', 'up{job="ä%20b"}'])
def test_a_query_reaches_prometheus_as_it_was_written(series: str) -> None:
    web = Asked()
    prometheus.asked(web, "http://127.0.0.1:9090", "query", query=f"{series}[24h]", time=1.5)  # type: ignore[arg-type]

    assert parse_qs(urlsplit(web.url).query) == {"query": [f"{series}[24h]"], "time": ["1.5"]}


CRITICAL_DOWN = {"alertname": "SystemDowntime", "severity": "critical", "instance": "web1"}


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        ({"source_matchers": ["alertname = Watchdog"], "target_matchers": ["severity = critical"]}, True),
        ({"source_matchers": ['{alertname="Watchdog", severity!~"critical|warning"}'], "target_matchers": ['severity =~ "crit.*"']}, True),
        ({"source_match": {"alertname": "Watchdog"}, "target_match_re": {"severity": "critical|warning"}}, True),
        ({"source_matchers": ["alertname = Watchdog"], "target_matchers": ["severity = warning"]}, False),
        ({"source_matchers": ["alertname = Watchdog"], "target_matchers": ["severity = critical"], "equal": ["instance"]}, False),
        ({"source_matchers": ["severity = none"], "target_matchers": ['severity =~ ".*"']}, False),
        ({"source_matchers": ["severity = critical"], "target_matchers": ["severity = critical"]}, False),
    ],
)
def test_an_alert_holds_back_what_the_rule_says(rule: dict[str, Any], held: bool) -> None:
    assert holds_back([rule], {"alertname": "Watchdog", "severity": "none"}, CRITICAL_DOWN) is held


def test_a_matcher_that_cannot_be_read_is_no_answer() -> None:
    with pytest.raises(CouldNotLook, match="nobody can tell which alerts 'severity is none' is about"):
        holds_back([{"source_matchers": ["severity is none"], "target_matchers": []}], {}, CRITICAL_DOWN)
