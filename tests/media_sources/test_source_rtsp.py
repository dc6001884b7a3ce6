"""Network cameras: one that does what a test says, and a real server of another maker."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from fake_devices import Clock, Playing
from fake_rtsp import FakeCamera, rtp, units

from local_agent.media.sources.network_camera import NetworkCamera, with_login
from local_agent.media.sources.reading_apart import FIRST_WITHIN_S, SILENT_S
from local_agent.media.sources.source import SourceFailed

MANY = 60
"""More than FFmpeg wants to see of a stream before it believes it."""
LOGIN = "oper@tor:p:a/s%s?w#rd"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def login(tmp_path: Path) -> Path:
    path = tmp_path / "room.login"
    path.write_text(f"{LOGIN}\n")
    return path


def many(connection: socket.socket) -> None:
    connection.sendall(rtp(units(64, 48, MANY)))


def test_pictures_come_within_the_tcp_connection(clock: Clock) -> None:
    with FakeCamera(many) as fake, Playing(NetworkCamera(fake.address, None, clock.site())) as playing:
        frame, captured_s = playing.next()
        assert [fake.asked[n].split(";")[0] for n in range(4)] == [
            "OPTIONS",
            "DESCRIBE",
            "SETUP RTP/AVP/TCP",
            "PLAY",
        ]
    assert (frame.width, frame.height) == (64, 48)
    assert captured_s <= clock.now_s


def test_a_camera_that_changes_its_size_goes_on(clock: Clock) -> None:
    def change(connection: socket.socket) -> None:
        connection.sendall(rtp(units(64, 48, MANY), units(128, 96, MANY)))

    with FakeCamera(change) as fake, Playing(NetworkCamera(fake.address, None, clock.site())) as playing:
        assert playing.next()[0].width == 64
        assert playing.until(lambda frame: frame.width == 128).height == 96


def test_a_login_with_signs_of_an_address_in_it_is_understood(clock: Clock, login: Path) -> None:
    with (
        FakeCamera(many, LOGIN) as fake,
        Playing(NetworkCamera(fake.address, login, clock.site())) as playing,
    ):
        assert playing.next()[0].width == 64


def test_a_wrong_login_is_named_and_not_shown(clock: Clock, login: Path) -> None:
    with (
        FakeCamera(many, "other:one") as fake,
        Playing(NetworkCamera(fake.address, login, clock.site())) as playing,
    ):
        assert playing.words() == "it refuses the name and password: see login_file"


@pytest.mark.parametrize("content", [b"", b"name", b":password", b"name:pass\x00word", b"\xff\xfe:x", None])
def test_a_login_file_that_holds_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "login"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceFailed, match="its login_file") as refused:
        with_login("rtsp://10.1.2.3/main", path)
    assert "password" not in str(refused.value).replace("name:password", "")


def test_a_camera_that_stalls_has_failed_and_may_be_closed(clock: Clock) -> None:
    with FakeCamera(many) as fake, Playing(NetworkCamera(fake.address, None, clock.site())) as playing:
        playing.next()
        while not playing.pictures.empty() or not playing.failed:
            clock.now_s += SILENT_S + 1
            playing._thread.join(0.1)
            while not playing.pictures.empty():
                playing.next()
        assert "it has given no picture that can be read for" in playing.words()
        fake.unplug()


def test_a_camera_that_never_answers_has_failed(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"rtsp://127.0.0.1:{deaf.getsockname()[1]}/main"
        with Playing(NetworkCamera(address, None, clock.site())) as playing:
            connection, _ = deaf.accept()
            clock.now_s += FIRST_WITHIN_S + 1
            assert "no picture" in playing.words()
            connection.close()


def test_a_camera_that_goes_away_has_ended(clock: Clock) -> None:
    with FakeCamera(many) as fake, Playing(NetworkCamera(fake.address, None, clock.site())) as playing:
        playing.next()
        fake.unplug()
        assert playing.words() in ("it has ended", "it has ended the connection")


def test_where_nobody_listens_it_is_said(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"rtsp://127.0.0.1:{closed.getsockname()[1]}/main"
    with Playing(NetworkCamera(address, None, clock.site())) as playing:
        assert playing.words() == "nobody listens at this address and port"


@pytest.mark.parametrize(
    ("method", "answer", "words"),
    [
        ("DESCRIBE", b"RTSP/1.0 404 Not Found\r\n\r\n", "it has no pictures at this address"),
        ("DESCRIBE", b"RTSP/1.0 403 Forbidden\r\n\r\n", "it does not allow this name to look"),
        ("DESCRIBE", b"RTSP/1.0 503 Busy\r\n\r\n", "it says that it has a fault of its own"),
        (
            "DESCRIBE",
            b"RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n",
            "it ",
        ),
        (
            "DESCRIBE",
            b"RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\nContent-Length: 999999999\r\n\r\n",
            "it ",
        ),
        ("DESCRIBE", b"RTSP/1.0 302 Moved\r\nLocation: file:///etc/hostname\r\n\r\n", "it "),
        ("OPTIONS", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "it "),
        ("OPTIONS", bytes(range(256)) * 8 + b"\r\n\r\n", "it "),
    ],
)
def test_what_a_camera_answers_wrongly_is_named(method: str, answer: bytes, words: str, clock: Clock) -> None:
    with (
        FakeCamera(many, instead={method: answer}) as fake,
        Playing(NetworkCamera(fake.address, None, clock.site())) as playing,
    ):
        while not playing.failed:
            clock.now_s += 1
            playing._thread.join(0.05)
        assert words in playing.words()
        fake.unplug()


def test_garbage_in_the_stream_is_contained(clock: Clock) -> None:
    def garbage(connection: socket.socket) -> None:
        connection.sendall(bytes(range(256)) * 64)
        connection.sendall(b"$\x00\xff\xff" + b"\x80\xe0" + bytes(65533))
        many(connection)

    with FakeCamera(garbage) as fake, Playing(NetworkCamera(fake.address, None, clock.site())) as playing:
        while not playing.failed and playing.pictures.empty():
            clock.now_s += 1
            playing._thread.join(0.05)
        fake.unplug()


@pytest.mark.parametrize(
    "refusal", [b"RTSP/1.0 461 Unsupported transport\r\n\r\n", b"RTSP/1.0 400 Bad Request\r\n\r\n"]
)
def test_a_camera_that_has_no_tcp_is_asked_for_udp(refusal: bytes, clock: Clock) -> None:
    with (
        FakeCamera(instead={"SETUP": refusal}) as fake,
        Playing(NetworkCamera(fake.address, None, clock.site())) as playing,
    ):
        playing.words()
        setups = [asked for asked in fake.asked if asked.startswith("SETUP")]
    assert [asked.split(";")[0] for asked in setups] == ["SETUP RTP/AVP/TCP", "SETUP RTP/AVP/UDP"]
    assert "client_port=51" in setups[1]
