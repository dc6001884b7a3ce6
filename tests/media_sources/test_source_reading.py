"""What a camera does wrong stays with its source, has words, and holds nobody up."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn, Self

import av
import pytest
from av.container import InputContainer
from fake_devices import WITHIN_S, Clock, PipeCamera, Playing, jpeg

from local_agent.media.sources import reading_apart
from local_agent.media.sources.reading_apart import SILENT_S, read_apart
from local_agent.media.sources.source import Offer, SourceFailed
from local_agent.media.sources.usb_camera import WAYS, UsbCamera, first_way

PICTURE = jpeg(64, 48)


@pytest.fixture
def camera(tmp_path: Path) -> Iterator[PipeCamera]:
    camera = PipeCamera(tmp_path)
    yield camera
    camera.unplug()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def usb(camera: PipeCamera, clock: Clock) -> UsbCamera:
    return UsbCamera(str(camera.path), clock.site(), open_device=camera.open)


def test_pictures_of_a_camera_are_offered_with_the_time_they_arrived(
    camera: PipeCamera, clock: Clock, usb: UsbCamera
) -> None:
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 4)
        frame, captured_s = playing.next()
    assert (frame.width, frame.height, captured_s) == (64, 48, clock.now_s)


def test_a_camera_that_changes_size_goes_on(camera: PipeCamera, usb: UsbCamera) -> None:
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 4)
        playing.next()
        camera.send(*[jpeg(128, 96)] * 4)
        assert playing.until(lambda frame: frame.width == 128).height == 96
    assert not playing.failed


def test_garbage_between_pictures_is_left_out(camera: PipeCamera, usb: UsbCamera) -> None:
    broken = PICTURE[:20] + bytes(range(256)) + PICTURE[40:]
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 3, broken, b"\xff\xd8garbage", *[jpeg(32, 32)] * 4)
        playing.until(lambda frame: frame.width == 32)
    assert not playing.failed


def test_a_camera_that_sends_nothing_but_garbage_has_failed(camera: PipeCamera, usb: UsbCamera) -> None:
    without_tables = PICTURE[:300] + bytes(100) + PICTURE[400:]
    with Playing(usb) as playing:
        camera.send(*[without_tables] * 300)
        assert playing.words() == "what it sends cannot be read"


def test_an_unplugged_camera_has_ended(camera: PipeCamera, usb: UsbCamera) -> None:
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 4)
        playing.next()
        camera.unplug()
        assert playing.words() == "it has ended"


class Unbound:
    """An open camera as FFmpeg sees it once the kernel's driver has let go of it."""

    streams = SimpleNamespace(video=[SimpleNamespace(codec_context=SimpleNamespace())])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def demux(self, _: object) -> NoReturn:
        raise av.error.ArgumentError(errno.EINVAL, "Invalid argument")


def test_a_camera_that_its_driver_lost_was_unplugged(clock: Clock) -> None:
    def opened(_path: str, _options: dict[str, str]) -> InputContainer:
        return Unbound()  # type: ignore[return-value]

    with Playing(UsbCamera("lost", clock.site(), open_device=opened)) as playing:
        assert playing.words() == "it was unplugged"


def test_a_stalled_camera_has_failed_and_is_not_opened_a_second_time(
    camera: PipeCamera, clock: Clock, usb: UsbCamera
) -> None:
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 4)
        for _ in range(3):  # the fourth ends with the beginning of a fifth
            playing.next()
        clock.now_s += SILENT_S + 1
        assert playing.words() == "it has given no picture that can be read for 6 s"
    with Playing(usb) as again:
        assert again.words() == "it does not answer, not even to be closed"


def test_one_camera_may_be_a_source_of_two_scanners(clock: Clock) -> None:
    def read(offer: Offer, gone: threading.Event) -> None:
        while not gone.wait(0.01):
            offer(av.VideoFrame(16, 16, "yuv420p"), clock.now_s)

    class Both:
        def play(self, offer: Offer, stop: threading.Event) -> None:
            read_apart("corridor", read, clock.site(), offer, stop)

    with Playing(Both()) as one, Playing(Both()) as other:
        one.next()
        other.next()
        one.next()
    assert not one.failed + other.failed


def test_a_stalled_camera_does_not_hold_up_who_closes_it(camera: PipeCamera, usb: UsbCamera) -> None:
    with Playing(usb) as playing:
        camera.send(*[PICTURE] * 4)
        playing.next()
        playing.stop.set()
        playing._thread.join(1.0)
        assert not playing._thread.is_alive()
    assert not playing.failed


def test_a_camera_that_hangs_while_it_is_opened_has_failed(clock: Clock) -> None:
    opening, answers = threading.Event(), threading.Event()

    def hang(path: str, options: dict[str, str]) -> InputContainer:
        opening.set()
        answers.wait(WITHIN_S)
        raise OSError(errno.ENODEV, "gone")

    with Playing(UsbCamera("a camera that hangs", clock.site(), open_device=hang)) as playing:
        assert opening.wait(WITHIN_S)
        clock.now_s += reading_apart.FIRST_WITHIN_S + 1
        assert "no picture" in playing.words()
    answers.set()


def test_after_it_was_left_a_device_offers_nothing(clock: Clock) -> None:
    reading, left, offered = threading.Event(), threading.Event(), threading.Event()

    def read(offer: Offer, gone: threading.Event) -> None:
        reading.set()
        gone.wait(WITHIN_S)
        offer(av.VideoFrame(16, 16, "yuv420p"), 0.0)
        left.set()

    stop = threading.Event()
    stop.set()
    read_apart("late", read, clock.site(), lambda *_: offered.set(), stop)
    assert left.wait(WITHIN_S)
    assert not offered.is_set()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/no-such-camera", "there is nothing of this name; is it plugged in?"),
        ("/dev/null", "it is not a camera"),
        ("/dev", "it is a folder"),
    ],
)
def test_what_is_no_camera_is_named(path: str, words: str, clock: Clock) -> None:
    with Playing(UsbCamera(path, clock.site())) as playing:
        assert playing.words() == words


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EACCES, errno.ENODEV])
def test_a_camera_in_use_is_not_tried_in_other_ways(number: int) -> None:
    tried: list[dict[str, str]] = []

    def refuse(options: dict[str, str]) -> InputContainer:
        tried.append(options)
        raise OSError(number, "no")

    with pytest.raises(OSError, match="no"):
        first_way(refuse)
    assert tried == [WAYS[0]]


def test_a_camera_is_asked_for_what_it_knows(camera: PipeCamera) -> None:
    tried: list[dict[str, str]] = []

    def only_plain(options: dict[str, str]) -> InputContainer:
        tried.append(options)
        if options:
            raise av.error.ArgumentError(errno.EINVAL, "no such format")
        return camera.open(str(camera.path), options)

    camera.send(*[PICTURE] * 4)
    first_way(only_plain).close()
    assert tried == list(WAYS)


def test_words_never_hold_what_ffmpeg_said() -> None:
    from local_agent.media.sources.faults_in_words import failed

    fault = av.error.ConnectionRefusedError(errno.ECONNREFUSED, "refused", "rtsp://name:password@10.1.2.3/")
    assert str(failed(fault)) == "nobody listens at this address and port"
    assert "password" not in str(failed(OSError(errno.ELOOP, "rtsp://name:password@10.1.2.3/")))
    assert isinstance(failed(fault), SourceFailed)
