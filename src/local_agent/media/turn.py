"""TURN servers with credentials for one connection, made from a secret shared with the server.

The credentials are those of draft-uberti-behave-turn-rest-00, which coturn calls `use-auth-secret`. coturn
asks for their time only when a relay is taken: a connection that stands outlives them, one that is built anew
has new ones, and who copied them can take no relay an hour later.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass

from mr_contract.media_messages import IceServer

GOOD_FOR_S = 3600


@dataclass(frozen=True, slots=True)
class TurnServer:
    """A server and the secret; an empty one for a server that asks for none."""

    urls: tuple[str, ...]
    secret: bytes = b""

    def for_connection(self, media_id: str, wall_s: float) -> IceServer:
        """The server with credentials good for an hour; `wall_s` counts from 1970, as on the server."""
        if not self.secret:
            return IceServer(urls=self.urls)
        username = f"{int(wall_s) + GOOD_FOR_S}:{media_id}"
        digest = hmac.new(self.secret, username.encode(), "sha1").digest()
        return IceServer(urls=self.urls, username=username, credential=base64.b64encode(digest).decode())
