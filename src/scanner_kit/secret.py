"""The shared secret between an agent and an adapter: a file only its owner can read."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from pathlib import Path

SHORTEST_SECRET = 32
_SECRET_BYTES = 32
_LARGEST_FILE_BYTES = 1024


class SecretError(Exception):
    """A secret file that cannot be used; the words say what to do."""


def make_secret_file(path: Path) -> None:
    """Write a new random secret (256 bits) to a new file of mode 0600.

    Raises:
        SecretError: the file exists, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SecretError(f"{path} exists already: remove it first, or choose another name") from None
    except OSError as error:
        raise SecretError(f"cannot write {path}: {error.strerror}; choose another place") from None
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_SECRET_BYTES) + "\n")
    except OSError as error:
        path.unlink()
        raise SecretError(f"cannot write {path}: {error.strerror}; choose another place") from None


def read_secret_file(path: Path) -> str:
    """The secret in a file that nobody but its owner can read.

    Raises:
        SecretError: missing, readable by others, too short, or not plain text.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        words = error.strerror or "it cannot be opened"
        raise SecretError(f"cannot read the secret file {path}: {words}; name another, or make one") from None
    if os.name == "posix" and mode & 0o077:
        raise SecretError(f"{path} has mode {mode:04o}, others can read it: run chmod 600 {path}")
    secret = content.decode("ascii", errors="replace").strip()
    if not (secret.isascii() and secret.isprintable()) or " " in secret or len(content) > _LARGEST_FILE_BYTES:
        raise SecretError(
            f"{path} does not hold a secret: one line of printable characters is expected; make another"
        )
    if len(secret) < SHORTEST_SECRET:
        raise SecretError(
            f"the secret in {path} has {len(secret)} characters, {SHORTEST_SECRET} are needed; make another"
        )
    return secret


def bearer_matches(header: str | None, secret: str) -> bool:
    """Whether an Authorization header carries the secret, compared in constant time."""
    scheme, _, sent = (header or "").partition(" ")
    same = hmac.compare_digest(sent.strip().encode("utf-8", "surrogateescape"), secret.encode())
    return same and scheme.lower() == "bearer"
