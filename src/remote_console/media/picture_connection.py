"""One WebRTC connection to a scanner's cameras: answers the agent's offer, decodes, dates every picture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiortc import MediaStreamTrack, RTCIceServer
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

import media_kit
from mr_contract.media_messages import MediaOffered
from remote_console.link.boot_clock import boot_s
from remote_console.link.kept_tasks import end, keep
from remote_console.media.desk_sound import ScannerSound
from remote_console.media.sound_mixing import Samples
from remote_console.media.voice import Unpacked, VoiceTrack

Show = Callable[[str, VideoFrame, float | None], None]
"""Source, picture, and when it was captured in the site's boot time."""


class PictureConnection:
    """Made in the loop it is used in, and closed there, whatever became of it."""

    def __init__(
        self,
        offer: MediaOffered,
        show: Show,
        sound: ScannerSound | None = None,
        took: Callable[[float], None] | None = None,
    ) -> None:
        """`took` is told how long each picture took in this machine until it was shown, in s."""
        self._offer, self._show, self._sound, self._took = offer, show, sound, took
        self._voice: VoiceTrack | None = None
        self._sources = {picture.mid: picture.source for picture in offer.pictures}
        servers = [
            RTCIceServer(list(server.urls), server.username or None, server.credential or None)
            for server in offer.ice_servers
        ]
        self._connection = media_kit.new_connection(servers, relay_only=offer.relay_only)
        self._times = media_kit.CaptureTimes()
        self._changed = asyncio.Event()
        self._readers: list[asyncio.Task[None]] = []
        self._connection.on("datachannel", self._times.hear)
        self._connection.on("connectionstatechange", self._changed.set)
        self._connection.on("track", self._read_later)

    @property
    def state(self) -> str:
        """As WebRTC says it: `connected`, `failed` …"""
        return self._connection.connectionState

    async def answer(self) -> str:
        """Our description, with every candidate in it. Raises BadDescription."""
        await media_kit.take_description(self._connection, "offer", self._offer.sdp)
        self._check_sections()
        if self._sound is not None:
            self._speak(self._sound)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    async def until(self, *states: str) -> None:
        """Wait for one of these states."""
        while self.state not in states:
            self._changed.clear()
            await self._changed.wait()

    async def ask_for_key_frame(self, source: str) -> None:
        """Ask the sender of this source."""
        for transceiver in self._connection.getTransceivers():
            if self._sources.get(transceiver.mid or "") == source:
                await transceiver.receiver.ask_for_key_frame()  # type: ignore[attr-defined]

    async def close(self) -> None:
        """End it: every task and thread of it."""
        if self._sound is not None:
            self._sound.disconnect()
        if self._voice is not None:
            self._voice.stop()
        await self._connection.close()
        for reader in self._readers:
            await end(reader)

    def _check_sections(self) -> None:
        """The description has what the offer names. Raises BadDescription."""
        kinds = {transceiver.mid: transceiver.kind for transceiver in self._connection.getTransceivers()}
        named = dict.fromkeys(self._sources, "video")
        if self._offer.talk_mid is not None:
            named[self._offer.talk_mid] = "audio"
        for mid, kind in named.items():
            if kinds.get(mid) != kind:
                raise media_kit.BadDescription(f"the offer has no section {mid} for {kind}")

    def _speak(self, sound: ScannerSound) -> None:
        """Join one's voice to the section for sound, where there is one."""
        talk = next((t for t in self._connection.getTransceivers() if t.mid == self._offer.talk_mid), None)
        if talk is None:
            return
        loop, voice = asyncio.get_running_loop(), VoiceTrack(boot_s)
        self._voice = voice
        talk.sender.replaceTrack(voice)
        talk.direction = "sendrecv"

        def speak(block: Samples) -> None:
            loop.call_soon_threadsafe(voice.take, block)

        sound.connect(speak)

    def _read_later(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._readers.append(keep(self._read(track), lambda: None))
        elif self._sound is not None:
            self._readers.append(keep(self._hear(track, self._sound), lambda: None))

    async def _hear(self, track: MediaStreamTrack, sound: ScannerSound) -> None:
        unpacked = Unpacked()
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                sound.hear(unpacked.samples(frame))

    async def _read(self, track: MediaStreamTrack) -> None:
        mids = {t.mid: t.receiver for t in self._connection.getTransceivers() if t.receiver.track is track}
        mid, receiver = next(iter(mids.items()), (None, None))
        source = self._sources.get(mid or "")
        if mid is None or source is None:
            return
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self._show(source, frame, self._times.captured_s(mid, frame.pts))
                took_s = receiver.took_s(frame.pts)  # type: ignore[union-attr]
                if self._took is not None and took_s is not None:
                    self._took(took_s)
