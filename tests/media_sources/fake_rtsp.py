"""A network camera that does what a test says: RTSP with RTP inside its TCP connection (RFC 2326, 10.12)."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from types import TracebackType
from typing import Self

import av
from fake_devices import WITHIN_S, picture

SDP = (
    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
    b"a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
)
TICKS = 3600


def units(width: int, height: int, count: int) -> Iterator[list[bytes]]:
    """The NAL units of H.264 pictures, a key frame first."""
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
    codec.time_base, codec.options = Fraction(1, 25), {"tune": "zerolatency", "preset": "ultrafast"}
    for number in range(count):
        frame = picture(width, height, 40 + 20 * number % 200)
        frame.pts = number
        for packet in codec.encode(frame):
            pieces = bytes(packet).replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")
            yield [piece for piece in pieces if piece]


def rtp(*films: Iterator[list[bytes]]) -> bytes:
    """Each unit in one packet: inside TCP there is room for it."""
    sent, sequence = b"", 0
    for number, pieces in enumerate(chain(*films)):
        for piece in pieces:
            marker = 0x80 if piece is pieces[-1] else 0
            header = struct.pack("!BBHII", 0x80, 96 | marker, sequence & 0xFFFF, number * TICKS, 7)
            sent += b"$\x00" + struct.pack("!H", len(header) + len(piece)) + header + piece
            sequence += 1
    return sent


class FakeCamera:
    """Answers one connection after another. `login` is name:password; `instead` is answered to a method."""

    def __init__(
        self,
        play: Callable[[socket.socket], None] = lambda _: None,
        login: str | None = None,
        instead: dict[str, bytes] | None = None,
    ) -> None:
        self._play, self._login, self._instead = play, login, instead or {}
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.asked: list[str] = []
        self.address = f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/main"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, name="fake camera")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.unplug()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(WITHIN_S)

    def unplug(self) -> None:
        """End every connection."""
        for connection in tuple(self._open):
            with contextlib.suppress(OSError):  # it ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._open.add(connection)
            try:
                self._answer(connection)
            except (ConnectionError, BrokenPipeError):
                pass
            finally:
                self._open.discard(connection)
                connection.close()

    def _answer(self, connection: socket.socket) -> None:
        heard = b""
        while piece := connection.recv(4096):
            heard += piece
            while b"\r\n\r\n" in heard:
                request, _, heard = heard.partition(b"\r\n\r\n")
                self._one(connection, request.decode("latin1"))

    def _one(self, connection: socket.socket, request: str) -> None:
        method = request.split(" ", 1)[0]
        headers = dict(line.split(": ", 1) for line in request.split("\r\n")[1:] if ": " in line)
        if "CSeq" not in headers:
            return
        self.asked.append(f"{method} {headers.get('Transport', '')}".strip())
        start = f"CSeq: {headers['CSeq']}\r\nSession: 1\r\n".encode()
        if method in self._instead:
            connection.sendall(self._instead[method].replace(b"\r\n", b"\r\n" + start, 1))
            return
        if (
            self._login
            and headers.get("Authorization") != f"Basic {base64.b64encode(self._login.encode()).decode()}"
        ):
            no = b'RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n'
            connection.sendall(no + start + b"\r\n")
            return
        match method:
            case "OPTIONS":
                more = b"Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
            case "DESCRIBE":
                more = b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n" % len(SDP) + SDP
            case "SETUP":
                more = b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
            case _:
                more = b"\r\n"
        connection.sendall(b"RTSP/1.0 200 OK\r\n" + start + more)
        if method == "PLAY":
            self._play(connection)
