"""Where the workstation's key and certificates are, and who can read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.errors import KeyringLocked

from remote_console.link import IdentityStore, Protection, StoreConflict, StoreLocked
from remote_console.link.identity_store import HOME_VARIABLE, default_directory
from remote_console.link.key_keeping import KeyInKeyring
from remote_console.link.private_files import write_private


class MemoryKeyring(KeyringBackend):
    """A keyring that protects; it can be locked."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def under_passphrase(directory: Path, passphrase: str) -> IdentityStore:
    return IdentityStore(directory, Protection(ask_passphrase=lambda: passphrase))


def test_the_key_is_made_once_and_found_again_in_the_keyring(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    first = IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    second = IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    assert first.private_numbers() == second.private_numbers()
    assert len(keyring.kept) == 1
    assert not list(tmp_path.glob("**/*.pem"))


def test_a_locked_keyring_is_an_error_in_words_and_makes_no_other_key(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    keyring.locked = True
    with pytest.raises(StoreLocked, match="Unlock it"):
        IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    with pytest.raises(StoreLocked, match="keyring"):  # not silently under a passphrase instead
        under_passphrase(tmp_path, "long enough").device_key()


def test_a_backend_that_keeps_nothing_says_so(tmp_path: Path) -> None:
    store = IdentityStore(tmp_path, Protection(keyring=FailKeyring()))  # type: ignore[no-untyped-call]
    with pytest.raises(StoreLocked):
        store.device_key()


def test_without_keyring_or_passphrase_there_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(StoreLocked, match="give a passphrase"):
        IdentityStore(tmp_path, Protection()).device_key()


def test_the_file_under_a_passphrase_is_encrypted_private_and_needs_the_same_one(tmp_path: Path) -> None:
    key = under_passphrase(tmp_path, "correct horse").device_key()
    path = tmp_path / "device_key.pem"
    assert b"ENCRYPTED" in path.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = under_passphrase(tmp_path, "correct horse").device_key()
    assert key.private_numbers() == again.private_numbers()
    with pytest.raises(StoreLocked, match="wrong passphrase"):
        under_passphrase(tmp_path, "battery staple").device_key()


def test_a_short_passphrase_is_refused_with_its_length(tmp_path: Path) -> None:
    with pytest.raises(StoreLocked, match="7 characters; at least 8"):
        under_passphrase(tmp_path, "seven77").device_key()


def test_a_protected_store_never_becomes_unprotected_by_asking(tmp_path: Path) -> None:
    under_passphrase(tmp_path, "correct horse").device_key()
    protection = Protection(ask_passphrase=lambda: "correct horse", unprotected_for_demos_only=True)
    assert not IdentityStore(tmp_path, protection).is_unprotected


def test_the_directory_can_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "here"))
    assert default_directory() == tmp_path / "here"
    assert IdentityStore(None, Protection()).directory == tmp_path / "here"


def test_two_directories_do_not_share_a_keyring_entry(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    one = IdentityStore(tmp_path / "one", Protection(keyring=keyring)).device_key()
    two = IdentityStore(tmp_path / "two", Protection(keyring=keyring)).device_key()
    assert one.private_numbers() != two.private_numbers()


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    store = under_passphrase(tmp_path, "correct horse")
    write_private(tmp_path / "sites" / "x" / "site.json", b"{}")
    with pytest.raises(StoreLocked, match=r"site\.json"):
        store.sites()


def test_a_site_that_is_being_enrolled_is_not_yet_one_and_does_not_hide_the_others(tmp_path: Path) -> None:
    store = under_passphrase(tmp_path, "correct horse")
    (tmp_path / "sites" / "x").mkdir(parents=True)  # its certificate is still being written
    assert store.sites() == ()


def test_a_damaged_key_in_the_keyring_is_an_error_in_words(tmp_path: Path) -> None:
    keyring = MemoryKeyring()
    IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    for entry in keyring.kept:
        keyring.kept[entry] = "nonsense"
    with pytest.raises(StoreLocked, match="damaged"):
        IdentityStore(tmp_path, Protection(keyring=keyring)).device_key()
    assert KeyInKeyring(keyring, "nobody").load() is None


def test_forgetting_a_site_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreConflict, match="not enrolled"):
        under_passphrase(tmp_path, "correct horse").forget("North")


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_private(path, b"one")
    write_private(path, b"two")
    assert path.read_bytes() == b"two"
    assert [found.name for found in path.parent.iterdir()] == ["file"]
