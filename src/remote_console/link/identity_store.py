"""This workstation's identity: one device key, and a certificate for each site it serves.

- One key for all sites, made here and never sent; each site certifies it on its own.
- A site is its authority: the name is only what it is called. A second authority under a known name is
  refused until the first is forgotten.
- Everything is in one directory (`REMOTE_CONSOLE_HOME`, or the user's data directory), readable by its
  owner only.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from keyring.backend import KeyringBackend
from pydantic import Field, ValidationError

from mr_contract.model import Model, ShortText
from remote_console.link.errors import StoreConflict, StoreLocked
from remote_console.link.key_keeping import (
    KeyInKeyring,
    KeyKeeper,
    KeyUnderPassphrase,
    KeyWithoutAnyProtectionForDemosOnly,
    encrypted_pem,
)
from remote_console.link.private_files import write_private

LOG = logging.getLogger("remote_console.link")
_CHECK_HOME = "Check its owner, permissions and free space, or choose another --home."
HOME_VARIABLE = "REMOTE_CONSOLE_HOME"


class EnrolledSite(Model):
    """A site this workstation has a certificate of."""

    name: ShortText
    host: ShortText
    control_port: int = Field(ge=1, le=65535)
    certificate_pem: str
    authority_pem: str

    @property
    def authority(self) -> str:
        """SHA-256 of the authority's certificate, hexadecimal: what the site *is*."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.authority_pem)).hexdigest()

    @property
    def certificate(self) -> x509.Certificate:
        """This device's certificate at the site."""
        return x509.load_pem_x509_certificate(self.certificate_pem.encode())


class Remembered(Model):
    """What was last heard of a site's journal: a smaller `seq` later means it was rolled back."""

    seq: int = Field(default=0, ge=0)
    signed_head: str = ""


@dataclass(frozen=True, slots=True)
class Protection:
    """What may keep the key; the first that is possible does."""

    keyring: KeyringBackend | None = None
    ask_passphrase: Callable[[], str] | None = None
    unprotected_for_demos_only: bool = False


class KeyPlace(Model):
    """Where the key of this workstation is kept (`device.json`)."""

    kept_in: str
    account: str = ""


class IdentityStore:
    """The directory, and the key. Blocking: call it from a worker thread where that matters."""

    def __init__(self, directory: Path | None, protection: Protection) -> None:
        self._directory = directory or default_directory()
        self._protection = protection
        self._keeper: KeyKeeper | None = None
        self._key: ec.EllipticCurvePrivateKey | None = None

    @property
    def directory(self) -> Path:
        """Where everything is."""
        return self._directory

    @property
    def is_unprotected(self) -> bool:
        """Whether the key is kept without protection: for DEMO scanners only."""
        return isinstance(self._place(), KeyWithoutAnyProtectionForDemosOnly)

    def device_key(self) -> ec.EllipticCurvePrivateKey:
        """The key of this workstation; made at the first call.

        Raises:
            StoreLocked: the keyring or passphrase does not give it.
        """
        if self._key is None:
            try:
                self._key = self._open_key()
            except OSError as error:
                raise StoreLocked(
                    f"{error.filename or self._directory} cannot be used: {error.strerror}. {_CHECK_HOME}"
                ) from None
        return self._key

    def _open_key(self) -> ec.EllipticCurvePrivateKey:
        keeper = self._place()
        key = keeper.load()
        if key is None:
            if self.sites():
                raise StoreLocked(
                    f"The key of this workstation is gone from its {keeper.word}; "
                    "forget the sites and enrol again."
                )
            key = ec.generate_private_key(ec.SECP256R1())
            keeper.keep(key)
        self._record(keeper)
        return key

    def sites(self) -> tuple[EnrolledSite, ...]:
        """All enrolled sites, by name.

        Raises:
            StoreLocked: a record is damaged; says which file.
        """
        read = map(self._read_site, self._site_files())
        return tuple(sorted((site for site in read if site is not None), key=lambda site: site.name))

    def _site_files(self) -> tuple[Path, ...]:
        folder = self._directory / "sites"
        try:
            return tuple(path / "site.json" for path in sorted(folder.iterdir()) if path.is_dir())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreLocked(f"{folder} cannot be read: {error.strerror}. {_CHECK_HOME}") from None

    def _read_site(self, path: Path) -> EnrolledSite | None:
        """None where another thread or process is at this moment enrolling there, or forgetting it."""
        try:
            site = EnrolledSite.model_validate_json(path.read_bytes())
            for pem in (site.certificate_pem, site.authority_pem):
                x509.load_pem_x509_certificate(pem.encode())
        except FileNotFoundError:
            return None
        except (ValueError, OSError):
            raise StoreLocked(f"{path} cannot be read; remove its folder and enrol again.") from None
        return site

    def site(self, name: str) -> EnrolledSite:
        """The site of that name.

        Raises:
            StoreConflict: there is none.
        """
        for site in self.sites():
            if site.name == name:
                return site
        shown = name if name.isprintable() else ascii(name)
        raise StoreConflict(
            f"This workstation is not enrolled at “{shown}”. `remote-console sites` lists where it is."
        )

    def add(self, site: EnrolledSite) -> None:
        """Keep a site, replacing an earlier certificate of the same authority.

        Raises:
            StoreConflict: another authority has that name, or the certificate is not for this key.
        """
        for other in self.sites():
            if other.name == site.name and other.authority != site.authority:
                raise StoreConflict(
                    f"Another authority is already enrolled as “{site.name}”. If the site says it has a new "
                    f"one, forget the old one first."
                )
        self._check_certificate(site)
        write_private(self._folder(site) / "site.json", site.model_dump_json(indent=1).encode())

    def forget(self, name: str) -> None:
        """Remove a site and its certificate. With the last one the key goes too: the next enrolment makes
        another, as a site wants that has revoked this one.

        Raises:
            StoreConflict: there is none of that name.
            StoreLocked: the key's place refused; the site is forgotten all the same.
        """
        shutil.rmtree(self._folder(self.site(name)))
        if not self.sites():
            self._key = None
            self._place().discard()

    def remembered(self, site: EnrolledSite) -> Remembered:
        """What was last heard of the site's journal; nothing, said in the log, where the file is damaged."""
        path = self._folder(site) / "remembered.json"
        try:
            return Remembered.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError):
            LOG.warning("%s cannot be read: an earlier rollback of the journal would not be noticed", path)
            return Remembered()

    def remember(self, site: EnrolledSite, heard: Remembered) -> None:
        """Keep what was heard; never goes back by itself (`accept_rollback` does)."""
        if heard.seq >= self.remembered(site).seq and self._folder(site).exists():
            write_private(self._folder(site) / "remembered.json", heard.model_dump_json().encode())

    def accept_rollback(self, site: EnrolledSite) -> None:
        """A person has judged that the site's journal was rightly replaced."""
        (self._folder(site) / "remembered.json").unlink(missing_ok=True)

    def client_context(self, site: EnrolledSite) -> ssl.SSLContext:
        """TLS 1.3 to this site only: its authority and no other, with this device's certificate.

        The site's authority certifies one kind of server: its agent. So the chain decides, and the host
        name, which is an address on a hospital's network, does not.

        Raises:
            StoreLocked: the key cannot be read, or does not belong to the certificate.
        """
        context = pinned_context(site.authority_pem)
        passphrase = secrets.token_bytes(24).hex().encode()
        with tempfile.TemporaryDirectory(prefix="remote-console-") as folder:
            key_path, certificate_path = Path(folder, "key.pem"), Path(folder, "certificate.pem")
            write_private(key_path, encrypted_pem(self.device_key(), passphrase))
            write_private(certificate_path, site.certificate_pem.encode())
            try:
                context.load_cert_chain(certificate_path, key_path, passphrase)
            except ssl.SSLError:
                raise StoreLocked(
                    f"The certificate of “{site.name}” is not for this workstation's key; enrol again."
                ) from None
        return context

    def _place(self) -> KeyKeeper:
        """The one place of the key: as recorded, or else the best there is."""
        if self._keeper is None:
            record = self._directory / "device.json"
            try:
                kept = KeyPlace.model_validate_json(record.read_bytes())
            except FileNotFoundError:
                self._keeper = self._choose()
            except OSError as error:
                raise StoreLocked(f"{record} cannot be read: {error.strerror}. {_CHECK_HOME}") from None
            except ValidationError:
                raise StoreLocked(f"{record} is damaged; remove {self._directory} and enrol again.") from None
            else:
                self._keeper = self._reopen(kept.kept_in)
        return self._keeper

    def _record(self, keeper: KeyKeeper) -> None:
        """The place is fixed once a key is in it, not before: who gave no passphrase may choose again."""
        record = self._directory / "device.json"
        if not record.exists():
            place = KeyPlace(kept_in=keeper.word, account=self._account())
            write_private(record, place.model_dump_json().encode())

    def _choose(self) -> KeyKeeper:
        if self._protection.unprotected_for_demos_only:
            return KeyWithoutAnyProtectionForDemosOnly(self._directory / "device_key_unprotected.pem")
        if self._protection.keyring is not None:
            return KeyInKeyring(self._protection.keyring, self._account())
        if self._protection.ask_passphrase is not None:
            return KeyUnderPassphrase(self._directory / "device_key.pem", self._protection.ask_passphrase)
        raise StoreLocked("This system has no keyring that protects a key; give a passphrase.")

    def _reopen(self, word: str) -> KeyKeeper:
        match word:
            case KeyInKeyring.word if self._protection.keyring is not None:
                return KeyInKeyring(self._protection.keyring, self._account())
            case KeyUnderPassphrase.word if self._protection.ask_passphrase is not None:
                return KeyUnderPassphrase(self._directory / "device_key.pem", self._protection.ask_passphrase)
            case KeyWithoutAnyProtectionForDemosOnly.word:
                return KeyWithoutAnyProtectionForDemosOnly(self._directory / "device_key_unprotected.pem")
        raise StoreLocked(
            f"The key of this workstation is kept in “{word}”, which is not available now. Make it available."
        )

    def _account(self) -> str:
        """Two directories on one workstation have two keys."""
        return hashlib.sha256(os.fsencode(self._directory.absolute())).hexdigest()[:16]

    def _folder(self, site: EnrolledSite) -> Path:
        return self._directory / "sites" / site.authority[:32]

    def _check_certificate(self, site: EnrolledSite) -> None:
        try:
            certificate = site.certificate
            authority = x509.load_pem_x509_certificate(site.authority_pem.encode())
            certificate.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature):
            raise StoreConflict(
                f"The certificate from “{site.name}” was not made by its authority."
            ) from None
        ours = self.device_key().public_key()
        if _spki(certificate.public_key()) != _spki(ours):
            raise StoreConflict(f"The certificate from “{site.name}” is for another key.")


def default_directory() -> Path:
    """`REMOTE_CONSOLE_HOME`, or the user's data directory."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen) if chosen else platformdirs.user_data_path("remote-console", appauthor=False)


def pinned_context(authority_pem: str) -> ssl.SSLContext:
    """A client context that trusts one authority, TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority_pem)
    return context


def device_fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    """SHA-256 of the public key, hexadecimal: this device at every site."""
    return hashlib.sha256(_spki(key)).hexdigest()


def _spki(key: object) -> bytes:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
