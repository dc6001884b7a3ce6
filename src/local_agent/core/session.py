"""One console's control connection, sans-IO: hello, beats, replay.

Rules upheld here:
- The hello comes first, once, and speaks our version; anything else ends the connection in words.
- An echo names a beat that was sent and is newer than the last echoed one; another is a violation.
- A start is dated by the beat it names: by when *we* sent it, never by when the start arrived.
- A connection that does not say hello within 5 s, or nothing at all for 10 s, is closed.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum, unique

from local_agent.core.link_quality import LinkQuality
from mr_contract.console_messages import CONSOLE_PROTOCOL, BeatEcho, ConsoleHello
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason

HELLO_WITHIN_S = 5.0
SILENT_S = 10.0
BEATS_KEPT = 256
MESSAGES_PER_S = 500
"""More than any person or window sends; stop is not counted."""


@unique
class Phase(StrEnum):
    AWAITING_HELLO = "awaiting_hello"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class LinkSession:
    """State of one control connection. Methods return findings: not empty means close, with these."""

    opened_at_s: float
    phase: Phase = Phase.AWAITING_HELLO
    hello: ConsoleHello | None = None
    quality: LinkQuality = field(default_factory=LinkQuality)
    _beats: OrderedDict[int, float] = field(default_factory=OrderedDict)
    _next_beat: int = 0
    _echoed: int = -1
    _heard_at_s: float = 0.0
    _window_s: float = 0.0
    _count: int = 0

    def greet(self, hello: ConsoleHello, at_s: float) -> tuple[Finding, ...]:
        """The hello."""
        if self.phase is not Phase.AWAITING_HELLO:
            return self._close(finding(Reason.OUT_OF_ORDER))
        if hello.protocol != CONSOLE_PROTOCOL:
            return self._close(
                finding(Reason.INCOMPATIBLE_PROTOCOL, ours=CONSOLE_PROTOCOL, theirs=hello.protocol)
            )
        self.phase, self.hello, self._heard_at_s = Phase.OPEN, hello, at_s
        return ()

    def heard(self, at_s: float) -> tuple[Finding, ...]:
        """Any frame other than the hello and stop: in order, and not too many a second."""
        if self.phase is not Phase.OPEN:
            return self._close(finding(Reason.OUT_OF_ORDER))
        self._heard_at_s = at_s
        if at_s - self._window_s >= 1.0:
            self._window_s, self._count = at_s, 0
        self._count += 1
        if self._count > MESSAGES_PER_S:
            return self._close(finding(Reason.TOO_MANY))
        return ()

    def next_beat(self, at_s: float) -> int:
        """Number of the beat to send now."""
        number = self._next_beat
        self._next_beat += 1
        self._beats[number] = at_s
        while len(self._beats) > BEATS_KEPT:
            self._beats.popitem(last=False)
        return number

    def echo(self, message: BeatEcho, at_s: float) -> tuple[Finding, ...]:
        """An echo; feeds the link's quality."""
        sent_at_s = self._beats.get(message.beat)
        if self.phase is not Phase.OPEN or sent_at_s is None or message.beat <= self._echoed:
            return self._close(finding(Reason.OUT_OF_ORDER))
        self._echoed = message.beat
        self.quality.echoed(at_s, (at_s - sent_at_s) * 1000.0)
        return ()

    def beat_sent_at(self, number: int) -> float | None:
        """When this beat was sent on this link; None if it never was, or too long ago."""
        return self._beats.get(number)

    def tick(self, at_s: float) -> tuple[Finding, ...]:
        """Time passes."""
        if self.phase is Phase.AWAITING_HELLO and at_s - self.opened_at_s >= HELLO_WITHIN_S:
            return self._close(finding(Reason.OUT_OF_ORDER))
        if self.phase is Phase.OPEN and at_s - self._heard_at_s >= SILENT_S:
            return self._close(finding(Reason.LINK_UNKNOWN))
        return ()

    def close(self) -> None:
        """The connection is gone."""
        self.phase = Phase.CLOSED

    def _close(self, why: Finding) -> tuple[Finding, ...]:
        self.phase = Phase.CLOSED
        return (why,)
