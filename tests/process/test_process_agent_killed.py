"""kill -9 of the agent at five points of a start and during a scan: nothing twice, and a true journal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from process_observing import eventually
from process_stage import FLAIR, LOCALIZER, T2_TSE, Stage, stage_of

from mr_contract.console_messages import StartStep
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    ControlPhase,
    Interlock,
    InterlockState,
    LinkLossAction,
    ScannerActivity,
    StartOutcome,
    StepState,
)
from remote_console.link import NoAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DYING_AGENT = Path(__file__).parent / "agent_that_dies_at_its_intent.py"
TOLD_OF_A_START = {
    "started", "acquisition_started", "acquisition_progressed", "acquisition_ended", "images_ready",
    "became_idle",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder) as made:
        yield made


async def killed_when(stage: Stage, swallowed: set[str], sign: str, step_id: str) -> StartStep:
    """Press start, kill the agent as soon as a frame of kind `sign` was swallowed."""
    stage.room.wire.swallow(swallowed)
    command = stage.commands().prepare_start(step_id)
    pressed = asyncio.create_task(stage.console.command(command))
    await stage.room.wire.until_swallowed(sign)
    await stage.kill_agent()
    with pytest.raises(NoAnswer):
        await pressed
    return command


async def story(stage: Stage, command: StartStep) -> list[str]:
    """What the journal tells of one start command, in order."""
    return [r["kind"] for r in await stage.records(command_id=command.command_id)]


async def after_the_restart(stage: Stage, command: StartStep, *, scans: int) -> StartOutcome | None:
    """What holds after every kill; returns the recorded outcome of the command, sent once more."""
    assert stage.phase() is ControlPhase.LOCAL
    again = await stage.console.command(command)
    assert len(stage.room.acquisitions(command.command_id)) == scans
    await stage.true_journal()
    return again.start


async def test_killed_before_the_intent_nothing_was_started_and_nothing_is_claimed(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    command = await killed_when(stage, {"prepared"}, "prepared", step)
    stage.room.wire.swallow()
    await stage.restart_agent()
    assert await story(stage, command) == []
    assert stage.interlock(Interlock.PATIENT_READY)[0] is InterlockState.CLOSED
    assert await after_the_restart(stage, command, scans=0) is None
    assert await story(stage, command) == ["start_refused"]


async def test_killed_after_the_intent_with_nothing_sent_the_scanners_log_settles_it_as_failed(
    stage: Stage,
) -> None:
    step = await stage.startable(LOCALIZER)
    command = await killed_when(stage, {"start"}, "start", step)
    stage.room.wire.swallow()
    await stage.restart_agent()
    await eventually(lambda: stage.step_state(step) is StepState.PLANNED, "the step planned again")
    assert await after_the_restart(stage, command, scans=0) is StartOutcome.FAILED
    assert await story(stage, command) == ["start_intended", "start_became_unknown", "start_failed"]
    assert stage.interlock(Interlock.PATIENT_READY)[0] is InterlockState.CLOSED


async def test_killed_between_the_intent_on_the_disk_and_the_send_the_scanner_never_hears_of_it(
    stage: Stage,
) -> None:
    await stage.kill_agent()
    stage.site.agent_words = (sys.executable, str(DYING_AGENT))
    await stage.restart_agent()
    step = await stage.startable(LOCALIZER)
    sent = len([m for m in stage.room.wire.passed if m["kind"] == "start"])
    command = stage.commands().prepare_start(step)
    with pytest.raises(NoAnswer):
        await stage.console.command(command)
    stage.site.agent_words = ()
    await eventually(lambda: not stage.console.link.connected, "the console noticing")
    assert [m["kind"] for m in stage.room.wire.passed].count("start") == sent
    assert await story(stage, command) == ["start_intended"]
    await asyncio.to_thread(stage.site.kill)  # it is dead already; let go of it
    await stage.restart_agent()
    await eventually(lambda: stage.step_state(step) is StepState.PLANNED, "the step planned again")
    assert await after_the_restart(stage, command, scans=0) is StartOutcome.FAILED
    assert await story(stage, command) == ["start_intended", "start_became_unknown", "start_failed"]


async def test_killed_after_the_send_a_scan_that_ended_meanwhile_is_found_and_stored(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    command = await killed_when(stage, TOLD_OF_A_START, "started", step)
    await eventually(
        lambda: bool(stage.room.watch.seen("images_ready", command_id=command.command_id)), "its images"
    )
    stage.room.wire.swallow()
    await stage.restart_agent()
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "the step stored")
    assert await after_the_restart(stage, command, scans=1) is StartOutcome.ACCEPTED
    told = await story(stage, command)
    assert told[:3] == ["start_intended", "start_became_unknown", "start_accepted"]
    accepted = await stage.records("start_accepted", command_id=command.command_id)
    assert [r["body"]["settled_by_log"] for r in accepted] == [True]


async def test_killed_during_a_scan_to_be_finished_the_restarted_agent_stores_its_series(
    stage: Stage,
) -> None:
    step = await stage.startable(T2_TSE)
    command = await stage.start(step)
    await stage.kill_agent()
    await stage.restart_agent()
    assert stage.activity() is ScannerActivity.ACQUIRING
    assert await after_the_restart(stage, command, scans=1) is StartOutcome.ACCEPTED
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "the series stored")
    series = [s for s in stage.tablet.view["exam"]["series"] if s["step_id"] == step]
    assert [(s["complete"], s["stored"]) for s in series] == [(True, True)]
    acted = (await stage.records("link_loss_acted"))[-1]
    assert acted["body"]["action"] == "finish_sequence"
    assert not stage.room.watch.seen("stop_received")


async def test_killed_during_a_scan_to_be_stopped_the_restarted_agent_stops_it(stage: Stage) -> None:
    step = await stage.startable(FLAIR, action=LinkLossAction.STOP_NOW)
    command = await stage.start(step)
    await stage.running()
    await stage.kill_agent()
    assert not stage.room.watch.seen("stop_received")
    await stage.restart_agent()
    await eventually(lambda: bool(stage.room.watch.seen("stop_received")), "the stop in the scanner's log")
    await eventually(lambda: stage.step_state(step) is StepState.STOPPED, "the step marked stopped")
    assert await after_the_restart(stage, command, scans=1) is StartOutcome.ACCEPTED
    ended = stage.room.watch.seen("acquisition_ended", command_id=command.command_id)
    assert [e["complete"] for e in ended] == [False]
    assert (await stage.records("link_loss_acted"))[-1]["body"]["action"] == "stop_now"


async def test_killed_at_the_acknowledgement_the_acceptance_stands_and_is_not_repeated(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    command = stage.commands().prepare_start(step)
    outcome = await stage.console.command(command)
    await stage.kill_agent()
    assert outcome.start is StartOutcome.ACCEPTED
    await stage.restart_agent()
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "the step stored")
    assert await after_the_restart(stage, command, scans=1) is StartOutcome.ACCEPTED
    assert "start_accepted" in await story(stage, command)


async def test_a_door_opened_while_the_agent_was_dead_voids_patient_ready(stage: Stage) -> None:
    await stage.startable(LOCALIZER)
    await stage.kill_agent()
    await stage.room.scanner.inject("door", open=True)
    await stage.room.scanner.inject("door", open=False)
    await stage.restart_agent()
    await eventually(
        lambda: stage.interlock(Interlock.PATIENT_READY)[1] == {Reason.ROOM_UNKNOWN},
        "patient ready not attested",
    )
    assert Reason.ROOM_UNKNOWN in await stage.pressed_blind()
    await stage.startable(LOCALIZER)
