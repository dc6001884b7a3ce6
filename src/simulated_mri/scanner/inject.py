"""The room's side of the injection socket: one message, one reply. Also what tests and demos call."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from mr_contract.wire import Violation, decode, encode
from simulated_mri.scanner.inject_messages import Injected, Injection, InjectionRefused
from simulated_mri.scenarios.model import (
    TO_THE_ROOM,
    FromTheRoom,
    PlayScenario,
    ReportScenario,
    ScenarioReported,
)

REPLY_WITHIN_S = 10.0


class InjectError(Exception):
    """The injection did not happen; the words say why."""


async def inject(url: str, secret: str, injection: Injection | PlayScenario) -> Injected:
    """Make one thing happen at a simulated scanner, or begin a scenario.

    Raises:
        InjectError: not reachable, wrong secret, or refused.
    """
    reply = await ask_room(url, secret, injection)
    if not isinstance(reply, Injected):
        raise InjectError(f"{url} answered something else: is it the port of injections?")
    return reply


async def scenario_report(url: str, secret: str) -> tuple[str, ...]:
    """How the scenario stands, line by line; empty if none was begun. Raises InjectError."""
    reply = await ask_room(url, secret, ReportScenario())
    if not isinstance(reply, ScenarioReported):
        raise InjectError(f"{url} answered something else: is it the port of injections?")
    return reply.lines


async def ask_room(url: str, secret: str, asked: FromTheRoom) -> Injected | ScenarioReported:
    """One message, one reply. Raises InjectError."""
    _check_address(url)
    try:
        async with (
            asyncio.timeout(REPLY_WITHIN_S),
            connect(
                url,
                additional_headers={"Authorization": f"Bearer {secret}"},
                compression=None,
                proxy=None,
                open_timeout=5,
                close_timeout=1,
            ) as socket,
        ):
            await socket.send(encode(asked))
            reply = decode(TO_THE_ROOM, await socket.recv())
    except InvalidURI:
        raise _not_an_address(url) from None
    except InvalidHandshake as error:
        raise InjectError(f"{url} refused the connection ({error}): check port and secret file") from None
    except (OSError, TimeoutError) as error:
        number = error.errno or 0
        why = os.strerror(number) if number > 0 else error.strerror or "no reply"
        raise InjectError(
            f"{url} does not answer ({why}): is the scanner running? Is this its --inject-port?"
        ) from None
    except (WebSocketException, Violation) as error:
        raise InjectError(f"{url} broke off ({error}): is it the port of injections?") from None
    if isinstance(reply, InjectionRefused):
        raise InjectError(f"refused: {reply.why}")
    return reply


def _check_address(url: str) -> None:
    """The address can be connected to. Raises InjectError."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in {"ws", "wss"} and bool(host) and parts.port != 0 and url.isprintable()
    except ValueError:
        usable = False
    if not usable:
        raise _not_an_address(url)


def _not_an_address(url: str) -> InjectError:
    return InjectError(f"{url!a} is not the address of an injection port: use ws://127.0.0.1:PORT")
