"""Hands what happens at a site to whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable

from remote_console.link.link_events import Happening, LinkEvent, Listener

MOST_WAITING_EVENTS = 2000


class EventHub:
    """The listeners of one site."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop for every event until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, scanner: str | None, what: Happening) -> None:
        """Tell the listeners."""
        event = LinkEvent(self._site, scanner, what)
        for listener in tuple(self._listeners):
            listener(event)

    async def events(self) -> AsyncGenerator[LinkEvent, None]:
        """Every event from now on. A reader that is far behind misses the oldest: `view` has the values."""
        waiting: deque[LinkEvent] = deque(maxlen=MOST_WAITING_EVENTS)
        wake = asyncio.Event()

        def note(event: LinkEvent) -> None:
            waiting.append(event)
            wake.set()

        unsubscribe = self.subscribe(note)
        try:
            while True:
                await wake.wait()
                wake.clear()
                while waiting:
                    yield waiting.popleft()
        finally:
            unsubscribe()
