"""The peer of the round trip: a bare `websockets` echo over TLS 1.3 with certificates on both sides."""

from __future__ import annotations

import argparse
import asyncio
import ssl
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from benches.serving import until_told


async def _echo(connection: ServerConnection) -> None:
    try:
        while True:
            await connection.send(await connection.recv())
    except ConnectionClosed:
        return


async def _main(options: argparse.Namespace) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(options.authority)
    context.load_cert_chain(options.certificate, options.key)
    async with serve(_echo, "127.0.0.1", 0, ssl=context, compression=None, ping_interval=None) as server:
        port: int = next(iter(server.sockets)).getsockname()[1]
        await until_told(options.ready_file, port)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("authority", "certificate", "key", "ready-file"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    asyncio.run(_main(parser.parse_args()))
