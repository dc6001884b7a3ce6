"""How `bench media` talks to its peers: one JSON object a line, on their standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

LINE_BYTES = 64 * 1024 * 1024


def now_s() -> float:
    """The same clock in all processes of the machine."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


async def commands() -> asyncio.StreamReader:
    """Standard input, to be read by lines."""
    reader = asyncio.StreamReader(limit=LINE_BYTES)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


async def next_command(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next one; `{"end": true}` when nobody is there any more."""
    line = await reader.readline()
    found: dict[str, Any] = json.loads(line) if line else {"end": True}
    return found


def say(**words: object) -> None:
    """An answer."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


class BenchProcess:
    """A peer in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str, *words: str) -> BenchProcess:
        """`python -m benches.MODULE …`."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"benches.{module}",
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_BYTES,
            )
        )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def ask(self, within_s: float = 60.0, **words: object) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises OSError when the process is gone or silent."""
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("the process has no pipes")
        self._process.stdin.write((json.dumps(words) + "\n").encode())
        async with asyncio.timeout(within_s):
            line = await self._process.stdout.readline()
        if not line:
            raise OSError(f"a peer ended while it was asked for {', '.join(words)}")
        found: dict[str, Any] = json.loads(line)
        return found

    async def end(self) -> None:
        """Close its input and wait; kill it if it does not end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 15.0)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
