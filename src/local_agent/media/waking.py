"""A media process that nothing needs until somebody asks to talk: where the site declared no source.

Rules upheld here:
- It is started by the first thing said to it, and kept from then on.
- What is said before it is heard for the first time waits, in its order, up to `MOST_WAITING`.
- What waited for one that ended is not said to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from local_agent.media.pipe_messages import Begin, FromMedia, ToMedia

MOST_WAITING = 256


class Keeper(Protocol):
    """Keeps a media process."""

    async def keep(self) -> None:
        """Until this is cancelled."""

    def send(self, message: ToMedia) -> bool:
        """Say something to it; False while it does not run."""


MakeKeeper = Callable[[Callable[[], Begin], Callable[[FromMedia], None], Callable[[str], None]], Keeper]


class SleepingKeeper:
    """Implements `Keeper` around another one."""

    def __init__(
        self,
        make_keeper: MakeKeeper,
        begin: Callable[[], Begin],
        hear: Callable[[FromMedia], None],
        ended: Callable[[str], None],
    ) -> None:
        self._keeper = make_keeper(begin, self._hear, self._ended)
        self._heard, self._told_end = hear, ended
        self._woken = asyncio.Event()
        self._waiting: list[ToMedia] | None = []
        """None once it was heard or has ended: from then on things are said at once, or not."""

    async def keep(self) -> None:
        """Sleep until something is said, then keep it until this is cancelled."""
        await self._woken.wait()
        await self._keeper.keep()

    def send(self, message: ToMedia) -> bool:
        """Say it now, or as soon as the process has begun."""
        self._woken.set()
        if self._waiting is None:
            return self._keeper.send(message)
        if len(self._waiting) == MOST_WAITING:
            return False
        self._waiting.append(message)
        return True

    def _hear(self, message: FromMedia) -> None:
        waiting, self._waiting = self._waiting, None
        for said in waiting or ():
            self._keeper.send(said)
        self._heard(message)

    def _ended(self, why: str) -> None:
        self._waiting = None
        self._told_end(why)
