"""What this console remembers of a site's journal, to notice when it was rolled back or cut."""

from __future__ import annotations

from contextlib import suppress

from remote_console.link.boot_clock import boot_s
from remote_console.link.identity_store import EnrolledSite, IdentityStore, Remembered
from remote_console.link.link_events import JournalRolledBack

WRITE_PERIOD_S = 10.0


class JournalMemory:
    """The newest entry and signed head heard of one site, kept in the store."""

    def __init__(self, store: IdentityStore, site: EnrolledSite) -> None:
        self._store = store
        self._site = site
        self._written_at_s = float("-inf")

    def judge(self, seq: int, last_heard: int) -> JournalRolledBack | None:
        """Whether a journal that ends at `seq` lost what was heard before."""
        known = max(self._store.remembered(self._site).seq, last_heard)
        return JournalRolledBack(remembered_seq=known, seq=seq) if seq < known else None

    def note(self, seq: int) -> None:
        """Remember, but do not write more often than every 10 s."""
        if boot_s() - self._written_at_s > WRITE_PERIOD_S:
            self.write(seq)

    def write(self, seq: int, signed_head: str | None = None) -> None:
        """Remember now. A full disk weakens the detection of a rollback, and nothing else."""
        self._written_at_s = boot_s()
        with suppress(OSError):
            before = self._store.remembered(self._site)
            head = before.signed_head if signed_head is None else signed_head
            if seq > before.seq or head != before.signed_head:
                self._store.remember(self._site, Remembered(seq=max(seq, before.seq), signed_head=head))
