"""Each interlock opened at its source process, and a start seen refused with that reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from process_observing import eventually, reasons, together
from process_stage import FLAIR, LOCALIZER, T2_TSE, Stage, stage_of
from rig import preparing

from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, InterlockState
from remote_console.link import AgentClient
from remote_console.link.workload import WorkloadCarrier

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class TwoSites:
    """North, where interlocks are opened, and South, where the same person may run a scan."""

    north: Stage
    south: Stage
    clients: dict[str, AgentClient]
    carrier: WorkloadCarrier
    carrying: asyncio.Task[None] | None = None

    def carry(self) -> None:
        """Statements of each site travel to the other, as a console's fleet has it."""
        self.carrying = asyncio.create_task(self.carrier.run(), name="carrier")

    async def lose(self) -> None:
        if self.carrying is not None:
            task, self.carrying = self.carrying, None
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sites(folder: Path) -> AsyncIterator[TwoSites]:
    async with AsyncExitStack() as stack:
        made = await _two_sites(folder, stack)
        yield made
        await made.lose()


async def _two_sites(folder: Path, stack: AsyncExitStack) -> TwoSites:
    """One console, enrolled at both; each knows the other's statement key."""
    north = await stack.enter_async_context(stage_of(folder, name="North", opened=False))
    south = await stack.enter_async_context(stage_of(folder, name="South", opened=False))
    south.store = north.store
    await together(*(asyncio.to_thread(stage.make) for stage in (north, south)))
    for here, there in ((north, south), (south, north)):
        name, key = await asyncio.to_thread(there.site.statement_key)
        here.site.write_policy({name: key})
    await asyncio.to_thread(north.store.device_key)
    await together(north.open(), south.open())
    for stage in (north, south):
        await stage.leave()  # a console says in its hello where it is enrolled: now it is at both
        await stage.join()
    clients = {stage.site.name: stage.console for stage in (north, south)}
    carrier = WorkloadCarrier(clients)
    for stage in (north, south):
        stage.console.subscribe(carrier.note)
    return TwoSites(north, south, clients, carrier)


async def refused(stage: Stage, step_id: str, *expected: Reason) -> None:
    """The reasons are shown, and a start pressed then is refused with them; the scanner saw none."""
    await eventually(
        lambda: all(any(r.value in b for b in stage.blockers(step_id)) for r in expected),
        f"{[r.value for r in expected]} shown",
    )
    command = stage.commands().prepare_start(step_id)
    outcome = await stage.commands().start(command)
    assert not outcome.accepted
    assert set(expected) <= reasons(outcome)
    assert stage.room.acquisitions(command.command_id) == []


async def reaches(stage: Stage, *, blind: Reason, present: bool) -> None:
    """A reason is among those of a refused start, or has left them."""
    found = await stage.pressed_blind()
    assert (blind in found) is present, found


async def test_every_reason_of_an_empty_room_is_given_and_leaves_as_it_is_cleared(sites: TwoSites) -> None:
    stage, tablet = sites.north, sites.north.tablet
    everything = await stage.pressed_blind()
    assert {
        Reason.NO_CONTROL, Reason.START_NOT_GRANTED, Reason.ROSTER_BELOW_POLICY, Reason.NO_EXAM,
        Reason.LINK_UNKNOWN, Reason.WORKLOAD_UNKNOWN, Reason.STEP_UNKNOWN,
    } <= everything  # fmt: skip
    await preparing.check_in(tablet)
    await reaches(stage, blind=Reason.ROSTER_BELOW_POLICY, present=False)
    await tablet.must("take_patient", item_id="item-1")
    await tablet.until(lambda v: v["exam"] is not None, "an open exam")
    exam = tablet.exam_id
    assert {
        Reason.IDENTITY_NOT_CONFIRMED, Reason.SCREENING_MISSING, Reason.PATIENT_DATA_MISSING,
        Reason.PATIENT_READY_MISSING, Reason.NO_COIL, Reason.TABLE_NOT_AT_ISOCENTRE,
        Reason.LANDMARK_MISSING,
    } <= await stage.pressed_blind()  # fmt: skip
    await tablet.must(
        "confirm_identity", exam_id=exam, identifiers=["spoken_name", "wristband"], staff_id="anna"
    )
    await reaches(stage, blind=Reason.IDENTITY_NOT_CONFIRMED, present=False)
    await screened(stage, stop_after="recorded")
    assert {Reason.SCREENING_SECOND_SIGNATURE, Reason.SCREENING_LEVEL_2} <= await stage.pressed_blind()
    await tablet.must("sign_screening", exam_id=exam, staff_id="ben", pin="0815")
    await reaches(stage, blind=Reason.SCREENING_LEVEL_2, present=True)
    await tablet.must("sign_screening", exam_id=exam, staff_id="anna", pin="4711")
    await reaches(stage, blind=Reason.SCREENING_LEVEL_2, present=False)
    await reaches(stage, blind=Reason.SCREENING_FULL_STOP, present=True)
    await tablet.must("confirm_full_stop", exam_id=exam)
    await preparing.position(tablet, stage.room.scanner)
    await reaches(stage, blind=Reason.PATIENT_READY_MISSING, present=True)
    await preparing.hold_ready(tablet)
    await reaches(stage, blind=Reason.PATIENT_READY_MISSING, present=False)
    await stage.control()
    assert await stage.pressed_blind() >= {Reason.WORKLOAD_UNKNOWN}
    sites.carry()
    await stage.startable(LOCALIZER)


async def screened(stage: Stage, *, implants: tuple[ImplantLimits, ...] = (), stop_after: str = "") -> None:
    """Screening recorded (which voids signatures), then signed by both, full stop confirmed."""
    exam = stage.tablet.exam_id
    listed = [i.model_dump(mode="json") for i in implants]
    await stage.tablet.must(
        "record_screening", exam_id=exam, questions_answered=True, implants=listed, implant_free=not listed
    )
    if stop_after == "recorded":
        return
    for staff_id, pin in (("anna", "4711"), ("ben", "0815")):
        await stage.tablet.must("sign_screening", exam_id=exam, staff_id=staff_id, pin=pin)
    await stage.tablet.must("confirm_full_stop", exam_id=exam)


async def test_a_door_opened_in_the_room(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("door", open=True)
    await refused(stage, step, Reason.DOOR_OPEN, Reason.DOOR_WAS_OPENED)
    await stage.room.scanner.inject("door", open=False)
    await eventually(lambda: "patient_ready door_open" not in stage.blockers(step), "the door closed")
    await refused(stage, step, Reason.DOOR_WAS_OPENED)


async def test_a_start_prepared_before_the_door_was_opened_and_closed(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    command = stage.commands().prepare_start(step)
    await stage.room.scanner.inject("door", open=True)
    await stage.room.scanner.inject("door", open=False)
    await refused(stage, step, Reason.DOOR_WAS_OPENED)
    outcome = await stage.console.command(command)
    assert {Reason.STALE_STANDING, Reason.DOOR_WAS_OPENED} <= reasons(outcome)


async def test_a_table_pushed_by_hand(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("table", to="by_hand")
    await refused(stage, step, Reason.TABLE_MOVED, Reason.TABLE_NOT_AT_ISOCENTRE)


async def test_a_coil_unplugged(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("coil", name=None)
    await refused(stage, step, Reason.COIL_CHANGED, Reason.NO_COIL)


async def test_a_squeezed_bulb(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("bulb", pressed=True)
    await refused(stage, step, Reason.SQUEEZE_BULB)
    await stage.room.scanner.inject("bulb", pressed=False)
    await refused(stage, step, Reason.SQUEEZE_BULB)
    await _acknowledge(stage, "squeeze_bulb")
    await stage.unblocked(step)


async def _acknowledge(stage: Stage, kind: str) -> None:
    def shown() -> list[str]:
        return [a["alarm_id"] for a in stage.tablet.view["alarms"] if a["kind"] == kind and a["active"]]

    await stage.tablet.until(lambda _: bool(shown()), f"the alarm {kind}")
    await stage.tablet.must("tablet_acknowledge", alarm_id=shown()[0])


async def test_a_fault_of_the_scanner(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.room.scanner.inject("fault", words="gradient amplifier")
    await refused(stage, step, Reason.SCANNER_FAULT)
    await stage.room.scanner.inject("fault", words=None)
    await stage.unblocked(step)


async def test_nobody_qualified_checked_in(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await stage.tablet.must("check_out", staff_id="anna")
    await refused(stage, step, Reason.ROSTER_BELOW_POLICY)
    await stage.tablet.must("check_in", staff_id="anna", pin="4711")
    await stage.unblocked(step)


async def test_control_revoked_at_the_tablet(sites: TwoSites) -> None:
    stage = sites.north
    await stage.startable(LOCALIZER)
    await stage.tablet.must("revoke_control")
    await eventually(lambda: stage.interlock(Interlock.CONTROL)[0] is InterlockState.OPEN, "control revoked")
    assert {Reason.NO_CONTROL, Reason.START_NOT_GRANTED} <= await stage.pressed_blind()


async def test_a_step_edited_after_the_press_began(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(T2_TSE)
    command = stage.commands().prepare_start(step)
    assert (await stage.commands().edit_step(step, {"te_ms": 90.0})).accepted
    outcome = await stage.console.command(command)
    assert reasons(outcome) >= {Reason.STALE_REVISION}
    await stage.unblocked(step)


async def test_an_impossible_edit_is_not_applied_and_what_was_there_may_start(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(T2_TSE)
    outcome = await stage.commands().edit_step(step, {"tr_ms": 20.0})
    assert reasons(outcome) == {Reason.STEP_IN_CONFLICT}
    await stage.unblocked(step)


async def test_an_implant_whose_label_allows_less(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(T2_TSE)
    await screened(stage, implants=(ImplantLimits(device="a stimulator", b1_rms_ut=0.1),))
    await refused(stage, step, Reason.IMPLANT_LIMIT)
    await screened(stage)
    await stage.unblocked(step)


async def test_first_level_that_nobody_decided(sites: TwoSites) -> None:
    """A localizer with so fine a matrix in so small a field that its gradients stimulate nerves."""
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    exam = stage.tablet.exam_id
    strong: dict[str, float | str] = {"acquisition_matrix_read": 512, "fov_read_mm": 200}
    edited = await stage.commands().edit_step(step, strong)
    assert edited.accepted, edited
    await refused(stage, step, Reason.FIRST_LEVEL_UNDECIDED)
    assert (await stage.commands().decide_first_level(up_to_pns_percent=100.0)).accepted
    await refused(stage, step, Reason.FIRST_LEVEL_UNDECIDED)
    await stage.tablet.must("allow_first_level", exam_id=exam, up_to_w_per_kg=4.0)
    await refused(stage, step, Reason.FIRST_LEVEL_UNDECIDED)
    await stage.tablet.must("allow_first_level", exam_id=exam, up_to_pns_percent=100.0)
    await stage.unblocked(step)
    assert (await stage.commands().undo_edit(step)).accepted


async def test_a_scan_of_the_same_person_at_another_site(sites: TwoSites) -> None:
    stage, south = sites.north, sites.south
    step = await stage.startable(LOCALIZER)
    running = await south.startable(FLAIR)
    await south.start(running)
    await refused(stage, step, Reason.RUNNING_ELSEWHERE)
    await south.idle()
    await stage.unblocked(step)


async def test_a_site_whose_statement_is_missing(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    await sites.lose()
    await refused(stage, step, Reason.WORKLOAD_UNKNOWN)
    sites.carry()
    await stage.unblocked(step)


async def test_a_slow_line(sites: TwoSites) -> None:
    stage = sites.north
    step = await stage.startable(LOCALIZER)
    stage.line.delay_s = 0.3
    await refused(stage, step, Reason.LINK_RED)
    stage.line.delay_s = 0.0


async def test_a_picture_that_the_policy_requires(sites: TwoSites) -> None:
    stage = sites.north
    name, key = await asyncio.to_thread(sites.south.site.statement_key)
    stage.site.write_policy({name: key}, picture="required")
    await stage.kill_agent()
    await stage.restart_agent()
    await eventually(
        lambda: stage.interlock(Interlock.PICTURE) == (InterlockState.UNKNOWN, {Reason.PICTURE_UNKNOWN}),
        "the picture unknown",
    )
    assert Reason.PICTURE_UNKNOWN in await stage.pressed_blind()
    for site in (stage, sites.south):
        await site.true_journal()
