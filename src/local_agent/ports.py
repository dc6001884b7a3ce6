"""The seams at the agent's edge: what the service asks of its shells, and what they may call.

Every method here is called on the agent's one asyncio loop and returns at once, unless it says
otherwise. Tests implement these protocols; nothing is patched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel

from local_agent.core.people import StaffMember
from mr_contract.bulk_messages import PreviewHeader
from mr_contract.exam import WorklistItem
from mr_contract.findings import Finding
from mr_contract.vocabulary import Role


class Clock(Protocol):
    """Deciding times use boot time, which counts suspend; wall time is for display and records."""

    def boot_s(self) -> float:
        """Seconds since an arbitrary moment; never goes back, counts suspend (CLOCK_BOOTTIME)."""
        ...

    def wall(self) -> datetime:
        """Aware UTC time; may jump."""
        ...


@dataclass(frozen=True, slots=True)
class ConsolePeer:
    """Who is at the other end of a control connection, as the certificate says."""

    link: str
    """Unique for each connection: a holder is one certificate *and* one link."""
    device: str
    """SHA-256 of the certificate's public key, hexadecimal: the person's device at every site."""
    serial: int
    name: str
    role: Role
    certificate_until: datetime


class ConsoleLink(Protocol):
    """One control connection, as the shell hands it to the service."""

    @property
    def peer(self) -> ConsolePeer: ...

    def send(self, message: BaseModel) -> None:
        """Queue a message; never blocks. A link that does not read is closed by the shell."""
        ...

    def close(self, findings: Sequence[Finding]) -> None:
        """Say farewell with these reasons and close. Idempotent."""
        ...


class ConsoleDoor(Protocol):
    """What the console server calls for each control connection."""

    def console_opened(self, link: ConsoleLink) -> None:
        """TLS is done and the certificate was good; no frame was read yet."""
        ...

    def console_frame(self, link: ConsoleLink, frame: str | bytes) -> None:
        """One frame, undecoded. Stop is carried out before this returns."""
        ...

    def console_violated(self, link: ConsoleLink, why: Finding) -> None:
        """A frame that is not even handed on: journal it, and close the link with this reason."""
        ...

    def console_closed(self, link: ConsoleLink) -> None:
        """The connection is gone, for whatever reason; called once."""
        ...


PreviewSink = Callable[[PreviewHeader, bytes], None]


class BulkDoor(Protocol):
    """What the bulk connection may ask."""

    def redeem_ticket(self, ticket: str, device: str) -> str | None:
        """The control link this ticket was given to, once; None if it is not good."""
        ...

    def may_view(self, link: str, scanner: str) -> bool:
        """Whether this control link is alive and was granted `view` of the scanner."""
        ...

    def stored_series(self, scanner: str, series_id: str) -> tuple[Path, ...] | None:
        """The DICOM files of a stored series in instance order; None if there is none."""
        ...

    def quarantined(self, scanner: str, series_id: str) -> bool:
        """Whether the series is in quarantine: wrong patient or side was found out."""
        ...

    def watch_previews(self, sink: PreviewSink) -> Callable[[], None]:
        """Call `sink` for every preview of every scanner until the returned function is called."""
        ...

    def busy_line(self, link: str) -> bool:
        """Whether the control round trip of this link rose 50 ms above its minimum: bulk yields."""
        ...


@dataclass(frozen=True, slots=True)
class TabletPeer:
    """A paired tablet, bound to one scanner."""

    link: str
    tablet: str
    scanner: str


class TabletLink(Protocol):
    """One tablet page. `send` and `close` may be called from any thread."""

    @property
    def peer(self) -> TabletPeer: ...

    def send(self, message: BaseModel) -> None: ...

    def close(self, findings: Sequence[Finding]) -> None: ...


class TabletDoor(Protocol):
    """What the tablet server calls; it hops onto the agent's loop first."""

    def tablet_opened(self, link: TabletLink) -> None: ...

    def tablet_frame(self, link: TabletLink, frame: str | bytes) -> None: ...

    def tablet_violated(self, link: TabletLink, why: Finding) -> None:
        """A frame that is not even handed on: journal it; the page was told farewell."""
        ...

    def tablet_closed(self, link: TabletLink) -> None: ...


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """`member` is None when the PIN was not right; `wait_s` > 0 while locked."""

    member: StaffMember | None
    wait_s: float = 0.0


class Roster(Protocol):
    """The site's people and their PINs."""

    def members(self) -> Sequence[StaffMember]: ...

    def verify_pin(self, staff_id: str, pin: str, at_s: float) -> PinAnswer:
        """Slow on purpose (scrypt): called in a worker thread, never on the loop."""
        ...


class Worklist(Protocol):
    """The site's scheduled procedures."""

    def items(self, scanner: str) -> Sequence[WorklistItem]:
        """What is scheduled, earliest first. May wait for a disk: never called on the loop."""
        ...
