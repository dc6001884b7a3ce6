"""Rules of the simulated scanner, one by one."""

from __future__ import annotations

from scanner_world import World, accepting, acquiring, faulty, patient, prepared, ready

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    AcquisitionEnded,
    AcquisitionStarted,
    CloseScannerExam,
    Done,
    GetSnapshot,
    MoveScannerTable,
    Prepared,
    Rejected,
    Snapshot,
    Started,
    StopTaken,
    TableMoved,
)
from mr_contract.vocabulary import Landmark, OperatingMode, ScannerActivity, TablePosition
from simulated_mri.scanner.inputs import (
    BulbLetGo,
    BulbSqueezed,
    CoilPlugged,
    DoorSwung,
    FaultAppeared,
    FaultGone,
    Tick,
)
from simulated_mri.scanner.state import State


def snapshot(world: World) -> Snapshot:
    reply = world.do(GetSnapshot(request_id=1))
    assert isinstance(reply, Snapshot)
    return reply


def why(reply: object) -> str:
    assert isinstance(reply, Rejected)
    assert reply.remedy
    return reply.why


def next_exam(world: World) -> None:
    """Table out, exam closed, the next patient in."""
    world.do(MoveScannerTable(request_id=1, to="out"))
    world.wait(12.0)
    world.do(CloseScannerExam(request_id=1))
    world.receive_patient()


def last_end(world: World) -> AcquisitionEnded:
    return next(e for e in reversed(world.events) if isinstance(e, AcquisitionEnded))


def test_a_scan_takes_its_honest_time_and_acquires_every_line() -> None:
    world = acquiring()
    world.wait(9.99)
    assert snapshot(world).activity is ScannerActivity.ACQUIRING
    world.wait(0.01)
    ended = last_end(world)
    assert (ended.complete, ended.lines_acquired, ended.why) == (True, 100, "")
    assert world.kinds()[-1] == "became_idle"


def test_speed_shortens_table_and_scan_but_not_the_life_of_a_token() -> None:
    world = World(state=State(boot="boot", coil="Head 20", speed=100.0))
    world.receive_patient()
    world.set_step()
    world.prepare()
    assert isinstance(world.start(after_s=1.99), Started)
    world.wait(0.05)
    assert snapshot(world).running is not None
    world.wait(0.051)
    assert last_end(world).complete
    world.prepare("another")
    assert "2 s" in why(world.start(after_s=2.01))


def test_a_stop_keeps_exactly_the_lines_acquired_so_far() -> None:
    world = acquiring()
    world.wait(4.0)
    reply = world.stop(after_s=0.35)
    assert isinstance(reply, StopTaken)
    assert reply.was_running == last_end(world).acquisition_id
    assert (last_end(world).lines_acquired, last_end(world).lines_total) == (43, 100)
    assert last_end(world).complete is False
    assert "a test" in last_end(world).why


def test_a_stop_after_the_last_line_leaves_the_scan_complete() -> None:
    world = acquiring()
    world.stop(after_s=10.0)
    assert last_end(world).complete


def test_a_stop_halts_a_moving_table_where_it_is() -> None:
    world = ready()
    world.do(MoveScannerTable(request_id=1, to="out"))
    world.stop(after_s=3.0)
    now = snapshot(world)
    assert (now.table, now.table_mm) == (TablePosition.ELSEWHERE, 300.0)


def test_the_door_opened_during_a_scan_stops_nothing_but_the_next_start() -> None:
    world = acquiring()
    world.do(DoorSwung(closed=False), after_s=1.0)
    world.wait(9.0)
    assert last_end(world).complete
    assert "door" in why(world.prepare("next"))


def test_a_token_does_not_survive_a_door_that_opened_and_closed_again() -> None:
    world = prepared()
    world.do(DoorSwung(closed=False))
    world.do(DoorSwung(closed=True))
    assert "changed" in why(world.start())
    assert isinstance(world.prepare("again"), Prepared)
    assert isinstance(world.start(), Started)


def test_the_bulb_stops_nothing_that_runs_and_calls_until_answered() -> None:
    world = acquiring()
    world.do(BulbSqueezed(), after_s=1.0)
    world.do(BulbLetGo())
    world.wait(9.0)
    assert last_end(world).complete
    assert snapshot(world).bulb_pressed
    assert "bulb" in why(world.prepare("next"))
    world.do(AcknowledgeBulb(request_id=1))
    assert not snapshot(world).bulb_pressed
    assert world.kinds()[-1] == "bulb_released"
    assert isinstance(world.prepare("next"), Prepared)


def test_a_bulb_still_squeezed_calls_on_after_the_answer() -> None:
    world = ready()
    world.do(BulbSqueezed())
    world.do(AcknowledgeBulb(request_id=1))
    assert snapshot(world).bulb_pressed
    world.do(BulbLetGo())
    assert not snapshot(world).bulb_pressed


def test_a_second_squeeze_is_told_again() -> None:
    world = ready()
    for _ in range(2):
        world.do(BulbSqueezed())
        world.do(BulbLetGo())
    assert world.kinds().count("bulb_pressed") == 2


def test_a_fault_ends_the_scan_and_idle_is_told_when_it_is_gone() -> None:
    world = acquiring()
    world.do(FaultAppeared("gradient amplifier"), after_s=5.0)
    assert (last_end(world).lines_acquired, last_end(world).complete) == (50, False)
    assert "gradient amplifier" in last_end(world).why
    assert snapshot(world).activity is ScannerActivity.FAULT
    assert world.kinds()[-1] != "became_idle"
    world.do(FaultGone())
    assert world.kinds()[-1] == "became_idle"


def test_the_patient_can_be_brought_out_during_a_fault() -> None:
    world = faulty()
    assert isinstance(world.do(MoveScannerTable(request_id=1, to="out")), Done)
    world.wait(12.0)
    assert snapshot(world).table is TablePosition.OUT
    assert "gradient amplifier" in why(world.do(MoveScannerTable(request_id=1, to="isocentre")))


def test_exposure_above_the_decided_mode_is_refused() -> None:
    world = ready()
    world.set_step(mode=OperatingMode.FIRST_LEVEL)
    assert "first_level" in why(world.prepare())
    assert isinstance(world.prepare(mode=OperatingMode.FIRST_LEVEL), Prepared)


def test_second_level_is_refused_whatever_was_decided() -> None:
    world = ready()
    world.set_step(mode=OperatingMode.SECOND_LEVEL)
    assert "second level" in why(world.prepare(mode=OperatingMode.SECOND_LEVEL))
    world.set_step()
    assert "second level" in why(world.prepare(mode=OperatingMode.SECOND_LEVEL))


def test_everything_that_stands_against_a_start_is_told_at_once() -> None:
    world = ready()
    world.do(DoorSwung(closed=False))
    world.do(BulbSqueezed())
    world.do(CoilPlugged(None))
    words = why(world.prepare())
    assert "coil" in words
    world.do(CoilPlugged("Head 20"))
    words = why(world.prepare())
    assert "door" in words
    assert "bulb" in words


def test_a_step_set_for_another_coil_cannot_be_prepared() -> None:
    world = ready()
    world.do(CoilPlugged("Knee"))
    assert "coil" in why(world.prepare())


def test_a_new_registration_voids_the_steps_set_before() -> None:
    world = ready()
    next_exam(world)
    assert snapshot(world).exam_id == "exam-1"
    assert "not set" in why(world.prepare())


def test_the_next_patient_is_marked_with_the_table_out() -> None:
    world = ready()
    assert "table out" in why(world.do(patient("exam-2")))
    world.do(MoveScannerTable(request_id=1, to="out"))
    world.wait(12.0)
    assert isinstance(world.do(patient("exam-2")), Done)


def test_a_corrected_weight_needs_no_walk_to_the_table() -> None:
    world = ready()
    corrected = patient().model_copy(update={"weight_kg": 90.0})
    assert isinstance(world.do(corrected), Done)
    assert snapshot(world).table is TablePosition.ISOCENTRE
    assert snapshot(world).landmark is Landmark.NASION


def test_setting_the_step_anew_voids_the_token_for_it() -> None:
    world = prepared()
    world.set_step()
    assert "set anew" in why(world.start())


def test_setting_another_step_leaves_the_token_alone() -> None:
    world = prepared()
    world.set_step("another step")
    assert isinstance(world.start(), Started)


def test_a_start_carried_out_late_begins_long_after_its_token_died() -> None:
    world = accepting()
    world.wait(4.9)
    assert not [e for e in world.events if isinstance(e, AcquisitionStarted)]
    assert snapshot(world).activity is ScannerActivity.PREPARING
    world.wait(0.1)
    assert snapshot(world).last_command_id == "command"


def test_a_stop_voids_a_start_that_would_be_carried_out_late() -> None:
    world = accepting()
    world.stop()
    world.wait(60.0)
    assert not [e for e in world.events if isinstance(e, AcquisitionStarted)]


def test_moving_raises_the_moved_number_and_nothing_else_does() -> None:
    world = prepared()
    before = snapshot(world).moved_number
    assert world.events[before - 1].kind == "table_moved"
    world.start()
    world.stop(after_s=1.0)
    assert snapshot(world).moved_number == before
    world.do(DoorSwung(closed=False))
    assert snapshot(world).moved_number == snapshot(world).number


def test_the_table_says_where_it_is_on_its_way() -> None:
    world = ready()
    world.do(MoveScannerTable(request_id=1, to="out"))
    world.do(Tick(), after_s=6.0)
    assert (snapshot(world).table, snapshot(world).table_mm) == (TablePosition.MOVING, 600.0)
    world.wait(6.0)
    arrived = [e for e in world.events if isinstance(e, TableMoved)][-1]
    assert (arrived.table, arrived.table_mm) == (TablePosition.OUT, 1200.0)


def test_an_exam_numbers_its_series_from_one() -> None:
    world = acquiring()
    assert world.state.series_of_exam == 1
    world.stop()
    next_exam(world)
    assert world.state.series_of_exam == 0


def test_a_command_that_ran_never_runs_again() -> None:
    world = acquiring()
    command_id = world.state.last_command_id
    assert command_id is not None
    world.stop()
    world.set_step()
    assert "already run" in why(world.prepare(command_id=command_id))
