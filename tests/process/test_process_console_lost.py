"""A console killed, a line cut, a clock set back: what was agreed happens, nothing queued runs."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from process_observing import eventually
from process_stage import FLAIR, LOCALIZER, PASSPHRASE, T2_TSE, Stage, stage_of
from rig import preparing

from mr_contract.reasons import Reason
from mr_contract.standing import StandingNumber
from mr_contract.vocabulary import (
    ControlPhase,
    Interlock,
    InterlockState,
    LinkLossAction,
    ScannerActivity,
    StepState,
)
from remote_console.link import LeaseLapsed, LinkEvent, LinkState, NoAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONSOLE = Path(__file__).parent / "console_alone.py"
WINDOW = Path(__file__).parent / "window_alone.py"
SCRIPTS = Path(__file__).parents[2] / "scripts"
AGENT = Path(__file__).parent / "agent_with_set_clock.py"
BEATS_OF_A_LEASE = 13
"""Beats come four times a second; a lease that is not renewed lapses after 3 s."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder) as made:
        yield made


@asynccontextmanager
async def console_scanning(stage: Stage, action: LinkLossAction, step: str) -> AsyncIterator[str]:
    """The same person's console in a process of its own, scanning with `step`, another step armed.

    Killed when the block is entered; the value is the id of its start command.
    """
    await stage.leave()
    console = await asyncio.create_subprocess_exec(
        *(sys.executable, str(CONSOLE), str(stage.store.directory), PASSPHRASE, stage.site.name),
        *(stage.room.name, action.value, step, LOCALIZER),
        stdout=asyncio.subprocess.PIPE,
    )
    assert console.stdout is not None
    try:
        assert (await console.stdout.readline()).decode() == "asked\n"
        await preparing.allow(stage.tablet)
        word, _, command_id = (await console.stdout.readline()).decode().strip().partition(" ")
        assert word == "started", command_id
        assert (await console.stdout.readline()).decode() == "armed\n"
        console.kill()
        await console.wait()
        yield command_id
    finally:
        if console.returncode is None:
            console.kill()
            await console.wait()


async def suspended(stage: Stage) -> None:
    await stage.tablet.until(lambda v: v["control"]["phase"] == "suspended", "the lease lapsed")


async def test_a_killed_console_lets_the_sequence_finish_inherits_nothing_and_is_resumed_by_one_touch(
    stage: Stage,
) -> None:
    step = await stage.startable(T2_TSE)
    await stage.startable(LOCALIZER)  # what the console arms
    await stage.tablet.must("revoke_control")
    async with console_scanning(stage, LinkLossAction.FINISH_SEQUENCE, step) as command_id:
        await suspended(stage)
        await stage.join()
        assert stage.phase() is ControlPhase.SUSPENDED
        view = stage.commands().view
        assert view.control is not None
        assert not view.control.yours
        assert Reason.CONTROL_SUSPENDED in await stage.pressed_blind()
        await eventually(
            lambda: stage.step_state(step) is StepState.STORED, "the sequence finished and stored"
        )
        assert stage.tablet.view["status"]["activity"] == "idle"
        await stage.tablet.must("resume_control")
        await eventually(lambda: stage.phase() is ControlPhase.REMOTE, "control resumed")
        control = stage.commands().view.control
        assert control is not None
        assert control.yours
    assert len(stage.room.watch.seen("acquisition_started")) == 1, "what was armed must not have run"
    assert len(stage.room.acquisitions(command_id)) == 1
    acted = await stage.records("link_loss_acted", "control_suspended", "control_resumed")
    assert [r["kind"] for r in acted] == ["control_suspended", "link_loss_acted", "control_resumed"]
    await stage.true_journal()


async def test_a_killed_console_has_its_scan_stopped_where_that_was_agreed(stage: Stage) -> None:
    step = await stage.startable(FLAIR)
    await stage.startable(LOCALIZER)
    await stage.tablet.must("revoke_control")
    async with console_scanning(stage, LinkLossAction.STOP_NOW, step) as command_id:
        assert not stage.room.watch.seen("stop_received")
        await suspended(stage)
        await eventually(lambda: bool(stage.room.watch.seen("stop_received")), "the agent's stop")
        await eventually(lambda: stage.step_state(step) is StepState.STOPPED, "the step stopped")
        await stage.join()
    ended = stage.room.watch.seen("acquisition_ended", command_id=command_id)
    assert [e["complete"] for e in ended] == [False]
    assert (await stage.records("link_loss_acted"))[-1]["body"]["action"] == "stop_now"
    assert len(stage.room.acquisitions(command_id)) == 1
    await stage.true_journal()


async def test_the_real_window_killed_while_it_scans_leaves_the_sequence_to_finish(stage: Stage) -> None:
    step = await stage.startable(FLAIR)
    await stage.tablet.must("revoke_control")
    scans = len(stage.room.watch.seen("acquisition_started"))
    await stage.leave()
    window = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WINDOW), str(stage.store.directory), PASSPHRASE),
        "FLAIR ax",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
    )
    assert window.stdout is not None
    try:
        assert (await window.stdout.readline()).decode() == "asked\n"
        await preparing.allow(stage.tablet)
        assert (await window.stdout.readline()).decode() == "started\n"
    finally:
        window.kill()
        await window.wait()
    await suspended(stage)
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "the sequence finished and stored")
    assert len(stage.room.watch.seen("acquisition_started")) == scans + 1
    assert stage.room.watch.seen("acquisition_ended")[-1]["complete"]
    await stage.join()
    await stage.true_journal()


async def test_a_cut_line_suspends_both_ends_and_the_tablet_still_stops(stage: Stage) -> None:
    running = await stage.startable(FLAIR)
    command = await stage.start(running)
    await stage.running()
    await eventually(lambda: outcome_shown(stage) == "accepted", "the read-back at the console")
    told: list[object] = []
    unsubscribe = stage.console.subscribe(lambda event: told.append(_what(event)))
    stage.line.cut()
    with pytest.raises(NoAnswer):  # pressed into the dead line; it arrives when the line is mended
        await stage.console.command(stage.commands().prepare_start(LOCALIZER))
    await suspended(stage)
    assert any(isinstance(w, LeaseLapsed) for w in told)
    assert not stage.console.lease_live
    last = stage.commands().view.last_command
    assert last is not None
    assert (last.command_id, last.outcome) == (command.command_id, "accepted")
    here = stage.tablet.view
    assert (here["last"]["command_id"], here["last"]["outcome"]) == (command.command_id, "accepted")
    assert (here["control"]["holder"], here["status"]["activity"]) == (stage.person, "acquiring")
    await stage.tablet.must("tablet_stop")
    await eventually(lambda: stage.step_state(running) is StepState.STOPPED, "the stop with the line cut")
    scans = len(stage.room.watch.seen("acquisition_started"))
    stage.line.mend()
    await eventually(
        lambda: any(isinstance(w, LinkState) and w.connected for w in told), "the console connected again"
    )
    await stage.heard()
    assert stage.phase() is ControlPhase.SUSPENDED
    assert stage.tablet.view["control"]["phase"] == "suspended"
    assert Reason.CONTROL_SUSPENDED in await stage.pressed_blind()
    assert stage.activity() is ScannerActivity.IDLE
    assert len(stage.room.watch.seen("acquisition_started")) == scans
    unsubscribe()
    await stage.true_journal()


def outcome_shown(stage: Stage) -> str:
    """What the console shows of the last command; it is told after the answer itself."""
    last = stage.commands().view.last_command
    return last.outcome if last else ""


def _what(event: LinkEvent) -> object:
    return event.what


def standing_number(stage: Stage) -> StandingNumber:
    standing = stage.commands().view.standing
    assert standing is not None
    return standing.number


async def test_a_clock_set_back_an_hour_lets_nothing_lapse_and_nothing_start(stage: Stage) -> None:
    await stage.startable(LOCALIZER)
    offset = stage.folder / "offset"
    offset.write_text("0")
    await stage.kill_agent()
    stage.site.agent_words = (sys.executable, str(AGENT), str(offset))
    await stage.restart_agent()
    running = await stage.startable(FLAIR)
    scans, history = len(stage.room.watch.seen("acquisition_started")), len(await stage.records())
    command = await stage.start(running)
    await stage.running()
    await eventually(
        lambda: Reason.SCANNER_BUSY in stage.interlock(Interlock.SCANNER)[1], "the standing of a running scan"
    )
    before = stage.console.view.beat
    assert before is not None
    number = standing_number(stage)
    offset.write_text("-3600")
    await eventually(
        lambda: (b := stage.console.view.beat) is not None and b.beat > before.beat + BEATS_OF_A_LEASE,
        "beats of more than a lease",
    )
    assert stage.phase() is ControlPhase.REMOTE
    assert stage.console.lease_live
    assert standing_number(stage) == number
    for which in (Interlock.PRESENCE, Interlock.PATIENT_READY, Interlock.LINK):
        assert stage.interlock(which)[0] is InterlockState.CLOSED
    assert len(stage.room.acquisitions(command.command_id)) == 1
    assert len(stage.room.watch.seen("acquisition_started")) == scans + 1
    await stage.idle()
    await stage.tablet.must("confirm_presence")
    step = await stage.startable(LOCALIZER)
    await stage.start(step)
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "a scan under the clock set back")
    records = await stage.records()
    assert [r["seq"] for r in records] == list(range(1, len(records) + 1))
    times = [datetime.fromisoformat(r["at"]) for r in records]
    assert min(later - earlier for earlier, later in pairwise(times)) < timedelta(minutes=-59)
    assert not [
        r for r in records[history:] if r["kind"] in {"control_suspended", "link_loss_acted", "control_ended"}
    ]
    await stage.true_journal()
