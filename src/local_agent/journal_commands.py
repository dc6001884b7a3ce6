"""What each `local-agent journal` command does. Each returns the exit status."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
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
from local_agent.commands import CommandError, say
from local_agent.journal.audit import audit_messages
from local_agent.journal.database import connect_reader, read_records
from local_agent.journal.identities import Identities
from local_agent.journal.segments import SignedHead
from local_agent.journal.verify import verify


def verify_file(chosen: argparse.Namespace) -> int:
    """Verify a journal file; status 1 names the first bad record."""
    key = _verifying_key(chosen.key or chosen.file.parent / site_directory.JOURNAL_KEY)
    head = SignedHead.from_json(chosen.head.read_bytes()) if chosen.head else None
    report = verify(chosen.file, key, head)
    say(report.words())
    return 0 if report.ok else 1


def _verifying_key(path: Path) -> Ed25519PublicKey:
    """The public key in a file, or of the private one in it."""
    if not path.exists():
        raise CommandError(f"{path} is missing. Give --key: what `local-agent journal public-key` printed.")
    content = path.read_bytes()
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
    public = site_directory.journal_public_key(chosen.directory)
    sys.stdout.write(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    sys.stderr.write(f"SHA-256 {hashlib.sha256(der).hexdigest()}\nTell it to the auditor by another way.\n")
    return 0


def export(chosen: argparse.Namespace) -> int:
    """Print DICOM audit messages."""
    site = site_directory.load(chosen.directory, MachineClock().wall())
    connection = connect_reader(chosen.directory / "journal.sqlite")
    try:
        for message in audit_messages(read_records(connection, after_seq=0), site=site.name):
            say(message)
    finally:
        connection.close()
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Print records as JSON lines."""
    connection = connect_reader(chosen.directory / "journal.sqlite")
    try:
        for record in read_records(connection, after_seq=0):
            line = {
                "seq": record.seq,
                "at": record.at_wall,
                "scanner": record.scanner,
                "exam": record.exam_id,
                "kind": record.kind,
                "body": record.body,
            }
            say(json.dumps(line, ensure_ascii=False))
    finally:
        connection.close()
    return 0


def erase_identity(chosen: argparse.Namespace) -> int:
    """Erase one exam's identity."""
    identities = Identities(chosen.directory / "identities")
    try:
        identities.erase(chosen.exam_id)
    finally:
        identities.close()
    say(f"The identity of {chosen.exam_id} is erased; the journal's chain is untouched.")
    return 0
