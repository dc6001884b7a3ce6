"""Waiting for what is to be seen, and reading what is written, from outside the programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from mr_contract.console_messages import Outcome
from mr_contract.reasons import Reason

WITHIN_S = 20.0


async def eventually(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str, within_s: float = WITHIN_S
) -> None:
    """Wait until something is observed; fail with its words if it never is."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    while True:
        seen = holds()
        if await seen if isinstance(seen, Awaitable) else seen:
            return
        assert loop.time() < deadline, f"not observed within {within_s:g} s: {what}"
        await asyncio.sleep(0.02)


async def together(*work: Awaitable[Any]) -> None:
    """All of it to its end, so that nothing is still being started when one part has failed."""
    for failed in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(failed, BaseException):
            raise failed


def reasons(outcome: Outcome) -> set[Reason]:
    return {f.reason for f in outcome.findings}


def read_journal(path: Path) -> list[dict[str, Any]]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        rows = file.execute("SELECT seq, at_wall, kind, body FROM records ORDER BY seq").fetchall()
    return [{"seq": s, "at": at, "kind": kind, "body": json.loads(body)} for s, at, kind, body in rows]
