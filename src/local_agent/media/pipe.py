"""Frames on the pipe between agent and media process: length (4 bytes, big-endian), then a JSON message."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter

from mr_contract.wire import Violation, decode

FRAME_LIMIT_BYTES = 256 * 1024
_LENGTH_BYTES = 4
_T = TypeVar("_T")


def frame(message: BaseModel) -> bytes:
    """One message as it goes into the pipe."""
    body = message.model_dump_json().encode()
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


async def next_message(adapter: TypeAdapter[_T], stream: asyncio.StreamReader) -> _T | None:
    """The next message; None when the other side has closed its end between two of them.

    Raises:
        Violation: a frame that is cut off, empty or too long, or a message of the wrong form.
    """
    try:
        head = await stream.readexactly(_LENGTH_BYTES)
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise Violation("a frame's length is cut off") from None
        return None
    length = int.from_bytes(head, "big")
    if not 0 < length <= FRAME_LIMIT_BYTES:
        raise Violation(f"a frame of {length} bytes; 1 to {FRAME_LIMIT_BYTES} are allowed")
    try:
        return decode(adapter, await stream.readexactly(length))
    except asyncio.IncompleteReadError:
        raise Violation("a frame is cut off") from None
