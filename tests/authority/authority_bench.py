"""A site's authority, a console that asks it, and fixed times."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local_agent.authority import BootInstant, Person
from local_agent.authority.certificates import make_authority
from mr_contract.vocabulary import Role

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
NOW = BootInstant("boot-1", 1000.0)
ANA = Person("Ana Müller", Role.REMOTE_OPERATOR)
NORTH = make_authority("North", AT)
SOUTH = make_authority("South", AT)


def make_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make_request(key: ec.EllipticCurvePrivateKey, *, name: str = "", role: str = "") -> bytes:
    """What a console sends; `name` and `role` are what it claims, which should not matter."""
    claims = []
    if name:
        claims.append(x509.NameAttribute(NameOID.COMMON_NAME, name))
    if role:
        claims.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(claims))
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)
