"""A network camera (RTSP, RFC 2326), over TCP where it can and UDP where it must."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from urllib.parse import quote

import av
from av.container import InputContainer

from local_agent.media.sources.capture_dating import ArrivalDating
from local_agent.media.sources.demuxing import pictures_of
from local_agent.media.sources.reading_apart import read_apart
from local_agent.media.sources.source import Offer, SourceFailed, SourceSite
from mr_contract.device_reasons import DeviceReason

ANSWERS_WITHIN_S = 5.0
SENDS_WITHIN_S = 3.0
"""A connection on which nothing came for so long is given up, also by a thread that nobody waits for."""
MOST_LOGIN_BYTES = 1024
UDP_PORTS = (51000, 51099)
OPTIONS = {
    "allowed_media_types": "video",
    "protocol_whitelist": "rtsp,rtp,udp,tcp,tls",  # whatever it sends, no file of ours is opened for it
    "timeout": str(round(ANSWERS_WITHIN_S * 1e6)),
    "min_port": str(UDP_PORTS[0]),
    "max_port": str(UDP_PORTS[1]),
    "max_delay": "200000",
    "analyzeduration": "100000",
}

NOT_THE_WAY = (
    av.error.HTTPUnauthorizedError,
    av.error.HTTPForbiddenError,
    av.error.HTTPNotFoundError,
)
"""Refusals that have nothing to do with TCP."""


class NetworkCamera:
    """One stream of a camera. `login_file` holds one line, name:password; None: it asks for none."""

    def __init__(self, url: str, login_file: Path | None, site: SourceSite) -> None:
        self._url, self._login_file, self._site = url, login_file, site

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`. Ages count from arrival here: what the camera itself takes cannot be seen."""
        read_apart(self._url, self._read, self._site, offer, stop)

    def _read(self, offer: Offer, gone: threading.Event) -> None:
        address, dating = with_login(self._url, self._login_file), ArrivalDating()
        with open_stream(address) as container:
            for frame, said_s, arrived_s in pictures_of(container, self._site.boot_s, gone):
                offer(frame, dating.captured_s(said_s, arrived_s))


def open_stream(address: str) -> InputContainer:
    """The stream over TCP, which loses nothing; over UDP if the camera has no other way."""
    try:
        return _open(address, "tcp")
    except NOT_THE_WAY:
        raise
    except av.error.HTTPClientError:
        return _open(address, "udp")
    except OSError as fault:
        if fault.errno != errno.EPROTONOSUPPORT:
            raise
        return _open(address, "udp")


def _open(address: str, transport: str) -> InputContainer:
    options = {**OPTIONS, "rtsp_transport": transport}
    return av.open(address, format="rtsp", options=options, timeout=(ANSWERS_WITHIN_S, SENDS_WITHIN_S))


def with_login(url: str, login_file: Path | None) -> str:
    """The address with the login in it, for FFmpeg only.

    Raises:
        SourceFailed: the file cannot be read, or holds no name:password.
    """
    if login_file is None:
        return url
    try:
        with login_file.open("rb") as file:
            line = file.read(MOST_LOGIN_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError):
        raise SourceFailed(DeviceReason.LOGIN_UNREADABLE) from None
    name, colon, password = line.partition(":")
    if not name or not colon or not line.isprintable():
        raise SourceFailed(DeviceReason.LOGIN_MALFORMED)
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{quote(name, safe='')}:{quote(password, safe='')}@{rest}"
