"""One routine exam at the real page: real browser, agent and scanner; its holds counted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect
from process_finger import CHROMIUM, Finger, finger_at
from process_observing import eventually
from process_stage import EVERYTHING, FLAIR, Stage, stage_of

from mr_contract.vocabulary import ControlPhase, LinkLossAction, StepState

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"NO {CHROMIUM}: the tablet page is NOT TESTED; run scripts/bootstrap --with-browser",
    ),
]
MOST_LOCAL_HOLDS = 5


async def positioned(finger: Finger, stage: Stage) -> None:
    """Coil, landmark, into the isocentre; out of the room, the door closed, ready held."""
    scanner = stage.room.scanner
    await scanner.inject("door", open=True)
    await scanner.inject("coil", name="Head 20")
    await finger.choose("nasion")
    await finger.hold("table-isocentre")
    await eventually(lambda: bool(stage.room.watch.seen("table_moved", table="isocentre")), "the table in")
    await scanner.inject("door", open=False)
    await finger.at("ready")
    await finger.hold("ready")


async def test_a_routine_exam_takes_five_holds_and_the_stop_reaches_the_scanners_own_log(
    folder: Path,
) -> None:
    async with stage_of(folder) as stage:
        offer = await asyncio.to_thread(stage.site.tablet, stage.room.scanner)
        async with finger_at(offer) as finger:
            await finger.prepares()
            await positioned(finger, stage)
            asked = await stage.commands().request_control(
                EVERYTHING, LinkLossAction.STOP_NOW, acknowledging=True
            )
            assert asked.accepted
            await finger.hold("allow")
            await eventually(lambda: stage.phase() is ControlPhase.REMOTE, "control at the console")
            assert (await stage.commands().open_protocol("brain_routine")).accepted
            await eventually(lambda: not stage.blockers(FLAIR), "the FLAIR ready to start")
            await stage.start(FLAIR)
            await finger.at("scanning")
            await finger.stop()
            await eventually(lambda: bool(stage.room.watch.seen("stop_received")), "the scanner heard it")
            await eventually(lambda: stage.step_state(FLAIR) is StepState.STOPPED, "the step stopped")
            await finger.do("revoke")
            await eventually(lambda: stage.phase() is ControlPhase.LOCAL, "no control at the console")
            await finger.page.click('[data-step="finish"]')
            await finger.hold("table-out")
            await expect(finger.page.locator('[data-task="finish"] p.clear')).to_be_visible(timeout=30_000)
            await finger.hold("close-exam")
            await expect(finger.page.locator('[data-task="patient"]')).to_be_visible()
        closed = await stage.records("exam_closed")
        assert len(closed) == 1
        assert finger.holds == ["table-isocentre", "ready", "allow", "table-out", "close-exam"]
        assert len(finger.holds) <= MOST_LOCAL_HOLDS
        await stage.true_journal()
