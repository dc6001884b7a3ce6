"""Where the tablet's door listens, under which names, and with which certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from local_agent.core.knocks import Door, OnKnock, unheard
from local_agent.link.handshakes import telling_tls

_TLS12_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class TabletServerError(Exception):
    """The door cannot open; the words say which setting is wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabletServerConfig:
    """Settings of the tablet's HTTPS door.

    `names` are the host names and addresses tablets use; requests for any other name are refused, so
    that no foreign web page can reach the agent through a name of its own (DNS rebinding).
    `port` 0 takes a free one.
    """

    host: str
    port: int
    names: tuple[str, ...]
    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise TabletServerError(f"tablet port {self.port} is outside 0–65535: choose another port")
        if not self.names:
            raise TabletServerError("tablet names are empty: list the host name or address tablets use")


def tls_context(config: TabletServerConfig, heard: OnKnock = unheard) -> ssl.SSLContext:
    """TLS 1.2 at least, 1.3 where the browser has it; forward secrecy and authenticated ciphers only.

    `heard` is told, in the server's own loop, of each handshake that fails.

    Raises:
        TabletServerError: certificate or key missing, unreadable, or not a pair.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = telling_tls(Door.TABLET, heard)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_TLS12_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    try:
        context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise TabletServerError(
            f"tablet certificate {config.certificate} with key {config.key} cannot be used ({error}): "
            "give a PEM chain and its unencrypted PEM key"
        ) from None
    return context
