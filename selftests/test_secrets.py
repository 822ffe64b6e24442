"""What the redactor takes out, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance.secrets import MASK, Redactor
from fixtures.database_access import Rule


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("postgresql://app:hunter2@db/neff", "postgresql://app:", "hunter2"),
        ("Authorization: Bearer abcdef123456789", "Authorization: ", "abcdef"),
        ("{'Authorization': 'Basic dXNlcjpwYXNzd29yZA=='}", "Authorization", "dXNlcj"),
        ("Set-Cookie: session=abc; Path=/", "Set-Cookie: ", "abc"),
        ("connect host=db password=hunter2 user=app", "user=app", "hunter2"),
        ('{"api_key": "hunter2", "other": 1}', '"other": 1', "hunter2"),
        ("key sk_live_abcdef123456 was used", "was used", "sk_live_abc"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln sent", "sent", "eyJhbGci"),
        ("postgres://neff_app:pa/ss@wXrd77@db/neff", "@db/neff", "wXrd77"),
        ("postgresql://app:hunt@er2@db/neff", "@db/neff", "er2"),
        ("X-Api-Key: abcdef123456", "X-Api-Key: ", "abcdef"),
        ("SMTP_PW=hunter2 SMTP_HOST=mail", "SMTP_HOST=mail", "hunter2"),
        (r"password='it\'s mine' user=app", "user=app", "s mine"),
        ("backup --password hunter2 --verbose", "--verbose", "hunter2"),
        ("curl -sf -u app:hunter2 https://example.com", "https://example.com", "hunter2"),
        ("as AKIAIOSFODNN7EXAMPLE said", "said", "AKIA"),
        ("ghp_0123456789abcdefghij0123456789abcdef pushed", "pushed", "ghp_"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "after", "MIIE"),
    ],
)
def test_the_shapes_of_secrets_are_taken_out(text: str, kept: str, gone: str) -> None:
    said = Redactor()(text)

    assert gone not in said
    assert kept in said
    assert MASK in said


@pytest.mark.parametrize(
    "text",
    [
        "no password was given",
        "https://example.com:8443/path",
        "https://example.com:8443/@scope/package",
        "12 tokens per second",
        "the secret is out",
        "date -u +%H:%M",
        "--password --verbose",
        "https://[::1]:8443/a@b",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_a_rule_of_access_that_ends_in_password_is_printed_whole() -> None:
    rule = str(Rule("host all neff_app 127.0.0.1/32 password", "lets in by password"))

    assert Redactor()(rule) == rule


def test_redacting_twice_changes_nothing_more() -> None:
    redact = Redactor()
    once = redact("password=hunter2, postgresql://a:b1b1@c/d, Authorization: Bearer abcdef123456789")

    assert redact(once) == once


def test_a_known_value_is_found_however_it_is_written() -> None:
    redact = Redactor()
    redact.learn("p@ss/w+rd&")

    assert redact.inside({"p@ss/w+rd&": ["x p%40ss%2Fw%2Brd%26 y", "cEBzcy93K3JkJg=="]}) == {MASK: [f"x {MASK} y", MASK]}


@pytest.mark.parametrize(
    ("secret", "written"),
    [
        ('pa"ss<w>&', r"pa\"ss<w>&"),
        ("a/b+c@d!", "a/b%2Bc%40d%21"),
        ("pa/ss@wo!rd", "pa%2Fss%40wo!rd"),
        ("p@ss/word", "p%40ss%2fword"),
        ("p@ss<w>&x", "p@ss&lt;w&gt;&amp;x"),
        ("-----BEGIN X-----\nMIIEvQIBADANBgkq\n-----END X-----", "MIIEvQIBADANBgkq"),
    ],
)
def test_a_known_value_is_found_in_json_in_addresses_and_in_html(secret: str, written: str) -> None:
    redact = Redactor()
    redact.learn(secret)

    assert redact(f"x {written} y") == f"x {MASK} y"


def test_words_that_only_look_like_secrets_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PASSENGER_APP_ENV", "production")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path))
    monkeypatch.setenv("PGPASSWORD", "/9f3kQ7xw2")
    redact = Redactor()
    redact.learn_environment()

    assert redact(f"production {tmp_path} /9f3kQ7xw2") == f"production {tmp_path} {MASK}"


def test_secrets_of_the_environment_are_known_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_TOKEN", "env-value-123456")
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:inside-url-99@db/x")
    monkeypatch.setenv("MAIL", "smtp://app:in-any-url@mail")
    monkeypatch.setenv("SMTP_PW", "abcd5")
    monkeypatch.setenv("SMTP_AUTH", "basic")
    monkeypatch.setenv("HARMLESS", "plain-value-123456")
    redact = Redactor()
    redact.learn_environment()

    said = redact("env-value-123456 inside-url-99 in-any-url abcd5 plain-value-123456 basic")
    assert said == f"{MASK} {MASK} {MASK} {MASK} plain-value-123456 basic"
