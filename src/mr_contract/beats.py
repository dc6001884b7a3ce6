"""Numbers and nonces of beats."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

BeatNumber = Annotated[int, Field(ge=0)]


Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
