"""Who may use the website how often: passwords, session tokens and rate limits."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

ITERATIONS = 20_000
TOKEN_LIFE_S = 900
WINDOW_S = 900


def hash_password(password: str) -> str:
    """`pbkdf2_sha256$<iterations>$<salt hex>$<hash hex>` with a fresh salt, for users.password_hash."""
    salt = secrets.token_bytes(16)
    return f"pbkdf2_sha256${ITERATIONS}${salt.hex()}${_derived(password, salt, ITERATIONS).hex()}"


def verify(password: str, password_hash: str) -> bool:
    """Whether the password is the one that was hashed; False for a hash of another form."""
    try:
        scheme, iterations, salt, expected = password_hash.split("$")
        derived = _derived(password, bytes.fromhex(salt), int(iterations))
    except ValueError:
        return False
    return scheme == "pbkdf2_sha256" and hmac.compare_digest(derived.hex(), expected)


def make_token(secret: str, subject: str, role: str) -> str:
    """A JSON web token (HS256) that ends after `TOKEN_LIFE_S` seconds."""
    now = int(time.time())
    header = _encoded({"alg": "HS256", "typ": "JWT"})
    claims = _encoded({"sub": subject, "role": role, "iat": now, "exp": now + TOKEN_LIFE_S})
    return f"{header}.{claims}.{_signature(secret, f'{header}.{claims}')}"


def read_token(secret: str, token: str) -> Mapping[str, Any] | None:
    """The claims of a token, None when it is not one of ours or has ended."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(secret, signed).encode(), signature.encode()):
        return None
    claims: Mapping[str, Any] = json.loads(_decoded(signed.partition(".")[2]))
    return claims if claims["exp"] > time.time() else None


@dataclass(frozen=True)
class Allowance:
    """What an address has left of a limit, and the seconds until it is counted anew."""

    limit: int
    used: int
    reset_s: int

    @property
    def exceeded(self) -> bool:
        """Whether the request that was counted last was one too many."""
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """The RateLimit headers, with Retry-After where it is exceeded."""
        remaining = max(0, self.limit - self.used)
        figures = {"Limit": self.limit, "Remaining": remaining, "Reset": self.reset_s}
        headers = {f"RateLimit-{name}": str(value) for name, value in figures.items()}
        return {**headers, "Retry-After": str(self.reset_s)} if self.exceeded else headers


@dataclass
class Limiter:
    """Counts the requests of each address in windows of 15 minutes that begin with its first request."""

    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)
    _epoch: object = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, address: str, limit: int, epoch: object) -> Allowance:
        """Count one request; every count is forgotten when `epoch` differs from the last one."""
        now = time.monotonic()
        with self._lock:
            if epoch != self._epoch:
                self._windows.clear()
                self._epoch = epoch
            started, used = self._windows.get(address, (now, 0))
            if now - started >= WINDOW_S:
                started, used = now, 0
            self._windows[address] = (started, used + 1)
        return Allowance(limit, used + 1, ceil(started + WINDOW_S - now))


def _derived(password: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def _signature(secret: str, signed: str) -> str:
    return _unpadded(hmac.digest(secret.encode(), signed.encode(), "sha256"))


def _encoded(claims: Mapping[str, object]) -> str:
    return _unpadded(json.dumps(claims, separators=(",", ":")).encode())


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
