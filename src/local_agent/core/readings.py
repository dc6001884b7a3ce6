"""What is true only now: readings are not journalled and begin unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from local_agent.core.audio_check_state import AudioCheck
from mr_contract.device_reasons import DeviceFinding
from mr_contract.magnet import MagnetReading
from mr_contract.media_messages import SourceView
from mr_contract.scanner_messages import Capabilities
from mr_contract.views import LinkView, ProgressView
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import BreathCommand, LinkGrade, ScannerActivity, ScannerMode

UNMEASURED = LinkView(grade=LinkGrade.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ScannerReading:
    """What the scanner last said of itself; None as a whole when it is not heard."""

    activity: ScannerActivity
    mode: ScannerMode
    capabilities: Capabilities
    boot: str
    moved_number: int
    number: int
    progress: ProgressView | None = None
    magnet: MagnetReading | None = None


@dataclass(frozen=True, slots=True)
class SiteStatement:
    """How many scans a device runs at another site, and when we learned it (boot seconds)."""

    running: int
    where: str
    at_s: float


@dataclass(frozen=True, slots=True)
class IntercomReading:
    """The patient's intercom, as the site declared it and the media process finds it."""

    recordings: Mapping[str, frozenset[BreathCommand]] = field(default_factory=lambda: MappingProxyType({}))
    """What the site recorded, by language."""
    language: str = ""
    """The site's own choice among them."""
    simulated: bool = False
    fault: DeviceFinding | None = None
    """Why it does not sound; None while it does."""
    level: float = 0.0
    """How loud it is now, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Live readings of one scanner and of its holder's link."""

    scanner: ScannerReading | None = None
    vitals: Vitals | None = None
    vitals_at_s: float = 0.0
    """When the scanner last read its sensors on the patient."""
    presence_at_s: float | None = None
    """When the local operator was last noticed: a touch, a badge, a spoken answer, a door."""
    holder_link: LinkView = UNMEASURED
    sources: tuple[SourceView, ...] = ()
    """Cameras and screens, as the media process says they are."""
    talkers: tuple[str, ...] = ()
    """Who at a console has sound both ways with the room."""
    site_listens: bool = False
    """Whether a tablet has its sound connected."""
    sound_links: frozenset[str] = frozenset()
    """Links of consoles that have a connection for sound."""
    sound_lines: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The connection for sound of each link that may talk, console or tablet."""
    audio_check: AudioCheck | None = None
    """The newest; it proves something only while what it was made over is there."""
    intercom: IntercomReading | None = None
    """None: the site declared none."""
    picture_age_s: float | None = None
    """Of the newest picture of that source, of those the policy waits for, which is the furthest behind.

    None: there is no such source, or one of them has shown nothing yet.
    """
    seen_by: frozenset[str] = frozenset()
    """Links of consoles to which a live picture of people at this scanner is being delivered."""
    journal_fault: str = ""
    """Why the journal cannot be written; empty while it can."""
    registration_refused: str = ""
    """Why the scanner would not take who lies on the table; empty while it did."""
    checked_steps: frozenset[str] = frozenset()
    """Steps the scanner holds exactly as planned; another must be checked with it first."""
    expected_sites: tuple[str, ...] | None = None
    """Other sites the holder's console is enrolled at; None while no console holds control."""
    statements: Mapping[str, SiteStatement] = field(default_factory=lambda: MappingProxyType({}))
    controlled_elsewhere: int = 0
    """How many other scanners of this site the one who asks controls."""
    running_here: tuple[str, ...] = ()
    """Names of this site's other scanners on which the holder runs a scan."""


OF_NO_HOLDER: Mapping[str, Any] = MappingProxyType(
    {
        "holder_link": UNMEASURED,
        "expected_sites": None,
        "statements": MappingProxyType({}),
        "running_here": (),
    }
)
"""Whatever is read of a holder, as it is while there is none."""
