"""Keeps an adapter process running where the agent is told how to start it.

The adapter runs in a session of its own: killing the agent does not end it, as in life. A new agent
that finds it still running (its port answers) leaves it alone, and starts one when it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from urllib.parse import urlsplit

LOG = logging.getLogger("local_agent.scanner")
FIRST_RESTART_S = 0.5
LAST_RESTART_S = 15.0
STEADY_S = 30.0
LOOK_EVERY_S = 1.0
"""How often an adapter that was found running is looked for again."""
ANSWERS_WITHIN_S = 1.0


class Supervisor:
    """Starts one adapter and starts it again when it ends. `url` is where it listens."""

    def __init__(self, scanner: str, command: tuple[str, ...], url: str) -> None:
        self._scanner = scanner
        self._command = command
        self._url = url
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin supervising."""
        self._task = asyncio.create_task(self._keep(), name=f"supervise-{self._scanner}")

    async def close(self) -> None:
        """Stop supervising; the adapter itself is left running."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep(self) -> None:
        loop, wait_s = asyncio.get_running_loop(), FIRST_RESTART_S
        while True:
            if await self._answers():
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            began_s = loop.time()
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=asyncio.subprocess.DEVNULL, start_new_session=True
                )
                code = await process.wait()
                LOG.warning("the adapter of %s ended with code %d", self._scanner, code)
            except OSError as error:
                LOG.warning("the adapter of %s cannot be started: %s", self._scanner, error.strerror)
            if loop.time() - began_s > STEADY_S:
                wait_s = FIRST_RESTART_S
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LAST_RESTART_S)

    async def _answers(self) -> bool:
        """Whether somebody listens where the adapter would."""
        parts = urlsplit(self._url)
        port = parts.port or (443 if parts.scheme == "wss" else 80)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                _, writer = await asyncio.open_connection(parts.hostname, port)
        except (OSError, TimeoutError):
            return False
        writer.transport.abort()
        return True
