"""Against programs of other makers: an RTSP server of Debian's, and an X server.

`scripts/bootstrap --with-browser` installs both (librtsp-server-perl, xvfb).
"""

from __future__ import annotations

import select
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import pytest
from fake_devices import WITHIN_S, Clock, Playing, picture

from local_agent.media.sources.network_camera import NetworkCamera
from local_agent.media.sources.reading_apart import SILENT_S
from local_agent.media.sources.screen import Screen

pytestmark = pytest.mark.process
STARTS_WITHIN_S = 30.0
_SERVER = """
use AnyEvent; use RTSP::Server;
my $server = RTSP::Server->new(client_listen_address => '127.0.0.1', source_listen_address => '127.0.0.1',
  client_listen_port => $ARGV[0], source_listen_port => $ARGV[1], rtp_start_port => $ARGV[2]);
$server->listen; $| = 1; print "ready\\n"; AnyEvent->condvar->recv;
"""


def free_ports() -> list[int]:
    """Three, the last one even and its neighbour free too, as RTP wants them."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports: list[int] = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return [*ports[:2], ports[2] // 2 * 2]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, int]]:
    """An RTSP server: the port for those who look, and the one for the camera."""
    known = (
        shutil.which("perl")
        and not subprocess.run(["perl", "-MRTSP::Server", "-e1"], stderr=subprocess.DEVNULL).returncode
    )
    if not known:
        pytest.skip("no RTSP server: scripts/bootstrap --with-browser installs librtsp-server-perl")
    look, give, rtp = free_ports()
    process = subprocess.Popen(
        ["perl", "-e", _SERVER, str(look), str(give), str(rtp)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], STARTS_WITHIN_S)[0]
    yield look, give
    process.kill()
    process.wait(WITHIN_S)
    process.stdout.close()


class Publisher:
    """A camera that gives its pictures to the server until it is switched off."""

    def __init__(self, port: int) -> None:
        self._address = f"rtsp://127.0.0.1:{port}/room"
        self._off = threading.Event()
        self.gives = threading.Event()
        self._thread = threading.Thread(target=self._publish, name="publisher")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self.gives.wait(WITHIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.switch_off()

    def switch_off(self) -> None:
        self._off.set()
        self._thread.join(WITHIN_S)

    def _publish(self) -> None:
        output = av.open(
            self._address, "w", format="rtsp", options={"rtsp_transport": "udp"}, timeout=WITHIN_S
        )
        stream = output.add_stream(
            "libx264", rate=25, options={"tune": "zerolatency", "preset": "ultrafast", "g": "10"}
        )
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuvj420p"
        number = 0
        while not self._off.wait(0.04):
            frame = picture(160, 96, 40 + 20 * number % 200)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            for packet in stream.encode(frame):
                output.mux(packet)
            number += 1
            self.gives.set()
        output.close()


def test_a_camera_behind_a_real_rtsp_server_is_seen_and_its_end_is_noticed(server: tuple[int, int]) -> None:
    look, give = server
    clock = Clock()
    with Publisher(give) as camera:
        source = NetworkCamera(f"rtsp://127.0.0.1:{look}/room", None, clock.site())
        with Playing(source) as playing:
            for _ in range(5):
                frame, _ = playing.next()
            assert (frame.width, frame.height) == (160, 96)
            camera.switch_off()
            while not playing.failed:
                clock.now_s += SILENT_S / 10
                playing._thread.join(0.1)
            assert playing.words()


def test_a_real_rtsp_server_without_such_a_camera_is_named(server: tuple[int, int]) -> None:
    with Playing(NetworkCamera(f"rtsp://127.0.0.1:{server[0]}/none", None, Clock().site())) as playing:
        assert playing.words() == "it has no pictures at this address: compare the path in url"


@pytest.fixture
def display() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """An X server with an empty screen, and its name."""
    if not shutil.which("Xvfb"):
        pytest.skip("no X server: scripts/bootstrap --with-browser installs xvfb")
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], STARTS_WITHIN_S)[0]
    name = process.stdout.readline().decode().strip()
    yield f":{name}", process
    process.kill()
    process.wait(WITHIN_S)
    process.stdout.close()


def test_a_screen_is_seen_whole_or_in_part_until_it_ends(
    display: tuple[str, subprocess.Popen[bytes]],
) -> None:
    name, process = display
    with Playing(Screen(f"{name}?640x480+100+50", Clock().site())) as playing:
        frame, _ = playing.next()
        assert (frame.width, frame.height) == (640, 480)
    with Playing(Screen(name, Clock().site())) as playing:
        frame, captured_s = playing.next()
        assert (frame.width, frame.height, captured_s) == (1920, 1080, 1000.0)
        process.kill()
        assert playing.words() == "it cannot be read; is it there, and on?"


def test_a_screen_that_is_not_there_is_named() -> None:
    with Playing(Screen(":4711", Clock().site())) as playing:
        assert playing.words() == "it cannot be read; is it there, and on?"


@pytest.mark.parametrize("display", ["", "0", ":x", ":0?640", ":0?640x480", "-f lavfi :0", ":0?640x480+-1+0"])
def test_what_names_no_screen_is_refused(display: str, tmp_path: Path) -> None:
    with Playing(Screen(display, Clock().site())) as playing:
        assert "names no display" in playing.words()
