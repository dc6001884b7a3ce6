"""POST /pair: a code from the QR and a PIN typed by hand, against a cookie that scripts cannot read.

The code stands behind `#` in the address, so it is in no log of a server or proxy on the way.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from local_agent.core.knocks import OF_REASON, Door, Knock, OnKnock, TurnedAway, unheard
from local_agent.tablet.guard import is_same_origin
from local_agent.tablet.pairing_port import PairingUnavailable, TabletPairing
from mr_contract.findings import Finding, Findings, finding
from mr_contract.model import Model
from mr_contract.reasons import Reason
from mr_contract.wire import Violation, decode

_log = logging.getLogger(__name__)

COOKIE = "__Host-tablet"
"""The prefix makes browsers insist on Secure, Path=/ and no Domain."""
COOKIE_LIFE_S = 180 * 24 * 3600
BODY_LIMIT_BYTES = 1024
AT_ONCE = 4
"""Attempts judged at the same time; each costs a slow hash."""


class PairRequest(Model):
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{4,128}$")]
    pin: Annotated[str, Field(pattern=r"^\d{4,8}$")]


class PairReply(Model):
    kind: Literal["paired", "pair_refused"]
    findings: Findings = ()


_PAIR_REQUEST: TypeAdapter[PairRequest] = TypeAdapter(PairRequest)


class PairingRoute:
    """The endpoint; `pairing` is asked in a worker thread."""

    def __init__(self, pairing: TabletPairing, turned_away: OnKnock = unheard) -> None:
        self._turned_away = turned_away
        self._pairing = pairing
        self._underway = 0

    async def __call__(self, request: Request) -> Response:
        where = request.client.host if request.client else ""
        if not is_same_origin(request.headers):
            self._turned_away(Knock(Door.TABLET, TurnedAway.OTHER_ORIGIN, where))
            return _refused(403, finding(Reason.MALFORMED, why="the request comes from another page"))
        if request.headers.get("content-type", "") != "application/json":
            return _refused(415, finding(Reason.MALFORMED, why="JSON is expected"))
        body = await _body(request)
        if body is None:
            self._turned_away(Knock(Door.TABLET, TurnedAway.TOO_LARGE, where))
            return _refused(413, finding(Reason.TOO_LARGE))
        try:
            wanted = decode(_PAIR_REQUEST, body)
        except Violation as violation:
            self._turned_away(Knock(Door.TABLET, TurnedAway.MALFORMED, where))
            return _refused(400, finding(Reason.MALFORMED, why=violation.why))
        if self._underway >= AT_ONCE:
            self._turned_away(Knock(Door.TABLET, TurnedAway.TOO_MANY, where))
            return _refused(429, finding(Reason.TOO_MANY))
        self._underway += 1
        try:
            answer = await asyncio.to_thread(self._pairing.pair, wanted.code, wanted.pin)
        except PairingUnavailable as error:
            _log.error("pairing is not possible: %s", error)
            return _refused(503, finding(Reason.REGISTER_UNUSABLE))
        finally:
            self._underway -= 1
        if answer.token is None:
            for why in {OF_REASON[f.reason] for f in answer.findings if f.reason in OF_REASON}:
                self._turned_away(Knock(Door.TABLET, why, where))
            return _refused(403, *answer.findings)
        reply = JSONResponse(PairReply(kind="paired").model_dump(mode="json"))
        reply.set_cookie(
            COOKIE,
            answer.token,
            max_age=COOKIE_LIFE_S,
            path="/",
            secure=True,
            httponly=True,
            samesite="strict",
        )
        return reply


async def _body(request: Request) -> bytes | None:
    """At most BODY_LIMIT_BYTES of the body; None if there is more, or the sender went away."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT_BYTES:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)


def _refused(status: int, *findings: Finding) -> Response:
    reply = PairReply(kind="pair_refused", findings=findings)
    return JSONResponse(reply.model_dump(mode="json"), status_code=status)
