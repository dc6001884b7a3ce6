"""Archive, worklist, workload statements and timeline: small things at the agent's edge."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local_agent.core.events import StartRefused, StepRepeated
from local_agent.dicom.archive import Archive, ArchiveError
from local_agent.dicom.worklist import FileWorklist
from local_agent.tablet_door import age_on
from local_agent.timeline import entry_of
from local_agent.workload import sign_statement, statement_holds
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.scanner_messages import ScannerInstance

DEVICE = "ab" * 32
NONCE = "0f" * 16


def instance(index: int, count: int, payload: bytes) -> ScannerInstance:
    digest = hashlib.sha256(payload).hexdigest()
    return ScannerInstance(series_id="2.25.1", exam_id="exam-1", index=index, count=count, sha256=digest)


def test_a_series_is_complete_when_its_last_file_is_whole(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    assert not archive.store(instance(1, 2, b"two"), b"two")
    assert archive.store(instance(0, 2, b"one"), b"one")
    assert [file.read_bytes() for file in archive.files("2.25.1")] == [b"one", b"two"]


def test_a_file_whose_digest_is_wrong_is_not_kept(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match="digest"):
        archive.store(instance(0, 1, b"one"), b"other")
    assert archive.files("2.25.1") == ()


def test_an_instance_beyond_the_announced_count_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="only 1"):
        Archive(tmp_path / "archive").store(instance(1, 1, b"x"), b"x")


def test_the_worklist_follows_its_file_and_survives_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "worklist.json"
    worklist = FileWorklist(path)
    assert worklist.items("mr1") == ()
    item = {
        "item_id": "i1",
        "accession": "A1",
        "procedure": "MRI knee",
        "side": "left",
        "scheduled_at": "2026-11-24T09:00:00Z",
        "patient": {"patient_id": "1", "name": "DEMO", "birth_date": "1990-01-01", "sex": "F"},
    }
    path.write_text(json.dumps([item]))
    assert [i.accession for i in worklist.items("mr1")] == ["A1"]
    path.write_text("[{]")
    assert worklist.items("mr1") == ()
    item["patient"] = {"patient_id": "1", "name": "DEMO", "birth_date": "1990-02-30", "sex": "F"}
    path.write_text(json.dumps([item]))
    assert worklist.items("mr1") == ()


def test_a_statement_holds_for_its_site_device_count_and_nonce_only() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    said = sign_statement(key, site="South", device=DEVICE, running=1, where="MR 2", nonce=NONCE)
    assert statement_holds(said, public)
    forged = [
        said.model_copy(update={"running": 0}),
        said.model_copy(update={"device": "cd" * 32}),
        said.model_copy(update={"nonce": "00" * 16}),
        said.model_copy(update={"site": "West"}),
        said.model_copy(update={"signature": "AAAA"}),
    ]
    assert not any(statement_holds(one, public) for one in forged)
    assert not statement_holds(said, "00" * 32)


def test_a_refused_start_reads_as_its_reasons_and_keeps_device_and_digest_out() -> None:
    event = StartRefused(
        by="Maria",
        command_id="c1",
        content="ab" * 32,
        device=DEVICE,
        step_id="s2",
        findings=(finding(Reason.DOOR_OPEN), finding(Reason.LATE)),
    )
    at = datetime(2026, 11, 24, tzinfo=UTC)
    entry = entry_of(event, 7, at, "mr1", step_names={"s2": "T2 TSE ax"})
    assert entry.figures["step"] == "T2 TSE ax"
    assert entry.figures["findings"] == "The door is open, The press arrived too late"
    assert DEVICE not in entry.model_dump_json()


def test_a_long_reason_is_cut_to_what_a_line_holds() -> None:
    event = StepRepeated(step_id="s1", new_step_id="s1r1", reason="x" * 160)
    entry = entry_of(event, 1, datetime(2026, 11, 24, tzinfo=UTC), "mr1", step_names={})
    assert len(entry.figures["reason"]) == 160


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [("1958-03-12", "2026-03-11", 67), ("1958-03-12", "2026-03-12", 68), ("2026-11-24", "2026-11-24", 0)],
)
def test_age_counts_completed_years(born: str, day: str, years: int) -> None:
    assert age_on(born, datetime.fromisoformat(day).date()) == years
