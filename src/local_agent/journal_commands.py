"""What each `local-agent journal` command does. Each returns the exit status."""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from local_agent.authority import site_directory
from local_agent.clock import MachineClock
from local_agent.commands import CommandError, require_site, say
from local_agent.journal.audit import audit_messages
from local_agent.journal.database import connect_reader, read_records
from local_agent.journal.identities import Identities, IdentityUnknown
from local_agent.journal.record import Record
from local_agent.journal.segments import HeadUnreadable, SignedHead
from local_agent.journal.verify import verify

_JOURNAL = "journal.sqlite"


def verify_file(chosen: argparse.Namespace) -> int:
    """Verify a journal file; status 1 names the first bad record."""
    _require_journal(chosen.file)
    key = _verifying_key(chosen.key or chosen.file.parent / site_directory.JOURNAL_KEY)
    head = _signed_head(chosen.head) if chosen.head else None
    report = verify(chosen.file, key, head)
    say(report.words())
    if report.ok:
        return 0
    sys.stderr.write(
        f"{chosen.file} is not the whole journal as it was written. Keep it as it is, find out why, and "
        "restore a copy that verifies.\n"
    )
    return 1


def _require_journal(file: Path) -> None:
    """There is a file of that name. Raises CommandError."""
    if file.is_dir():
        raise CommandError(f"{file} is a directory. Name the journal's file, {file / _JOURNAL}.")
    if not file.exists():
        raise CommandError(
            f"there is no journal {file}. Name a site's journal; the agent makes it when it first runs."
        )


@contextmanager
def _journal(directory: Path) -> Iterator[sqlite3.Connection]:
    """The journal of a directory, to read from; what goes wrong meanwhile is said in words."""
    if not directory.is_dir():
        raise CommandError(f"{directory} is no directory. Name a site's directory.")
    path = directory / _JOURNAL
    _require_journal(path)
    try:
        with closing(connect_reader(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise CommandError(
            f"{path} cannot be read ({error}). Look at it with `local-agent journal verify`, check its owner "
            "and permissions, or restore a copy."
        ) from None


def _signed_head(path: Path) -> SignedHead:
    """The head in a file. Raises CommandError."""
    try:
        return SignedHead.from_json(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror}). Give the right --head.") from None
    except HeadUnreadable as error:
        raise CommandError(f"{path}: {error} Give the right --head.") from None


def _verifying_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file, or of the private one in it. Raises CommandError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(
            f"{path} cannot be read ({error.strerror}). "
            "Give --key: what `local-agent journal public-key` printed."
        ) from None
    try:
        if b"PRIVATE KEY" in content:
            key: object = load_pem_private_key(content, password=None)
        else:
            key = load_pem_public_key(content)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CommandError(f"{path} is not a key in PEM form. Give the right --key.") from None
    if isinstance(key, Ed25519PrivateKey):
        return key.public_key()
    if isinstance(key, Ed25519PublicKey):
        return key
    raise CommandError(f"{path} is not an Ed25519 key, as a journal's is. Give the right --key.")


def public_key(chosen: argparse.Namespace) -> int:
    """Print the key that verifies the journal: for an auditor, who gets no secret with it."""
    require_site(chosen.directory)
    public = site_directory.journal_public_key(chosen.directory)
    sys.stdout.write(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    sys.stderr.write(f"SHA-256 {hashlib.sha256(der).hexdigest()}\nTell it to the auditor by another way.\n")
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Print DICOM audit messages."""
    require_site(chosen.directory)
    site = site_directory.load(chosen.directory, MachineClock().wall())
    with _journal(chosen.directory) as connection:
        for message in audit_messages(_records(chosen.directory, connection), site=site.name):
            say(message)
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Print records as JSON lines."""
    with _journal(chosen.directory) as connection:
        for record in _records(chosen.directory, connection):
            line = {
                "seq": record.seq,
                "at": record.at_wall,
                "scanner": record.scanner,
                "exam": record.exam_id,
                "kind": record.kind,
                "body": record.body,
            }
            say(json.dumps(line, ensure_ascii=False))
    return 0


def _records(directory: Path, connection: sqlite3.Connection) -> Iterator[Record]:
    """Every record whose body can be read. Raises CommandError at the first one that was altered."""
    for record in read_records(connection, after_seq=0):
        try:
            readable = isinstance(record.body, dict)
        except (ValueError, TypeError, RecursionError):
            readable = False
        if not readable:
            raise CommandError(
                f"record {record.seq} of {directory / _JOURNAL} was altered. "
                "Look at it with `local-agent journal verify`, and restore a copy."
            )
        yield record


def erase_identity(chosen: argparse.Namespace) -> int:
    """Erase one exam's identity."""
    require_site(chosen.directory)
    identities = Identities(chosen.directory / "identities")
    try:
        identities.erase(chosen.exam_id)
    except IdentityUnknown as error:
        raise CommandError(f"{error} `local-agent journal show` lists exams.") from None
    finally:
        identities.close()
    say(f"The identity of {chosen.exam_id} is erased; the journal's chain is untouched.")
    return 0
