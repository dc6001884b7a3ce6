"""The desk on the real network: intentions onto the link's thread, messages back by queued signals.

- The window never waits for the network, and a busy window never delays a beat or a stop.
- Images are decoded before they reach the window: stored ones on a thread beside the link's own.
- The lease is renewed only while the window ticked within 1 s.
- A command that could not be sent is answered here, in words; it is not kept for later.
"""

from __future__ import annotations

import asyncio
import time
from typing import Self

from mr_contract.bulk_messages import InstanceHeader, PreviewHeader
from mr_contract.console_messages import ConsoleCommand, Outcome, StopScan
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from remote_console.core.dicom_slices import decoded
from remote_console.core.images import NotAnImage, Picture
from remote_console.core.picture_tiles import MediaLink, Wish
from remote_console.core.sound import SoundWish
from remote_console.link import (
    AgentClient,
    Fleet,
    IdentityStore,
    LinkError,
    LinkEvent,
    LinkState,
    LinkThread,
    NoAnswer,
)
from remote_console.media.clock_asking import ClockAsking
from remote_console.media.desk_sound import DeskSound
from remote_console.media.frames import Box, Frame
from remote_console.media.media_desk import MediaDesk
from remote_console.media.signalling import LinkSignalling
from remote_console.ui.desk import DeskSignals

ALIVE_S = 1.0


class LiveDesk:
    """Implements `Desk` on a fleet of agents. Use with `with`; raises StoreLocked without its key."""

    def __init__(self, store: IdentityStore, signals: DeskSignals) -> None:
        self.signals = signals
        self._ticked_s = time.monotonic()
        self._thread = LinkThread()
        self._fleet = Fleet(store, window_alive=self._is_alive)
        self._clocks: dict[str, ClockAsking] = {}
        self._sound = DeskSound(signals.sound_changed.emit)
        self._media = MediaDesk(self._signalling, _MediaTold(signals), sound=self._sound)

    def __enter__(self) -> Self:
        self._thread.__enter__()
        self._fleet.subscribe(self._happened)
        try:
            self._thread.submit(self._fleet.__aenter__()).result()
        except LinkError:
            self._thread.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._sound.close()
        self._media.close()
        for clock in self._clocks.values():
            self._thread.submit(clock.close()).result()
        self._thread.submit(self._fleet.__aexit__()).result()
        self._thread.__exit__()

    # ------------------------------------------------------------ Desk

    def send(self, site: str, command: ConsoleCommand) -> None:
        """Send now; without a link it is refused here and forgotten."""
        self._thread.submit(self._send(site, command))

    def stop(self, site: str, scanner: str, command_id: str) -> None:
        """Stop before everything else."""
        self._thread.submit(self._send(site, StopScan(command_id=command_id, scanner=scanner)))

    def fetch_series(self, site: str, scanner: str, series_id: str) -> None:
        """The instances of a stored series arrive as frames."""
        self._thread.submit(self._fetch(site, scanner, series_id))

    def watch_previews(self, site: str, scanners: tuple[str, ...]) -> None:
        """Previews of exactly these scanners from now on."""
        self._thread.submit(self._watch(site, scanners))

    def look(self, site: str, scanner: str, wishes: tuple[Wish, ...] | None) -> None:
        """Have these pictures of a scanner's cameras; None: no connection for them."""
        self._media.look(site, scanner, wishes)

    def fit(self, site: str, scanner: str, source: str, box: Box) -> None:
        """How large a camera's picture is shown."""
        self._media.frames.fit((site, scanner, source), box)

    def take_picture(self, site: str, scanner: str, source: str) -> Frame | None:
        """The newest picture of a camera that was not taken yet."""
        return self._media.frames.take((site, scanner, source))

    def listen(self, wish: SoundWish) -> None:
        """What the sound devices are to do."""
        self._sound.wish(wish)

    def play_tone(self) -> None:
        """A short tone in one's own headset."""
        self._sound.play_tone()

    def sound_levels(self) -> tuple[float, float]:
        """Microphone and headset."""
        return self._sound.levels()

    def window_alive(self) -> None:
        """The window ticked."""
        self._ticked_s = time.monotonic()

    # ------------------------------------------------------------ on the link's thread

    def _is_alive(self) -> bool:
        return time.monotonic() - self._ticked_s < ALIVE_S

    def _happened(self, event: LinkEvent) -> None:
        self._media.hear(event.site, event.what)
        match event.what:
            case LinkState(connected=False):
                self.signals.lost.emit(event.site)
            case LinkState():
                pass
            case _:
                self.signals.said.emit(event.site, event.what)

    def _signalling(self, site: str) -> LinkSignalling:
        """Called on the thread of the pictures; the first to look at a site begins to ask for its time."""
        client = self._fleet.clients[site]
        if site not in self._clocks:
            self._clocks[site] = self._thread.submit(_ask_for_time(client)).result()
        return LinkSignalling(self._thread, client, self._clocks[site])

    async def _send(self, site: str, command: ConsoleCommand) -> None:
        try:
            await self._fleet.clients[site].command(command)
        except NoAnswer:
            return  # its outcome may still come, and is then shown as any other
        except (LinkError, KeyError) as error:
            why = finding(Reason.NOT_SENT, why=str(error))
            refused = Outcome(command_id=command.command_id, accepted=False, findings=(why,))
            if not isinstance(command, StopScan):  # a stop that is not acknowledged says so by itself
                self.signals.said.emit(site, refused)

    async def _watch(self, site: str, scanners: tuple[str, ...]) -> None:
        def show(header: PreviewHeader, payload: memoryview) -> None:
            self._frame(site, header, bytes(payload))

        bulk = self._fleet.bulk.get(site)
        if bulk is not None:
            await bulk.watch_previews(scanners, show)

    async def _fetch(self, site: str, scanner: str, series_id: str) -> None:
        try:
            files = await self._fleet.bulk[site].fetch_series(scanner, series_id)
        except (LinkError, KeyError):
            self.signals.not_fetched.emit(site, scanner, series_id)
            return
        for index, content in enumerate(files):
            header = InstanceHeader(
                scanner=scanner, series_id=series_id, index=index, count=len(files), sha256="0" * 64
            )
            await asyncio.to_thread(self._frame, site, header, content)

    def _frame(self, site: str, header: Picture, payload: bytes) -> None:
        """One that cannot be read is left out, and said: the others are still shown."""
        try:
            images = decoded(header, payload)
        except NotAnImage as why:
            self.signals.unreadable.emit(site, header, why.words)
            return
        for image in images:
            self.signals.frame.emit(site, header, image)


async def _ask_for_time(client: AgentClient) -> ClockAsking:
    return ClockAsking(client)


class _MediaTold:
    """Queued signals to the window."""

    def __init__(self, signals: DeskSignals) -> None:
        self._signals = signals

    def picture_came(self, site: str, scanner: str, source: str) -> None:
        self._signals.picture_came.emit(site, scanner, source)

    def media_changed(self, site: str, scanner: str, link: MediaLink) -> None:
        self._signals.media_changed.emit(site, scanner, link)
