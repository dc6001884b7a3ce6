"""Programming errors, wherever they happen in the agent, end it: half of one is worse than none.

Rules upheld here:
- An error in a turn, in a callback or in work beside the turns is noted; nothing dies unheard.
- A desk that was half changed decides nothing more: the next agent folds what the journal holds.
- What the world does wrong (a disk, a peer, a register) is no programming error and never comes here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager


class Faults:
    """The first programming error of this agent, and the work beside the turns that could have one."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()
        self._first: BaseException | None = None
        self._work: set[asyncio.Task[None]] = set()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Note an error that leaves the body; it goes on its way."""
        try:
            yield
        except BaseException as error:
            self._note(error)
            raise

    def later(self, work: Coroutine[None, None, None], name: str) -> None:
        """Run this beside the turns."""
        task = asyncio.create_task(work, name=name)
        self._work.add(task)
        task.add_done_callback(self._ended)

    async def first(self) -> None:
        """Wait for the first error, and raise it."""
        await self._happened.wait()
        if self._first is not None:
            raise self._first

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        for task in self._work:
            task.cancel()
        if self._work:
            await asyncio.wait(self._work)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._note(error)

    def _note(self, error: BaseException) -> None:
        if self._first is None:
            self._first = error
            self._happened.set()
