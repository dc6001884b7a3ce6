"""What fails before a connection is one: told, with why, to whoever keeps the site's journal.

- TLS: asyncio drops a handshake that fails without a word, with the reason in it.
- The opening of a WebSocket: a path, an origin or a request that is refused, or that does not come in time.
- Who connects and leaves without having said anything wrong is nobody's fault, and no line.
"""

from __future__ import annotations

import asyncio
import http
import ssl
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import SecurityError

from local_agent.core.knocks import Door, Knock, OnKnock, TurnedAway
from local_agent.link.listener import address_of

_X509_V_ERR_CERT_HAS_EXPIRED = 10
"""Of OpenSSL, `x509_vfy.h`."""
_NOT_TRUSTED = frozenset(
    {
        "TLSV1_ALERT_UNKNOWN_CA",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    }
)
"""Alerts (RFC 8446, 6.2) by which the other end says that it does not accept our certificate."""
_OF_STATUS = {
    http.HTTPStatus.FORBIDDEN: TurnedAway.OTHER_ORIGIN,
    http.HTTPStatus.NOT_FOUND: TurnedAway.OTHER_PATH,
}


def telling_tls(door: Door, heard: OnKnock) -> type[ssl.SSLObject]:
    """For `SSLContext.sslobject_class`: TLS whose failed handshakes are told."""

    class TellingTls(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                heard(Knock(door, why_of(error)))
                raise

    return TellingTls


def why_of(error: ssl.SSLError) -> TurnedAway:
    """What a failed handshake says of the certificates that were shown, or not shown."""
    if isinstance(error, ssl.SSLCertVerificationError):
        expired = error.verify_code == _X509_V_ERR_CERT_HAS_EXPIRED
        return TurnedAway.CERTIFICATE_EXPIRED if expired else TurnedAway.CERTIFICATE_FOREIGN
    if error.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return TurnedAway.CERTIFICATE_MISSING
    return TurnedAway.SITE_NOT_TRUSTED if error.reason in _NOT_TRUSTED else TurnedAway.HANDSHAKE_FAILED


def telling_connection(door: Door, heard: OnKnock) -> type[ServerConnection]:
    """For `serve(create_connection=...)`: connections whose opening is told when it is refused."""

    class TellingConnection(ServerConnection):
        async def handshake(self, *arguments: Any, **named: Any) -> None:
            where = address_of(self.transport.get_extra_info("socket"))
            try:
                await super().handshake(*arguments, **named)
            except asyncio.CancelledError:
                if self.request is None:
                    heard(Knock(door, TurnedAway.TOO_SLOW, where))
                raise
            why = why_not_opened(self)
            if why is not None:
                heard(Knock(door, why, where))

    return TellingConnection


def why_not_opened(connection: ServerConnection) -> TurnedAway | None:
    """Why a WebSocket was not opened; None where it was, or where the peer only left."""
    answer, fault = connection.response, connection.protocol.handshake_exc
    if answer is not None:
        if answer.status_code in {http.HTTPStatus.SWITCHING_PROTOCOLS, http.HTTPStatus.SERVICE_UNAVAILABLE}:
            return None
        return _OF_STATUS.get(http.HTTPStatus(answer.status_code), TurnedAway.MALFORMED)
    if fault is None or isinstance(fault.__cause__, EOFError):
        return None
    return TurnedAway.TOO_LARGE if isinstance(fault, SecurityError) else TurnedAway.MALFORMED
