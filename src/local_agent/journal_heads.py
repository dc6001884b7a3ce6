"""Signed heads of the journal, told to the consoles while they are connected.

- A head vouches only for what a power cut cannot take back: the disk is asked first.
- One at most every 5 s, and none while nothing new was recorded. What a console keeps is so never more
  than seconds behind: cutting the end off the journal, or putting an old copy back, will be found.
"""

from __future__ import annotations

from concurrent.futures import Future

from local_agent.journal import Journal
from local_agent.ports import Clock
from mr_contract.console_messages import JournalHeadSigned

PERIOD_S = 5.0


class JournalHeads:
    """Asked at each beat; belongs to the agent's loop."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._signed_seq = 0
        self._next_s = 0.0
        self._on_disk: Future[bool] | None = None

    def beat(self) -> JournalHeadSigned | None:
        """The head to be told now; None while there is none."""
        if self._on_disk is not None:
            return self._signed() if self._on_disk.done() else None
        if self._clock.boot_s() >= self._next_s and self._journal.head.seq > self._signed_seq:
            self._next_s = self._clock.boot_s() + PERIOD_S
            self._on_disk = self._journal.sync()
        return None

    def _signed(self) -> JournalHeadSigned | None:
        asked, self._on_disk = self._on_disk, None
        if asked is None or asked.exception() is not None or not asked.result():
            return None  # the disk refuses: said by the interlock, not here
        head = self._journal.signed_head(self._clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._signed_seq = head.seq
        return JournalHeadSigned(seq=head.seq, signed_head=head.to_json())
