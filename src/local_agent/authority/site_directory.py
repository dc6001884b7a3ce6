"""The site directory: every key of the site, in files that only its owner can read.

- A site is made whole or not at all: it is built beside its place and moved there.
- An existing site is never overwritten: losing the authority's key means enrolling every device again.
- Loading checks each file: there, private, readable, of the right kind, and belonging together.
"""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from local_agent.authority.certificates import (
    Authority,
    fingerprint,
    issue_server_certificate,
    make_authority,
)

AUTHORITY_KEY = "authority.key"
AUTHORITY_CERTIFICATE = "authority.crt"
AGENT = "agent"
TABLET = "tablet"
JOURNAL_KEY = "journal.key"
STATEMENT_KEY = "statement.key"

_PRIVATE_FILE = 0o600
_PRIVATE_DIRECTORY = 0o700


class SiteExists(Exception):
    """There is something where a new site was to be made; nothing was touched."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} already holds a site or other files; it was left as it is. Name a new or empty "
            "directory. To give up an old site for good, move its directory away first: its devices must "
            "then enrol again."
        )


class SiteUnusable(Exception):
    """A file of the site is missing, wrong or open to others; says which, what, and what to do."""

    def __init__(self, path: Path, wrong: str, remedy: str) -> None:
        super().__init__(f"{path}: {wrong}. {remedy}")
        self.path = path
        self.wrong = wrong
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """A server's certificate and key, as files for `ssl.SSLContext.load_cert_chain`."""

    certificate_file: Path
    key_file: Path
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a site signs with."""

    directory: Path
    authority: Authority
    authority_file: Path
    agent: ServerFiles
    tablet: ServerFiles
    journal_key: Ed25519PrivateKey
    statement_key: Ed25519PrivateKey

    @property
    def name(self) -> str:
        return self.authority.site

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the authority's certificate: what an invitation code carries."""
        return fingerprint(self.authority.certificate)


def init(directory: Path, site_name: str, hosts: tuple[str, ...], at: datetime) -> Site:
    """Make a site in a new or empty directory: authority, servers under `hosts`, signing keys.

    Raises SiteExists, NameUnusable (site name or host), SiteUnusable (the place cannot be written).
    """
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise SiteExists(directory)
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-site-", dir=directory.parent) as scratch:
            made = Path(scratch) / "site"
            made.mkdir(mode=_PRIVATE_DIRECTORY)
            _fill(made, site_name, hosts, at)
            made.rename(directory)
    except OSError as error:
        raise SiteUnusable(
            directory, f"cannot be made: {error.strerror}", "Check the parent directory and its permissions."
        ) from error
    return load(directory, at)


def renew_servers(directory: Path, hosts: tuple[str, ...], at: datetime) -> Site:
    """New keys and certificates for agent and tablet servers; the authority and all devices stay."""
    _check_private(directory, is_directory=True)
    authority = _load_authority(directory)
    with tempfile.TemporaryDirectory(prefix=".new-servers-", dir=directory) as scratch:
        for server in (AGENT, TABLET):
            _make_server(Path(scratch), server, authority, hosts, at)
        for made in sorted(Path(scratch).iterdir()):
            made.rename(directory / made.name)
    return load(directory, at)


def load(directory: Path, at: datetime) -> Site:
    """The site in a directory, every file checked. Raises SiteUnusable."""
    if not directory.is_dir():
        raise SiteUnusable(directory, "there is no site", "Make one with `local-agent init`.")
    _check_private(directory, is_directory=True)
    authority = _load_authority(directory)
    return Site(
        directory,
        authority,
        directory / AUTHORITY_CERTIFICATE,
        _load_server(directory, AGENT, authority, at),
        _load_server(directory, TABLET, authority, at),
        _load_ed25519_key(directory / JOURNAL_KEY),
        _load_ed25519_key(directory / STATEMENT_KEY),
    )


def journal_public_key(directory: Path) -> Ed25519PublicKey:
    """The key that verifies the site's journal; nothing else of the site is looked at."""
    return _load_ed25519_key(directory / JOURNAL_KEY).public_key()


def _fill(directory: Path, site_name: str, hosts: tuple[str, ...], at: datetime) -> None:
    authority = make_authority(site_name, at)
    _write(directory / AUTHORITY_KEY, _key_pem(authority.key))
    _write(directory / AUTHORITY_CERTIFICATE, _certificate_pem(authority.certificate))
    for server in (AGENT, TABLET):
        _make_server(directory, server, authority, hosts, at)
    for name in (JOURNAL_KEY, STATEMENT_KEY):
        _write(directory / name, _key_pem(Ed25519PrivateKey.generate()))


def _make_server(
    directory: Path, server: str, authority: Authority, hosts: tuple[str, ...], at: datetime
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue_server_certificate(authority, key.public_key(), hosts, at)
    _write(directory / f"{server}.key", _key_pem(key))
    _write(directory / f"{server}.crt", _certificate_pem(certificate))


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _load_authority(directory: Path) -> Authority:
    key = _load_ec_key(directory / AUTHORITY_KEY)
    path = directory / AUTHORITY_CERTIFICATE
    certificate = _load_certificate(path)
    if certificate.public_key() != key.public_key():
        _restore(path, f"does not belong to {AUTHORITY_KEY}")
    return Authority(key, certificate)


def _load_server(directory: Path, server: str, authority: Authority, at: datetime) -> ServerFiles:
    key_path, path = directory / f"{server}.key", directory / f"{server}.crt"
    key = _load_ec_key(key_path)
    certificate = _load_certificate(path)
    if certificate.public_key() != key.public_key():
        _restore(path, f"does not belong to {key_path.name}")
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError, TypeError):
        _restore(path, f"was not issued by {AUTHORITY_CERTIFICATE}")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise SiteUnusable(
            path,
            f"is good from {certificate.not_valid_before_utc:%Y-%m-%d} to "
            f"{certificate.not_valid_after_utc:%Y-%m-%d} only, and today is {at:%Y-%m-%d}",
            "Check the clock, or renew the servers' certificates.",
        )
    return ServerFiles(path, key_path, certificate)


def _load_ec_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = _load_private_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        _restore(path, "is not an elliptic-curve key")
    return key


def _load_ed25519_key(path: Path) -> Ed25519PrivateKey:
    key = _load_private_key(path)
    if not isinstance(key, Ed25519PrivateKey):
        _restore(path, "is not an Ed25519 key")
    return key


def _load_private_key(path: Path) -> PrivateKeyTypes:
    content = _read(path)
    try:
        return serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        _restore(path, "is not a private key in PEM")


def _load_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError:
        _restore(path, "is not a certificate in PEM")


def _read(path: Path) -> bytes:
    if not path.exists():
        _restore(path, "is missing")
    _check_private(path, is_directory=False)
    try:
        return path.read_bytes()
    except OSError as error:
        raise SiteUnusable(path, f"cannot be read: {error.strerror}", "Check its owner.") from error


def _check_private(path: Path, *, is_directory: bool) -> None:
    try:
        found = path.stat()
    except OSError as error:
        raise SiteUnusable(path, f"cannot be read: {error.strerror}", "Check its owner.") from error
    mode = _PRIVATE_DIRECTORY if is_directory else _PRIVATE_FILE
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise SiteUnusable(
            path,
            f"can be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o})",
            f"Run `chmod {mode:04o} {path}`; if others may have read a key, make a new site.",
        )
    if found.st_uid != os.geteuid():
        raise SiteUnusable(path, "belongs to another user", f"Run the agent as its owner, or `chown` {path}.")


def _restore(path: Path, wrong: str) -> NoReturn:
    raise SiteUnusable(path, wrong, "Restore the site directory from its back-up.")


def _key_pem(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
