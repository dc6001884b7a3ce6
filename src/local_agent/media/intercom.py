"""The way to the patient's ears in the media process: one voice, or one recording, only as the agent says.

Rules upheld here:
- Nothing sounds that the agent did not say; what it says is whole and replaces what it said before.
- A voice that is not the one said is dropped where it comes in, and so is what waited of the one before.
- The end of a recording is told once; of one that was replaced it is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import av

from local_agent.media.config import IntercomConfig
from local_agent.media.loudspeaker import DeviceLoudspeaker, Loudspeaker, PretendedLoudspeaker
from local_agent.media.pipe_messages import FromMedia, IntercomSaid, PlayedRecording, RecordingEnded
from local_agent.media.recorded_sound import RATE_HZ, RecordingUnreadable, read_recording
from local_agent.media.recordings import recording_file
from local_agent.media.simulated_ears import SimulatedEars
from mr_contract.vocabulary import BreathCommand

BLOCK = RATE_HZ // 50
"""Samples of 20 ms."""


class Intercom:
    """One scanner's. Made and used in the event loop; `tell` is called there."""

    def __init__(
        self, scanner: str, speaker: Loudspeaker, directory: Path, tell: Callable[[FromMedia], None]
    ) -> None:
        self._scanner, self._speaker, self._directory, self._tell = scanner, speaker, directory, tell
        self._resampler = _to_mono()
        self._voice: str | None = None
        self._breath: BreathCommand | None = None
        self._recording: PlayedRecording | None = None
        self._playing: asyncio.Task[None] | None = None
        self._said: IntercomSaid | None = None

    def let(
        self, voice: str | None, recording: PlayedRecording | None, breath: BreathCommand | None = None
    ) -> None:
        """What the patient hears from now on: the voice of this connection, or this recording, or nothing.

        `breath`: the command that the voice gives, as far as is known.
        """
        if (voice, recording, breath) == (self._voice, self._recording, self._breath):
            return
        self._voice, self._recording, self._breath = voice, recording, breath
        self._resampler = _to_mono()
        self._speaker.silence()
        if recording is not None:
            self._speaker.give(recording.breath, recording.language)
        else:
            self._speaker.give(breath, None)
        if self._playing is not None:
            self._playing.cancel()
        self._playing = None
        if recording is not None:
            self._playing = asyncio.create_task(self._play(recording), name="play a recording")

    def said(self, name: str, frame: av.AudioFrame) -> None:
        """A frame of somebody's voice."""
        if name != self._voice:
            return
        frame.pts = None
        for part in self._resampler.resample(frame):
            self._speaker.play(bytes(part.planes[0])[: part.samples * 2])

    def look(self) -> None:
        """Four times a second: what it does, told where it changed."""
        self._speaker.look()
        said = IntercomSaid(scanner=self._scanner, fault=self._speaker.fault, level=self._speaker.level())
        if said != self._said:
            self._said = said
            self._tell(said)

    async def close(self) -> None:
        """Silence, and let go of the device."""
        playing = self._playing
        self.let(None, None)
        if playing is not None:
            await asyncio.wait([playing])
        await self._speaker.close()

    async def _play(self, recording: PlayedRecording) -> None:
        file = recording_file(self._directory, recording.language, recording.breath)
        fault = ""
        try:
            await self._sound(await asyncio.to_thread(read_recording, file))
        except RecordingUnreadable as unreadable:
            fault = str(unreadable)[:160]
        self._tell(RecordingEnded(scanner=self._scanner, number=recording.number, fault=fault))

    async def _sound(self, sound: bytes) -> None:
        loop = asyncio.get_running_loop()
        began_s, size = loop.time(), BLOCK * 2
        for number, at in enumerate(range(0, len(sound), size), start=1):
            self._speaker.play(sound[at : at + size])
            await asyncio.sleep(began_s + number / 50 - loop.time())


def _to_mono() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)


def speaker_of(config: IntercomConfig, directory: Path, boot_s: Callable[[], float]) -> Loudspeaker:
    """The loudspeaker that a line of `site.toml` names; `directory` is where its `secret_file` begins."""
    if not config.is_simulated:
        return DeviceLoudspeaker(config.output.partition(":")[2], boot_s)
    if config.room:
        return SimulatedEars(config.room, directory / config.secret_file, boot_s)
    return PretendedLoudspeaker(boot_s)
