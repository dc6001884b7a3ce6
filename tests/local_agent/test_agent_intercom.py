"""The way to the patient's ears in the media process: only what the agent said sounds, and it is measured."""

from __future__ import annotations

import asyncio
import math
import wave
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest

from local_agent.media.intercom import Intercom
from local_agent.media.loudspeaker import (
    MOST_WAITING_S,
    PREFILL_S,
    RATE_HZ,
    DeviceFault,
    PretendedLoudspeaker,
    Waiting,
    level_of,
    open_device,
)
from local_agent.media.pipe_messages import FromMedia, IntercomSaid, PlayedRecording, RecordingEnded
from local_agent.media.recorded_sound import RecordingUnreadable, read_recording
from local_agent.media.recordings import recording_file, recordings_of
from mr_contract.vocabulary import BreathCommand

GERMAN_HOLD = PlayedRecording(number=7, language="de", breath=BreathCommand.HOLD)


def tone(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    turn = 2 * math.pi * 440 / rate_hz
    return array("h", (int(8000 * math.sin(turn * n)) for n in range(int(seconds * rate_hz)))).tobytes()


def frame(sound: bytes, layout: str = "mono") -> av.AudioFrame:
    channels = 2 if layout == "stereo" else 1
    made = av.AudioFrame(format="s16", layout=layout, samples=len(sound) // 2 // channels)
    made.planes[0].update(sound)
    made.sample_rate = RATE_HZ
    return made


def record(directory: Path, breath: BreathCommand, seconds: float = 0.1, language: str = "de") -> Path:
    """A recording as a site would make it: another rate, two channels."""
    file = recording_file(directory, language, breath)
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22_050)
        out.writeframes(tone(seconds, 22_050))
    return file


@dataclass
class Bench:
    """An intercom with a loudspeaker that remembers how much it was given."""

    directory: Path
    now_s: float = 100.0
    said: list[FromMedia] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.speaker = PretendedLoudspeaker(lambda: self.now_s)
        self.intercom = Intercom("mr-a", self.speaker, self.directory, self.said.append)

    def hear(self, name: str) -> float:
        self.intercom.said(name, frame(tone(0.02)))
        return self.speaker.level()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def test_a_voice_sounds_only_while_the_agent_says_it_may_and_no_other_does(bench: Bench) -> None:
    assert bench.hear("m-1") == 0.0
    bench.intercom.let("m-1", None)
    assert bench.hear("m-2") == 0.0
    assert bench.hear("m-1") > 0.5
    bench.now_s += 1.0
    bench.intercom.let(None, None)
    assert bench.hear("m-1") == 0.0


async def test_a_voice_in_two_channels_is_heard_as_one(bench: Bench) -> None:
    bench.intercom.let("m-1", None)
    bench.intercom.said("m-1", frame(tone(0.02), "stereo"))
    assert bench.speaker.level() > 0.5


async def test_its_level_and_its_fault_are_told_where_they_changed(bench: Bench) -> None:
    bench.intercom.look()
    bench.intercom.look()
    bench.intercom.let("m-1", None)
    level = bench.hear("m-1")
    bench.intercom.look()
    told = [(s.fault, s.level) for s in bench.said if isinstance(s, IntercomSaid)]
    assert told == [(None, 0.0), (None, level)]


async def test_a_recording_sounds_in_its_own_time_and_its_end_is_told_once(bench: Bench) -> None:
    record(bench.directory, BreathCommand.HOLD)
    began_s = asyncio.get_running_loop().time()
    bench.intercom.let(None, GERMAN_HOLD)
    await until(lambda: bool(bench.said))
    assert asyncio.get_running_loop().time() - began_s >= 0.1
    assert bench.said == [RecordingEnded(scanner="mr-a", number=7)]
    assert bench.speaker.level() > 0.5
    assert bench.hear("m-1") == bench.speaker.level(), "a voice that may not be heard adds nothing"


async def test_a_recording_that_was_cut_sounds_no_more_and_tells_no_end(bench: Bench) -> None:
    record(bench.directory, BreathCommand.HOLD, 5.0)
    bench.intercom.let(None, GERMAN_HOLD)
    await until(lambda: bench.speaker.level() > 0.0)
    bench.intercom.let(None, None)
    bench.now_s += 1.0
    await asyncio.sleep(0)
    await bench.intercom.close()
    assert bench.said == []
    assert bench.speaker.level() == 0.0


async def test_a_recording_that_cannot_be_read_says_so(bench: Bench) -> None:
    bench.intercom.let(None, GERMAN_HOLD)
    await until(lambda: bool(bench.said))
    (ended,) = bench.said
    assert isinstance(ended, RecordingEnded)
    assert ended.fault == "hold.wav cannot be read"


def test_recordings_are_found_by_language_and_come_out_as_the_loudspeaker_wants_them(tmp_path: Path) -> None:
    file = record(tmp_path, BreathCommand.HOLD, 0.2)
    record(tmp_path, BreathCommand.BREATHE, language="fr")
    (tmp_path / "recordings" / "Notes").mkdir()
    (tmp_path / "recordings" / "it").mkdir()
    assert recordings_of(tmp_path) == {
        "de": frozenset({BreathCommand.HOLD}),
        "fr": frozenset({BreathCommand.BREATHE}),
    }
    sound = read_recording(file)
    assert abs(len(sound) / 2 / RATE_HZ - 0.2) < 0.005
    assert level_of(sound) > 0.5


@pytest.mark.parametrize("content", [b"", b"RIFF....WAVE", b"no sound at all"])
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "hold.wav"
    file.write_bytes(content)
    with pytest.raises(RecordingUnreadable, match=r"hold\.wav cannot be read"):
        read_recording(file)


def test_a_recording_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable, match="longer than 15 s"):
        read_recording(record(tmp_path, BreathCommand.HOLD, 16.0))


def test_a_device_is_given_the_voice_of_now_and_silence_where_there_is_none() -> None:
    waiting = Waiting()
    assert waiting.take(480) == bytes(960)
    waiting.put(b"\1\0" * 480)
    assert waiting.take(480) == bytes(960), "it gathers a little first"
    waiting.put(b"\2\0" * int(RATE_HZ * PREFILL_S))
    assert waiting.take(480) == b"\1\0" * 480
    waiting.put(b"\3\0" * RATE_HZ)
    kept = int(RATE_HZ * MOST_WAITING_S)
    assert waiting.take(kept + 480) == b"\3\0" * kept + bytes(960), "what is late is dropped"
    waiting.put(b"\4\0" * RATE_HZ)
    waiting.clear()
    assert waiting.take(480) == bytes(960)


def test_a_device_that_is_not_there_is_named() -> None:
    def silence() -> object:
        yield b""

    with pytest.raises(DeviceFault, match=r"Ceiling is not connected|cannot be opened"):
        open_device("Ceiling", silence())  # type: ignore[arg-type]
