"""Who asked for control, had it, lost it."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Digest, Identifier, ShortText
from mr_contract.views import Privileges
from mr_contract.vocabulary import LinkLossAction, Role


class ControlAsked(Event):
    kind: Literal["control_asked"] = "control_asked"
    request_id: Identifier
    link: Identifier
    device: Digest
    name: ShortText
    role: Role
    privileges: Privileges
    link_loss_action: LinkLossAction


class ControlGranted(Event):
    """What was granted, with the action agreed for a lost link."""

    kind: Literal["control_granted"] = "control_granted"
    request_id: Identifier
    name: ShortText
    privileges: Privileges
    link_loss_action: LinkLossAction


class ControlDenied(Event):
    kind: Literal["control_denied"] = "control_denied"
    request_id: Identifier
    name: ShortText
    by_silence: bool = False


ENDS_NO_CONTROL = frozenset({"withdrawn", "link_closed", "watching_revoked"})
"""Of a request, or of watching: whoever operates goes on."""


class ControlEnded(Event):
    """Control is local again, or (`ENDS_NO_CONTROL`) a request or watching is over."""

    kind: Literal["control_ended"] = "control_ended"
    name: ShortText
    why: Literal[
        "released", "revoked", "not_resumed", "exam_closed", "withdrawn", "link_closed", "watching_revoked"
    ]


class ControlSuspended(Event):
    kind: Literal["control_suspended"] = "control_suspended"
    name: ShortText


class ControlResumed(Event):
    kind: Literal["control_resumed"] = "control_resumed"
    name: ShortText


class LinkLossActed(Event):
    kind: Literal["link_loss_acted"] = "link_loss_acted"
    action: LinkLossAction
