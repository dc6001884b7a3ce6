"""The journal read back: facts at start, timeline for consoles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from local_agent.core.events import JOURNAL_EVENT, JournalEvent
from local_agent.journal.database import JournalUnreadable
from local_agent.journal.record import Record
from local_agent.journal.store import Journal
from local_agent.journal.upcast import Upcasters
from local_agent.timeline import NOT_SHOWN, entry_of
from mr_contract.views import TimelineEntry

PAGE = 2000

UPCASTERS = Upcasters({kind.model_fields["kind"].default: () for kind in get_args(get_args(JournalEvent)[0])})
"""From every older version of an event to the one in use; none has changed yet."""


def event_of(record: Record) -> JournalEvent:
    """The event in a record, raised to the version in use.

    Raises:
        JournalUnreadable: the record does not hold what one of its kind holds.
        UnknownKind, NewerVersion: a later version of this program wrote it.
    """
    try:
        body = UPCASTERS.body_of(record)
        return JOURNAL_EVENT.validate_python({**body, "kind": record.kind}, strict=False)
    except (ValueError, TypeError):
        raise JournalUnreadable(
            f"Record {record.seq} is no {record.kind!r} as this program writes it. Keep the file, run "
            "`journal verify`, and restore a copy."
        ) from None


def all_records(journal: Journal) -> Iterator[Record]:
    """Every record, oldest first."""
    after = 0
    while page := journal.read(after, PAGE):
        yield from page
        after = page[-1].seq


def read_history(journal: Journal) -> dict[str, list[JournalEvent]]:
    """Every event by scanner."""
    history: dict[str, list[JournalEvent]] = {}
    for record in all_records(journal):
        history.setdefault(record.scanner, []).append(event_of(record))
    return history


def timeline_after(journal: Journal, seq: int, limit: int) -> tuple[TimelineEntry, ...]:
    """Entries people are shown, after a sequence number, at most `limit` records of them."""
    records = journal.read(seq, limit)
    names: dict[str, dict[str, str]] = {}
    entries = []
    for record in records:
        event = event_of(record)
        plans = getattr(event, "steps", None) or (getattr(event, "plan", None),)
        for plan in plans:
            if plan is not None:
                names.setdefault(record.scanner, {})[plan.step_id] = plan.name
        if record.kind not in NOT_SHOWN:
            at = datetime.fromisoformat(record.at_wall)
            steps = names.get(record.scanner, {})
            entries.append(entry_of(event, record.seq, at, record.scanner, step_names=steps))
    return tuple(entries)
