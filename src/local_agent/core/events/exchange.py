"""What passed between the two ends: pictures paused, notes sent."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Identifier, ShortText


class SourcePaused(Event):
    """The local operator paused a camera or screen: nobody sees it until they resume it."""

    kind: Literal["source_paused"] = "source_paused"
    source: Identifier
    title: ShortText


class SourceResumed(Event):
    kind: Literal["source_resumed"] = "source_resumed"
    source: Identifier
    title: ShortText


class NoteSent(Event):
    """That a note was sent; its words are not journalled, since they may name a patient."""

    kind: Literal["note_sent"] = "note_sent"
    length: int
