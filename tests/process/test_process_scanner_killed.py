"""A scanner killed or hanging is unknown, so nothing starts there; the other scanner does not notice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from process_observing import eventually, reasons
from process_room import Room
from process_stage import LOCALIZER, T2_TSE, Stage, stage_of

from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, InterlockState, StartOutcome, StepState

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICY = 'picture = "waived"\nmax_running = 2\n'
"""Two running at once, so that what is unknown at one scanner does not count against the other."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder, scanners=2, policy=POLICY) as made:
        await made.startable(LOCALIZER, other(made))
        yield made


def other(stage: Stage) -> Room:
    return tuple(stage.rooms.values())[1]


async def not_heard(stage: Stage) -> None:
    """The scanner is unknown at both ends, and a start is refused with that reason."""
    await eventually(
        lambda: Reason.SCANNER_NOT_HEARD in stage.interlock(Interlock.SCANNER)[1], "the scanner not heard"
    )
    assert stage.interlock(Interlock.SCANNER)[0] is not InterlockState.CLOSED
    assert Reason.SCANNER_NOT_HEARD in await stage.pressed_blind()
    await stage.tablet.until(lambda v: v["status"]["activity"] is None, "the tablet shows it as unknown")


async def other_works(stage: Stage) -> None:
    """A scan begins at the other scanner while this one is gone."""
    room = other(stage)
    step = await stage.startable(LOCALIZER, room)
    command = await stage.start(step, room)
    await eventually(lambda: stage.step_state(step, room) is StepState.STORED, "the other's scan stored")
    assert len(room.acquisitions(command.command_id)) == 1


async def back_again(stage: Stage) -> None:
    """Facts follow the restarted scanner: an empty room, so nothing was confirmed."""
    await stage.room.start()
    await stage.tablet.until(lambda v: v["status"]["activity"] == "idle", "the scanner heard again", 30.0)
    await stage.tablet.until(lambda v: v["status"]["room"]["coil"] is None, "no coil in the new room")
    await eventually(
        lambda: stage.interlock(Interlock.PATIENT_READY)[0] is InterlockState.OPEN, "patient ready voided"
    )
    await stage.true_journal()


async def test_killed_while_idle_it_is_unknown_and_the_other_scanner_scans_meanwhile(stage: Stage) -> None:
    await stage.startable(LOCALIZER)
    stage.room.scanner.kill()
    await not_heard(stage)
    await other_works(stage)
    await back_again(stage)
    assert Reason.ROOM_UNKNOWN in await stage.pressed_blind()


async def test_killed_while_preparing_the_start_is_refused_and_no_intent_was_written(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    stage.room.wire.swallow({"prepared"})
    command = stage.commands().prepare_start(step)
    pressed = asyncio.create_task(stage.console.command(command))
    await stage.room.wire.until_swallowed("prepared")
    stage.room.scanner.kill()
    refused = await pressed
    assert not refused.accepted
    assert Reason.SCANNER_NOT_HEARD in reasons(refused)
    stage.room.wire.swallow()
    await not_heard(stage)
    assert [r["kind"] for r in await stage.records(command_id=command.command_id)] == ["start_refused"]
    await back_again(stage)
    assert stage.room.acquisitions(command.command_id) == []


async def test_killed_with_a_start_on_its_way_only_a_named_person_settles_it(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    stage.room.wire.swallow({"start"})
    command = stage.commands().prepare_start(step)
    pressed = asyncio.create_task(stage.console.command(command))
    await stage.room.wire.until_swallowed("start")
    stage.room.scanner.kill()
    assert (await pressed).start is StartOutcome.UNKNOWN
    stage.room.wire.swallow()
    await back_again(stage)
    assert stage.interlock(Interlock.SCANNER) == (InterlockState.OPEN, {Reason.OUTCOME_UNKNOWN})
    assert Reason.OUTCOME_UNKNOWN in await stage.pressed_blind()
    view = await stage.tablet.until(lambda v: v["status"]["unknown_command"] is not None, "the unknown start")
    assert view["status"]["unknown_command"] == command.command_id
    settle = {"unknown_command": command.command_id, "ran": False, "staff_id": "anna"}
    assert not (await stage.tablet.do("settle_unknown", **settle, pin="0000"))["accepted"]
    await stage.tablet.must("settle_unknown", **settle, pin="4711")
    assert (await stage.console.command(command)).start is StartOutcome.FAILED
    assert stage.room.acquisitions(command.command_id) == []
    settled = await stage.records("start_settled", command_id=command.command_id)
    assert [(r["body"]["by"], r["body"]["ran"]) for r in settled] == [("Anna Keller", False)]


async def test_killed_during_a_scan_the_scan_is_over_and_said_to_be_incomplete(stage: Stage) -> None:
    step = await stage.startable(T2_TSE)
    command = await stage.start(step)
    await stage.running()
    stage.room.scanner.kill()
    await not_heard(stage)
    await other_works(stage)
    await back_again(stage)
    await eventually(lambda: stage.step_state(step) is StepState.STOPPED, "the step stopped")
    assert (await stage.console.command(command)).start is StartOutcome.ACCEPTED
    assert len(stage.room.acquisitions(command.command_id)) == 1
    finished = await stage.records("acquisition_finished")
    assert [r["body"]["complete"] for r in finished if r["body"]["step_id"] == step] == [False]


async def test_a_scanner_that_hangs_is_unknown_until_it_answers_again(stage: Stage) -> None:
    await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("hang", seconds=5.0)
    await not_heard(stage)
    await stage.tablet.until(lambda v: v["status"]["activity"] == "idle", "the scanner heard again", 30.0)
    await stage.startable(LOCALIZER)
    await stage.true_journal()


async def test_a_start_that_is_never_answered_is_unknown_and_the_scanners_log_settles_it(
    stage: Stage,
) -> None:
    step = await stage.startable(LOCALIZER)
    stage.room.wire.swallow({"start"})
    command = stage.commands().prepare_start(step)
    outcome = await stage.console.command(command)
    assert outcome.start is StartOutcome.UNKNOWN
    stage.room.wire.swallow()
    await eventually(lambda: stage.step_state(step) is StepState.PLANNED, "settled by the scanner's log")
    assert (await stage.console.command(command)).start is StartOutcome.FAILED
    assert stage.room.acquisitions(command.command_id) == []
    await stage.true_journal()
