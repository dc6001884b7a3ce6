"""/socket: frames of a paired page to the agent, and the agent's messages back.

- Another origin is refused before the socket opens; an unpaired page is told so and closed.
- A frame is checked here and hops onto the agent's loop at once: nothing is awaited between reading it
  and the hop, so a stop waits behind nothing of this server.
- A stop is never rate-limited; anything else is, far above what fingers can do.
- One tablet's pages take no other tablet's place: of too many the one opened first says farewell.
- A tablet that was revoked loses its open pages within 1 s; a register that cannot be read revokes nobody.
- A malformed frame ends the link with a farewell and one log line, which never quotes the frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.ports import TabletDoor, TabletPeer
from local_agent.tablet.guard import is_same_origin
from local_agent.tablet.link import PageLink
from local_agent.tablet.pairing_port import PairedTablet, PairingUnavailable, TabletPairing
from local_agent.tablet.pairing_routes import COOKIE
from mr_contract.console_messages import Farewell
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import FROM_TABLET, TabletStop
from mr_contract.wire import Violation, decode, encode

LINK_LIMIT = 32
"""Pages open at once, all tablets together."""
PER_TABLET = 16
"""Of one tablet: pages that were reloaded may linger until they are missed."""
RECHECK_S = 0.5
"""How often an open page's token is looked up again."""
FAREWELL_WITHIN_S = 0.4
FRAMES_PER_S = 40.0
FRAMES_BURST = 80.0
CLOSE_NORMAL = 1000
CLOSE_NOT_PAIRED = 4401
CLOSE_TOO_LARGE = 1009
_GONE = (WebSocketDisconnect, OSError, RuntimeError)
"""The server's words for a page that left, or a socket it closed by itself, before we could write."""

_log = logging.getLogger(__name__)


class FrameAllowance:
    """A token bucket: FRAMES_BURST at once, FRAMES_PER_S for ever."""

    def __init__(self, at_s: float) -> None:
        self._tokens = FRAMES_BURST
        self._at_s = at_s

    def take(self, at_s: float) -> bool:
        """Whether one more frame is within the allowance."""
        self._tokens = min(FRAMES_BURST, self._tokens + (at_s - self._at_s) * FRAMES_PER_S)
        self._at_s = at_s
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


class SocketRoute:
    """The endpoint, and every page open on it."""

    def __init__(
        self,
        door: TabletDoor,
        agent_loop: asyncio.AbstractEventLoop,
        pairing: TabletPairing,
        turned_away: OnKnock = unheard,
        keep: Callable[[tuple[str, int]], None] | None = None,
    ) -> None:
        self._turned_away = turned_away
        self._keep = keep
        self._door = door
        self._agent_loop = agent_loop
        self._pairing = pairing
        self._links: dict[PageLink, None] = {}
        """The one opened first is first."""

    def close_all(self, *findings: Finding) -> None:
        """On the server's loop: say farewell to every page."""
        for link in self._links:
            link.put(Farewell(findings=findings))

    async def __call__(self, websocket: WebSocket) -> None:
        where = websocket.client.host if websocket.client else ""
        if not is_same_origin(websocket.headers):
            _log.warning("tablet socket refused: it was opened by another page")
            self._turned_away(Knock(Door.TABLET, TurnedAway.OTHER_ORIGIN, where))
            await websocket.send_denial_response(PlainTextResponse("Another origin.", status_code=403))
            return
        token = websocket.cookies.get(COOKIE, "")
        try:
            await websocket.accept()
        except _GONE:
            return
        try:
            paired = self._pairing.paired(token)
        except PairingUnavailable as error:
            _log.error("a tablet was turned away: %s", error)
            await _turn_away(websocket, CLOSE_NORMAL, finding(Reason.REGISTER_UNUSABLE))
            return
        if paired is None:
            self._turned_away(Knock(Door.TABLET, TurnedAway.COOKIE_REFUSED, where))
            await _turn_away(websocket, CLOSE_NOT_PAIRED, finding(Reason.NOT_PAIRED))
        elif len(self._links) >= LINK_LIMIT:
            self._turned_away(Knock(Door.TABLET, TurnedAway.TOO_MANY, where))
            await _turn_away(websocket, CLOSE_NORMAL, finding(Reason.TOO_MANY))
        else:
            if self._keep is not None and websocket.client is not None:
                self._keep((websocket.client.host, websocket.client.port))
            await self._attend(websocket, paired, token)

    async def _attend(self, websocket: WebSocket, paired: PairedTablet, token: str) -> None:
        peer = TabletPeer(f"tablet-{secrets.token_hex(8)}", paired.tablet, paired.scanner)
        link = PageLink(peer, asyncio.get_running_loop())
        own = [other for other in self._links if other.peer.tablet == paired.tablet]
        for oldest in own[: max(0, len(own) + 1 - PER_TABLET)]:
            self._links.pop(oldest)  # its place is free at once, also if it does not hear
            oldest.put(Farewell(findings=(finding(Reason.TOO_MANY),)))
        self._links[link] = None
        self._hop("tablet_opened", link)
        tasks = (
            asyncio.create_task(self._read(websocket, link)),
            asyncio.create_task(_write(websocket, link)),
            asyncio.create_task(self._recheck(link, token)),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.pop(link, None)
            self._hop("tablet_closed", link)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _read(self, websocket: WebSocket, link: PageLink) -> None:
        """Hand on every frame until the page goes away or breaks the contract."""
        clock = asyncio.get_running_loop().time
        allowance = FrameAllowance(clock())
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                if message.get("code") == CLOSE_TOO_LARGE:
                    self._journal(link, finding(Reason.TOO_LARGE))  # there is nobody left to tell
                return
            frame: str | None = message.get("text")
            try:
                if frame is None:
                    raise Violation("a text frame is expected")
                stops = isinstance(decode(FROM_TABLET, frame), TabletStop)
            except Violation as violation:
                self._violated(link, finding(Reason.MALFORMED, why=violation.why))
                break
            if not stops and not allowance.take(clock()):
                self._violated(link, finding(Reason.TOO_MANY))
                break
            self._hop("tablet_frame", link, frame)
        await asyncio.Event().wait()  # the writer says farewell and ends the link

    async def _recheck(self, link: PageLink, token: str) -> None:
        """Say farewell once the token is no longer good; a page that does not hear it is cut all the same."""
        while True:
            await asyncio.sleep(RECHECK_S)
            with contextlib.suppress(PairingUnavailable):
                if self._pairing.paired(token) is None:
                    break
        link.put(Farewell(findings=(finding(Reason.REVOKED),)))
        await asyncio.sleep(FAREWELL_WITHIN_S)

    def _violated(self, link: PageLink, why: Finding) -> None:
        """Farewell; one log line and one journal line."""
        link.put(Farewell(findings=(why,)))
        self._journal(link, why)

    def _journal(self, link: PageLink, why: Finding) -> None:
        _log.warning("tablet %s closed: %s", link.peer.tablet, why.text)
        self._hop("tablet_violated", link, why)

    def _hop(self, name: str, link: PageLink, *frame: str | Finding) -> None:
        with contextlib.suppress(RuntimeError):  # the agent's loop is closed: nobody is left to tell
            self._agent_loop.call_soon_threadsafe(getattr(self._door, name), link, *frame)


async def _write(websocket: WebSocket, link: PageLink) -> None:
    """Until the farewell, or until the server has closed the socket by itself: an oversized frame."""
    while True:
        message = await link.next_message()
        try:
            await websocket.send_text(encode(message))
        except _GONE:
            return
        if isinstance(message, Farewell):
            with contextlib.suppress(*_GONE):
                await websocket.close(CLOSE_NORMAL)
            return


async def _turn_away(websocket: WebSocket, code: int, why: Finding) -> None:
    with contextlib.suppress(*_GONE):
        await websocket.send_text(encode(Farewell(findings=(why,))))
        await websocket.close(code)
