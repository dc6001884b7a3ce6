"""Each shipped scenario, played at the real scanner, and seen where it must be seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pydicom
import pytest
from scenario_stage import SECRET, Picture, Stage, pixels, stage, unlike
from websockets.asyncio.client import connect

from mr_contract.model import ParameterValue
from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    AcquisitionEnded,
    BulbPressed,
    CoilChanged,
    GetSnapshot,
    ImagesReady,
    MoveScannerTable,
    Prepared,
    Rejected,
)
from mr_contract.vocabulary import Landmark, Side
from scanner_kit.client import bearer
from simulated_mri.scanner.inject_messages import InjectionRefused
from simulated_mri.scenarios.model import TO_THE_ROOM
from simulated_mri.subjects.names import SubjectName

SMALL: Mapping[str, ParameterValue] = {
    "slice_count": 2.0, "acquisition_matrix_read": 96.0, "acquisition_matrix_phase": 96.0,
}  # fmt: skip


async def calm(
    subject: SubjectName, protocol: str, sequence: str, changes: Mapping[str, ParameterValue]
) -> list[pydicom.Dataset]:
    """The same step without any scenario: same noise, nothing happens."""
    async with stage(subject) as quiet:
        await quiet.receive()
        return await quiet.scanned(protocol, sequence, changes)


async def test_claustrophobic_patient_fidgets_in_the_picture_and_calls() -> None:
    async with stage() as played:
        await played.play("claustrophobic_patient")
        await played.receive()
        step = await played.start("brain_routine", "flair", SMALL)
        await played.wait(step.duration_s + 1)
        restless = pixels(await played.series())
        assert played.events(BulbPressed)
        await played.stop()
        assert isinstance(await played.prepare(step), Rejected)
        await played.scanner.answer(AcknowledgeBulb(request_id=1))
        report = await played.report()
    still = pixels(await calm("head", "brain_routine", "flair", SMALL))
    assert unlike(restless, still) > 0.1
    assert any(line.startswith("too late") and "Stop the sequence" in line for line in report)
    assert any(line.startswith("happened at") and "noise" in line for line in report)


async def test_coil_unplugged_ends_the_scan_and_leaves_an_incomplete_series() -> None:
    async with stage() as played:
        await played.play("coil_unplugged")
        await played.receive()
        await played.start("brain_routine", "tse", SMALL)
        await played.wait(29.0)
        assert not played.events(AcquisitionEnded)
        await played.wait(2.0)
        ended = played.events(AcquisitionEnded)[0]
        assert "coil" in ended.why
        assert 0 < ended.lines_acquired < ended.lines_total
        series = await played.series()
        refused = await played.prepare(await played.set_step("brain_routine", "tse", SMALL))
        assert isinstance(refused, Rejected)
        assert "coil" in refused.why
        await played.wait(91.0)
        assert played.events(CoilChanged)[-1].coil == "Head 20"
    assert "INCOMPLETE" in series[0].SeriesDescription


def _really_marked(played: Stage) -> Landmark | None:
    return played.scanner.state.lying.landmark


def _height_mm(series: list[pydicom.Dataset]) -> float:
    """Where the signal's centre lies along the body, of the sagittal and coronal images."""
    heights = []
    for image in series:
        down = np.array(image.ImageOrientationPatient[3:], dtype=float)
        if abs(down[2]) > 0.9:
            signal = image.pixel_array.astype(float)
            row = (signal.sum(axis=1) @ np.arange(signal.shape[0])) / signal.sum()
            heights.append(image.ImagePositionPatient[2] + row * image.PixelSpacing[0] * down[2])
    return float(np.mean(heights))


async def test_wrong_landmark_puts_the_head_out_of_the_isocentre_on_the_localizer() -> None:
    changes = {**SMALL, "slice_count": 3.0}
    async with stage() as played:
        await played.play("wrong_landmark")
        await played.receive()
        snapshot = await played.scanner.answer(GetSnapshot(request_id=1))
        wrong = _height_mm(await played.scanned("brain_routine", "localizer", changes))
        assert getattr(snapshot, "landmark", None) is Landmark.NASION, "the scanner does not know"
        await played.scanner.answer(MoveScannerTable(request_id=1, to="out"))
        await played.wait(39.0)
        assert _really_marked(played) is Landmark.CHIN
        await played.wait(2.0)
        assert _really_marked(played) is None, "marked anew, as registered"
        assert any("Have the table moved out" in line and "seen" in line for line in await played.report())
    right = _height_mm(await calm("head", "brain_routine", "localizer", changes))
    assert abs(right) < 45
    assert wrong - right > 50


async def test_link_loss_leaves_the_scan_going_and_shows_where_the_breath_gave_out() -> None:
    changes = {
        **SMALL, "slice_count": 8.0, "acceleration_factor": 1.0,
        "acquisition_matrix_read": 64.0, "acquisition_matrix_phase": 256.0,
    }  # fmt: skip
    async with stage("abdomen", "Body 18") as played:
        await played.play("link_loss_in_breath_hold")
        await played.receive()
        step = await played.start("abdomen_dynamic", "bssfp", changes)
        assert 10 < step.duration_s < 20
        await played.wait(6.0)
        heard = len(played.outside.events)
        await played.wait(step.duration_s)
        assert len(played.outside.events) == heard, "the line is silent"
        await played.wait(20.0)
        assert played.events(AcquisitionEnded)[0].complete
        lost = pixels(await played.series())
    held = pixels(await calm("abdomen", "abdomen_dynamic", "bssfp", changes))
    per_slice = [unlike(one, other) for one, other in zip(lost, held, strict=True)]
    assert max(per_slice) > 0.1
    assert min(per_slice) < 0.01


async def test_motion_in_flair_is_measured_in_the_pictures_and_outside_the_head() -> None:
    async with stage() as played:
        await played.play("motion_in_flair")
        await played.receive()
        moved = pixels(await played.scanned("brain_routine", "flair", SMALL))
    still = pixels(await calm("head", "brain_routine", "flair", SMALL))
    air = still < 0.1 * still.max()
    assert unlike(moved, still) > 0.1
    assert moved[air].mean() > 1.3 * still[air].mean(), "ghosts"


async def test_implant_limit_refuses_the_step_until_its_b1_is_below_the_label() -> None:
    async with stage() as played:
        scenario = await played.play("implant_b1_limit")
        await played.receive()
        step = await played.set_step("brain_routine", "tse", {})
        assert step.prediction.b1_rms_ut > 2.0
        refused = await played.prepare(step)
        assert isinstance(refused, Rejected)
        assert "2 µT" in refused.why
        gentle = await played.set_step("brain_routine", "tse", {"refocusing_flip_angle_deg": 80.0})
        assert gentle.prediction.b1_rms_ut < 2.0
        assert isinstance(await played.prepare(gentle), Prepared)
    assert scenario.happens[0].inject is not None


async def test_wrong_side_registered_is_contradicted_by_the_picture() -> None:
    changes: Mapping[str, ParameterValue] = {
        "slice_count": 2.0, "slice_spacing_mm": 12.0, "acceleration_factor": 1.0,
        "acquisition_matrix_read": 64.0, "acquisition_matrix_phase": 64.0,
    }  # fmt: skip
    async with stage("head_infarct") as played:
        await played.play("wrong_side_registered")
        await played.receive(side=Side.LEFT)
        series = await played.scanned("brain_stroke", "epi_dwi", changes)
        await played.wait(10.0)
        assert played.events(ImagesReady)
        await played.stop()
        report = await played.report()
    right, left = _halves(series)
    assert right > 1.3 * left, "the patient's right hemisphere has the bright infarct"
    assert any("contradiction" in line and line.startswith("left undone so far") for line in report)


def _halves(series: list[pydicom.Dataset]) -> tuple[float, float]:
    """How bright the trace images are in the patient's right and left hemisphere, at mirrored places."""
    bright: dict[str, list[float]] = {"right": [], "left": []}
    for image in (image for image in series if "trace" in image.ImageComments):
        signal = image.pixel_array.astype(float)
        x = image.ImagePositionPatient[0] + np.arange(signal.shape[1]) * image.PixelSpacing[1]
        y = image.ImagePositionPatient[1] + np.arange(signal.shape[0]) * image.PixelSpacing[0]
        rows = signal[np.abs(y) < 20]
        bright["right"].append(float(rows[:, (x > -56) & (x < -30)].mean()))
        bright["left"].append(float(rows[:, (x > 30) & (x < 56)].mean()))
    return max(bright["right"]), max(bright["left"])


async def test_extravasation_leaves_the_dynamic_series_without_enhancement() -> None:
    changes: Mapping[str, ParameterValue] = {
        "slice_count": 16.0, "slice_thickness_mm": 2.0, "slice_spacing_mm": 2.0, "dynamics": 2.0,
        "acceleration_factor": 1.0,
        "acquisition_matrix_read": 64.0, "acquisition_matrix_phase": 64.0,
    }  # fmt: skip
    async with stage("abdomen", "Body 18") as played:
        await played.play("extravasation_in_dynamic")
        await played.receive()
        beside = _enhancement(await played.scanned("abdomen_dynamic", "dixon_3d", changes))
        assert played.events(BulbPressed)
    into = _enhancement(await calm("abdomen", "abdomen_dynamic", "dixon_3d", changes))
    assert into > 5 * beside


def _enhancement(series: list[pydicom.Dataset]) -> float:
    """How much brighter the second dynamic is than the first, at its brightest."""
    dynamics: dict[int, list[Picture]] = {1: [], 2: []}
    for image in series:
        number = int(getattr(image, "TemporalPositionIdentifier", 0) or 0)
        if number in dynamics and "ORIGINAL" in image.ImageType:
            dynamics[number].append(image.pixel_array.astype(float))
    first, second = (np.stack(dynamics[number]) for number in (1, 2))
    return float(np.percentile(second - first, 99.5))


@pytest.mark.parametrize(
    "frame",
    [
        '{"kind": "helium", "percent": NaN}',
        '{"kind": "motion", "what": "nod", "size": 1e9}',
        '{"kind": "patient", "claustrophobia": 7}',
        '{"kind": "play_scenario", "scenario": {"title": "x"}}',
        '{"kind": "emergency_stop", "pressed": true, "unknown": 1}',
        "[" * 2000,
    ],
)
async def test_a_bad_injection_is_refused_in_words_and_does_nothing(frame: str) -> None:
    async with stage() as played:
        before = played.scanner.state
        async with connect(played.room_url, additional_headers=bearer(SECRET), proxy=None) as socket:
            await socket.send(frame)
            refused = TO_THE_ROOM.validate_json(await socket.recv())
        assert isinstance(refused, InjectionRefused)
        assert refused.why
        assert played.scanner.state.body == before.body
        assert not played.outside.events
