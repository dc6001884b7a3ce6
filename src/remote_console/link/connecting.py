"""Opens a WebSocket to an agent: no compression, no proxy, no pings of its own (beats do that)."""

from __future__ import annotations

import ssl

from websockets.asyncio.client import ClientConnection, connect

from remote_console.link.enrolment import bracketed
from remote_console.link.identity_store import EnrolledSite

CLOSE_TIMEOUT_S = 1.0


async def open_websocket(
    site: EnrolledSite, path: str, context: ssl.SSLContext, *, frame_limit_bytes: int, limit_s: float
) -> ClientConnection:
    """The connection, to be closed by the caller.

    Raises:
        OSError, TimeoutError, WebSocketException: see `why_not_connected`.
    """
    return await connect(
        f"wss://{bracketed(site.host)}:{site.control_port}{path}",
        ssl=context,
        compression=None,
        max_size=frame_limit_bytes,
        open_timeout=limit_s,
        close_timeout=CLOSE_TIMEOUT_S,
        ping_interval=None,
        proxy=None,
        user_agent_header=None,
    )


async def close_websocket(connection: ClientConnection) -> None:
    """Close; a far end that does not answer is cut, also when the caller was cancelled.

    Before Python 3.11.3 a time-out inside a cancelled task is not told as one, and the library left the
    connection open.
    """
    try:
        await connection.close()
    finally:
        if not connection.transport.is_closing():
            connection.transport.abort()
