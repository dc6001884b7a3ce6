"""The agent's log: a record is one line, whatever words of others are in it."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class OneLine(logging.Formatter):
    """Characters that would begin another line, or move the cursor, are written as escapes.

    What an adapter, a console or a device says as its reason is in some records: it must not feign others.
    Only a fault of ours has more lines, its traceback.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def begin_log(stream: TextIO | None = None) -> None:
    """Log to standard error from now on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
