"""Who of the staff is here."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Identifier, ShortText
from mr_contract.vocabulary import Qualification


class CheckedIn(Event):
    kind: Literal["checked_in"] = "checked_in"
    staff_id: Identifier
    name: ShortText
    mr_level: int
    qualification: Qualification


class CheckedOut(Event):
    kind: Literal["checked_out"] = "checked_out"
    staff_id: Identifier
