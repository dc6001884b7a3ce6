"""How the bench's own server processes say that they listen, and end."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path


async def until_told(ready_file: Path, port: int, **more: int) -> None:
    """Write the ready file, whole, with the port and what else there is to know, then wait for SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    part = ready_file.with_suffix(".part")
    part.write_text(json.dumps({"port": port, **more}), encoding="utf-8")
    part.replace(ready_file)
    await told.wait()
