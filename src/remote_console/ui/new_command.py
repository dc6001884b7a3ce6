"""A command under a number of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from remote_console.core.fleet import ScannerKey

_Command = TypeVar("_Command")


def new_command(kind: Callable[..., _Command], key: ScannerKey, **fields: object) -> _Command:
    """One of `kind` for the scanner of `key`; its number is never used again."""
    return kind(command_id=uuid.uuid4().hex, scanner=key.scanner, **fields)
