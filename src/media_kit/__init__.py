"""WebRTC for both ends: aiortc corrected, pictures encoded once, and their age.

The site: `correct()` once; an `EncodedSource` for each camera or screen, `offer` it frames; a `Viewer` for
each connection, `look_at` sources, `send_pictures` each track on a `new_connection`; `CaptureTimesSaid`.

The desk: `correct()` once; `receive_pictures`, read each track's `recv()`; `CaptureTimes` turns a frame's
`pts` into its capture time, `judge_age` into what the tile says; `StreamWatch` says what to do without one.
"""

from media_kit.capture_channel import CaptureTimes, CaptureTimesSaid
from media_kit.connections import new_connection, only_opus, only_vp8, receive_pictures, send_pictures
from media_kit.corrections import Corrections, Reach, WrongVersion, correct
from media_kit.descriptions import BadDescription, take_description
from media_kit.encoded_source import EncodedSource, Encoders, LayerFigures
from media_kit.rules.capture_times import LABEL as CAPTURE_TIMES_LABEL
from media_kit.rules.effort import Effort
from media_kit.rules.layers import Content, Quality
from media_kit.rules.picture_age import ClockOffset, Freshness, PictureAge, ShownPicture, judge_age
from media_kit.rules.watching import Remedy, StreamWatch
from media_kit.viewing import Viewer, ViewerTrack

__all__ = [
    "CAPTURE_TIMES_LABEL",
    "BadDescription",
    "CaptureTimes",
    "CaptureTimesSaid",
    "ClockOffset",
    "Content",
    "Corrections",
    "Effort",
    "EncodedSource",
    "Encoders",
    "Freshness",
    "LayerFigures",
    "PictureAge",
    "Quality",
    "Reach",
    "Remedy",
    "ShownPicture",
    "StreamWatch",
    "Viewer",
    "ViewerTrack",
    "WrongVersion",
    "correct",
    "judge_age",
    "new_connection",
    "only_opus",
    "only_vp8",
    "receive_pictures",
    "send_pictures",
    "take_description",
]
