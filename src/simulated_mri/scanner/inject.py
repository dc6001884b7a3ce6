"""The room's side of the injection socket: one message, one reply. Also what tests and demos call."""

from __future__ import annotations

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from mr_contract.wire import Violation, decode, encode
from simulated_mri.scanner.inject_messages import (
    INJECTION_REPLY,
    Injected,
    Injection,
    InjectionRefused,
)


class InjectError(Exception):
    """The injection did not happen; the words say why."""


async def inject(url: str, secret: str, injection: Injection) -> Injected:
    """Make one thing happen at a simulated scanner.

    Raises:
        InjectError: not reachable, wrong secret, or refused.
    """
    try:
        async with connect(
            url,
            additional_headers={"Authorization": f"Bearer {secret}"},
            compression=None,
            proxy=None,
            open_timeout=5,
            close_timeout=1,
        ) as socket:
            await socket.send(encode(injection))
            reply = decode(INJECTION_REPLY, await socket.recv())
    except InvalidURI:
        raise InjectError(f"{url} is not a WebSocket address: use ws://127.0.0.1:PORT") from None
    except InvalidHandshake as error:
        raise InjectError(f"{url} refused the connection ({error}): check port and secret file") from None
    except (OSError, TimeoutError) as error:
        raise InjectError(f"{url} does not answer ({error}): is the scanner running?") from None
    except (WebSocketException, Violation) as error:
        raise InjectError(f"{url} broke off: {error}") from None
    if isinstance(reply, InjectionRefused):
        raise InjectError(f"refused: {reply.why}")
    return reply
