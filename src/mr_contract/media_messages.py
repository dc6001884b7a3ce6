"""Pictures and sound between a console and an agent: what is agreed over the control connection.

Media travel over WebRTC; descriptions travel only here, over the authenticated control connection, so that
the DTLS fingerprints in them are bound to the two certificates. The agent offers, the console answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from mr_contract.audio_check import AudioCheckView
from mr_contract.device_reasons import DeviceFinding
from mr_contract.findings import Finding, Findings, finding
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.reasons import Reason
from mr_contract.vocabulary import PictureQuality, SourceKind, SourceState

MOST_SOURCES = 8
"""Sources of one scanner."""
MOST_SDP = 24_000
"""Characters of a session description."""
Sdp = Annotated[str, StringConstraints(min_length=1, max_length=MOST_SDP)]
"""A session description (RFC 8866)."""
Mid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,16}$")]
"""Which media section of the description, by its `a=mid`."""


UdpPorts = Annotated[tuple[Annotated[int, Field(ge=1024, le=65535)], ...], Field(max_length=2)]
"""The first and last of the range that the site's media take; empty: any."""


class SourceView(Model):
    """A camera or screen of a scanner, and what can be seen of it now."""

    source: Identifier
    kind: SourceKind
    title: ShortText
    state: SourceState
    why: DeviceFinding | None = None
    """Of `failing`."""
    from_tablet: bool = False
    """Whether it is the tablet's own camera, whatever kind it shows."""
    retry_at: AwareDatetime | None = None
    """When a failing source is tried again; None: now, or it is not failing."""


Sources = Annotated[tuple[SourceView, ...], Field(max_length=MOST_SOURCES)]


class OfferedPicture(Model):
    """Which media section of the offer shows which source."""

    mid: Mid
    source: Identifier


class WantedPicture(Model):
    """A picture that is on the screen, and how well it must be seen there."""

    mid: Mid
    quality: PictureQuality


class GivenPicture(Model):
    """What a picture is sent as; `quality` is None while the line has no room for it.

    `site_busy`: the site's computer is short of processor time, and sends fewer pictures than are wanted.
    `for_control`: it is smaller than wanted, or not sent, because control's messages waited on the line.
    """

    mid: Mid
    quality: PictureQuality | None
    site_busy: bool = False
    for_control: bool = False


class IceServer(Model):
    """A TURN server of the site, with credentials for this connection."""

    urls: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=4)]
    username: ShortText = ""
    credential: ShortText = ""


def no_way(ports: Sequence[int], servers: Sequence[IceServer], *, relay_only: bool) -> Finding:
    """Media could not get through: what has to be opened."""
    if relay_only:
        return finding(Reason.MEDIA_NO_RELAY, relays=", ".join(url for s in servers for url in s.urls))
    first, last = ports if len(ports) == 2 else (1024, 65535)
    return finding(Reason.MEDIA_NO_PATH, ports=f"{first}–{last}")


# ---------------------------------------------------------------- console → agent


class OpenMedia(Model):
    """Ask for an offer; a connection that this link has to the scanner already ends first."""

    kind: Literal["open_media"] = "open_media"
    command_id: Identifier
    scanner: Identifier


class MediaAnswer(Model):
    """The answer to an offer, once, with every candidate in it."""

    kind: Literal["media_answer"] = "media_answer"
    media_id: Identifier
    sdp: Sdp


class WantPictures(Model):
    """What is on the screen, most important first; what is not listed is not sent."""

    kind: Literal["want_pictures"] = "want_pictures"
    media_id: Identifier
    pictures: Annotated[tuple[WantedPicture, ...], Field(max_length=MOST_SOURCES)]


class CloseMedia(Model):
    """End a connection; harmless for one that has ended."""

    kind: Literal["close_media"] = "close_media"
    media_id: Identifier


class AskTime(Model):
    """Ask for the agent's boot time: with it the capture times of pictures become ages."""

    kind: Literal["ask_time"] = "ask_time"
    number: Annotated[int, Field(ge=0)]


MediaRequest = OpenMedia | MediaAnswer | WantPictures | CloseMedia

# ---------------------------------------------------------------- agent → console


class MediaOffered(Model):
    """The answer to `OpenMedia`. Only answered descriptions carry media; layers change without a new one.

    `talk_mid` is the section for sound both ways between this console and the local operator. `relay_only`:
    the site lets media go by its TURN servers only, so neither end offers an address of its own.
    """

    kind: Literal["media_offered"] = "media_offered"
    command_id: Identifier
    media_id: Identifier
    scanner: Identifier
    sdp: Sdp
    pictures: Annotated[tuple[OfferedPicture, ...], Field(max_length=MOST_SOURCES)]
    talk_mid: Mid | None = None
    ice_servers: Annotated[tuple[IceServer, ...], Field(max_length=4)] = ()
    relay_only: bool = False
    udp_ports: UdpPorts = ()


class PicturesGiven(Model):
    """What the line affords of what is wanted, whenever that changes."""

    kind: Literal["pictures_given"] = "pictures_given"
    media_id: Identifier
    pictures: Annotated[tuple[GivenPicture, ...], Field(max_length=MOST_SOURCES)]


class MediaClosed(Model):
    """The agent ended a connection, and why; it will not come back by itself."""

    kind: Literal["media_closed"] = "media_closed"
    media_id: Identifier
    findings: Findings
    scanner: Identifier | None = None
    """None where this link has no such connection."""


class SourcesChanged(Model):
    """The sources of a scanner, as a whole; an empty list: the site declared none."""

    kind: Literal["sources_changed"] = "sources_changed"
    scanner: Identifier
    sources: Sources


class TalkChanged(Model):
    """Whether somebody at the site hears who talks: a tablet of this scanner has its sound connected."""

    kind: Literal["talk_changed"] = "talk_changed"
    scanner: Identifier
    site_listens: bool
    audio_check: AudioCheckView | None = None
    """“Can you hear me?”, as far as it has come; None: nobody asked, or it counts no more."""


class TimeTold(Model):
    """The agent's boot time when `AskTime` was read, in seconds."""

    kind: Literal["time_told"] = "time_told"
    number: Annotated[int, Field(ge=0)]
    boot_s: Annotated[float, Field(ge=0.0)]
