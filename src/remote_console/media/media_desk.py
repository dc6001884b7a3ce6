"""Pictures of every scanner that is looked at, on a thread of their own: no beat or stop waits for them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol

from mr_contract.findings import finding
from mr_contract.media_messages import MediaClosed, PicturesGiven, SourcesChanged
from mr_contract.reasons import Reason
from mr_contract.vocabulary import SourceState
from remote_console.core.picture_tiles import MediaLink, MediaPhase, Wish
from remote_console.link import LinkState, LinkThread
from remote_console.media.desk_sound import DeskSound, ScannerSound
from remote_console.media.frames import Box, Frame, NewestFrames
from remote_console.media.signalling import Signalling

if TYPE_CHECKING:
    import media_kit
    from remote_console.media.scanner_pictures import DeskWork, Patience, ScannerPictures

_Key = tuple[str, str]
_UNSEEN = frozenset({SourceState.PAUSED, SourceState.FAILING})

NONE: frozenset[str] = frozenset()


class MediaTold(Protocol):
    """Who is told, from the thread of the pictures."""

    def picture_came(self, site: str, scanner: str, source: str) -> None:
        """A picture waits in `MediaDesk.frames`; not told again until it was taken."""

    def media_changed(self, site: str, scanner: str, link: MediaLink) -> None:
        """The state of a connection."""


class MediaDesk:
    """Its thread begins with the first wish; until then nothing of WebRTC is loaded.

    `signalling` gives the control link of a site; it is called on the thread of the pictures.
    """

    def __init__(
        self,
        signalling: Callable[[str], Signalling],
        told: MediaTold,
        *,
        reach: media_kit.Reach | None = None,
        patience: Patience | None = None,
        sound: DeskSound | None = None,
    ) -> None:
        self._signalling, self._told = signalling, told
        self._reach, self._patience, self._sound = reach, patience, sound
        self.frames = NewestFrames()
        self._thread: LinkThread | None = None
        self._closed = False
        self._corrections: media_kit.Corrections | None = None
        self._looking: dict[_Key, ScannerPictures] = {}
        self._work: DeskWork | None = None
        self._sending: dict[_Key, frozenset[str]] = {}
        """Cameras that send pictures, as their site says."""

    # ------------------------------------------------------------ from any thread

    def look(self, site: str, scanner: str, wishes: tuple[Wish, ...] | None) -> None:
        """Have these pictures, most important first; None: no connection."""
        if self._thread is None:
            if wishes is None or self._closed:
                return
            self._thread = LinkThread("pictures").__enter__()
        self._thread.submit(self._look((site, scanner), wishes))

    def hear(self, site: str, what: object) -> None:
        """Something of a site's control link; what does not concern pictures is left alone."""
        match what:
            case SourcesChanged(scanner=scanner, sources=sources):
                sending = frozenset(s.source for s in sources if s.state not in _UNSEEN)
                self._sending[site, scanner] = sending
                for source in sources:
                    if source.source not in sending:
                        self.frames.forget((site, scanner, source.source))
            case PicturesGiven() | MediaClosed() | LinkState():
                if self._thread is not None:
                    self._thread.call(self._pass_on, site, what)

    def close(self) -> None:
        """End every connection, and the thread, for good: a window that is closing asks for no more."""
        self._closed = True
        thread, self._thread = self._thread, None
        if thread is not None:
            ended: Future[None] = thread.submit(self._end())
            ended.result()
            thread.__exit__()

    # ------------------------------------------------------------ on the thread of the pictures

    async def _look(self, key: _Key, wishes: tuple[Wish, ...] | None) -> None:
        looking = self._looking.get(key)
        if wishes is None:
            if looking is not None:
                del self._looking[key]
                await looking.close()
            return
        looking = looking or self._begin(key)
        if looking is not None:
            await looking.wish(wishes)

    def _begin(self, key: _Key) -> ScannerPictures | None:
        import media_kit
        from remote_console.media.scanner_pictures import DeskWork, ScannerPictures

        site, scanner = key
        teller = _Teller(key, self.frames, self._told)
        try:
            self._corrections = self._corrections or media_kit.correct(self._reach)
        except media_kit.WrongVersion as fault:
            down = finding(Reason.MEDIA_DOWN, why=str(fault))
            teller.link(MediaLink(MediaPhase.WAITING, (down,)))
            return None
        self._work = self._work or DeskWork()
        self._looking[key] = ScannerPictures(
            scanner,
            self._signalling(site),
            teller,
            lambda: self._sending.get(key, NONE),
            self._patience,
            None if self._sound is None else ScannerSound(self._sound, key),
            self._work,
        )
        return self._looking[key]

    def _pass_on(self, site: str, what: PicturesGiven | MediaClosed | LinkState) -> None:
        for key, looking in self._looking.items():
            if key[0] != site:
                continue
            match what:
                case PicturesGiven():
                    looking.given(what)
                case MediaClosed():
                    looking.closed(what)
                case LinkState(connected=connected):
                    looking.link_changed(connected=connected)

    async def _end(self) -> None:
        for key in tuple(self._looking):
            await self._look(key, None)
        if self._corrections is not None:
            self._corrections.undo()


class _Teller:
    """Tells what one scanner's pictures do."""

    def __init__(self, key: _Key, frames: NewestFrames, told: MediaTold) -> None:
        self._key, self._frames, self._told = key, frames, told

    def picture(self, source: str, frame: Frame) -> None:
        if self._frames.put((*self._key, source), frame):
            self._told.picture_came(*self._key, source)

    def box(self, source: str) -> Box | None:
        return self._frames.box((*self._key, source))

    def link(self, link: MediaLink) -> None:
        self._told.media_changed(*self._key, link)
