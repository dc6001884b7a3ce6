"""All sites of a workstation on one loop, and that loop in a thread of its own for a window."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any, Self, TypeVar

from remote_console.link.agent_client import AgentClient
from remote_console.link.bulk_client import BulkClient
from remote_console.link.identity_store import EnrolledSite, IdentityStore
from remote_console.link.kept_tasks import end, keep
from remote_console.link.link_events import Listener, Tuning
from remote_console.link.scanner_commands import ScannerCommands
from remote_console.link.workload import WorkloadCarrier

_Result = TypeVar("_Result")


class Fleet:
    """Every enrolled site, connected from `__aenter__` to `__aexit__`.

    One site that is slow, gone or hostile does not delay another.
    """

    def __init__(
        self,
        store: IdentityStore,
        *,
        window_alive: Callable[[], bool] = lambda: True,
        tuning: Tuning | None = None,
    ) -> None:
        self._store = store
        self._window_alive = window_alive
        self._tuning = tuning
        self._clients: dict[str, AgentClient] = {}
        self._bulk: dict[str, BulkClient] = {}
        self._listeners: list[Listener] = []
        self._carrier = WorkloadCarrier(self._clients)
        self._carrying: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to connect everywhere; raises StoreLocked when the store cannot be read."""
        for site in await asyncio.to_thread(self._store.sites):
            await self.add(site)
        self._carrying = keep(self._carrier.run(), lambda: None)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all links."""
        await end(self._carrying)
        await asyncio.gather(*(self.remove(name) for name in tuple(self._clients)))

    @property
    def clients(self) -> Mapping[str, AgentClient]:
        """By site name."""
        return MappingProxyType(self._clients)

    @property
    def bulk(self) -> Mapping[str, BulkClient]:
        """By site name."""
        return MappingProxyType(self._bulk)

    def scanner(self, site: str, scanner: str) -> ScannerCommands:
        """The commands of one scanner; KeyError for a site that is not enrolled."""
        return ScannerCommands(self._clients[site], scanner)

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` on the loop for every event of every site."""
        self._listeners.append(listener)
        for client in self._clients.values():
            client.subscribe(listener)

    async def add(self, site: EnrolledSite) -> None:
        """Begin to connect to a site that was just enrolled."""
        client = AgentClient(site, self._store, window_alive=self._window_alive, tuning=self._tuning)
        for listener in (self._carrier.note, *self._listeners):
            client.subscribe(listener)
        self._clients[site.name] = await client.__aenter__()
        self._bulk[site.name] = await BulkClient(client).__aenter__()

    async def remove(self, name: str) -> None:
        """Close the links to a site."""
        bulk, client = self._bulk.pop(name), self._clients.pop(name)
        await bulk.__aexit__()
        await client.__aexit__()


class LinkThread:
    """An asyncio loop in a thread: a window that is busy painting never delays a beat or a stop."""

    def __init__(self, name: str = "link") -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name=name, daemon=True)

    def __enter__(self) -> Self:
        """Start the thread and wait until its loop runs."""
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what still runs and end the thread."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def submit(self, coroutine: Coroutine[Any, Any, _Result]) -> Future[_Result]:
        """Run a coroutine on the loop; its result or exception is in the future."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._running())

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function on the loop, soon."""
        self._running().call_soon_threadsafe(function, *arguments)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("enter the LinkThread first")
        return self._loop

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()
