"""Secrets: where a configuration may take them from, and how their values are kept out of everything a run leaves."""

from __future__ import annotations

import html
import json
import os
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import model_validator

from compliance.errors import CouldNotLook
from compliance.toml import Strict

MASK = "[redacted]"
_SECRET_NAME = re.compile(r"PASS(?!ENGER)|SECRET|TOKEN|CREDENTIAL|APIKEY|_(?:KEY|SK|PW|PWD|AUTH|PAT)$|^KEY|DSN|DATABASE_URL", re.I)
_PASSWORD_NAME = re.compile(r"PASSW|_PWD?$", re.I)  # of these, also what is shorter than six characters
_NO_SECRETS = ("true", "false", "none", "null", "basic", "bearer", "peer")
SHORT = 200
# What every one of the patterns below needs somewhere in the text: most texts are cleared by this one look.
_SUSPICIOUS = re.compile(
    r"://|authorization|bearer|basic|cookie|passw|passphrase|_pwd?\b|secret|token|api[_-]?key|[srpw][kh][a-z]*_(?:live|test)_|eyJ|-----BEGIN"
    r"|gh[pousr]_|github_pat_|AKIA|ASIA|xox[abeoprs]-|SG\.|curl\b",
    re.I,
)
_NOT_YET = r"(?!\[redacted\])"
_PATTERNS = (
    # a DSN or URL with a password
    (re.compile(rf"(?<=://)([^/\s:@'\"]*):{_NOT_YET}([^/\s'\"]+)(?=@)"), rf"\1:{MASK}"),
    (re.compile(rf"(?<=://)([^/\s:@'\"\[]+):{_NOT_YET}(?!\d+/)([^\s'\"@?#]+/[^\s'\"?#]*)(?=@)"), rf"\1:{MASK}"),
    # headers
    (
        re.compile(rf"(?i)\b((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?){_NOT_YET}(?:(?:basic|bearer|digest|token)\s+)?[^\s'\",}}]+"),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{12,}"), rf"\1 {MASK}"),
    (re.compile(rf"(?i)\b((?:set-)?cookie['\"]?\s*:\s*['\"]?){_NOT_YET}[^\r\n'\"]+"), rf"\1{MASK}"),
    # name = value
    (
        re.compile(
            rf"(?i)\b([\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|_pwd?)['\"]?\s*[=:]\s*){_NOT_YET}"
            r"(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|(?:\\.|[^\s,;&})\]'\"\\])+)"
        ),
        rf"\1{MASK}",
    ),
    # as words of a command
    (re.compile(rf"(?i)(--(?:[\w-]*-)?(?:password|passwd|token|secret|api-?key)\s+){_NOT_YET}[^\s'\"-][^\s'\"]*"), rf"\1{MASK}"),
    (re.compile(rf"(\bcurl\b[^\n|;]*?\s(?:-u|--user)[= ]?\s*['\"]?[^\s:'\"]+:){_NOT_YET}[^\s'\"]+"), rf"\1{MASK}"),
    # the shapes of keys and tokens
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|(?:AKIA|ASIA)[0-9A-Z]{16})"), MASK),
    (re.compile(r"\b(?:xox[abeoprs]-[\w-]{10,}|SG\.[\w-]{16,}\.[\w-]{16,})"), MASK),
    (re.compile(r"\b(?:sk|rk|pk|whsec)_(?:live|test)_[A-Za-z0-9]{6,}"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), MASK),
)


class Secret(Strict):
    """A reference to a secret: `{ env = "NAME" }` or `{ file = "path" }`. The TOML never holds the value itself."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Secret:
        if (self.env is None) == (self.file is None):
            raise ValueError('exactly one source is needed | Write { env = "NAME" } or { file = "path" }')
        return self

    def read(self, folder: Path) -> str:
        """The value; a file is looked up from the estate's folder. Raises `CouldNotLook` when it is not there."""
        if self.env is not None:
            value = os.environ.get(self.env, "")
            if not value:
                raise CouldNotLook(f"the environment variable {self.env} is not set: give the suite this secret")
            return value
        path = folder / str(self.file)
        try:
            value = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise CouldNotLook(f"the secret's file {path} cannot be read: {error.strerror}") from None
        if not value:
            raise CouldNotLook(f"the secret's file {path} is empty")
        return value


def references(part: Any) -> list[Secret]:
    """Every secret that a configuration refers to, wherever it stands."""
    if isinstance(part, Secret):
        return [part]
    if isinstance(part, Strict):
        return [s for name in type(part).model_fields for s in references(getattr(part, name))]
    if isinstance(part, dict):
        return [s for value in part.values() for s in references(value)]
    return []


def _forms(value: str) -> Iterator[str]:
    """A secret as it may stand in an address, in HTML, JSON or Python, in base64; of one with several lines, each that is long enough."""
    escaped = [quote(value, safe=""), quote(value), quote(value, safe="!'()*~"), quote_plus(value)]
    yield from escaped
    yield from (re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in escaped)
    yield from (value, b64encode(value.encode()).decode(), repr(value)[1:-1], json.dumps(value)[1:-1], html.escape(value))
    yield from (line.strip() for line in value.splitlines()[1:-1] if len(line.strip()) >= 8)


class Redactor:
    """Replaces secrets in text: values that are known, and what has the shape of one (DSN, header, key, token)."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._seen: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, value: str) -> None:
        """From now on this value appears nowhere, however it is written. Values under 4 characters are left alone."""
        if len(value) >= 4:
            self._known |= dict.fromkeys(_forms(value))
            self._seen.clear()
            longest_first = sorted(self._known, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def learn_environment(self) -> None:
        """Learns the values of environment variables that are named like secrets, and the passwords of addresses in any of them."""
        for name, value in os.environ.items():
            inside, named = re.search(r"://[^/\s:@]*:([^/\s]+)@", value), _SECRET_NAME.search(name)
            candidate = inside.group(1) if inside else value if named else ""
            short = len(candidate) < 6 and not (inside or _PASSWORD_NAME.search(name))
            if not short and candidate.lower() not in _NO_SECRETS and not (candidate.startswith("/") and Path(candidate).exists()):
                self.learn(candidate)

    def __call__(self, text: str) -> str:
        """The text without its secrets. Short texts recur (a record's keys, its verdicts), so what became of them is kept."""
        if len(text) > SHORT:
            return self._cleaned(text)
        if text not in self._seen:
            self._seen[text] = self._cleaned(text)
        return self._seen[text]

    def _cleaned(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        if not _SUSPICIOUS.search(text):
            return text
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def inside(self, value: Any) -> Any:
        """The same for every string in a JSON-like value."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self(str(key)): self.inside(inner) for key, inner in value.items()}
        return [self.inside(inner) for inner in value] if isinstance(value, list) else value
