"""The agent itself, its links, and what was refused on them and at its doors."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from local_agent.core.knocks import Door, TurnedAway
from mr_contract.findings import Findings
from mr_contract.model import Identifier, ShortText
from mr_contract.vocabulary import Role


class AgentStarted(Event):
    """Clears control, consent and presence: nothing live survives a restart."""

    kind: Literal["agent_started"] = "agent_started"
    boot: Identifier


class LinkOpened(Event):
    kind: Literal["link_opened"] = "link_opened"
    link: Identifier
    """Of several the last."""
    role: Role
    count: int = 1
    """How many links of this device the line stands for."""


class LinkClosed(Event):
    kind: Literal["link_closed"] = "link_closed"
    link: Identifier
    """Of several the last."""
    why: ShortText = ""
    count: int = 1
    """How many links of this device the line stands for."""


class ViolationSeen(Event):
    kind: Literal["violation_seen"] = "violation_seen"
    why: ShortText
    """Of several the last one's."""
    count: int = 1
    """How many this line stands for."""


class CommandRefused(Event):
    """A command of a console or a tablet, other than a start, that was not carried out."""

    kind: Literal["command_refused"] = "command_refused"
    command: Identifier
    command_id: Identifier
    findings: Findings
    claimed: ShortText = ""
    """The member of staff whom the sender claimed to be and did not prove to be."""
    count: int = 1
    """How many refusals this line stands for; of several the command is the last."""


class DoorRefused(Event):
    """Someone was turned away at a door; concerns the site and no scanner. `by` only if they are known."""

    kind: Literal["door_refused"] = "door_refused"
    door: Door
    why: TurnedAway
    where: ShortText = ""
    """The address it came from, of several the last; empty where it is not known for sure."""
    count: int = 1
    """How many this line stands for."""
