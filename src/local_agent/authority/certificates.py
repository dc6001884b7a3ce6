"""The site's certificates: its root, its servers, and one for each person on each device.

- A device certificate says who and as what: CN is the person, OU the role, O the site. Both come from
  the invitation; what a request claims about itself is never read.
- A device certificate is good for clients only, a server certificate for servers only: neither can
  stand in for the other, and neither can sign.
- Anything not exactly as issued here is refused with a reason: unlisted means refused.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mr_contract.vocabulary import Role

ROOT_LIFE = timedelta(days=3653)
SERVER_LIFE = timedelta(days=397)
DEVICE_LIFE = timedelta(days=90)
BACKDATED = timedelta(days=1)
"""A certificate begins a day before it is made: a clock set back an hour locks nobody out."""

MOST_NAME_CHARACTERS = 64  # X.520 ub-common-name
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class NameUnusable(ValueError):
    """A name of a person, site or host that cannot stand in a certificate; says what would do."""


class RequestUnusable(ValueError):
    """A certificate request that cannot be granted; says why."""


class CertificateRefused(Exception):
    """A certificate that is not a device certificate of this site, good now; says why."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who a certificate is for, and as what; decided by the site when it invites."""

    name: str
    role: Role

    def __post_init__(self) -> None:
        check_name("the person's name", self.name)


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A person on a device, as this site certified them. `spki_sha256` is the device's key, in hex."""

    name: str
    role: Role
    serial: int
    spki_sha256: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """The site's root: whoever holds this key decides who may connect."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def site(self) -> str:
        return _only(self.certificate.subject, NameOID.COMMON_NAME)


def check_name(what: str, name: str) -> None:
    """Raise NameUnusable unless the name is 1 to 64 printable characters without blanks at the ends."""
    if not (0 < len(name) <= MOST_NAME_CHARACTERS and name.isprintable() and name == name.strip()):
        raise NameUnusable(
            f"{what} must be 1 to {MOST_NAME_CHARACTERS} printable characters without blanks at its ends; "
            f"it is {name!r}."
        )


def fingerprint(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the certificate (DER): 32 bytes."""
    return certificate.fingerprint(hashes.SHA256())


def spki_sha256(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the public key (DER SubjectPublicKeyInfo), in hex: the device, whatever its certificate."""
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(encoded).hexdigest()


def make_authority(site: str, at: datetime) -> Authority:
    """A new root for a site: EC P-256, ten years, may sign end certificates only."""
    check_name("the site's name", site)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, site)])
    builder = (
        _builder(name, name, key.public_key(), at, ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(key, builder.sign(key, hashes.SHA256()))


def server_names(certificate: x509.Certificate) -> tuple[str, ...]:
    """The host names and addresses a server's certificate was issued for, in their order."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(name.value) for name in names)


def issue_server_certificate(
    authority: Authority, key: ec.EllipticCurvePublicKey, hosts: tuple[str, ...], at: datetime
) -> x509.Certificate:
    """A certificate for a server of the site, known under `hosts` (DNS names or IP addresses)."""
    names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
    if not hosts:
        raise NameUnusable("A server needs at least one host: the DNS name or IP address it is reached by.")
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority.site),
            x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:MOST_NAME_CHARACTERS]),
        ]
    )
    builder = _builder(authority.certificate.subject, subject, key, at, SERVER_LIFE)
    builder = _end_entity(builder, authority, key, ExtendedKeyUsageOID.SERVER_AUTH)
    return builder.add_extension(names, critical=False).sign(authority.key, hashes.SHA256())


def read_request(csr: bytes) -> ec.EllipticCurvePublicKey:
    """The public key of a certificate request (PEM or DER) whose sender proved to hold the private key.

    Everything else in the request, names and extensions, is ignored. Raises RequestUnusable.
    """
    try:
        pem = csr.lstrip().startswith(b"-----BEGIN")
        request = x509.load_pem_x509_csr(csr) if pem else x509.load_der_x509_csr(csr)
        key = request.public_key()
        proven = request.is_signature_valid
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise RequestUnusable("The certificate request cannot be read.") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RequestUnusable("The certificate request must be for an elliptic-curve key on P-256.")
    if not proven:
        raise RequestUnusable("The certificate request is not signed with its own key.")
    return key


def issue_device_certificate(
    authority: Authority, key: ec.EllipticCurvePublicKey, person: Person, at: datetime
) -> x509.Certificate:
    """A certificate for a person on the device that holds `key`; 90 days."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, authority.site),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, person.role.value),
            x509.NameAttribute(NameOID.COMMON_NAME, person.name),
        ]
    )
    builder = _builder(authority.certificate.subject, subject, key, at, DEVICE_LIFE)
    builder = _end_entity(builder, authority, key, ExtendedKeyUsageOID.CLIENT_AUTH)
    return builder.sign(authority.key, hashes.SHA256())


def read_device_certificate(der: bytes, root: x509.Certificate, at: datetime) -> DeviceIdentity:
    """Who stands behind a client certificate that this site's `root` issued and that is good at `at`.

    Raises CertificateRefused for everything else. Revocation is the register's question, not this one's.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.verify_directly_issued_by(root)
        key = certificate.public_key()
        purposes = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        signs = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        name = _only(certificate.subject, NameOID.COMMON_NAME)
        site = _only(certificate.subject, NameOID.ORGANIZATION_NAME)
        role_text = _only(certificate.subject, NameOID.ORGANIZATIONAL_UNIT_NAME)
    except InvalidSignature as error:
        raise CertificateRefused("The certificate was not issued by this site.") from error
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm) as error:
        raise CertificateRefused(f"The certificate is not one of this site: {error}.") from error
    except (x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise CertificateRefused("The certificate does not say, once, what it is for.") from error
    if purposes != [ExtendedKeyUsageOID.CLIENT_AUTH] or signs:
        raise CertificateRefused("The certificate is not for a person's device.")
    if site != _only(root.subject, NameOID.COMMON_NAME):
        raise CertificateRefused(f"The certificate is for {site!r}, another site.")
    if role_text not in set(Role):
        raise CertificateRefused(f"The certificate's role {role_text!r} is unknown here.")
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CertificateRefused("The certificate is not for an elliptic-curve key.")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise CertificateRefused(
            f"The certificate of {name} is good from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC only. Enrol this device again."
        )
    return DeviceIdentity(
        name, Role(role_text), certificate.serial_number, spki_sha256(key), certificate.not_valid_after_utc
    )


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - BACKDATED)
        .not_valid_after(at + life)
    )


def _end_entity(
    builder: x509.CertificateBuilder,
    authority: Authority,
    key: ec.EllipticCurvePublicKey,
    purpose: x509.ObjectIdentifier,
) -> x509.CertificateBuilder:
    issuer_key = authority.key.public_key()
    return (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if _HOST.fullmatch(host.lower()):
            return x509.DNSName(host.lower())
    raise NameUnusable(
        f"A host must be an IP address or a DNS name of letters, digits, dots and hyphens; it is {host!r}."
    )


def _only(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = name.get_attributes_for_oid(oid)
    if len(values) != 1 or not isinstance(values[0].value, str):
        raise ValueError(f"it names {len(values)} times what must be named once")
    return values[0].value
