"""Parameters, effects, queue, timeline, images and slice planning as pure values."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest
from console_scenes import (
    AXIAL,
    NOON,
    NORTH,
    SPECS,
    VALUES,
    A,
    detail,
    exam,
    hello,
    preview,
    slice_of,
    step_view,
)

from mr_contract.exam import StepDetail
from mr_contract.parameters import Conflict, ParameterChange, ParameterSpec, Remedy
from mr_contract.views import TimelineEntry
from mr_contract.vocabulary import StepState
from remote_console.core.effects import effect_bars
from remote_console.core.exam import Shape, queue
from remote_console.core.fleet import ScannerState
from remote_console.core.images import NotAnImage, from_preview
from remote_console.core.parameters import NotAValue, editor, parse
from remote_console.core.pictures import Pictures
from remote_console.core.slice_planning import Cut, cut, extent, moved, orientation_letters, turned
from remote_console.core.timeline import sentence, timeline_rows
from remote_console.core.windowing import Window, to_grey
from remote_console.texts import say


def spec(key: str) -> ParameterSpec:
    return next(s for s in SPECS if s.key == key)


@pytest.mark.parametrize(("text", "value"), [("90", 90.0), (" 84,5 ", 84.5), ("84.5 ms", 84.5), ("1", 1.0)])
def test_a_typed_number_is_read_with_comma_point_or_unit(text: str, value: float) -> None:
    assert parse(spec("te_ms"), text) == value


@pytest.mark.parametrize(
    ("key", "text", "words", "nearest"),
    [
        ("te_ms", "abc", "“abc” is not a number; 1 ms to 400 ms, in steps of 0.1 ms", None),
        ("te_ms", "nan", "“nan” is not a number; 1 ms to 400 ms, in steps of 0.1 ms", None),
        ("te_ms", "500", "Echo time 500 ms is outside 1 ms to 400 ms, in steps of 0.1 ms", 400.0),
        ("acquisition_matrix_read", "255", "255 lies between two steps of 2; nearest 256", 256.0),
        ("fat_saturation", "STIR", "“STIR” is none of: off, SPAIR, SPIR", "off"),
    ],
)
def test_a_text_that_is_no_value_says_why_and_what_is(
    key: str, text: str, words: str, nearest: object
) -> None:
    answer = parse(spec(key), text)
    assert isinstance(answer, NotAValue)
    assert (say(answer.words), answer.nearest) == (words, nearest)


def test_a_parameter_that_is_not_available_says_why() -> None:
    locked = spec("te_ms").model_copy(update={"unavailable_because": "the echo train decides it"})
    answer = parse(locked, "90")
    assert isinstance(answer, NotAValue)
    assert say(answer.words) == "Echo time cannot be changed: the echo train decides it"


def edited(**more: object) -> StepDetail:
    return detail("flair", **more)


def test_the_editor_shows_deviations_conflicts_and_what_else_changed() -> None:
    change = ParameterChange(key="tr_ms", before=9000.0, after=9200.0, why="slices no longer fit")
    conflict = Conflict(
        key="te_ms", wanted=84.0, why="echo spacing 10", remedies=(Remedy(changes={}, words="80"),)
    )
    step = edited(values={**VALUES, "tr_ms": 9200.0}, changes=(change,))
    state = editor(step, "FLAIR ax", conflicts=(conflict,), may_edit=True)
    rows = {r.key: r for r in state.rows}
    assert rows["tr_ms"].deviates
    assert (rows["tr_ms"].text, say(rows["tr_ms"].approved)) == ("9200", "9000 ms")
    assert say(rows["te_ms"].conflict) == "84 ms is not available: echo spacing 10"
    assert [say(w) for w in state.also_changed] == ["Repetition time 9000 → 9200 ms: slices no longer fit"]


def test_effects_are_always_of_something() -> None:
    bars = {say(b.title): say(b.value) for b in effect_bars(edited(), 600.0)}
    assert bars == {
        "Time, of all that is left": "2:14 of 10:00",
        "SNR, approved = 1.00": "0.94",
        "Voxel, mm": "0.9 × 0.9 × 5.0",
    }


def test_a_duration_that_is_an_estimate_says_from_what() -> None:
    words = "from the present heart rate of 72/min"
    time = effect_bars(edited().model_copy(update={"estimate": words}), 600.0)[0]
    assert say(time.title) == f"Time, {words}"
    assert say(time.value) == "about 2:14 of 10:00"


def test_every_step_state_has_a_shape_and_a_stopped_step_its_lines() -> None:
    stopped = step_view("t2", StepState.STOPPED, lines_acquired=128, lines_total=256)
    said = exam(step_view("localizer", StepState.STORED), stopped, step_view("flair"))
    card = hello(NORTH).scanners[0]
    shown = queue(ScannerState(A, card, "A", "#6ea8fe", exam=said.exam), may_edit=True)
    assert [r.shape for r in shown.rows] == [Shape.DISC, Shape.SQUARE, Shape.RING]
    assert say(shown.rows[1].note) == "incomplete: 128 of 256 lines"
    assert shown.rows[1].may_repeat
    assert say(shown.left) == "2:14 left"


def test_a_duration_that_the_patients_pace_decides_is_shown_as_about() -> None:
    triggered = step_view("t2", duration_s=130.0, estimate="from the present heart rate of 60/min")
    certain = step_view("flair", duration_s=130.0)
    said = exam(triggered, certain)
    card = hello(NORTH).scanners[0]
    state = ScannerState(A, card, "A", "#6ea8fe", exam=said.exam)
    shown = queue(state, may_edit=True)
    assert [say(row.time) for row in shown.rows] == ["≈ 2:10", "2:10"]
    assert say(shown.left) == "≈ 4:20 left"
    done = exam(step_view("t2", StepState.STORED, estimate=triggered.estimate), certain)
    assert say(queue(replace(state, exam=done.exam), may_edit=True).left) == "2:10 left"


def entry(kind: str, **figures: str) -> TimelineEntry:
    return TimelineEntry(seq=1, at=NOON, scanner=A.scanner, kind=kind, figures=figures, by="Remote MERM")


def test_a_timeline_sentence_uses_the_figures_that_came() -> None:
    assert say(sentence(entry("start_accepted", step="T2", ms="52"))) == "T2 accepted by the scanner in 52 ms"
    assert say(sentence(entry("start_accepted"))) == "Start accepted by the scanner"


def test_closed_words_in_a_timeline_entry_are_put_in_words() -> None:
    assert say(sentence(entry("door_moved", closed="no", during_scan="no"))) == "Door opened"
    assert say(sentence(entry("control_ended", name="R", why="revoked"))) == (
        "Control of R ended: taken back by the site"
    )
    granted = entry("control_granted", name="R", privileges="view, start", link_loss_action="stop_now")
    assert say(sentence(granted)) == "Control granted to R: view, start; link lost → stop now"
    assert say(sentence(entry("alarm_raised", alarm="link_degraded"))) == "Alarm: The link is slow"


def test_an_unknown_kind_is_shown_plainly() -> None:
    assert say(sentence(entry("gradient_serviced", hours="3"))) == "gradient serviced: hours 3"


def test_what_you_did_is_said_to_be_yours() -> None:
    rows = timeline_rows((entry("stop_given"),), you="Remote MERM", zone=UTC)
    assert (rows[0].time, say(rows[0].words)) == ("14:07:00", "STOP given – you")


def test_window_and_level_map_linearly_and_clip() -> None:
    pixels = np.array([[0, 100, 200, 300, 400]], dtype=np.uint16)
    assert to_grey(pixels, Window(200.0, 200.0)).tolist() == [[0, 0, 127, 255, 255]]


def test_a_preview_of_the_wrong_length_is_no_image() -> None:
    header, payload = preview("t2", 0)
    with pytest.raises(NotAnImage, match="has 32766 bytes, not 32768"):
        from_preview(header, payload[:-2])


def test_a_new_acquisition_of_a_step_begins_with_no_old_slice() -> None:
    pictures = Pictures()
    for index in range(3):
        pictures = pictures.with_preview(A, *slice_of("t2", index))
    pictures = pictures.with_preview(A, *slice_of("t2", 0, acquisition="acq-2"))
    assert len(pictures.previews[(A, "t2")].slices) == 1


def test_images_are_forgotten_with_their_scanner() -> None:
    pictures = Pictures().with_preview(A, *slice_of("t2", 0)).forget(A)
    assert dict(pictures.previews) == {}


def test_a_stopped_series_is_marked_incomplete() -> None:
    said = exam(step_view("t2", StepState.STOPPED, lines_acquired=10, lines_total=256)).exam
    assert said is not None
    images = Pictures().with_preview(A, *slice_of("t2", 0, lines=10)).of_step(A, said, "t2")
    assert "INCOMPLETE" in images.looked_at.images[0].marks


SAGITTAL = from_preview(*preview("localizer", 1, plane="sagittal"))
TRANSVERSE = from_preview(*preview("localizer", 1, plane="axial"))


def test_a_group_is_cut_by_a_plane_as_a_tilted_box_with_its_slices() -> None:
    size = extent(VALUES, 1)
    assert size is not None
    assert (size.row_mm, size.column_mm, size.depth_mm) == (201.25, 230.0, 131.5)
    shape = cut(AXIAL, size, SAGITTAL)
    assert shape.in_plane
    assert len(shape.outline) == 4
    assert len(shape.slices) == 24
    (x0, y0), (x1, y1) = shape.slices[0]
    assert math.isclose(math.dist((x0, y0), (x1, y1)), 230.0, abs_tol=1e-6)
    assert math.isclose(abs(math.degrees(math.atan2(y1 - y0, x1 - x0))) % 180, 8.0, abs_tol=1e-6)


def test_dragging_moves_the_centre_by_the_same_millimetres() -> None:
    assert moved(AXIAL, SAGITTAL, 10.0, -5.0).centre_mm == (0.0, 11.0, 19.0)


def test_turning_follows_the_pointer_and_keeps_the_directions_orthonormal() -> None:
    size = extent(VALUES, 1)
    assert size is not None
    turned_group = turned(AXIAL, SAGITTAL, 0.3)
    after, before = (
        first_slice_angle(cut(turned_group, size, SAGITTAL)),
        first_slice_angle(cut(AXIAL, size, SAGITTAL)),
    )
    assert math.isclose((after - before) % math.pi, 0.3, abs_tol=1e-6)
    assert math.isclose(float(np.dot(turned_group.row, turned_group.column)), 0.0, abs_tol=1e-9)


def first_slice_angle(shape: Cut) -> float:
    (x0, y0), (x1, y1) = shape.slices[0]
    return math.atan2(y1 - y0, x1 - x0)


def test_a_plane_that_misses_the_box_shows_its_projection() -> None:
    size = extent(VALUES, 1)
    assert size is not None
    far = replace(TRANSVERSE, position_mm=(*TRANSVERSE.position_mm[:2], 300.0))
    assert not cut(AXIAL, size, far).in_plane


def test_orientation_letters_name_the_side_a_direction_points_to() -> None:
    assert orientation_letters((1.0, 0.0, 0.0)) == "L"
    assert orientation_letters((0.0, -0.8, 0.6)) == "AH"
