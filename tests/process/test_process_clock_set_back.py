"""The wall clock set back an hour during a scan: nothing lapses, nothing starts, the order stays."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from process_stage import FLAIR, LOCALIZER, Stage, eventually, stage_of

from mr_contract.standing import StandingNumber
from mr_contract.vocabulary import ControlPhase, Interlock, InterlockState, StepState

pytestmark = pytest.mark.asyncio(loop_scope="module")
AGENT = Path(__file__).parent / "agent_with_set_clock.py"
BEATS_OF_A_LEASE = 13
"""Beats come four times a second; a lease that is not renewed lapses after 3 s."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    offset = folder / "offset"
    offset.write_text("0")
    async with stage_of(folder, agent_words=(sys.executable, str(AGENT), str(offset))) as made:
        yield made


def standing_number(stage: Stage) -> StandingNumber:
    standing = stage.commands().view.standing
    assert standing is not None
    return standing.number


async def test_a_clock_set_back_an_hour_lets_nothing_lapse_and_nothing_start(stage: Stage) -> None:
    running = await stage.startable(FLAIR)
    command = await stage.start(running)
    await stage.running()
    before = stage.console.view.beat
    assert before is not None
    number = standing_number(stage)
    (stage.folder / "offset").write_text("-3600")
    await eventually(
        lambda: (b := stage.console.view.beat) is not None and b.beat > before.beat + BEATS_OF_A_LEASE,
        "beats of more than a lease",
    )
    assert stage.phase() is ControlPhase.REMOTE
    assert stage.console.lease_live
    assert standing_number(stage) == number
    for which in (Interlock.PRESENCE, Interlock.PATIENT_READY, Interlock.LINK):
        assert stage.interlock(which)[0] is InterlockState.CLOSED
    assert [a["command_id"] for a in stage.room.watch.seen("acquisition_started")] == [command.command_id]
    await stage.idle()
    await stage.tablet.must("confirm_presence")
    step = await stage.startable(LOCALIZER)
    await stage.start(step)
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "a scan under the clock set back")
    records = await stage.records()
    assert [r["seq"] for r in records] == list(range(1, len(records) + 1))
    times = [datetime.fromisoformat(r["at"]) for r in records]
    assert min(later - earlier for earlier, later in pairwise(times)) < timedelta(minutes=-59)
    assert not [r for r in records if r["kind"] in {"control_suspended", "link_loss_acted", "control_ended"}]
    await asyncio.to_thread(stage.site.end)
    await stage.true_journal()
