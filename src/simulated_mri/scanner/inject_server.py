"""The room's own socket: another port, another secret, and no way from here to start or stop a scan."""

from __future__ import annotations

import logging
from http import HTTPStatus

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from mr_contract.wire import CONTROL_FRAME_LIMIT_BYTES, Violation, decode, encode
from scanner_kit.server import authorised, quiet_logger, require_loopback_or_tls
from simulated_mri.scanner.inject_messages import Injected, InjectionRefused
from simulated_mri.scanner.injecting import carry_out
from simulated_mri.scanner.shell import SimulatedScanner
from simulated_mri.scenarios.driver import ScenarioDriver, UnsuitableScenario
from simulated_mri.scenarios.model import (
    FROM_THE_ROOM,
    FromTheRoom,
    PlayScenario,
    ReportScenario,
    ScenarioReported,
    ToTheRoom,
)

_LOGGER = logging.getLogger(__name__)


class InjectServer:
    """Authenticated JSON text frames, one reply to each."""

    def __init__(self, scanner: SimulatedScanner, driver: ScenarioDriver, secret: str) -> None:
        self._scanner = scanner
        self._driver = driver
        self._secret = secret
        self._server: Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port. Raises OSError when the address is in use, ValueError off loopback."""
        require_loopback_or_tls(host, None)
        self._server = await serve(
            self._serve,
            host,
            port,
            process_request=self._admit,
            compression=None,
            max_size=CONTROL_FRAME_LIMIT_BYTES,
            open_timeout=5,
            close_timeout=1,
            logger=quiet_logger(),
            server_header=None,
        )
        bound: int = next(iter(self._server.sockets)).getsockname()[1]
        return bound

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if authorised(request, self._secret):
            return None
        _LOGGER.warning("injection without the secret refused")
        return connection.respond(HTTPStatus.UNAUTHORIZED, "The secret is missing or wrong.\n")

    async def _serve(self, socket: ServerConnection) -> None:
        try:
            async for frame in socket:
                try:
                    await socket.send(encode(self._answer(decode(FROM_THE_ROOM, frame))))
                except Violation as violation:
                    _LOGGER.warning("injection refused: %s", violation.why)
                    await socket.send(encode(InjectionRefused(why=violation.why)))
        except ConnectionClosed:
            return

    def _answer(self, asked: FromTheRoom) -> ToTheRoom:
        match asked:
            case PlayScenario(scenario=scenario):
                try:
                    self._driver.play(scenario)
                except UnsuitableScenario as unsuitable:
                    return InjectionRefused(why=str(unsuitable)[:160])
            case ReportScenario():
                return ScenarioReported(lines=self._driver.report())
            case _:
                carry_out(self._scanner, asked)
        return Injected(number=self._scanner.state.number)
