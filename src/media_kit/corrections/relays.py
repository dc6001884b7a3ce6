"""Relays (TURN): every one that is named is asked, and what one will not do is said."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from aioice import Candidate, Connection, TransportPolicy
from aioice.candidate import candidate_priority
from aioice.ice import StunProtocol, relayed_candidate
from aioice.stun import TransactionError, TransactionFailed, TransactionTimeout
from aioice.turn import TurnClientTcpProtocol, TurnClientUdpProtocol
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs

LOG = logging.getLogger(__name__)
OTHERS_S = 0.5
"""How long the others may take once one relay is there: a dead one is not waited for."""
LEAVES_WITHIN_S = 0.5
"""A relay that is not told keeps its port until the allocation ends by itself (10 minutes)."""
MOST_PREFERRED = 65535
REFUSED = 401
NO_ANSWER = "it does not answer"


@dataclass(frozen=True, slots=True)
class NamedRelay:
    """One address of a TURN server, its place among all (0 is preferred), and what aioice is told of it."""

    url: str
    place: int
    how: dict[str, Any]


def name_every_relay(servers: Sequence[RTCIceServer]) -> dict[str, Any]:
    """As aiortc's function of `connection_kwargs`, but with all relays, for `AsksEveryRelay`."""
    relays: list[NamedRelay] = []
    others: dict[str, Any] = {}
    for server in servers:
        for url in [server.urls] if isinstance(server.urls, str) else server.urls:
            how = connection_kwargs([replace(server, urls=url)])
            if "turn_server" in how:
                relays.append(NamedRelay(url, len(relays), how))
            else:
                others = {**how, **others}
    return {**others, "relays": relays}


class AsksEveryRelay(Connection):
    """Has a candidate of every relay that answers in time, and says in the log what became of the others.

    Of several the one named first is preferred.
    """

    def __init__(self, *, relays: Sequence[NamedRelay], **named: Any) -> None:
        super().__init__(**named)
        self._relays = relays

    async def get_component_candidates(
        self,
        component: int,
        addresses: list[str],
        timeout: int = 5,  # noqa: ASYNC109 - aioice's name
    ) -> list[Candidate]:
        found = await super().get_component_candidates(component, addresses, timeout)
        asked = {asyncio.create_task(self._ask(relay, component)): relay for relay in self._relays}
        try:
            return found + await self._answers(asked, timeout)
        finally:
            late = [task for task in asked if task.cancel()]
            await asyncio.gather(*late, return_exceptions=True)

    async def _ask(self, relay: NamedRelay, component: int) -> tuple[Candidate, StunProtocol]:
        from aioice import ice  # the class there may be a corrected one

        candidate, protocol = await relayed_candidate(
            component=component,
            hide_related_address=self._transport_policy == TransportPolicy.RELAY,
            protocol_factory=lambda: ice.StunProtocol(self),
            **relay.how,
        )
        candidate.priority = candidate_priority(component, "relay", MOST_PREFERRED - relay.place)
        return candidate, protocol

    async def _answers(
        self, asked: dict[asyncio.Task[tuple[Candidate, StunProtocol]], NamedRelay], within_s: float
    ) -> list[Candidate]:
        loop, found, waiting = asyncio.get_running_loop(), list[Candidate](), set(asked)
        until_s = loop.time() + within_s
        while waiting and (left_s := until_s - loop.time()) > 0:
            done, waiting = await asyncio.wait(waiting, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (fault := task.exception()) is not None:
                    _say(asked[task], why_not(fault))
                    continue
                candidate, protocol = task.result()
                self._protocols.append(protocol)
                found.append(candidate)
                until_s = min(until_s, loop.time() + OTHERS_S)
        for task in waiting:
            _say(asked[task], NO_ANSWER)
        return found


class LeavesOverUdp(TurnClientUdpProtocol):
    """Is closed soon, whether or not the relay answers."""

    async def delete(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(super().delete(), LEAVES_WITHIN_S)


class LeavesOverTcp(TurnClientTcpProtocol):
    """Is closed soon, whether or not the relay answers."""

    async def delete(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(super().delete(), LEAVES_WITHIN_S)


def why_not(fault: BaseException) -> str:
    """Why a relay is not to be had, in words for the site's log."""
    match fault:
        case TransactionFailed() if fault.response.error_code == REFUSED:
            return "it refuses our credentials (401): is its static-auth-secret ours, are both clocks right?"
        case TransactionTimeout():
            return NO_ANSWER
        case TransactionError() | OSError():
            return str(fault)
    return f"{type(fault).__name__}: {fault}"


def _say(relay: NamedRelay, words: str) -> None:
    LOG.warning("no relay at %s: %s", relay.url, words)
