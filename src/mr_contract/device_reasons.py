"""Why a camera, a screen or the patient's intercom gives nothing: a closed list, in words at the edges.

A device's own words may hold a login and are in one language; these are neither. The sentences are here in
English; console and tablet carry them in other languages, keyed by reason.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field

from mr_contract.findings import fill
from mr_contract.model import Model, ShortText


@unique
class DeviceReason(StrEnum):
    """Each of these is said of one source or intercom, and of nothing else."""

    # a camera or screen
    LOGIN_REFUSED = "login_refused"
    LOGIN_NOT_ALLOWED = "login_not_allowed"
    NO_PICTURES_THERE = "no_pictures_there"
    REQUEST_REFUSED = "request_refused"
    FAULT_OF_ITS_OWN = "fault_of_its_own"
    NO_ANSWER = "no_answer"
    CONNECTION_ENDED = "connection_ended"
    GARBAGE = "garbage"
    CANNOT_BE_READ = "cannot_be_read"
    WAY_NOT_ALLOWED = "way_not_allowed"
    NOT_THERE = "not_there"
    UNPLUGGED = "unplugged"
    NOT_PERMITTED = "not_permitted"
    IN_USE = "in_use"
    NO_CAMERA = "no_camera"
    NO_KNOWN_CAMERA = "no_known_camera"
    FOLDER = "folder"
    NOBODY_LISTENS = "nobody_listens"
    OUT_OF_REACH = "out_of_reach"
    SYSTEM_SAYS = "system_says"
    NO_PICTURE_IN_IT = "no_picture_in_it"
    ONLY_SOMETHING_ELSE = "only_something_else"
    TOO_LARGE = "too_large"
    ENDED = "ended"
    HANGS = "hangs"
    SILENT = "silent"
    STALLED = "stalled"
    LOGIN_UNREADABLE = "login_unreadable"
    LOGIN_MALFORMED = "login_malformed"
    NO_SUCH_PART = "no_such_part"
    NO_DISPLAY_NAMED = "no_display_named"
    NO_SUCH_SOURCE = "no_such_source"
    NOT_DRAWN = "not_drawn"
    WAITS_FOR_SIMULATED = "waits_for_simulated"
    SCANNER_IS_REAL = "scanner_is_real"
    MEDIA_RESTARTING = "media_restarting"
    # the patient's intercom
    OPENING = "opening"
    DEVICE_GONE = "device_gone"
    DEVICE_NOT_THERE = "device_not_there"
    NO_DEVICE = "no_device"
    DEVICE_REFUSES = "device_refuses"
    ROOM_ASKED = "room_asked"
    ROOM_LOCKED = "room_locked"
    ROOM_REFUSES = "room_refuses"
    ROOM_SILENT = "room_silent"
    ROOM_GONE = "room_gone"
    ROOM_DEAF = "room_deaf"
    NO_REAL_PATIENT = "no_real_patient"


_D = DeviceReason
DEVICE_WORDS: dict[DeviceReason, str] = {
    _D.LOGIN_REFUSED: "it refuses the name and password: see login_file",
    _D.LOGIN_NOT_ALLOWED: "it does not allow this name to look: see login_file",
    _D.NO_PICTURES_THERE: "it has no pictures at this address: compare the path in url",
    _D.REQUEST_REFUSED: "it refuses what is asked of it: compare the path in url",
    _D.FAULT_OF_ITS_OWN: "it says that it has a fault of its own",
    _D.NO_ANSWER: "it does not answer",
    _D.CONNECTION_ENDED: "it has ended the connection",
    _D.GARBAGE: "what it sends cannot be read",
    _D.CANNOT_BE_READ: "it cannot be read; is it there, and on?",
    _D.WAY_NOT_ALLOWED: "it wants to be read in a way that is not allowed here",
    _D.NOT_THERE: "there is nothing of this name; is it plugged in?",
    _D.UNPLUGGED: "it was unplugged",
    _D.NOT_PERMITTED: "this agent may not open it: see its permissions",
    _D.IN_USE: "another program is using it",
    _D.NO_CAMERA: "it is not a camera",
    _D.NO_KNOWN_CAMERA: "it is not a camera, or gives pictures in no way that is known here",
    _D.FOLDER: "it is a folder",
    _D.NOBODY_LISTENS: "nobody listens at this address and port",
    _D.OUT_OF_REACH: "its address cannot be reached from here",
    _D.SYSTEM_SAYS: "it cannot be read: {what}",
    _D.NO_PICTURE_IN_IT: "there is no picture in it",
    _D.ONLY_SOMETHING_ELSE: "it gives no pictures, only something else",
    _D.TOO_LARGE: "its pictures are {width}×{height}, more than {most}: set it to send smaller ones",
    _D.ENDED: "it has ended",
    _D.HANGS: "it does not answer, not even to be closed",
    _D.SILENT: "it has given no picture that can be read for {seconds} s",
    _D.STALLED: "no new picture comes",
    _D.LOGIN_UNREADABLE: "its login_file cannot be read",
    _D.LOGIN_MALFORMED: "its login_file must hold one line, name:password",
    _D.NO_SUCH_PART: "the display gives no picture of this part; its size may have changed",
    _D.NO_DISPLAY_NAMED: "its url names no display: write screen::0 or screen::0?1920x1080+1920+0",
    _D.NO_SUCH_SOURCE: "this release has no {scheme} source",
    _D.NOT_DRAWN: "a synthetic camera shows a room, a patient or an injector: see its kind",
    _D.WAITS_FOR_SIMULATED: "it shows no real room, and waits until the scanner says that it is simulated",
    _D.SCANNER_IS_REAL: "it shows no real room, and this scanner is real: name a camera instead",
    _D.MEDIA_RESTARTING: "the media process is started again",
    _D.OPENING: "it is being opened",
    _D.DEVICE_GONE: "the sound device is gone",
    _D.DEVICE_NOT_THERE: "{name} is not connected; there is {others}",
    _D.NO_DEVICE: "{name} is not connected; there is no sound device",
    _D.DEVICE_REFUSES: "the sound device cannot be opened: {what}",
    _D.ROOM_ASKED: "the simulated room is being asked",
    _D.ROOM_LOCKED: "{file} cannot be read: it is to hold the simulated room's secret",
    _D.ROOM_REFUSES: "the simulated room at {url} refuses: compare address and secret",
    _D.ROOM_SILENT: "the simulated room at {url} does not answer",
    _D.ROOM_GONE: "the simulated room at {url} is gone",
    _D.ROOM_DEAF: "the simulated room at {url} knows no breath-hold commands",
    _D.NO_REAL_PATIENT: "it is simulated, and reaches no patient of a real scanner",
}
"""`{names}` are filled from a finding's figures."""


class DeviceFinding(Model):
    """One of them with its figures, ready to be put in words in any language."""

    reason: DeviceReason
    figures: Annotated[dict[str, ShortText], Field(max_length=4)] = Field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is the matter, in English."""
        return fill(DEVICE_WORDS[self.reason], self.figures)


def device(reason: DeviceReason, **figures: str) -> DeviceFinding:
    """A finding; figures that are too long are cut."""
    return DeviceFinding(reason=reason, figures={k: v[:160] for k, v in figures.items()})
