"""Carries each site's signed word on what this workstation runs there to every other site.

About once a second, site B is asked for a statement under the nonce of A's last beat, and A is shown it:
so A knows it is fresh without a common clock, and this console can neither forge nor keep one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from mr_contract.console_messages import AttestWorkload, PresentWorkload, WorkloadAttested
from remote_console.link.agent_client import AgentClient
from remote_console.link.link_events import LinkEvent

PERIOD_S = 1.0
SEND_LIMIT_S = 0.5
MOST_OPEN_QUESTIONS = 256


class WorkloadCarrier:
    """Asks and carries while `run` runs; `clients` may change meanwhile."""

    def __init__(self, clients: Mapping[str, AgentClient], period_s: float = PERIOD_S) -> None:
        self._clients = clients
        self._period_s = period_s
        self._asked: dict[str, str] = {}
        self._attested: asyncio.Queue[WorkloadAttested] = asyncio.Queue(MOST_OPEN_QUESTIONS)

    def note(self, event: LinkEvent) -> None:
        """To be called with every event of every client."""
        if isinstance(event.what, WorkloadAttested) and not self._attested.full():
            self._attested.put_nowait(event.what)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask())
            tasks.create_task(self._present())

    async def _ask(self) -> None:
        while True:
            await asyncio.gather(*(_send(client, question) for client, question in self._questions()))
            await asyncio.sleep(self._period_s)

    def _questions(self) -> Iterable[tuple[AgentClient, BaseModel]]:
        """For each site that needs statements, a question to every other one."""
        linked = [client for client in self._clients.values() if client.link.connected]
        for asking in linked:
            beat = asking.view.beat
            if beat is None or len(linked) < 2:
                continue
            self._asked[beat.nonce] = asking.site.name
            while len(self._asked) > MOST_OPEN_QUESTIONS:
                del self._asked[next(iter(self._asked))]
            for other in linked:
                if other is not asking:
                    yield other, AttestWorkload(nonce=beat.nonce)

    async def _present(self) -> None:
        while True:
            statement = (await self._attested.get()).statement
            asking = self._clients.get(self._asked.get(statement.nonce, ""))
            if asking is not None:
                await _send(asking, PresentWorkload(statements=(statement,)))


async def _send(client: AgentClient, message: BaseModel) -> None:
    """A slow line to one site does not keep the others from theirs."""
    try:
        async with asyncio.timeout(SEND_LIMIT_S):
            await client.send_plain(message)
    except TimeoutError:
        return
