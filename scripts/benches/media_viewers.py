"""Consoles of `bench media` at a running agent, in a process of their own.

    python -m benches.media_viewers HOME SITE SCANNER

`open` connects one more console and has it ask for privileges; `look` waits for them and has it look at
sources: as the console's own media client does (`decodes`), or as one of a crowd, which takes everything in
and decodes nothing. `forget` begins the measured time, `report` ends it. With `speaks` a console says a short
loud sound each second and a quiet one in between; with `hears` it notes when the loud ones came.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCPeerConnection

import media_kit
from benches.media_line import through
from benches.media_wire import commands, next_command, now_s, say
from benches.world import scanner_known, until
from mr_contract.media_messages import (
    CloseMedia,
    MediaAnswer,
    MediaOffered,
    WantedPicture,
    WantPictures,
)
from mr_contract.vocabulary import PictureQuality, Privilege
from remote_console.core.picture_tiles import MediaLink
from remote_console.link import AgentClient, IdentityStore, Protection, ScannerCommands
from remote_console.media.desk_sound import ScannerSound, Speak
from remote_console.media.frames import Box, Frame
from remote_console.media.scanner_pictures import ScannerPictures
from remote_console.media.sound_mixing import BLOCK, RATE_HZ, Samples

CROWD_NICENESS = 10
"""A crowd stands for other computers: it is not to take from the agent what it never would."""
LOUD, QUIET, HEARD_ABOVE = 12_000, 300, 4_000
LOUD_EVERY, LOUD_BLOCKS = 50, 5
"""Blocks of 20 ms."""
TILE = (640, 360)


@dataclass(slots=True)
class Voice(ScannerSound):
    """Speaks or listens where a headset would."""

    speaks: bool
    said_s: list[float] = field(default_factory=list)
    """When each loud sound began, into the encoder."""
    heard_s: list[float] = field(default_factory=list)
    """When each came out of the decoder."""
    samples: int = 0
    _was_loud: bool = False
    _speaking: asyncio.Task[None] | None = None

    def connect(self, speak: Speak) -> None:
        if self.speaks:
            self._speaking = asyncio.get_running_loop().create_task(self._speak(speak))

    def disconnect(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()

    def hear(self, samples: Samples) -> None:
        self.samples += samples.size
        is_loud = samples.size > 0 and int(np.abs(samples).max()) > HEARD_ABOVE
        if is_loud and not self._was_loud:
            self.heard_s.append(now_s())
        self._was_loud = is_loud

    async def _speak(self, speak: Speak) -> None:
        tone = np.sin(np.arange(BLOCK) * (2 * np.pi * 500 / RATE_HZ))
        began_s = now_s()
        for number in range(sys.maxsize):
            await asyncio.sleep(max(0.0, began_s + number * BLOCK / RATE_HZ - now_s()))
            is_loud = number % LOUD_EVERY < LOUD_BLOCKS
            if number % LOUD_EVERY == 0:
                self.said_s.append(now_s())
            speak((tone * (LOUD if is_loud else QUIET)).astype(np.int16))


@dataclass(slots=True)
class Console:
    """One of them; implements the pictures' `Signalling` and `Told`."""

    client: AgentClient
    scanner: str
    ports: Sequence[int] = ()
    """Of a line between it and the site: where the site sends to, where it does."""
    voice: Voice | None = None
    shown: dict[str, list[float]] = field(default_factory=dict)
    """When each picture of a source was ready to be painted."""
    links: list[MediaLink] = field(default_factory=list)
    since_s: float = 0.0
    """Since when it is measured."""
    looking: ScannerPictures | None = None
    connection: RTCPeerConnection | None = None

    async def granted(self, privileges: frozenset[Privilege]) -> None:
        """Wait for them."""
        view = ScannerCommands(self.client, self.scanner)

        def holds() -> bool:
            return view.view.control is not None and privileges <= set(view.view.control.privileges)

        await until(self.client, holds, "the privileges")

    async def look(self, wanted: Sequence[tuple[str, PictureQuality]], *, decodes: bool) -> None:
        """At all of these, in the order of importance."""
        if decodes:
            self.looking = ScannerPictures(self.scanner, self, self, frozenset, sound=self.voice)
            await self.looking.wish(tuple(wanted))
            return
        offer = await self.open(self.scanner)
        self.connection = connection = media_kit.new_connection()
        await media_kit.take_description(connection, "offer", offer.sdp)
        for transceiver in connection.getTransceivers():
            transceiver.receiver._enabled = False  # noqa: SLF001 - aiortc's switch has no other name
        await connection.setLocalDescription(await connection.createAnswer())
        await self.send(MediaAnswer(media_id=offer.media_id, sdp=connection.localDescription.sdp))
        mids = {picture.source: picture.mid for picture in offer.pictures}
        pictures = tuple(WantedPicture(mid=mids[source], quality=quality) for source, quality in wanted)
        await self.send(WantPictures(media_id=offer.media_id, pictures=pictures))

    async def close(self) -> None:
        """End what was begun."""
        if self.looking is not None:
            await self.looking.close()
        if self.connection is not None:
            await self.connection.close()
        await self.client.__aexit__(None, None, None)

    # ------------------------------------------------------------ what the console's media client needs

    async def open(self, scanner: str) -> MediaOffered:
        """An offer, which leads through the line where there is one."""
        offer = await self.client.open_media(scanner)
        if not self.ports:
            return offer
        sdp, _ = through(offer.sdp, ("127.0.0.1", self.ports[1]))
        return offer.model_copy(update={"sdp": sdp})

    async def send(self, message: MediaAnswer | WantPictures | CloseMedia) -> None:
        """Of an answer: likewise."""
        if isinstance(message, MediaAnswer) and self.ports:
            sdp, _ = through(message.sdp, ("127.0.0.1", self.ports[0]))
            message = message.model_copy(update={"sdp": sdp})
        await self.client.send_plain(message)

    def offset(self) -> media_kit.ClockOffset | None:
        """Nothing is dated here."""
        return None

    def picture(self, source: str, frame: Frame) -> None:  # noqa: ARG002
        """It is ready."""
        self.shown.setdefault(source, []).append(now_s())

    def link(self, link: MediaLink) -> None:
        """What the tiles would say."""
        self.links.append(link)

    def box(self, source: str) -> Box | None:  # noqa: ARG002
        """As large as a tile."""
        return TILE


async def main(home: str, site: str, scanner: str) -> None:
    """Serve commands until the end."""
    reader = await commands()
    media_kit.correct(media_kit.Reach(addresses=("127.0.0.1",)))
    store = IdentityStore(Path(home), Protection(unprotected_for_demos_only=True))
    consoles: list[Console] = []
    while "end" not in (command := await next_command(reader)):
        if "open" in command:
            consoles.append(await _open(store, site, scanner, command))
            say(opened=True)
        elif "look" in command:
            privileges = frozenset(Privilege(p) for p in command["privileges"])
            await consoles[-1].granted(privileges)
            wanted = [(source, PictureQuality(quality)) for source, quality in command["look"]]
            if not command["decodes"] and not os.nice(0):
                os.nice(CROWD_NICENESS)
            await consoles[-1].look(wanted, decodes=command["decodes"])
            say(looks=True)
        elif "forget" in command:
            for console in consoles:
                _forget(console)
            say(forgotten=True)
        elif "report" in command:
            say(consoles=[_report(console) for console in consoles])
    for console in consoles:
        await console.close()


async def _open(store: IdentityStore, site: str, scanner: str, asked: dict[str, Any]) -> Console:
    there = store.site(site)
    if asked["port"]:
        there = there.model_copy(update={"control_port": asked["port"]})
    client = await AgentClient(there, store).__aenter__()
    await asyncio.wait_for(client.wait_connected(), 60.0)
    sounds = asked["speaks"] or asked["hears"]
    voice = Voice(speaks=asked["speaks"]) if sounds else None
    await scanner_known(client, scanner)
    await ScannerCommands(client, scanner).request_control(tuple(Privilege(p) for p in asked["open"]))
    return Console(client, scanner, tuple(asked["ports"]), voice)


def _forget(console: Console) -> None:
    console.shown.clear()
    console.links[:-1] = []
    console.since_s = now_s()
    if console.voice is not None:
        console.voice.said_s.clear()
        console.voice.heard_s.clear()
        console.voice.samples = 0


def _report(console: Console) -> dict[str, Any]:
    voice = console.voice
    return {
        "shown": console.shown,
        "for_control": any(link.for_control for link in console.links),
        "desk_busy": any(link.desk_busy for link in console.links),
        "since_s": console.since_s,
        "now_s": now_s(),
        "said_s": voice.said_s if voice else [],
        "heard_s": voice.heard_s if voice else [],
        "heard_samples": voice.samples if voice else 0,
    }


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
