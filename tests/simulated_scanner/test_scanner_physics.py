"""The physics in the contract's words, and its images."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import ismrmrd
import pydicom
import pytest
from pydicom.uid import EnhancedMRImageStorage
from scanner_world import COIL, REVISION, patient

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.model import ParameterValue
from mr_contract.scanner_messages import CheckStep, Prepare, SetStep, StepAchieved
from mr_contract.vocabulary import Landmark, OperatingMode
from mr_contract.wire import IMAGE_FRAME_LIMIT_BYTES
from simulated_mri.enhanced import MOST_PIXEL_BYTES
from simulated_mri.hardware import Hardware
from simulated_mri.patient.body import Body, Character
from simulated_mri.scanner import physics
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.imaging import Impossible, MadeSeries, Measurement, Placed
from simulated_mri.scanner.imaging_apart import ImagingApart, WorkshopLost
from simulated_mri.scanner.state import Acquiring, Committed
from simulated_mri.scanner.subject_imaging import SubjectImaging

HARDWARE = Hardware()
PLACED = Placed(patient(), COIL)


def brain() -> dict[str, StepAchieved]:
    steps = physics.load("brain_routine", PLACED, HARDWARE, reply_to=1)
    assert not isinstance(steps, Impossible)
    return {step.sequence: step for step in steps}


def check(
    step: StepAchieved,
    changes: Mapping[str, ParameterValue] | None = None,
    slices: tuple[SliceGroup, ...] | None = None,
) -> StepAchieved:
    asked = CheckStep(
        request_id=1,
        sequence=step.sequence,
        values=step.values,
        changes=dict(changes or {}),
        slices=slices or step.slices,
    )
    result = physics.achieve(asked, PLACED, HARDWARE)
    assert isinstance(result, StepAchieved)
    return result


def test_the_brain_protocol_loads_without_conflicts_in_normal_mode() -> None:
    for step in brain().values():
        assert step.conflicts == ()
        assert step.prediction.mode is OperatingMode.NORMAL
        assert {spec.key for spec in step.specs} == set(step.values)
        assert step.duration_s > 10


@pytest.mark.parametrize("field_t", [0.5, 1.5, 3.0])
def test_what_is_acquired_is_what_was_achieved_at_every_field(field_t: float) -> None:
    """Dixon's echo times depend on it: those of 3 T are no half turns of fat at 1.5 T."""
    hardware = Hardware(b0_t=field_t)
    for protocol in physics.offers():
        steps = physics.load(protocol.protocol_id, PLACED, hardware, reply_to=1)
        assert not isinstance(steps, Impossible)
        for step in steps:
            assert dict(physics.prescription(step, hardware).values) == dict(step.values), step.name


def test_achieved_values_are_stable() -> None:
    for step in brain().values():
        again = check(step)
        assert (again.values, again.changes, again.conflicts) == (step.values, (), ())


def test_every_remedy_of_an_impossible_echo_time_works() -> None:
    step = brain()["tse"]
    refused = check(step, {"te_ms": 3.0})
    assert refused.values == step.values
    assert refused.conflicts[0].remedies
    for remedy in refused.conflicts[0].remedies:
        assert check(step, remedy.changes).conflicts == ()


def test_what_follows_an_edit_is_told_with_its_reason() -> None:
    edited = check(brain()["tse"], {"slice_count": 60.0})
    assert edited.conflicts == ()
    assert edited.changes
    assert all(change.why for change in edited.changes)


def test_an_unknown_parameter_is_refused_in_words() -> None:
    step = brain()["tse"]
    assert check(step, {"no_such_parameter": 1.0}).conflicts
    asked = CheckStep(
        request_id=1, sequence="tse", values={**step.values, "no_such": 1.0}, slices=step.slices
    )
    refused = physics.achieve(asked, PLACED, HARDWARE)
    assert isinstance(refused, Impossible)
    assert "no_such" in refused.why


def test_an_unknown_sequence_is_refused_in_words() -> None:
    step = brain()["tse"]
    asked = CheckStep(request_id=1, sequence="epi", values=step.values, slices=step.slices)
    assert isinstance(physics.achieve(asked, PLACED, HARDWARE), Impossible)


def test_a_slab_in_several_groups_is_refused_with_what_to_do() -> None:
    step = brain()["gre_3d_t1"]
    twice = (step.slices[0], step.slices[0].model_copy(update={"name": "second"}))
    asked = CheckStep(request_id=1, sequence=step.sequence, values=step.values, slices=twice)
    refused = physics.achieve(asked, PLACED, HARDWARE)
    assert isinstance(refused, Impossible)
    assert (refused.why, refused.remedy) == (
        "a 3D sequence has one slab, 2 groups are planned", "Plan one group"
    )  # fmt: skip


def test_slices_are_shared_out_and_the_last_group_takes_the_rest() -> None:
    assert physics.slices_per_group(11, 3) == (3, 3, 5)
    assert physics.slices_per_group(2, 2) == (1, 1)
    assert physics.slices_per_group(7, 1) == (7,)


def test_fewer_slices_than_groups_is_a_conflict_with_a_remedy_that_works() -> None:
    step = brain()["localizer"]
    refused = check(step, {"slice_count": 2.0})
    assert refused.values == step.values
    remedy = refused.conflicts[0].remedies[0]
    assert check(step, remedy.changes).conflicts == ()


def test_a_longer_scan_with_more_averages_promises_more_signal() -> None:
    step = brain()["gre_t2star"]
    twice = check(step, {"averages": 2.0})
    assert twice.duration_s > 1.8 * step.duration_s
    assert twice.relative_snr == pytest.approx(2**0.5 * step.relative_snr)


@pytest.mark.parametrize(
    "change",
    [{"weight_kg": 380.0}, {"height_cm": 25.0}, {"age_years": 125}],
)
def test_a_patient_who_does_not_fit_is_refused_in_words(change: dict[str, object]) -> None:
    refused = physics.unsuitable(patient().model_copy(update=change))
    assert refused is not None
    assert refused.why
    assert refused.remedy


def _small_run() -> Acquiring:
    """Four slices of the T2* step with few lines: quick."""
    step = brain()["gre_t2star"]
    changes: dict[str, ParameterValue] = {
        "slice_count": 4.0,
        "acquisition_matrix_phase": 64.0,
        "acquisition_matrix_read": 64.0,
    }
    small = check(step, changes)
    assert small.conflicts == ()
    asked = SetStep(
        request_id=1,
        step_id="s",
        sequence=step.sequence,
        name="T2* GRE ax",
        values=small.values,
        slices=small.slices,
    )
    achieved = physics.achieve(asked, PLACED, HARDWARE)
    assert isinstance(achieved, StepAchieved)
    request = Prepare(
        request_id=1,
        command_id="c",
        step_id="s",
        revision=REVISION,
        setting=1,
        mode=OperatingMode.NORMAL,
    )
    now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    plan = physics.timeline(achieved, HARDWARE)
    return Acquiring(
        acquisition_id="acq-1",
        request=request,
        step=Committed("s", achieved, plan, 1, COIL),
        patient=patient(),
        landmark=patient().landmark,
        series_number=3,
        began_s=0.0,
        began_at=now,
        exam_began_at=now,
    )


def _measured(run: Acquiring, lines: int) -> tuple[SubjectImaging, list[pydicom.Dataset]]:
    imaging = SubjectImaging(scanner="SIM-1", serial="SIM-1", hardware=HARDWARE, seed=7)
    measurement = imaging.begin(run, Conditions())
    while not measurement.measure(lines, Conditions()):
        pass
    made = measurement.reconstruct()
    return imaging, [pydicom.dcmread(BytesIO(instance)) for instance in made.series.instances]


def test_a_series_of_half_the_lines_says_so_and_a_whole_one_does_not() -> None:
    run = _small_run()
    plan = run.step.plan
    _, half = _measured(run, plan.lines_at(plan.duration_s / 2))
    _, whole = _measured(run, plan.lines_total)
    assert len(half) == len(whole) == 4
    assert "INCOMPLETE" in half[0].SeriesDescription
    assert "INCOMPLETE" not in whole[0].SeriesDescription
    assert all("SIMULATED" in image.SeriesDescription for image in (*half, *whole))
    assert half[0].PixelData != whole[0].PixelData
    acquired = plan.lines_at(plan.duration_s / 2)
    assert f"{acquired} of {plan.lines_total} lines" in half[0].ImageComments


def test_raw_data_are_kept_on_request_for_the_lines_of_a_stopped_acquisition(tmp_path: Path) -> None:
    run = _small_run()
    imaging = SubjectImaging("SIM-1", "SIM-1", HARDWARE, 7, raw=tmp_path)
    measurement = imaging.begin(run, Conditions())
    while not measurement.measure(37, Conditions()):
        pass
    made = measurement.reconstruct()
    (file,) = tmp_path.iterdir()
    assert file.name == f"{made.series.series_id}.h5"
    with ismrmrd.Dataset(str(file), mode="r") as opened:
        assert opened.number_of_acquisitions() == 37
        assert opened.read_acquisition(0).active_channels > 1


def test_an_enhanced_series_is_one_file_that_fits_into_a_frame_of_the_wire() -> None:
    run = _small_run()
    measurement = SubjectImaging("SIM-1", "SIM-1", HARDWARE, 7, enhanced=True).begin(run, Conditions())
    while not measurement.measure(run.step.plan.lines_total, Conditions()):
        pass
    made = measurement.reconstruct()
    (file,) = made.series.instances
    image = pydicom.dcmread(BytesIO(file))
    assert (image.SOPClassUID, image.NumberOfFrames) == (EnhancedMRImageStorage, 4)
    assert image.SeriesInstanceUID == made.series.series_id
    assert made.description == image.SeriesDescription
    headers = len(file) - len(image.PixelData)
    frames = MOST_PIXEL_BYTES // (256 * 128)  # of the smallest pictures there are, so of the most frames
    assert MOST_PIXEL_BYTES + frames * headers / 4 < IMAGE_FRAME_LIMIT_BYTES


def test_a_directory_that_is_gone_takes_raw_data_away_and_no_image(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    imaging = SubjectImaging("SIM-1", "SIM-1", HARDWARE, 7, raw=tmp_path / "gone")
    measurement = imaging.begin(_small_run(), Conditions())
    while not measurement.measure(5, Conditions()):
        pass
    assert measurement.reconstruct().series.instances
    assert "raw data of series 3 not written" in caplog.text


def test_a_series_carries_patient_study_and_number() -> None:
    _, images = _measured(_small_run(), 256)
    first = images[0]
    assert (first.PatientID, first.PatientBirthDate, first.SeriesNumber) == ("P1", "19800101", 3)
    assert first.AccessionNumber == "A1"
    assert len({image.SOPInstanceUID for image in images}) == len(images)
    assert all(len(image.SOPInstanceUID) <= 64 for image in images)


def test_the_landmark_decides_which_part_of_the_body_is_predicted_and_none_is_the_worst_of_all() -> None:
    step = brain()["tse"]
    asked = CheckStep(
        request_id=1, sequence=step.sequence, values=step.values, changes={}, slices=step.slices
    )
    seen: dict[Landmark | None, ExposurePrediction] = {}
    for landmark in (*Landmark, None):
        achieved = physics.achieve(asked, Placed(patient(), COIL, landmark), HARDWARE)
        assert not isinstance(achieved, Impossible)
        seen[landmark] = achieved.prediction
    assert seen[Landmark.ILIAC_CREST].head_sar_w_per_kg == 0 < seen[Landmark.NASION].head_sar_w_per_kg
    body = {landmark: told.whole_body_sar_w_per_kg for landmark, told in seen.items()}
    assert body[Landmark.STERNUM] > body[Landmark.NASION]
    worst = seen.pop(None)
    assert worst.head_sar_w_per_kg == max(told.head_sar_w_per_kg for told in seen.values())
    assert worst.whole_body_sar_w_per_kg == body[Landmark.STERNUM]
    assert worst.partial_body_limit_w_per_kg == min(
        told.partial_body_limit_w_per_kg for told in seen.values()
    )


def test_no_line_more_than_asked_for_is_measured() -> None:
    run = _small_run()
    measurement = SubjectImaging(scanner="SIM-1", serial="SIM-1", hardware=HARDWARE, seed=7).begin(
        run, Conditions()
    )
    assert measurement.preview() is None
    while not measurement.measure(5, Conditions()):
        pass
    shown = [measurement.preview() for _ in range(8)]
    headers = {picture[0].slice_index: picture[0] for picture in shown if picture is not None}
    assert sum(header.lines_acquired for header in headers.values()) == 5
    for picture in shown:
        assert picture is not None
        assert len(picture[1]) == picture[0].rows * picture[0].columns * 2


@pytest.mark.process
def test_a_process_apart_makes_the_same_images_and_a_lost_one_is_told_and_followed_by_another() -> None:
    run = _small_run()
    own = SubjectImaging("SIM-1", "SIM-1", HARDWARE, 7)
    fearful = Body(Character(claustrophobia=1.0)).in_the_bore(0.0, inside=True)
    now = Conditions(bodies=((0.0, fearful),), motion=fearful.motion_from(0.0))
    apart = ImagingApart(own)
    try:
        apart.plan(run.step.achieved)
        lost = apart.begin(run, now)
        (child,) = _children()
        os.kill(child, signal.SIGKILL)
        with pytest.raises(WorkshopLost):
            lost.measure(1, now)
        made = [_made(measurement, now) for measurement in (own.begin(run, now), apart.begin(run, now))]
    finally:
        apart.close()
    assert made[0] == made[1]
    assert _children() == ()


def _made(measurement: Measurement, now: Conditions) -> tuple[tuple[PreviewHeader, bytes] | None, MadeSeries]:
    assert measurement.preview() is None
    while not measurement.measure(37, now):
        pass
    shown, made = measurement.preview(), measurement.reconstruct()
    measurement.drop()
    return shown, made


def _children() -> tuple[int, ...]:
    """This process's living children by number."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return tuple(map(int, children))
