"""The conformance suite: what an adapter must do, as named checks against a running one.

The checks register a patient, move the table and start scans, and so refuse to touch a scanner whose
mode is `real`. Beforehand somebody closes the door and connects a coil.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from websockets.exceptions import WebSocketException

from mr_contract.vocabulary import ScannerMode
from mr_contract.wire import Violation
from scanner_kit.bench import Bench, Check, CheckFailed
from scanner_kit.checks_images import IMAGE_CHECKS
from scanner_kit.checks_start import START_CHECKS
from scanner_kit.checks_vitals import VITALS_CHECKS
from scanner_kit.checks_wire import WIRE_CHECKS
from scanner_kit.client import UnexpectedReply

CHECK_WITHIN_S = 30.0
CHECKS: tuple[tuple[str, Check], ...] = (
    *WIRE_CHECKS,
    *START_CHECKS,
    *VITALS_CHECKS,
    *IMAGE_CHECKS,
)


class ConformanceError(Exception):
    """The suite could not begin; the words say why."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """`words` say what the adapter did instead; empty when passed."""

    name: str
    passed: bool
    words: str = ""


async def run_conformance(url: str, secret: str) -> AsyncIterator[CheckResult]:
    """Every check, one after another; `url` is ws://HOST:PORT.

    Raises:
        ConformanceError: not reachable, or a real scanner.
    """
    bench = Bench(url, secret)
    try:
        async with asyncio.timeout(CHECK_WITHIN_S), bench.control() as client:
            mode = client.welcome.mode
    except (OSError, TimeoutError, WebSocketException, UnexpectedReply, Violation) as error:
        raise ConformanceError(f"no welcome from {url}: {error or type(error).__name__}") from None
    if mode is ScannerMode.REAL:
        raise ConformanceError("the scanner's mode is real: the checks would move its table and start scans")
    for name, check in CHECKS:
        yield await _run(name, check, bench)


async def _run(name: str, check: Check, bench: Bench) -> CheckResult:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            await check(bench)
    except (CheckFailed, UnexpectedReply, Violation) as failed:
        return CheckResult(name, passed=False, words=str(failed))
    except TimeoutError:
        return CheckResult(name, passed=False, words=f"not done within {CHECK_WITHIN_S:g} s")
    except (OSError, WebSocketException) as error:
        return CheckResult(name, passed=False, words=f"connection lost: {error}")
    return CheckResult(name, passed=True)
