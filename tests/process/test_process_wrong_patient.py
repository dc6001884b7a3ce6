"""Wrong patient found out, in real programs: from the word at the console to corrected copies on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pydicom
import pytest
import pytest_asyncio
from process_observing import eventually
from process_stage import FLAIR, LOCALIZER, Stage, stage_of
from rig.site import STAFF

from mr_contract.reasons import Reason
from mr_contract.vocabulary import AlarmKind, Mistaken, StepState
from remote_console.link import BulkClient, Refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder) as made:
        yield made


def images(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.dcm"))


async def test_from_the_word_at_the_console_to_the_copies_two_people_signed(stage: Stage) -> None:
    site, tablet = stage.site.folder, stage.tablet
    localizer = await stage.startable(LOCALIZER)
    await stage.start(localizer)
    await eventually(lambda: stage.step_state(localizer) is StepState.STORED, "images stored", 30.0)
    await stage.start(await stage.startable(FLAIR))
    await stage.running()
    exam_id, patient = tablet.exam_id, tablet.view["exam"]["patient"]
    [series] = tablet.view["exam"]["series"]

    said = await stage.commands().report_wrong(exam_id, Mistaken.PATIENT)
    assert said.accepted, said
    await eventually(lambda: bool(stage.room.watch.seen("stop_received")), "the stop at the scanner itself")
    await stage.idle()
    assert Reason.EXAM_QUARANTINED in await stage.pressed_blind()
    await tablet.until(
        lambda v: AlarmKind.WRONG_PATIENT.value in {a["kind"] for a in v["alarms"]}, "the alarm"
    )
    async with BulkClient(stage.console) as bulk:
        with pytest.raises(Refused) as caught:
            await bulk.fetch_series(stage.room.name, series["series_id"], timeout_s=10.0)
    assert {f.reason for f in caught.value.findings} == {Reason.EXAM_QUARANTINED}

    await stage.kill_agent()
    await stage.restart_agent()
    tablet = stage.tablet
    originals = {p: p.read_bytes() for p in images(site / "archive-quarantine")}
    assert {p.parent.parent.name for p in originals} == {exam_id}
    assert images(site / "archive") == []
    (first, _, _, _, first_pin), (second, _, _, _, second_pin) = STAFF
    right = {"verdict": "correct", "mistaken": "patient", "item_id": "item-2"}
    await tablet.must("propose_correction", exam_id=exam_id, staff_id=first, pin=first_pin, **right)
    view = await tablet.until(lambda v: v["quarantines"][0]["correction"] is not None, "the proposal")
    names = {"exam_id": exam_id, "correction_id": view["quarantines"][0]["correction"]["correction_id"]}
    refused = await tablet.do("sign_correction", staff_id=first, pin=first_pin, **names)
    assert [f["reason"] for f in refused["findings"]] == [Reason.SCREENING_SAME_SIGNER.value]
    await tablet.must("sign_correction", staff_id=second, pin=second_pin, **names)
    await tablet.until(lambda v: v["exam"] is None and v["quarantines"] == [], "the exam closed, copies made")

    copies = await asyncio.to_thread(lambda: [pydicom.dcmread(p) for p in images(site / "archive")])
    assert len(copies) >= len(originals), "images that came late are copied too"
    assert all(p.read_bytes() == payload for p, payload in originals.items())
    old = {str(pydicom.dcmread(p).SOPInstanceUID) for p in originals}
    assert not old & {str(c.SOPInstanceUID) for c in copies}
    for copy in copies:
        assert copy.PatientID != patient["patient_id"]
        [record] = copy.OriginalAttributesSequence
        assert record.ModifiedAttributesSequence[0].PatientID == patient["patient_id"]
    [signed] = await stage.records("correction_signed")
    assert signed["body"]["by"] == STAFF[1][1]
    await stage.true_journal()

    await stage.kill_agent()
    await stage.restart_agent()
    view = await stage.tablet.until(lambda v: len(v["closed_exams"]) == 1, "the exam among the earlier ones")
    [listed] = view["closed_exams"]
    assert listed["exam_id"] == exam_id
    assert listed["patient"] == patient, "recalled, as nobody's exam is open now"
    assert listed["closed_at"] is not None
    await eventually(
        lambda: (v := stage.view()) is not None and len(v.closed_exams) == 1, "at the console too"
    )
    seen = stage.view()
    assert seen is not None
    assert seen.closed_exams[0].patient is None
