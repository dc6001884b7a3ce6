"""Frames: how large they may be, and how an image frame is put together and taken apart.

Decoding never raises anything but `Violation`, whose words are fit to be sent to the peer.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

CONTROL_FRAME_LIMIT_BYTES = 64 * 1024
"""Largest frame a console or tablet may send."""
AGENT_FRAME_LIMIT_BYTES = 1024 * 1024
"""Largest JSON frame an agent or adapter may send."""
IMAGE_FRAME_LIMIT_BYTES = 16 * 1024 * 1024
HEADER_LIMIT_BYTES = 16 * 1024
LONGEST_NAME = 40
"""Longer than any name of a member; longer ones are not repeated to anybody."""

_T = TypeVar("_T")


class Violation(Exception):
    """The peer broke the contract; the connection is closed with these words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why[:160]


def encode(message: BaseModel) -> str:
    """One message as a JSON text frame."""
    return message.model_dump_json()


def decode(adapter: TypeAdapter[_T], frame: str | bytes) -> _T:
    """The message in a text frame.

    Raises:
        Violation: not JSON, an unknown kind, a missing, unknown or wrong field.
    """
    try:
        return adapter.validate_json(frame)
    except ValidationError as error:
        raise Violation(_first_error(error)) from None


def encode_image(header: BaseModel, payload: bytes | bytearray | memoryview) -> bytes:
    """Header length (4 bytes, big-endian), JSON header, payload."""
    head = header.model_dump_json().encode()
    return b"".join((len(head).to_bytes(4, "big"), head, payload))


def decode_image(adapter: TypeAdapter[_T], frame: bytes) -> tuple[_T, memoryview]:
    """Header and payload of a binary frame.

    Raises:
        Violation: truncated, an oversized header, or a header that is not valid.
    """
    if len(frame) < 4:
        raise Violation("an image frame needs a 4-byte header length")
    length = int.from_bytes(frame[:4], "big")
    if not 0 < length <= HEADER_LIMIT_BYTES or len(frame) < 4 + length:
        raise Violation(f"header length {length} does not fit the frame")
    return decode(adapter, frame[4 : 4 + length]), memoryview(frame)[4 + length :]


def _first_error(error: ValidationError) -> str:
    """Where and what, without echoing what was sent: it may name a patient, or feign a line of a log."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(_place(part) for part in first["loc"]) or "frame"
    words = "of no kind that is known here" if first["type"] == "union_tag_invalid" else first["msg"]
    return f"{where}: {words}"


def _place(part: str | int) -> str:
    """A name that a contract could have; whatever else was sent as one is not repeated."""
    is_name = isinstance(part, int) or (part.isascii() and part.isidentifier() and len(part) <= LONGEST_NAME)
    return str(part) if is_name else "…"
