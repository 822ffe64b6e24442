"""The sandbox's own certificate authority and the certificate that its servers show."""

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 365
RENEW_DAYS = 60
AUTHORITY_DAYS = 3650
NAMES = ("127.0.0.1", "localhost")
BACKDATED = timedelta(minutes=5)  # for clocks that differ a little


def ensure(folder: Path) -> None:
    """Make ca.pem, ca.key, server.pem and server.key in `folder` where absent or with under 60 days left."""
    folder.mkdir(parents=True, exist_ok=True)
    if _days_left(folder / "ca.pem") < VALID_DAYS + RENEW_DAYS or not (folder / "ca.key").exists():
        make_authority(folder)
        issue(folder)
    elif _days_left(folder / "server.pem") < RENEW_DAYS or not (folder / "server.key").exists():
        issue(folder)


def make_authority(folder: Path) -> None:
    """Write a new authority: ca.pem and ca.key (mode 0600). Whatever the former one signed is trusted no more."""
    key = generate_private_key(SECP256R1())
    name = _name("Neff Paving Sandbox CA")
    usage = _usage(authority=True)
    certificate = (
        _builder(name, name, key, days=AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / "ca.key", _private_pem(key), 0o600)
    _write(folder / "ca.pem", certificate.public_bytes(Encoding.PEM), 0o644)


def make_intermediate(folder: Path, place: Path, *, days: float = AUTHORITY_DAYS) -> None:
    """Write an authority below that of `folder` into `place`, where `issue` then uses it: it stands between the root and what it signs."""
    authority, authority_key = _authority(folder)
    key = generate_private_key(SECP256R1())
    certificate = (
        _builder(_name("Neff Paving Sandbox Intermediate"), authority.subject, key, days=days, authority=authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    _write(place / "ca.key", _private_pem(key), 0o600)
    _write(place / "ca.pem", certificate.public_bytes(Encoding.PEM), 0o644)


def issue(folder: Path, *, days: float = VALID_DAYS, names: tuple[str, ...] = NAMES, rsa_bits: int | None = None) -> None:
    """Write server.pem (certificate, then the authority's) and server.key (0600), valid for `days` from now on.

    The running servers show it from the next connection on. Negative `days` give an expired one, `rsa_bits` an RSA key of that length.
    """
    authority, authority_key = _authority(folder)
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else generate_private_key(SECP256R1())
    certificate = (
        _builder(_name(names[-1]), authority.subject, key, days=days, authority=authority)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    chain = certificate.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    _write(folder / "server.key", _private_pem(key), 0o600)
    _write(folder / "server.pem", chain, 0o644)


def _authority(folder: Path) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """The authority in `folder` and its key."""
    key = load_pem_private_key((folder / "ca.key").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - for the type: `make_authority` made it
    return x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes()), key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    *,
    days: float,
    authority: x509.Certificate | None = None,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    ends = now + timedelta(days=days)
    signer = authority.public_key() if authority else key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, ends) - BACKDATED)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)  # type: ignore[arg-type]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    """An address or a DNS name, as it stands in a certificate."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common_name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Neff Paving")
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _private_pem(key: EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _days_left(path: Path) -> float:
    """Days until the first certificate in `path` ends; minus infinity when there is none."""
    if not path.exists():
        return float("-inf")
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return (certificate.not_valid_after_utc - datetime.now(UTC)) / timedelta(days=1)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Put `content` in place in one step, readable by nobody else meanwhile."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    draft.replace(path)
