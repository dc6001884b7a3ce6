"""Which requests are answered at all, and the headers every answer carries.

- A request names a host the site listed, with this server's port; any other name is misdirected (421).
- What changes something (pairing, the socket) must come from this very origin.
- No answer may be framed, sniffed, cached or run code that is not a file of this page.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway, unheard

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), usb=(), serial=()",
}


def host_headers(names: Iterable[str], port: int) -> frozenset[str]:
    """Every Host header that means this server."""
    hosts = {f"[{name}]" if ":" in name else name.lower() for name in names}
    with_port = {f"{host}:{port}" for host in hosts}
    return frozenset(with_port | hosts) if port == 443 else frozenset(with_port)


def is_same_origin(headers: Headers) -> bool:
    """Whether a browser says the request comes from this page. No Origin is not this page."""
    return headers.get("origin", "").lower() == f"https://{headers.get('host', '').lower()}"


class Guard:
    """ASGI middleware that upholds the rules above."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], turned_away: OnKnock = unheard) -> None:
        self._app = app
        self._hosts = hosts
        self._turned_away = turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        if Headers(scope=scope).get("host", "").lower() in self._hosts:
            await self._app(scope, receive, guarded)
            return
        where = scope["client"][0] if scope.get("client") else ""
        self._turned_away(Knock(Door.TABLET, TurnedAway.OTHER_NAME, where))
        answer = PlainTextResponse("This server does not answer to that name.", status_code=421)
        await answer(scope, receive, guarded)
