"""Consent, prescription and presence opened at their source; pictures as they form; control taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pydicom
import pytest
import pytest_asyncio
from process_observing import eventually, reasons
from process_stage import EVERYTHING, FLAIR, LOCALIZER, Stage, stage_of
from rig import preparing

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.console_messages import ControlChanged
from mr_contract.reasons import Reason
from mr_contract.vocabulary import ControlPhase, Interlock, InterlockState, StepState
from remote_console.link import BulkClient

pytestmark = pytest.mark.asyncio(loop_scope="module")

Picture = npt.NDArray[np.float64]
AT_ONCE_S = 1.0
"""From touch to "no control"."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder, policy='picture = "waived"\npresence_minutes = 1\n') as made:
        yield made


async def refused_for(press: Callable[[], Awaitable[set[Reason]]], expected: set[Reason]) -> None:
    """Pressed again while the standing that was drawn is overtaken on its way."""

    async def refused() -> bool:
        found = await press()
        assert found >= expected
        return found == expected

    await eventually(refused, f"refused for {sorted(expected)} alone")


async def test_without_a_protocol_a_start_is_refused_for_that_alone(stage: Stage) -> None:
    await stage.prepared()
    await stage.control()
    await refused_for(stage.pressed_blind, {Reason.NO_STEP, Reason.STEP_UNKNOWN})
    assert stage.interlock(Interlock.PRESCRIPTION) == (InterlockState.OPEN, {Reason.NO_STEP})


def pressing(stage: Stage, step_id: str) -> Callable[[], Awaitable[set[Reason]]]:
    """Press with what is drawn now."""

    def named() -> bool:
        """Who was just granted view is shown the exam in a message of its own."""
        exam = stage.commands().view.exam
        return exam is not None and any(step.step_id == step_id for step in exam.steps)

    async def press() -> set[Reason]:
        await eventually(named, f"{step_id} shown")
        outcome = await stage.commands().start(stage.commands().prepare_start(step_id))
        assert not outcome.accepted
        return reasons(outcome)

    return press


async def test_with_view_and_edit_granted_but_not_start_consent_alone_is_open(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    await stage.tablet.must("revoke_control")
    assert (await stage.commands().request_control(EVERYTHING, acknowledging=True)).accepted
    await preparing.allow(stage.tablet, ("view", "talk", "edit"))
    await eventually(
        lambda: stage.interlock(Interlock.CONSENT) == (InterlockState.OPEN, {Reason.START_NOT_GRANTED}),
        "consent open",
    )
    await refused_for(pressing(stage, step), {Reason.START_NOT_GRANTED})
    assert (await stage.commands().repeat_step(LOCALIZER, "edit was granted")).accepted
    assert stage.room.watch.seen("acquisition_started") == []
    await stage.tablet.must("revoke_control")


async def test_a_list_of_who_does_what_that_was_changed_refuses_a_start_until_both_read_it(
    stage: Stage,
) -> None:
    step = await stage.startable(LOCALIZER)
    shown = stage.tablet.view["exam"]["responsibilities"]
    await stage.tablet.must("move_responsibility", digest=shown["digest"], item="documentation")
    unread = {Reason.RESPONSIBILITIES_UNREAD_LOCAL, Reason.RESPONSIBILITIES_UNREAD_REMOTE}
    await eventually(
        lambda: stage.interlock(Interlock.CONSENT) == (InterlockState.OPEN, unread), "consent open"
    )
    await refused_for(pressing(stage, step), unread)
    old = await stage.tablet.do("acknowledge_responsibilities", digest=shown["digest"])
    assert not old["accepted"]
    assert (await stage.commands().acknowledge_responsibilities()).accepted
    now = stage.tablet.view["exam"]["responsibilities"]
    assert (now["moved"], now["digest"] == shown["digest"]) == (["documentation"], False)
    await refused_for(pressing(stage, step), {Reason.RESPONSIBILITIES_UNREAD_LOCAL})
    await stage.tablet.must("acknowledge_responsibilities", digest=now["digest"])
    await stage.unblocked(step)
    assert stage.room.watch.seen("acquisition_started") == []
    read = await stage.records("responsibilities_acknowledged")
    assert [r["body"]["end"] for r in read][-2:] == ["remote", "local"]


async def test_a_step_the_scanner_was_not_asked_about_again_is_not_started(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    stage.room.wire.swallow({"set_step"})
    await weighed(stage, 83.0)
    await eventually(lambda: Reason.STEP_UNCHECKED.value in stage.blockers(step), "the step unchecked")
    assert Reason.STEP_UNCHECKED in await pressing(stage, step)()
    assert stage.room.watch.seen("acquisition_started") == []
    stage.room.wire.swallow()
    await weighed(stage, 82.0)
    await stage.startable(LOCALIZER)


async def weighed(stage: Stage, weight_kg: float) -> None:
    exam = stage.tablet.exam_id
    await stage.tablet.must(
        "record_patient_data", exam_id=exam, weight_kg=weight_kg, height_cm=175.0, position="HFS"
    )


async def test_from_the_touch_to_no_control_at_the_console_it_takes_less_than_a_second(stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(3):
        await stage.control()
        told: list[float] = []

        def note(event: object, told: list[float] = told) -> None:
            what = getattr(event, "what", None)
            if isinstance(what, ControlChanged) and what.control.phase is ControlPhase.LOCAL:
                told.append(loop.time())

        forget = stage.console.subscribe(note)
        touched_s = loop.time()
        await stage.tablet.must("revoke_control")
        await eventually(lambda told=told: bool(told), "the console told")
        forget()
        assert told[0] - touched_s < AT_ONCE_S
        assert Reason.NO_CONTROL in await stage.pressed_blind()


class Previews:
    """Every preview of a scan, copied."""

    def __init__(self) -> None:
        self.seen: list[tuple[PreviewHeader, Picture]] = []

    def take(self, header: PreviewHeader, payload: memoryview) -> None:
        pixels = np.frombuffer(bytes(payload), dtype="<u2").astype(float)
        self.seen.append((header, pixels.reshape(header.rows, header.columns)))

    def of_slice(self, position_mm: tuple[float, ...]) -> list[tuple[PreviewHeader, Picture]]:
        return [p for p in self.seen if np.allclose(p[0].position_mm, position_mm, atol=0.1)]


def likeness(one: Picture, other: Picture) -> float:
    """Correlation; that of a flat picture is none."""
    if one.std() == 0.0 or other.std() == 0.0:
        return 0.0
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


async def test_a_preview_at_the_console_is_the_picture_that_is_stored_later_as_far_as_it_was_acquired(
    stage: Stage,
) -> None:
    step = await stage.startable(FLAIR)
    previews = Previews()
    async with BulkClient(stage.console) as bulk:
        await bulk.watch_previews([stage.room.name], previews.take)
        await stage.start(step)
        await eventually(lambda: stage.step_state(step) is StepState.STORED, "the series stored", 60.0)
        [series] = [s for s in stage.tablet.view["exam"]["series"] if s["step_id"] == step]
        files = await bulk.fetch_series(stage.room.name, series["series_id"], timeout_s=20.0)
    assert len(files) == series["instance_count"]
    grown: list[tuple[float, float]] = []
    for file in files:
        image = pydicom.dcmread(BytesIO(file))
        stored = image.pixel_array.astype(float)
        shown = previews.of_slice(tuple(image.ImagePositionPatient))
        alike = [(h.lines_acquired / h.lines_total, likeness(picture, stored)) for h, picture in shown]
        assert all(like > 0.2 for _, like in alike), f"another picture than is stored: {alike}"
        grown = max(grown, alike, key=len)
    (early, early_like), (late, late_like) = grown[0], grown[-1]
    assert early < late, "no slice was seen forming"
    assert early_like < late_like, "it was whole before its lines were acquired"
    assert late_like > 0.8 or late < 0.5
    assert all(like > 0.999 for share, like in grown if share == 1.0)
    assert {h.step_id for h, _ in previews.seen} == {step}
    assert len({h.acquisition_id for h, _ in previews.seen}) == 1


async def test_a_minute_without_a_sign_of_the_local_operator_refuses_a_start_until_they_touch(
    stage: Stage,
) -> None:
    """Nothing touches the tablet here: the minute runs since the scan before was prepared."""
    repeated = await stage.commands().repeat_step(LOCALIZER, "while nobody is seen")
    assert repeated.accepted
    await eventually(
        lambda: stage.interlock(Interlock.PRESENCE) == (InterlockState.OPEN, {Reason.PRESENCE_LAPSED}),
        "presence lapsed",
        75.0,
    )
    step = stage._planned(stage.room, LOCALIZER)
    assert step is not None
    before = len(stage.room.watch.seen("acquisition_started"))
    await refused_for(pressing(stage, step), {Reason.PRESENCE_LAPSED})
    assert len(stage.room.watch.seen("acquisition_started")) == before
    await stage.tablet.must("confirm_presence")
    await stage.unblocked(step)
    await stage.start(step)
    await stage.idle()
    await stage.true_journal()
