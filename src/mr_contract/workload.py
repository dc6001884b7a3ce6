"""How many scans a device runs, as one site tells another through the console."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.beats import Nonce
from mr_contract.model import Digest, Model, ShortText

Base64 = Annotated[str, Field(max_length=8192, pattern=r"^[A-Za-z0-9+/=]*$")]


class WorkloadStatement(Model):
    """An agent's signed word on how many scans a device key runs at its site.

    `signature` is Ed25519 over the canonical JSON of the other fields. `nonce` was given by the agent
    that asks, so freshness needs no common clock.
    """

    site: ShortText
    device: Digest
    running: Annotated[int, Field(ge=0, le=64)]
    where: ShortText
    nonce: Nonce
    signature: Base64
