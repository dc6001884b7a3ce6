"""The example of docs/how-to/adapter.md is an adapter."""

from __future__ import annotations

from smallest_adapter import SmallestScanner

from scanner_kit import ScannerServer, ServerSettings
from scanner_kit.conformance import CHECKS, run_conformance


async def test_the_smallest_adapter_passes_every_check() -> None:
    secret = "smallest" * 4
    server = ScannerServer(SmallestScanner(), secret, ServerSettings())
    port = await server.start()
    try:
        results = [result async for result in run_conformance(f"ws://127.0.0.1:{port}", secret)]
    finally:
        await server.close()
    assert [(result.name, result.words) for result in results if not result.passed] == []
    assert len(results) == len(CHECKS)
