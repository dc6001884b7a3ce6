"""Tasks that run as long as their owner; a fault in one is loud, never a silent standstill."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


def keep(coroutine: Coroutine[Any, Any, None], on_fault: Callable[[], None]) -> asyncio.Task[None]:
    """Run it; if it fails, call `on_fault` and the loop's exception handler."""
    task = asyncio.get_running_loop().create_task(coroutine)

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            on_fault()
            task.get_loop().call_exception_handler({"message": "a link's task failed", "exception": fault})

    task.add_done_callback(ended)
    return task


async def end(task: asyncio.Task[None] | None) -> None:
    """Cancel a task and wait until it is gone."""
    if task is not None:
        task.cancel()
        await asyncio.wait({task})
