"""Identities: readable with their key, gone without it, and never in the journal."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from journal_tampering import DAY, SITE_KEY, opened

from local_agent.journal import (
    Identities,
    IdentitiesUnusable,
    IdentityDamaged,
    IdentityErased,
    IdentityUnknown,
    NewRecord,
    digest,
    verify,
)

PERSON = {"name": "Ångström^Ünal", "born": "1970-01-01", "accession": "A-77"}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "identities"


@pytest.fixture
def identities(directory: Path) -> Iterator[Identities]:
    with closing(Identities(directory)) as identities:
        yield identities


def bytes_on_disk(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(directory.rglob("*")) if file.is_file())


def test_an_identity_is_read_back_and_matches_its_digest(identities: Identities) -> None:
    recorded = identities.keep("exam-1", PERSON)
    assert identities.read("exam-1") == PERSON
    assert identities.matches("exam-1", recorded)
    assert not identities.matches("exam-1", "0" * 64)


def test_two_exams_of_the_same_patient_have_unlike_digests(identities: Identities) -> None:
    assert identities.keep("exam-1", PERSON) != identities.keep("exam-2", PERSON)


def test_a_corrected_identity_replaces_the_old_one(identities: Identities) -> None:
    old = identities.keep("exam-1", PERSON)
    new = identities.keep("exam-1", {**PERSON, "accession": "A-78"})
    assert identities.read("exam-1")["accession"] == "A-78"
    assert identities.matches("exam-1", new)
    assert not identities.matches("exam-1", old)


def test_the_disk_holds_no_identity_in_clear(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    stored = bytes_on_disk(directory)
    assert "Ångström".encode() not in stored
    assert b"A-77" not in stored
    assert all("exam-1" not in file.name for file in directory.rglob("*"))


def test_files_and_directories_are_for_their_owner_only(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    for entry in [directory, *directory.rglob("*")]:
        assert stat.S_IMODE(entry.stat().st_mode) == (0o700 if entry.is_dir() else 0o600), entry


def test_erasing_destroys_key_salt_and_ciphertext_on_the_disk(
    identities: Identities, directory: Path
) -> None:
    identities.keep("exam-1", PERSON)
    identities.keep("exam-2", PERSON)
    key_files = list((directory / "keys").iterdir())
    with closing(sqlite3.connect(directory / "identities.sqlite")) as table:
        (sealed,) = table.execute("SELECT ciphertext FROM identities WHERE exam_id = 'exam-1'").fetchone()
    secrets = {file.name: file.read_bytes() for file in key_files}
    identities.erase("exam-1")
    (gone,) = set(secrets) - {file.name for file in (directory / "keys").iterdir()}
    stored = bytes_on_disk(directory)
    assert secrets[gone][:32] not in stored
    assert secrets[gone][32:] not in stored
    assert sealed not in stored
    with pytest.raises(IdentityErased):
        identities.read("exam-1")
    assert identities.read("exam-2") == PERSON


def test_the_key_is_overwritten_not_only_unlinked(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    (key_file,) = (directory / "keys").iterdir()
    before = key_file.read_bytes()
    second_name = directory / "second-name"
    second_name.hardlink_to(key_file)
    identities.erase("exam-1")
    assert len(second_name.read_bytes()) == len(before)
    assert second_name.read_bytes() != before


def test_an_erased_identity_does_not_come_back(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    identities.erase("exam-1")
    identities.erase("exam-1")
    with pytest.raises(IdentityErased):
        identities.keep("exam-1", PERSON)
    with closing(Identities(directory)) as again, pytest.raises(IdentityErased):
        again.read("exam-1")


def test_an_erasure_cut_short_after_the_key_counts_as_erased(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    (key_file,) = (directory / "keys").iterdir()
    key_file.unlink()
    with pytest.raises(IdentityErased):
        identities.read("exam-1")
    with pytest.raises(IdentityErased):
        identities.keep("exam-1", PERSON)
    identities.erase("exam-1")


def test_erasing_breaks_no_chain(identities: Identities, tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    recorded = identities.keep("exam-1", PERSON)
    with opened(path) as journal:
        event = NewRecord(DAY, "A", "exam-1", "identity_confirmed", 1, {"digest": recorded})
        journal.append([event], durable=True).result(5)
        identities.erase("exam-1")
    assert verify(path, SITE_KEY.public_key()).ok
    assert "Ångström".encode() not in path.read_bytes()


def test_the_digest_cannot_be_guessed_without_the_salt() -> None:
    assert digest(PERSON, b"a" * 32) != digest(PERSON, b"b" * 32)
    assert digest(PERSON, b"a" * 32) == digest(dict(reversed(PERSON.items())), b"a" * 32)


def test_a_ciphertext_moved_to_another_exam_is_refused(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    identities.keep("exam-2", {"name": "other"})
    keys = directory / "keys"
    with closing(sqlite3.connect(directory / "identities.sqlite", isolation_level=None)) as table:
        table.execute(
            "UPDATE identities SET (nonce, ciphertext) = "
            "(SELECT nonce, ciphertext FROM identities WHERE exam_id = 'exam-1') WHERE exam_id = 'exam-2'"
        )
    first, second = (file.read_bytes() for file in sorted(keys.iterdir()))
    for file in keys.iterdir():  # even with both keys alike the exam is bound to its ciphertext
        file.write_bytes(first)
    with pytest.raises(IdentityDamaged):
        identities.read("exam-2")
    assert first != second


def test_an_altered_ciphertext_is_refused(identities: Identities, directory: Path) -> None:
    identities.keep("exam-1", PERSON)
    with closing(sqlite3.connect(directory / "identities.sqlite", isolation_level=None)) as table:
        table.execute("UPDATE identities SET ciphertext = zeroblob(40)")
    with pytest.raises(IdentityDamaged, match="exam-1"):
        identities.read("exam-1")


def test_an_unknown_exam_is_told_apart_from_an_erased_one(identities: Identities) -> None:
    with pytest.raises(IdentityUnknown):
        identities.read("exam-9")
    with pytest.raises(IdentityUnknown):
        identities.erase("exam-9")


def test_a_place_that_cannot_hold_identities_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(IdentitiesUnusable, match="cannot be opened"):
        Identities(tmp_path / "file")
