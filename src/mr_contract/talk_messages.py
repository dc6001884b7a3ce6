"""How a tablet page gets its sound: an offer is asked for, answered and closed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.findings import Findings
from mr_contract.media_messages import IceServer, Sdp
from mr_contract.model import Identifier, Model
from mr_contract.tablet_commands import TabletCommand


class OpenTalk(TabletCommand):
    """Ask for an offer for sound both ways; one that this page has already ends first."""

    kind: Literal["open_talk"] = "open_talk"


class AnswerTalk(TabletCommand):
    kind: Literal["answer_talk"] = "answer_talk"
    media_id: Identifier
    sdp: Sdp


class CloseTalk(TabletCommand):
    kind: Literal["close_talk"] = "close_talk"
    media_id: Identifier


TalkRequest = OpenTalk | AnswerTalk | CloseTalk


class TalkOffered(Model):
    """The answer to `OpenTalk`, after its outcome."""

    kind: Literal["talk_offered"] = "talk_offered"
    media_id: Identifier
    sdp: Sdp
    takes_camera: bool = False
    """Whether its second section is for this tablet's own camera: the site declared it as a source."""
    ice_servers: Annotated[tuple[IceServer, ...], Field(max_length=4)] = ()
    relay_only: bool = False
    """Media go by these servers and no other way."""


class TalkClosed(Model):
    """The agent ended it, and why."""

    kind: Literal["talk_closed"] = "talk_closed"
    media_id: Identifier
    findings: Findings
