"""Hands what happens at a site to whoever listens."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from typing import Self

from remote_console.link.link_events import Happening, LinkEvent, Listener

MOST_WAITING_EVENTS = 2000


class Events:
    """Every event from the moment this was made, for one reader: an asynchronous iterator without end.

    A reader that is far behind misses the oldest: `view` has the values. One that is dropped is forgotten.
    """

    def __init__(self) -> None:
        self._waiting: deque[LinkEvent] = deque(maxlen=MOST_WAITING_EVENTS)
        self._wake = asyncio.Event()
        self._closed = False

    def note(self, event: LinkEvent) -> None:
        """Keep an event until it is read."""
        self._waiting.append(event)
        self._wake.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> LinkEvent:
        while not self._closed:
            if self._waiting:
                return self._waiting.popleft()
            self._wake.clear()
            await self._wake.wait()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Read no more: what waits is dropped, and whoever is waiting is told that it is over."""
        self._closed = True
        self._waiting.clear()
        self._wake.set()


class EventHub:
    """The listeners of one site."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._listeners: list[Listener] = []
        self._readers: weakref.WeakSet[Events] = weakref.WeakSet()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop for every event until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, scanner: str | None, what: Happening) -> None:
        """Tell the listeners."""
        event = LinkEvent(self._site, scanner, what)
        for listener in tuple(self._listeners):
            listener(event)
        for reader in tuple(self._readers):
            reader.note(event)

    def events(self) -> Events:
        """Every event from this call on, read or not."""
        events = Events()
        self._readers.add(events)
        return events
