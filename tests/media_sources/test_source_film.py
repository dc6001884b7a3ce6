"""Files as cameras, and what each line of site.toml becomes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest
from fake_devices import Clock, Playing, jpeg, picture

from local_agent.media.config import SourceConfig
from local_agent.media.sources.film import Film
from local_agent.media.sources.making import content_of, make_source
from local_agent.media.sources.network_camera import NetworkCamera
from local_agent.media.sources.screen import Screen
from local_agent.media.sources.source import SourceFailed
from local_agent.media.sources.synthetic import SyntheticCamera
from local_agent.media.sources.usb_camera import UsbCamera
from media_kit import Content
from mr_contract.vocabulary import ScannerMode, SourceKind


class Hurried(Clock):
    """A clock that shows every picture's turn as soon as somebody looks."""

    def boot_s(self) -> float:
        self.now_s += 0.05
        return self.now_s


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three pictures, each of its own grey."""
    path = tmp_path / "room.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number, luma in enumerate((40, 120, 200)):
            frame = picture(64, 48, luma)
            frame.pts = number
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def grey(frame: av.VideoFrame) -> int:
    return round(bytes(frame.planes[0])[0] / 20) * 20


def test_a_film_begins_again_when_it_has_ended(film: Path) -> None:
    with Playing(Film(str(film), Hurried().site())) as playing:
        shown = [playing.next() for _ in range(7)]
    assert [grey(frame) for frame, _ in shown] == [40, 120, 200, 40, 120, 200, 40]
    times = [captured_s for _, captured_s in shown]
    assert times == sorted(set(times)), "each is captured when its turn has come"


def test_a_still_picture_is_a_film_of_one(tmp_path: Path) -> None:
    still = tmp_path / "still.jpg"
    still.write_bytes(jpeg(64, 48, 120))
    with Playing(Film(str(still), Hurried().site())) as playing:
        assert [grey(playing.next()[0]) for _ in range(3)] == [120, 120, 120]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (bytes(range(256)) * 40, "cannot be read"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n", ""),
        (b"ffconcat version 1.0\nfile 'http://127.0.0.1:9/x'\n", ""),
        (None, "there is nothing of this name; is it plugged in?"),
    ],
)
def test_a_file_that_is_no_film_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "film.m3u8"
    if content is not None:
        path.write_bytes(content)
    with Playing(Film(str(path), Clock().site())) as playing:
        assert words in playing.words()
        assert "127.0.0.1" not in playing.words()


def test_a_film_without_pictures_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame("s16", "mono", 800)
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
    with Playing(Film(str(path), Clock().site())) as playing:
        assert playing.words() == "it gives no pictures, only something else"


@pytest.mark.parametrize(
    ("url", "kind", "source", "content"),
    [
        ("v4l2:/dev/video0", SourceKind.ROOM, UsbCamera, Content.CAMERA),
        ("rtsp://10.1.2.7/main", SourceKind.PATIENT, NetworkCamera, Content.CAMERA),
        ("rtsps://10.1.2.7/main", SourceKind.CONSOLE_SCREEN, NetworkCamera, Content.SCREEN),
        ("file:/srv/room.mp4", SourceKind.ROOM, Film, Content.CAMERA),
        ("screen::0", SourceKind.CONSOLE_SCREEN, Screen, Content.SCREEN),
        ("synthetic:", SourceKind.INJECTOR, SyntheticCamera, Content.CAMERA),
    ],
)
def test_a_line_of_the_site_becomes_its_source(
    url: str, kind: SourceKind, source: type, content: Content, tmp_path: Path
) -> None:
    config = SourceConfig(id="a", kind=kind, title="A", url=url)
    assert type(make_source(config, Clock().site(), tmp_path)) is source
    assert content_of(config) is content


def test_a_source_of_another_release_is_refused(tmp_path: Path) -> None:
    config = SourceConfig.model_construct(id="a", kind=SourceKind.ROOM, title="A", url="smell:0")
    with pytest.raises(SourceFailed, match="no smell source"):
        make_source(config, Clock().site(), tmp_path)


@pytest.mark.parametrize(
    ("mode", "words"), [(ScannerMode.REAL, "this scanner is real"), (None, "waits until the scanner says")]
)
def test_a_film_never_stands_for_the_room_of_a_real_scanner(
    film: Path, mode: ScannerMode | None, words: str
) -> None:
    with Playing(Film(str(film), Hurried(mode=mode).site())) as playing:
        assert words in playing.words()
    assert playing.pictures.empty()


def test_a_drawn_room_never_stands_for_that_of_a_real_scanner(tmp_path: Path) -> None:
    config = SourceConfig(id="a", kind=SourceKind.PATIENT, title="A", url="synthetic:")
    with Playing(make_source(config, Hurried(mode=ScannerMode.REAL).site(), tmp_path)) as playing:
        assert "this scanner is real" in playing.words()
    assert playing.pictures.empty()


def test_a_drawn_room_shows_that_the_patient_calls(tmp_path: Path) -> None:
    config = SourceConfig(id="a", kind=SourceKind.ROOM, title="A", url="synthetic:")
    calls = [False]
    site = replace(Hurried().site(), patient_calls=lambda: calls[0])
    with Playing(make_source(config, site, tmp_path)) as playing:
        quiet = bytes(playing.next()[0].planes[1])
        calls[0] = True
        playing.until(lambda frame: bytes(frame.planes[1]) != quiet)


def test_a_film_ends_when_the_scanner_turns_out_to_be_real(film: Path) -> None:
    clock = Hurried()
    with Playing(Film(str(film), clock.site())) as playing:
        playing.next()
        clock.mode = ScannerMode.REAL
        assert "this scanner is real" in playing.words()
