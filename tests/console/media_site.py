"""A site with cameras, as far as the desk can tell: real pictures over real WebRTC, on its own thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

import media_kit
from mr_contract.findings import Findings
from mr_contract.media_messages import CloseMedia, MediaAnswer, MediaOffered, OfferedPicture, WantPictures
from mr_contract.vocabulary import PictureQuality
from remote_console.link import LinkThread, NotConnected, Refused
from remote_console.link.boot_clock import boot_s
from remote_console.link.kept_tasks import end, keep
from remote_console.media.sound_mixing import BLOCK, mean_square
from remote_console.media.voice import Unpacked, VoiceTrack

HERE = media_kit.Reach(addresses=("127.0.0.1",))
FRAME_S = 0.04
LOUD = (8000 * np.sin(np.arange(BLOCK) / 6)).astype(np.int16)
QUALITY = {PictureQuality.LOW: media_kit.Quality.LOW, PictureQuality.HIGH: media_kit.Quality.HIGH}


def grey_picture(luma: int) -> VideoFrame:
    planes = np.full((96 * 3 // 2, 160), 128, np.uint8)
    planes[:96] = luma
    return VideoFrame.from_ndarray(planes, format="yuv420p")


class _Camera(media_kit.EncodedSource):
    """Counts who asks for a key frame."""

    asked = 0

    def request_key_frame(self, viewer: int, quality: media_kit.Quality) -> None:
        self.asked += 1
        super().request_key_frame(viewer, quality)


class _Peer:
    """One connection of the desk."""

    def __init__(self, site: MediaSite) -> None:
        self.viewer = media_kit.Viewer(boot_s)
        self.connection = media_kit.new_connection()
        self.tracks = [self.viewer.look_at(source, None) for source in site.sources.values()]
        for track in self.tracks:
            media_kit.send_pictures(self.connection, track)
        self.voice = VoiceTrack(boot_s)
        self.connection.addTransceiver(self.voice, direction="sendrecv")
        self.connection.on("track", lambda track: self.readers.append(keep(site.listen(track), lambda: None)))
        self.readers: list[asyncio.Task[None]] = []
        channel = self.connection.createDataChannel(media_kit.CAPTURE_TIMES_LABEL)
        self.said = media_kit.CaptureTimesSaid(self.connection, channel)

    async def close(self) -> None:
        await self.said.close()
        self.viewer.close()
        self.voice.stop()
        await self.connection.close()
        for reader in self.readers:
            await end(reader)


class MediaSite:
    """Implements `Signalling` for the desk; each camera shows one shade, dated now."""

    def __init__(self, *cameras: str) -> None:
        self.cameras = cameras
        self.shades = {name: 60 + 60 * n for n, name in enumerate(cameras)}
        self.still: frozenset[str] = frozenset()
        """Cameras that show nothing new."""
        self.refuses: Findings | None = None
        self.garbles = False
        self.linked = True
        self.opened = 0
        self.wanted: tuple[tuple[str, PictureQuality], ...] = ()
        self.sources: dict[str, _Camera] = {}
        self.hears = 0.0
        """How loud the desk is at the site: mean square."""
        self.speaks = False
        self._encoders = ThreadPoolExecutor(1)
        self._thread = LinkThread("site")
        self._peers: dict[str, _Peer] = {}
        self._playing: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ Signalling

    async def open(self, scanner: str) -> MediaOffered:
        if not self.linked:
            raise NotConnected("no link")
        if self.refuses is not None:
            raise Refused(self.refuses)
        return await asyncio.wrap_future(self._thread.submit(self._offer(scanner)))

    async def send(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        await asyncio.wrap_future(self._thread.submit(self._take(message)))

    def offset(self) -> media_kit.ClockOffset | None:
        return media_kit.ClockOffset(0.0, 0.001)

    # ------------------------------------------------------------ what a test does to it

    @property
    def media_ids(self) -> tuple[str, ...]:
        """Connections that are open."""
        return tuple(self._peers)

    def asked(self, camera: str) -> int:
        """How often a key frame of this camera was asked for."""
        return self.sources[camera].asked

    def drop(self) -> None:
        """Every connection ends, as when the media process died."""
        self._thread.submit(self._drop()).result()

    # ------------------------------------------------------------ in its own loop

    async def _offer(self, scanner: str) -> MediaOffered:
        if not self.sources:
            encoders = media_kit.Encoders(self._encoders, boot_s)
            self.sources = {name: _Camera(media_kit.Content.CAMERA, encoders) for name in self.cameras}
            self._playing = keep(self._play(), lambda: None)
        self.opened += 1
        media_id = f"m{self.opened}"
        peer = self._peers[media_id] = _Peer(self)
        await peer.connection.setLocalDescription(await peer.connection.createOffer())
        mids = [str(t.mid) for t in peer.connection.getTransceivers()]
        pictures = tuple(OfferedPicture(mid=m, source=s) for m, s in zip(mids, self.sources, strict=False))
        sdp = "garbage" if self.garbles else peer.connection.localDescription.sdp
        return MediaOffered(
            command_id="c", media_id=media_id, scanner=scanner, sdp=sdp, pictures=pictures, talk_mid=mids[-1]
        )

    async def _take(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        peer = self._peers.get(message.media_id)
        if peer is None:
            return
        match message:
            case MediaAnswer(sdp=sdp):
                await media_kit.take_description(peer.connection, "answer", sdp)
            case WantPictures(pictures=pictures):
                mids = [str(t.mid) for t in peer.connection.getTransceivers()]
                places = [(mids.index(p.mid), p.quality) for p in pictures]
                self.wanted = tuple((self.cameras[place], quality) for place, quality in places)
                peer.viewer.want({peer.tracks[place]: QUALITY[quality] for place, quality in places})
            case CloseMedia():
                await self._peers.pop(message.media_id).close()

    async def _play(self) -> None:
        while True:
            for name, source in self.sources.items():
                if name not in self.still:
                    source.offer(grey_picture(self.shades[name]), boot_s())
            for peer in self._peers.values() if self.speaks else ():
                for _ in range(2):
                    peer.voice.take(LOUD)
            await asyncio.sleep(FRAME_S)

    async def listen(self, track: MediaStreamTrack) -> None:
        """To what the desk says."""
        unpacked = Unpacked()
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.hears = mean_square(unpacked.samples(frame))

    async def _drop(self) -> None:
        for media_id in tuple(self._peers):
            await self._peers.pop(media_id).close()

    async def _end(self) -> None:
        await end(self._playing)
        await self._drop()
        for source in self.sources.values():
            await source.close()

    @contextlib.contextmanager
    def running(self) -> Iterator[MediaSite]:
        """From here to the end of the block."""
        with self._thread, self._encoders:
            try:
                yield self
            finally:
                self._thread.submit(self._end()).result()
