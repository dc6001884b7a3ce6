"""The media process: `python -m local_agent.media.process`, started by the agent and spoken to on its pipes.

It runs at lower priority than the agent, holds no key, writes no file, and ends when the agent does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from typing import BinaryIO

import media_kit
from local_agent.clock import MachineClock
from local_agent.log_lines import begin_log
from local_agent.media.pipe import frame, next_message
from local_agent.media.pipe_messages import TO_MEDIA, Begin, FromMedia
from local_agent.media.serving import MediaSite
from mr_contract.wire import Violation

LOG = logging.getLogger("local_agent.media")
NICER = 10
TICK_S = 0.25
MOST_UNREAD_BYTES = 1024 * 1024


class AgentDeaf(Exception):
    """The agent reads nothing any more."""


def main() -> int:
    """Serve until the agent closes its end; 1: what it said cannot be meant, or it does not listen."""
    os.nice(NICER)
    begin_log()
    for library in ("aioice", "aiortc"):  # they tell every address of every peer
        logging.getLogger(library).setLevel(logging.WARNING)
    said = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not come between the frames
    try:
        asyncio.run(_serve(sys.stdin.buffer, said))
    except (Violation, AgentDeaf) as fault:
        LOG.error("the media process ends: %s", fault)  # noqa: TRY400 - the words say it all
        return 1
    return 0


async def _serve(heard: BinaryIO, said: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), heard)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, said)
    begin = await next_message(TO_MEDIA, reader)
    if begin is None:
        return
    if not isinstance(begin, Begin):
        raise Violation("begin comes first")
    media_kit.correct(_reach(begin))
    deaf = asyncio.Event()

    def tell(message: FromMedia) -> None:
        transport.write(frame(message))
        if transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
            deaf.set()

    site = MediaSite(tell, MachineClock().boot_s)
    try:
        site.take(begin)
        await _until_one_ends(_hear(site, reader), _tick(site), site.failed(), _tell_deaf(deaf))
    finally:
        await site.close()
        transport.close()


async def _until_one_ends(*work: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _hear(site: MediaSite, reader: asyncio.StreamReader) -> None:
    while (message := await next_message(TO_MEDIA, reader)) is not None:
        site.take(message)


async def _tick(site: MediaSite) -> None:
    while True:
        site.tick()
        await asyncio.sleep(TICK_S)


async def _tell_deaf(deaf: asyncio.Event) -> None:
    await deaf.wait()
    raise AgentDeaf("the agent does not read")


def _reach(begin: Begin) -> media_kit.Reach:
    ports = (begin.udp_ports[0], begin.udp_ports[1]) if begin.udp_ports else None
    return media_kit.Reach(udp_ports=ports, addresses=begin.addresses or None)


if __name__ == "__main__":
    sys.exit(main())
