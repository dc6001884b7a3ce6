"""A start, from the refusal or the intent to its outcome."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.findings import Findings
from mr_contract.model import Digest, Identifier, ShortText


class StartRefused(Event):
    kind: Literal["start_refused"] = "start_refused"
    command_id: Identifier
    content: Digest
    device: Digest
    step_id: Identifier
    findings: Findings


class StartIntended(Event):
    """Durable before anything is sent: after a crash the scanner is asked what became of it."""

    kind: Literal["start_intended"] = "start_intended"
    command_id: Identifier
    content: Digest
    device: Digest
    step_id: Identifier
    revision: Digest
    token: Identifier
    scanner_number: int
    """The scanner's event number at `prepare`: its log from there on tells what became of it."""
    standing: ShortText
    round_trip_ms: float | None = None


class StartAccepted(Event):
    kind: Literal["start_accepted"] = "start_accepted"
    command_id: Identifier
    acquisition_id: Identifier
    settled_by_log: bool = False


class StartWithdrawn(Event):
    kind: Literal["start_withdrawn"] = "start_withdrawn"
    command_id: Identifier
    findings: Findings


class StartFailed(Event):
    kind: Literal["start_failed"] = "start_failed"
    command_id: Identifier
    why: ShortText


class StartBecameUnknown(Event):
    kind: Literal["start_became_unknown"] = "start_became_unknown"
    command_id: Identifier
    why: ShortText


class StartSettled(Event):
    """A named person looked and said whether it ran."""

    kind: Literal["start_settled"] = "start_settled"
    command_id: Identifier
    ran: bool
