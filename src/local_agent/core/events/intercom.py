"""When the patient heard somebody remote. Never what was said."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.intercom import Language
from mr_contract.model import ShortText
from mr_contract.vocabulary import BreathCommand, HeardAs

WhyClosed = Literal[
    "let_go",
    "played",
    "replaced",
    "cut",
    "control_ended",
    "exam_closed",
    "link_lost",
    "sound_lost",
    "failed",
    "too_long",
]


class IntercomOpened(Event):
    kind: Literal["intercom_opened"] = "intercom_opened"
    heard_as: HeardAs
    breath: BreathCommand | None = None
    language: Language | None = None
    """Of a recording."""
    round_trip_ms: float | None = None
    """Of the one who speaks, by which a recording was chosen."""


class IntercomClosed(Event):
    """`by` is who spoke."""

    kind: Literal["intercom_closed"] = "intercom_closed"
    why: WhyClosed
    lasted_s: float


class IntercomWithdrawn(Event):
    """The local operator cut it: whoever holds control speaks to the patient no more until granted anew."""

    kind: Literal["intercom_withdrawn"] = "intercom_withdrawn"
    name: ShortText
