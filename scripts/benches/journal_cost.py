"""What one record costs: until committed, and until a power cut cannot take it back."""

from __future__ import annotations

import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benches.report import Row
from benches.samples import percentile
from local_agent.journal.record import NewRecord
from local_agent.journal.store import Journal

WARM_UP, RECORDS, BLOCK = 50, 500, 50


def measure_journal(folder: Path) -> list[Row]:
    """Rows of an append as of a refused start, and of a durable one as of an intent, alternating."""
    took_ms: dict[bool, list[float]] = {False: [], True: []}
    path = folder / "cost.sqlite"
    with Journal.open(path, Ed25519PrivateKey.generate(), site="cost", boot_id="cost") as journal:
        for _ in range(WARM_UP):
            _append_ms(journal, durable=False)
        for _ in range(RECORDS // BLOCK):
            for durable, took in took_ms.items():
                took += [_append_ms(journal, durable=durable) for _ in range(BLOCK)]
    names = {False: "journal, a refusal's record committed", True: "journal, an intent's record durable"}
    return [
        Row(f"{names[durable]}, p{percent} (n = {RECORDS})", "ms", percentile(took, percent))
        for durable, took in took_ms.items()
        for percent in (50, 99)
    ]


def _append_ms(journal: Journal, *, durable: bool) -> float:
    finding = {
        "reason": "stale_revision",
        "text": "x" * 60,
        "remedy": "y" * 60,
        "figures": {"step": "z" * 16},
    }
    record = NewRecord(
        at_wall="2026-01-01T00:00:00.000000Z",
        scanner="mr-1",
        exam_id="exam-0123456789ab",
        kind="start_refused",
        version=1,
        body={
            "by": "Maria",
            "command_id": "0" * 32,
            "content": "0" * 64,
            "device": "0" * 64,
            "findings": [finding],
        },
    )
    began_s = time.perf_counter()
    journal.append([record], durable=durable).result()
    return (time.perf_counter() - began_s) * 1000
