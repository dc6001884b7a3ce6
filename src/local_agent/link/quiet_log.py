"""Keeps the WebSocket library from filling the log with tracebacks of what peers do wrong.

What a peer does wrong is one line of ours. A fault in our own code must still be seen, so the library's
records of those pass.
"""

from __future__ import annotations

import logging

_OUR_FAULTS = ("connection handler failed", "process_request failed", "process_response failed")


def websockets_log() -> logging.Logger:
    """The logger to give to `serve`."""
    log = logging.getLogger("local_agent.link.websockets")
    log.setLevel(logging.ERROR)
    if not log.filters:
        log.addFilter(_is_our_fault)
    return log


def _is_our_fault(record: logging.LogRecord) -> bool:
    return record.getMessage().startswith(_OUR_FAULTS)
