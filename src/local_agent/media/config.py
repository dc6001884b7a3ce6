"""The parts of `site.toml` about pictures and sound: [media], [[scanners.sources]], [scanners.intercom]."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from local_agent.media.turn import TurnServer
from mr_contract.media_messages import MOST_SOURCES
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.vocabulary import SourceKind

FEWEST_PORTS = 4
_ROOM = re.compile(r"ws://(127\.0\.0\.1|localhost|\[::1\]):[1-9][0-9]{0,4}")
SCHEMES = ("synthetic", "v4l2", "rtsp", "rtsps", "file", "screen", "tablet")
FileName = Annotated[str, StringConstraints(max_length=160, pattern=r"^[^\x00]*$")]
UdpPort = Annotated[int, Field(ge=1024, le=65535)]
_ADDRESSES_WORDS = 'a list of addresses of this machine, as in ["10.1.2.3"]; empty: all'


def _port_range(ports: tuple[int, ...]) -> tuple[int, ...]:
    if ports and (len(ports) != 2 or ports[1] - ports[0] + 1 < FEWEST_PORTS):
        raise ValueError
    return ports


def _address(text: str) -> str:
    return str(ip_address(text))


def _turn_url(url: str) -> str:
    scheme, _, rest = url.partition(":")
    where, _, transport = rest.partition("?")
    if scheme not in ("turn", "turns") or not where or where.startswith("//"):
        raise ValueError
    if transport not in ("", "transport=udp", "transport=tcp"):
        raise ValueError
    return url


def _source_url(url: str) -> str:
    scheme, colon, rest = url.partition(":")
    if scheme not in SCHEMES or not colon or not url.isprintable() or "@" in rest:
        raise ValueError
    if scheme in ("v4l2", "rtsp", "rtsps", "file") and not rest.strip("/"):
        raise ValueError
    return url


def _output(output: str) -> str:
    scheme, colon, rest = output.partition(":")
    if not colon or scheme not in ("device", "simulated"):
        raise ValueError
    if scheme == "simulated" and rest and not _ROOM.fullmatch(rest):
        raise ValueError
    return output


class TurnConfig(Model):
    """A TURN server of the site."""

    urls: Annotated[
        tuple[Annotated[ShortText, AfterValidator(_turn_url)], ...], Field(min_length=1, max_length=4)
    ] = Field(description='a list of 1 to 4 addresses, as in ["turn:turn.north.example:3478?transport=udp"]')
    secret_file: FileName = Field(
        "", description="the file of the secret it shares with this agent (coturn: static-auth-secret)"
    )


class MediaConfig(Model):
    """How pictures and sound get through: a range of UDP ports, and TURN servers."""

    udp_ports: Annotated[tuple[UdpPort, ...], Field(max_length=2), AfterValidator(_port_range)] = Field(
        (), description=f"the first and last of at least {FEWEST_PORTS} UDP ports, as in [50000, 50099]"
    )
    """Empty: any free port."""
    addresses: Annotated[tuple[Annotated[ShortText, AfterValidator(_address)], ...], Field(max_length=8)] = (
        Field((), description=_ADDRESSES_WORDS)
    )
    path: Literal["direct", "relay"] = Field(
        "direct", description='"direct" or, for media that go by the servers of [[media.turn]] only, "relay"'
    )
    turn: Annotated[tuple[TurnConfig, ...], Field(max_length=4)] = Field(
        (), description="[[media.turn]] and its lines below, for each of at most 4 servers"
    )


class SourceConfig(Model):
    """A camera or screen of one scanner."""

    id: Identifier = Field(description='1 to 80 letters, digits, and . _ : -, as in "room"')
    kind: Annotated[SourceKind, Field(strict=False)] = Field(
        description=f"one of {', '.join(SourceKind)}, in quotes"
    )
    title: ShortText = Field(description='up to 160 characters in quotes, as in "Magnet room"')
    url: Annotated[ShortText, AfterValidator(_source_url)] = Field(
        description='where the pictures come from, as in "v4l2:/dev/video0", "rtsp://10.1.2.7/main", '
        '"file:/srv/room.mp4", "screen::0", "synthetic:" or "tablet:"; a login goes into login_file'
    )
    login_file: FileName = Field(
        "", description='the file that holds name:password of a network camera, as in "room.login"'
    )

    @property
    def from_tablet(self) -> bool:
        """Whether it is the tablet's own camera, whatever kind it shows."""
        return self.url.startswith("tablet:")


Sources = Annotated[tuple[SourceConfig, ...], Field(max_length=MOST_SOURCES)]
SOURCES_WORDS = (
    f"[[scanners.sources]] and its lines below, for each of at most {MOST_SOURCES} cameras or screens"
)


class IntercomConfig(Model):
    """The intercom to one scanner's patient."""

    output: Annotated[ShortText, AfterValidator(_output)] = Field(
        description='where the patient hears it: "device:" or "device:NAME" for a sound device of this '
        'machine; beside a simulated scanner "simulated:", or "simulated:ws://127.0.0.1:8711" whose patient '
        "obeys breath-hold commands (with the room's secret in secret_file)"
    )
    secret_file: FileName = Field(
        "", description='the file of the simulated room\'s secret, as in "room.secret"'
    )
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3})?$")] = Field(
        "",
        description='the language of recorded breath-hold commands unless the desk names another, as in "de"',
    )

    @property
    def is_simulated(self) -> bool:
        """Whether no patient hears it."""
        return self.output.startswith("simulated:")

    @property
    def room(self) -> str:
        """Where a simulated patient hears it; empty: nowhere."""
        return self.output.partition(":")[2] if self.is_simulated else ""


INTERCOM_WORDS = "[scanners.intercom] and its lines below"


@dataclass(frozen=True, slots=True)
class MediaSetting:
    """What the site declared."""

    directory: str
    sources: dict[str, tuple[SourceConfig, ...]]
    """By scanner."""
    udp_ports: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()
    turn: tuple[TurnServer, ...] = ()
    relay_only: bool = False
    """No address of the site's own is offered."""
    intercoms: dict[str, IntercomConfig] = field(default_factory=dict)
    """By scanner."""

    @property
    def is_any(self) -> bool:
        """Whether there is anything for a media process to do."""
        return any(self.sources.values()) or bool(self.intercoms)
