"""Numbers of commands: the console makes them, the agent answers by them."""

from __future__ import annotations

import uuid


def new_command_id() -> str:
    """A number no other command has."""
    return uuid.uuid4().hex
