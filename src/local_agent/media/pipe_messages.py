"""What the agent and its media process say to each other over the process's standard input and output.

Both are of one release: no version, no negotiation. Times are boot seconds, the same clock in both.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from local_agent.media.config import IntercomConfig, SourceConfig
from mr_contract.device_reasons import DeviceFinding
from mr_contract.findings import Finding
from mr_contract.intercom import Language
from mr_contract.media_messages import (
    MOST_SOURCES,
    GivenPicture,
    IceServer,
    Mid,
    OfferedPicture,
    Sdp,
    WantedPicture,
)
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.views import ScannerStatus
from mr_contract.vocabulary import BreathCommand, SourceState

Seconds = Annotated[float, Field(ge=0.0)]


class ScannerSources(Model):
    """The sources of one scanner, as its site declared them."""

    scanner: Identifier
    sources: tuple[SourceConfig, ...]


class ScannerIntercom(Model):
    """The intercom of one scanner, as its site declared it."""

    scanner: Identifier
    config: IntercomConfig


# ---------------------------------------------------------------- agent → media process


class Begin(Model):
    """First and once: what there is, and where media may be reached. Paths are relative to `directory`."""

    kind: Literal["begin"] = "begin"
    directory: str
    scanners: tuple[ScannerSources, ...]
    paused: tuple[tuple[Identifier, Identifier], ...] = ()
    """(scanner, source) that are not to be played."""
    udp_ports: tuple[int, ...] = ()
    addresses: tuple[str, ...] = ()
    intercoms: tuple[ScannerIntercom, ...] = ()


class PauseSource(Model):
    """Let go of a source's device and send nothing of it, or play it again."""

    kind: Literal["pause_source"] = "pause_source"
    scanner: Identifier
    source: Identifier
    paused: bool


class ShowStatus(Model):
    """What is known of a scanner, for a source that draws it."""

    kind: Literal["show_status"] = "show_status"
    scanner: Identifier
    status: ScannerStatus | None
    patient_calls: bool = False
    """The squeeze bulb, until it is answered."""


class OpenViewing(Model):
    """Make an offer of a scanner's sources; `media_id` names the connection from now on."""

    kind: Literal["open_viewing"] = "open_viewing"
    media_id: Identifier
    scanner: Identifier
    pictures: bool = True
    """False for a tablet: it has sound only."""
    ice_servers: tuple[IceServer, ...] = ()
    relay_only: bool = False


class AnswerViewing(Model):
    """The console's answer."""

    kind: Literal["answer_viewing"] = "answer_viewing"
    media_id: Identifier
    sdp: str


class WantInViewing(Model):
    """What is on the console's screen."""

    kind: Literal["want_in_viewing"] = "want_in_viewing"
    media_id: Identifier
    pictures: tuple[WantedPicture, ...]


class LetTalk(Model):
    """This connection may hear the others of its scanner and be heard by them, or not any more."""

    kind: Literal["let_talk"] = "let_talk"
    media_id: Identifier
    talks: bool


class PlayedRecording(Model):
    """A recording of the site; `number` names this playing of it."""

    number: Annotated[int, Field(ge=0)]
    language: Language
    breath: BreathCommand


class LetPatientHear(Model):
    """What the patient of a scanner may hear from now on, whole; nothing where both are None."""

    kind: Literal["let_patient_hear"] = "let_patient_hear"
    scanner: Identifier
    voice: Identifier | None = None
    """The connection whose voice it is."""
    breath: BreathCommand | None = None
    """The breath-hold command that the voice gives, as far as is known."""
    recording: PlayedRecording | None = None


class GiveWay(Model):
    """Control waits on the same line: this connection is to send less."""

    kind: Literal["give_way"] = "give_way"
    media_id: Identifier
    free_round_trip_s: Seconds
    """Of control's messages on that line while nothing waits there."""


class CloseViewing(Model):
    """End a connection; one that is not known is left aside."""

    kind: Literal["close_viewing"] = "close_viewing"
    media_id: Identifier


ToMedia = Annotated[
    Begin
    | PauseSource
    | ShowStatus
    | OpenViewing
    | AnswerViewing
    | WantInViewing
    | LetTalk
    | LetPatientHear
    | GiveWay
    | CloseViewing,
    Field(discriminator="kind"),
]

# ---------------------------------------------------------------- media process → agent


class SourceSaid(Model):
    """A source's state changed."""

    kind: Literal["source_said"] = "source_said"
    scanner: Identifier
    source: Identifier
    state: SourceState
    why: DeviceFinding | None = None
    retry_in_s: Seconds | None = None


class NewestPicture(Model):
    """When the newest picture of a source was captured."""

    scanner: Identifier
    source: Identifier
    captured_s: Seconds


class DeliveredPictures(Model):
    """Sources whose pictures go out on a connection now, by the word of who receives them."""

    media_id: Identifier
    sources: Annotated[tuple[Identifier, ...], Field(max_length=MOST_SOURCES)]


class PicturesSeen(Model):
    """Four times a second: the sign of life, and how old the pictures are. Without one yet: not listed."""

    kind: Literal["pictures_seen"] = "pictures_seen"
    newest: tuple[NewestPicture, ...]
    delivered: tuple[DeliveredPictures, ...] = ()


class ViewingOffered(Model):
    """The offer that was asked for."""

    kind: Literal["viewing_offered"] = "viewing_offered"
    media_id: Identifier
    sdp: Sdp
    pictures: Annotated[tuple[OfferedPicture, ...], Field(max_length=MOST_SOURCES)]
    talk_mid: Mid | None = None
    takes_camera: bool = False
    """Whether there is a section for the tablet's own camera."""


class ViewingGiven(Model):
    """What the line affords of what is wanted."""

    kind: Literal["viewing_given"] = "viewing_given"
    media_id: Identifier
    pictures: Annotated[tuple[GivenPicture, ...], Field(max_length=MOST_SOURCES)]


class ViewingClosed(Model):
    """The media process ended a connection."""

    kind: Literal["viewing_closed"] = "viewing_closed"
    media_id: Identifier
    why: Finding


class ViewingConnected(Model):
    """Pictures and sound pass now."""

    kind: Literal["viewing_connected"] = "viewing_connected"
    media_id: Identifier


class IntercomSaid(Model):
    """The state of a scanner's intercom changed."""

    kind: Literal["intercom_said"] = "intercom_said"
    scanner: Identifier
    fault: DeviceFinding | None
    level: Annotated[float, Field(ge=0.0, le=1.0)]


class RecordingEnded(Model):
    """It was played to its end, or could not be."""

    kind: Literal["recording_ended"] = "recording_ended"
    scanner: Identifier
    number: Annotated[int, Field(ge=0)]
    fault: ShortText = ""


FromMedia = Annotated[
    SourceSaid
    | PicturesSeen
    | ViewingOffered
    | ViewingConnected
    | ViewingGiven
    | ViewingClosed
    | IntercomSaid
    | RecordingEnded,
    Field(discriminator="kind"),
]

TO_MEDIA: TypeAdapter[ToMedia] = TypeAdapter(ToMedia)
FROM_MEDIA: TypeAdapter[FromMedia] = TypeAdapter(FromMedia)
