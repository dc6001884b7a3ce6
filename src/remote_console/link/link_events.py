"""What an `AgentClient` tells besides the agent's own messages, and how long it waits for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether there is a link, since when, and why the last one ended, in words."""

    connected: bool
    since: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LeaseLapsed:
    """No lease was renewed for 2.5 s: consider control lost, the agent does so at 3 s."""


@dataclass(frozen=True, slots=True)
class JournalRolledBack:
    """The site's journal ends earlier than this console remembers: it was replaced or cut."""

    remembered_seq: int
    seq: int


@dataclass(frozen=True, slots=True)
class RenewalFailed:
    """The certificate could not be renewed; it is tried again in an hour."""

    why: str


Happening = BaseModel | LinkState | LeaseLapsed | JournalRolledBack | RenewalFailed


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """One happening at a site; `scanner` where it belongs to one."""

    site: str
    scanner: str | None
    what: Happening


Listener = Callable[[LinkEvent], None]


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times, in seconds. The defaults are the design's; tests shorten them."""

    connect_s: float = 10.0
    hello_s: float = 5.0
    silence_s: float = 5.0
    """Nothing heard for so long (beats come four times a second): connect anew."""
    lease_s: float = 2.5
    stop_s: float = 1.0
    command_s: float = 5.0
    start_s: float = 15.0
    first_pause_s: float = 0.25
    longest_pause_s: float = 10.0
    refused_pause_s: float = 30.0
    """After the agent refused this device or version: there is no hurry."""
    renewal_pause_s: float = 3600.0
