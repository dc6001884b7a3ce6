"""A listening socket on which half-open connections cannot crowd out honest ones.

A connection is *pending* until its WebSocket handshake is done. When too many are pending, the one
pending longest is cut: an honest console needs two or three round trips, an idle attacker waits for its
time-out. Each pending TLS handshake costs the agent some 300 KB, so their number bounds the memory.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

MOST_PENDING = 64
BACKLOG = 128


class CannotListen(OSError):
    """An address and port that cannot be listened on: which, why, and what to do."""


class GuardedListener(socket.socket):
    """A TCP listener that keeps at most `most_pending` unfinished connections."""

    def __init__(
        self, family: int, most_pending: int = MOST_PENDING, crowded_out: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._crowded_out = crowded_out
        self._most_pending = most_pending
        self._pending: dict[int, socket.socket] = {}

    def accept(self) -> tuple[socket.socket, Any]:
        """As `socket.accept`; cuts the oldest pending connections above the limit.

        Small frames leave at once (TCP_NODELAY): otherwise an answer waits 40 ms for a delayed ACK.
        """
        connection, address = super().accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pending = {no: s for no, s in self._pending.items() if s.fileno() == no}
        while len(self._pending) >= self._most_pending:
            oldest = self._pending.pop(next(iter(self._pending)))
            if self._crowded_out is not None:
                self._crowded_out(address_of(oldest))
            _cut(oldest)
        self._pending[connection.fileno()] = connection
        return connection, address

    def admitted(self, descriptor: int) -> None:
        """This connection's handshake is done: it is no longer pending."""
        self._pending.pop(descriptor, None)

    @property
    def pending(self) -> int:
        """Connections whose handshake is not done."""
        return sum(1 for no, s in self._pending.items() if s.fileno() == no)


def open_listener(
    host: str, port: int, most_pending: int = MOST_PENDING, crowded_out: Callable[[str], None] | None = None
) -> GuardedListener:
    """Bind and return a non-blocking listener; port 0 takes any free one.

    `crowded_out` is told the address of each connection that was cut.

    Raises:
        CannotListen: the address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = GuardedListener(family, most_pending, crowded_out)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {host} port {port}: {error.strerror}. End the program that uses it, or write "
            "another address or port in site.toml."
        ) from None
    return listener


def address_of(connection: socket.socket) -> str:
    """Where a connection comes from; empty if it is gone already."""
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return ""


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # already gone
