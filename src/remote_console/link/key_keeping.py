"""Where the workstation's private key is kept.

- In the system's keyring where there is one that protects it.
- Else in a file, encrypted under a passphrase.
- Unprotected only when asked for by its ugly name, and then for DEMO scanners only (`AgentClient` sees
  to that).
- Once chosen, the place stays the same: a keyring that is missing today is an error, never a reason to
  make another key.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from remote_console.link.errors import StoreLocked
from remote_console.link.private_files import write_private

KEYRING_SERVICE = "remote-console device key"
LEAST_PASSPHRASE_CHARACTERS = 8


class KeyKeeper(Protocol):
    """One place for the key."""

    word: str
    """Name of the place in `device.json`."""

    def load(self) -> ec.EllipticCurvePrivateKey | None:
        """The key, or None when none was kept yet.

        Raises:
            StoreLocked: it is there but cannot be read.
        """
        ...

    def keep(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Keep the key.

        Raises:
            StoreLocked: the place refused.
        """
        ...

    def discard(self) -> None:
        """Forget the key, if there is one. Raises StoreLocked."""
        ...


class KeyInKeyring:
    """Windows Credential Manager, macOS Keychain, Secret Service, KWallet."""

    word = "keyring"

    def __init__(self, backend: KeyringBackend, account: str) -> None:
        self._backend = backend
        self._account = account

    def load(self) -> ec.EllipticCurvePrivateKey | None:
        """May ask the person to unlock the keyring: blocks meanwhile."""
        try:
            pem = self._backend.get_password(KEYRING_SERVICE, self._account)
        except (KeyringError, OSError) as error:
            raise StoreLocked(f"The keyring cannot be read: {error}. Unlock it and try again.") from None
        return None if pem is None else _from_pem(pem.encode(), None)

    def keep(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Keep the key in the keyring."""
        try:
            self._backend.set_password(KEYRING_SERVICE, self._account, _pem(key, NoEncryption()).decode())
        except (KeyringError, OSError) as error:
            raise StoreLocked(f"The keyring cannot be written: {error}. Unlock it and try again.") from None

    def discard(self) -> None:
        """Remove the key from the keyring."""
        try:
            if self._backend.get_password(KEYRING_SERVICE, self._account) is not None:
                self._backend.delete_password(KEYRING_SERVICE, self._account)
        except (KeyringError, OSError) as error:
            raise StoreLocked(f"The keyring cannot be written: {error}. Unlock it and try again.") from None


class KeyUnderPassphrase:
    """An encrypted PEM file."""

    word = "passphrase"

    def __init__(self, path: Path, ask: Callable[[], str]) -> None:
        self._path = path
        self._ask = ask
        self._passphrase: str | None = None

    def load(self) -> ec.EllipticCurvePrivateKey | None:
        """The key; asks for the passphrase once."""
        if not self._path.exists():
            return None
        passphrase = self._passphrase or self._ask()
        key = _from_pem(self._path.read_bytes(), passphrase.encode())
        self._passphrase = passphrase
        return key

    def keep(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Encrypt and keep the key."""
        passphrase = self._passphrase or self._ask()
        if len(passphrase) < LEAST_PASSPHRASE_CHARACTERS:
            raise StoreLocked(
                f"The passphrase has {len(passphrase)} characters; "
                f"at least {LEAST_PASSPHRASE_CHARACTERS} are needed. Choose a longer one."
            )
        write_private(self._path, _pem(key, BestAvailableEncryption(passphrase.encode())))
        self._passphrase = passphrase

    def discard(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


class KeyWithoutAnyProtectionForDemosOnly:
    """A plain PEM file. Whoever reads it is this workstation."""

    word = "unprotected-demo-only"

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> ec.EllipticCurvePrivateKey | None:
        """The key."""
        return _from_pem(self._path.read_bytes(), None) if self._path.exists() else None

    def keep(self, key: ec.EllipticCurvePrivateKey) -> None:
        """Write the key as it is."""
        write_private(self._path, _pem(key, NoEncryption()))

    def discard(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)


def system_keyring() -> KeyringBackend | None:
    """The system's keyring, or None where there is none that protects anything.

    A backend below priority 1 is a null, failing or plain-text one.
    """
    import keyring  # looks for back ends on the system: slow, and only needed here

    backend = keyring.get_keyring()
    return backend if backend.priority >= 1 else None


def encrypted_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """The key for one hand-over to a library that reads files only."""
    return _pem(key, BestAvailableEncryption(passphrase))


def _pem(key: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def _from_pem(pem: bytes, passphrase: bytes | None) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError):
        raise StoreLocked(
            "The key of this workstation cannot be read: wrong passphrase, or it is damaged. Try again; if "
            "it is damaged, remove the console's folder and enrol again."
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StoreLocked(
            "The key of this workstation is not an elliptic-curve key; remove it and enrol again."
        )
    return key
