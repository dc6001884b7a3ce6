"""What passed between the two ends: pictures, talk, whether both hear each other, notes."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Identifier, ShortText
from mr_contract.reasons import Reason


class SourcePaused(Event):
    """The local operator paused a camera or screen: nobody sees it until they resume it."""

    kind: Literal["source_paused"] = "source_paused"
    source: Identifier
    title: ShortText


class SourceResumed(Event):
    kind: Literal["source_resumed"] = "source_resumed"
    source: Identifier
    title: ShortText


End = Literal["console", "tablet"]


class PicturesBegan(Event):
    """Somebody at a console has a connection for this scanner's pictures."""

    kind: Literal["pictures_began"] = "pictures_began"
    count: int = 1
    """How many times, of this person at this device."""


class PicturesEnded(Event):
    kind: Literal["pictures_ended"] = "pictures_ended"
    count: int = 1


class TalkBegan(Event):
    """Somebody hears the others of this scanner and can be heard; what is said is kept nowhere."""

    kind: Literal["talk_began"] = "talk_began"
    end: End
    count: int = 1


class TalkEnded(Event):
    kind: Literal["talk_ended"] = "talk_ended"
    end: End
    count: int = 1


class AudioChecked(Event):
    """Both ends said whether they hear each other; `by` asked."""

    kind: Literal["audio_checked"] = "audio_checked"
    local: ShortText
    """Who answered at the tablet."""
    unheard_at: Literal["site", "desk"] | None = None
    """The end that heard nothing; None: both hear."""


class AudioCheckVoided(Event):
    """What a check had proved is not so any more."""

    kind: Literal["audio_check_voided"] = "audio_check_voided"
    why: Reason


class NoteSent(Event):
    """That a note was sent; its words are not journalled, since they may name a patient."""

    kind: Literal["note_sent"] = "note_sent"
    length: int
