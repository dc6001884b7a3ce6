"""What the simulated room shows follows what the agent knows of its scanner."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_agent.media.sources.synthetic.patient_rhythm import BREATH_S, breath
from local_agent.media.sources.synthetic.room_state import Injection, RoomState, room_state_of
from local_agent.media.sources.synthetic.table_motion import TRAVEL_M, TableMotion
from local_agent.media.sources.synthetic.words import MOST_LETTERS, words_of
from mr_contract.exam import PatientBand
from mr_contract.views import ProgressView, RoomView, ScannerStatus
from mr_contract.vocabulary import ScannerActivity, ScannerMode, Sex, SourceKind, TablePosition

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
ROOM = RoomView(door_closed=True, table=TablePosition.ISOCENTRE, coil="Head 20")
BAND = PatientBand(label="A", birth_year=1970, sex=Sex.OTHER)


def status(activity: ScannerActivity | None, step: str = "", fraction: float = 0.0) -> ScannerStatus:
    progress = ProgressView(
        step_id="s", acquisition_id="a", fraction=fraction, remaining_s=1.0, lines_acquired=1, lines_total=2
    )
    return ScannerStatus(
        activity=activity,
        mode=ScannerMode.DEMO,
        can_stop=True,
        band=BAND,
        step_name=step,
        progress=progress,
        room=ROOM,
    )


def test_the_room_is_as_the_scanner_says() -> None:
    state = room_state_of(status(ScannerActivity.ACQUIRING, "T2 TSE ax"), patient_calls=True)
    assert state == RoomState(
        table=TablePosition.ISOCENTRE,
        door_closed=True,
        coil="Head 20",
        has_patient=True,
        scanning=True,
        bulb_pressed=True,
        step_name="T2 TSE ax",
    )


@pytest.mark.parametrize("heard", [None, status(None)])
def test_of_a_scanner_that_is_not_heard_nothing_is_shown(heard: ScannerStatus | None) -> None:
    assert room_state_of(heard) is None


@pytest.mark.parametrize(
    ("activity", "step", "fraction", "injection"),
    [
        (ScannerActivity.ACQUIRING, "3D T1 sag Gd", 0.1, Injection.INJECTING),
        (ScannerActivity.ACQUIRING, "Dynamic 3D Dixon ax", 0.5, Injection.GIVEN),
        (ScannerActivity.ACQUIRING, "T2 TSE ax", 0.1, Injection.READY),
        (ScannerActivity.ACQUIRING, "Gdansk head", 0.1, Injection.READY),
        (ScannerActivity.IDLE, "3D T1 sag Gd", 0.1, Injection.READY),
    ],
)
def test_contrast_is_injected_in_a_step_named_for_it(
    activity: ScannerActivity, step: str, fraction: float, injection: Injection
) -> None:
    state = room_state_of(status(activity, step, fraction))
    assert state is not None
    assert state.injection is injection


def test_the_table_moves_in_at_its_speed_and_rests_where_the_scanner_says() -> None:
    motion = TableMotion()
    assert motion.at_m(TablePosition.OUT, 0.0) == 0.0
    assert motion.at_m(TablePosition.MOVING, 4.0) == pytest.approx(0.4)
    assert motion.at_m(TablePosition.ISOCENTRE, 5.0) == pytest.approx(0.8)
    assert motion.at_m(TablePosition.ISOCENTRE, 7.0) == TRAVEL_M
    assert motion.at_m(TablePosition.MOVING, 10.0) == pytest.approx(TRAVEL_M - 0.3), "and out again"


def test_a_camera_that_is_switched_on_shows_the_table_where_it_is() -> None:
    assert TableMotion().at_m(TablePosition.ISOCENTRE, 99.0) == TRAVEL_M


@given(st.lists(st.tuples(st.sampled_from([None, *TablePosition]), st.floats(0, 20)), min_size=1))
def test_the_table_is_never_beyond_its_ends(history: list[tuple[TablePosition | None, float]]) -> None:
    motion, now_s = TableMotion(), 0.0
    for table, later_s in history:
        now_s += later_s
        assert 0.0 <= motion.at_m(table, now_s) <= TRAVEL_M + 1e-9


def test_a_breath_begins_where_the_last_ended() -> None:
    rises = [breath(n * BREATH_S / 100) for n in range(101)]
    assert max(abs(a - b) for a, b in pairwise(rises)) < 0.06
    assert min(rises) == pytest.approx(0.0, abs=1e-6)
    assert max(rises) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (SourceKind.ROOM, RoomState(), "not scanning · table unknown · door unknown"),
        (SourceKind.ROOM, RoomState(bulb_pressed=True), "PATIENT CALLS"),
        (SourceKind.PATIENT, RoomState(coil="Head 20", has_patient=True), "not scanning · Head 20"),
        (SourceKind.PATIENT, RoomState(), "nobody on the table"),
        (SourceKind.INJECTOR, RoomState(injection=Injection.GIVEN), "contrast agent given"),
        (SourceKind.ROOM, None, ""),
    ],
)
def test_what_is_seen_is_also_said(kind: SourceKind, state: RoomState | None, words: str) -> None:
    assert words_of(kind, state) == words


def test_a_long_name_does_not_reach_the_clock() -> None:
    assert len(words_of(SourceKind.PATIENT, RoomState(coil="x" * 160, has_patient=True))) == MOST_LETTERS
