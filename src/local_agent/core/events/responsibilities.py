"""Who does what at the exam, and who took it on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from local_agent.core.events.event import Event
from mr_contract.model import Digest, Identifier, ShortText
from mr_contract.responsibilities import End, Responsibilities


class ResponsibilitiesDivided(Event):
    """The list that holds from now on; whoever acknowledged an earlier one has not acknowledged this."""

    kind: Literal["responsibilities_divided"] = "responsibilities_divided"
    digest: Digest
    items: Responsibilities
    moved: ShortText = ""
    """The item that a person laid at the other end; empty: the list is the policy's."""
    to: End | None = None


class ResponsibilitiesAcknowledged(Event):
    """`by` read this list and takes on the part of their end. It stands here whole: a record of its own."""

    kind: Literal["responsibilities_acknowledged"] = "responsibilities_acknowledged"
    end: End
    people: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=100)]
    """At the site who was checked in, by staff id; from afar the one certificate."""
    digest: Digest
    items: Responsibilities
