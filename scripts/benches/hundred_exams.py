"""A site whose journal holds a hundred exams: one that was really run, written again under new names."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_agent.authority import site_directory
from local_agent.core.events import EVENT_VERSION
from local_agent.journal.record import NewRecord
from local_agent.journal.store import Journal

EXAMS = 100
NAMED_ONCE = ("exam_id", "command_id", "acquisition_id", "series_id", "request_id")
"""What must differ from exam to exam."""


def exam_records(records: list[dict[str, Any]], scanner: str) -> list[dict[str, Any]]:
    """The records of a scanner's one exam, from check-in to its end, as `journal show` prints them."""
    ours = [record for record in records if record["scanner"] == scanner]
    ended = next(n for n, record in enumerate(ours) if record["kind"] == "exam_closed")
    return ours[: ended + 1]


def write_exams(folder: Path, site: str, records: list[dict[str, Any]], exams: int = EXAMS) -> int:
    """Append the exam so often to the journal of a site whose agent does not run; how many records."""
    key = site_directory.load(folder, datetime.now(UTC)).journal_key
    with Journal.open(folder / "journal.sqlite", key, site=site, boot_id="bench") as journal:
        for number in range(exams):
            journal.append([_renamed(record, number) for record in records], durable=False).result()
        return journal.head.seq


def _renamed(record: dict[str, Any], number: int) -> NewRecord:
    body = {key: _name(key, value, number) for key, value in record["body"].items()}
    return NewRecord(
        at_wall=record["at"],
        scanner=record["scanner"],
        exam_id=_name("exam_id", record["exam"], number),
        kind=record["kind"],
        version=EVENT_VERSION,
        body=json.loads(json.dumps(body)),
    )


def _name(key: str, value: Any, number: int) -> Any:
    """A name of its own; a series is named by digits."""
    if key not in NAMED_ONCE or not value:
        return value
    return f"{value[:-3]}{number:03d}" if key == "series_id" else f"{value}-{number}"
