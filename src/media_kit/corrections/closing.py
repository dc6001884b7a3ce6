"""Parts of a connection and of its transports: its end, by whom and when ever it comes."""

from __future__ import annotations

import asyncio

from aioice import Connection
from aiortc import RTCIceTransport, RTCPeerConnection
from aiortc.rtcicetransport import RTCIceParameters


class ClosesOnce(RTCPeerConnection):
    """Closes in a task of its own: who waits for its end may be cancelled, and it ends all the same."""

    _ending: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(super().close(), name="connection closes")
        await asyncio.shield(self._ending)


class StartsOnlyOpen(RTCIceTransport):
    """Begins nothing once it is closed: whoever is still connecting finds every further step refused."""

    async def start(self, remoteParameters: RTCIceParameters) -> None:  # noqa: N803 - aiortc's name
        if self.state != "closed":
            await super().start(remoteParameters)


class EndsItsChecks(Connection):
    """Closed at the moment it had found a way, it does not go on to ask whether it may still send there."""

    async def connect(self) -> None:
        await super().connect()
        if self._closing and self._query_consent_task is not None:
            self._query_consent_task.cancel()
            raise ConnectionError("it was closed while it connected")
