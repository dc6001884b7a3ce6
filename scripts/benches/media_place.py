"""Where `bench media` measures control: an agent with four films as its cameras, and consoles that look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rig import preparing
from rig.scanner import RigScanner
from rig.site import RigSite
from rig.tablet import TabletHand

from benches.media_clip import write_film
from benches.media_wire import BenchProcess
from benches.world import enrolled
from remote_console.link import IdentityStore

KINDS = ("room", "patient", "injector", "tablet")
LOOKED_AT = tuple((kind, "high" if number == 0 else "low") for number, kind in enumerate(KINDS))
DESKS = 4


@dataclass(slots=True)
class Place:
    """A site with four cameras, its tablet, and where consoles keep their certificates."""

    folder: Path
    site: RigSite
    scanner: RigScanner
    tablet: TabletHand
    homes: list[Path]
    store: IdentityStore


@asynccontextmanager
async def place_at(folder: Path) -> AsyncIterator[Place]:
    film = folder / "room.mkv"
    await asyncio.to_thread(write_film, film)
    sources = tuple((kind, kind.capitalize(), f"file:{film}") for kind in KINDS)
    scanner = RigScanner("mr-1", "North · MR 1", "A", "#6ea8fe", folder, sources=sources)
    site = RigSite("North", folder / "north", (scanner,))
    try:
        await asyncio.gather(asyncio.to_thread(site.make), asyncio.to_thread(scanner.start))
        await asyncio.to_thread(site.start)
        homes = [folder / f"desk-{number}" for number in range(DESKS)]
        stores = [await enrolled(site, f"Desk {number}", home) for number, home in enumerate(homes)]
        async with await asyncio.to_thread(site.tablet, scanner) as tablet:
            await preparing.check_in(tablet)
            yield Place(folder, site, scanner, tablet, homes, stores[0])
    finally:
        site.end()
        scanner.end()


async def viewers_of(stack: AsyncExitStack, place: Place, home: Path) -> BenchProcess:
    process = await BenchProcess.start("media_viewers", str(home), place.site.name, place.scanner.scanner)
    stack.push_async_callback(process.end)
    return process


async def look(
    place: Place, viewers: BenchProcess, privileges: Sequence[str], *, decodes: bool, **more: object
) -> None:
    """One console more; the local operator allows it. `looked_at` other than `LOOKED_AT`; more for `open`."""
    looked_at = more.pop("looked_at", LOOKED_AT)
    asked = {"port": 0, "ports": (), "speaks": False, "hears": False, **more}
    await viewers.ask(60.0, open=privileges, **asked)
    await preparing.allow(place.tablet, tuple(privileges))
    await viewers.ask(look=looked_at, privileges=privileges, decodes=decodes)
