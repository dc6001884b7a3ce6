"""Many observers in one process: each a link of its own that may view one scanner, and answers beats.

They read everything they are sent and keep nothing: what is measured is what they cost the agent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benches.serving import until_told
from mr_contract.console_messages import CONSOLE_PROTOCOL, BeatEcho, ConsoleHello, RequestControl
from mr_contract.vocabulary import LinkLossAction, Privilege
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES, encode
from remote_console.link import EnrolledSite, IdentityStore, Protection, new_command_id

LINKS_PER_DEVICE = 4
"""The agent's limit."""


class Observer:
    """One link, from its hello to its end."""

    def __init__(self, site: EnrolledSite, scanner: str) -> None:
        self._site = site
        self._scanner = scanner
        self.may_view = asyncio.Event()

    async def run(self, context: ssl.SSLContext, asking: asyncio.Lock) -> None:
        """Connect, ask to view, then listen. One observer asks at a time, as one request may be open."""
        url = f"wss://{self._site.host}:{self._site.control_port}/control"
        async with connect(
            url,
            ssl=context,
            compression=None,
            max_size=AGENT_FRAME_LIMIT_BYTES,
            ping_interval=None,
            proxy=None,
        ) as connection:
            hello = ConsoleHello(protocol=CONSOLE_PROTOCOL, program="observer", sites=(self._site.name,))
            await connection.send(encode(hello))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(connection))
                tasks.create_task(self._ask(connection, asking))

    async def _ask(self, connection: ClientConnection, asking: asyncio.Lock) -> None:
        async with asking:
            request = RequestControl(
                command_id=new_command_id(),
                scanner=self._scanner,
                privileges=(Privilege.VIEW,),
                link_loss_action=LinkLossAction.FINISH_SEQUENCE,
            )
            await connection.send(encode(request))
            await self.may_view.wait()

    async def _listen(self, connection: ClientConnection) -> None:
        async for frame in connection:
            if frame.startswith('{"kind":"beat"'):  # type: ignore[arg-type]
                await connection.send(encode(BeatEcho(beat=json.loads(frame)["beat"], renew=False)))
            elif frame.startswith('{"kind":"control_changed"'):  # type: ignore[arg-type]
                self._note_control(json.loads(frame))

    def _note_control(self, message: dict[str, Any]) -> None:
        if message["scanner"] == self._scanner and "view" in message["control"]["privileges"]:
            self.may_view.set()


async def _main(options: argparse.Namespace) -> None:
    asking = asyncio.Lock()
    observers = []
    async with asyncio.TaskGroup() as tasks:
        for home, count in _shares(options.homes, options.links):
            store = IdentityStore(home, Protection(unprotected_for_demos_only=True))
            site = store.site(options.site)
            context = store.client_context(site)
            for _ in range(count):
                observer = Observer(site, options.scanner)
                observers.append(observer)
                tasks.create_task(observer.run(context, asking))
        for observer in observers:
            await observer.may_view.wait()
        await until_told(options.ready_file, len(observers))
        raise SystemExit(0)


def _shares(homes: Sequence[Path], links: int) -> list[tuple[Path, int]]:
    """How many links each device opens, filling one after the other."""
    return [
        (home, max(0, min(LINKS_PER_DEVICE, links - number * LINKS_PER_DEVICE)))
        for number, home in enumerate(homes)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--site", required=True)
    parser.add_argument("--scanner", required=True)
    parser.add_argument("--links", type=int, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("homes", type=Path, nargs="+")
    asyncio.run(_main(parser.parse_args()))
