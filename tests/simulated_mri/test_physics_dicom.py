"""Series as DICOM: valid, true to the plan, and marked."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.dicom import PatientIdentity, SeriesLabels, StudyLabels, series_datasets
from simulated_mri.exposure import Patient, predict
from simulated_mri.geometry import Placement, SliceGroup, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import BRAIN_ROUTINE, PROTOCOLS, ProtocolStep
from simulated_mri.sequences import traits
from simulated_mri.subjects.head import load_head
from simulated_mri.trigger_pace import Paced

STEPS = {step.step_id: step for step in BRAIN_ROUTINE.steps}
ONE_OF_EACH = {step.sequence: step for own in reversed(PROTOCOLS) for step in own.steps}
STARTED = datetime(2026, 11, 24, 14, 3, 22, 500000)  # noqa: DTZ001  DICOM times are local to the scanner
PATIENT = PatientIdentity("DEMO^Patient-1", "P-1", "19580312", "M", 82.0, 175.0)
STUDY = StudyLabels(
    "1.2.826.0.1.3680043.8.498.1", "1.2.826.0.1.3680043.8.498.2", "1", "ACC-1", "MR brain", STARTED,
    "North MR 1", "North", "HFS",
)  # fmt: skip


def series_of(
    step: ProtocolStep, *, slices: int, share: float = 1.0, paced: Paced | None = None
) -> tuple[Acquisition, list[Dataset]]:
    values = {**step.values, "slice_count": slices, "acquisition_matrix_read": 128}
    values["acquisition_matrix_phase"] = 96
    if "dynamics" in values:
        values["dynamics"] = 2
    groups = replan(
        step.groups,
        slice_count=slices,
        slice_spacing_mm=float(values["slice_spacing_mm"]),
        slice_thickness_mm=float(values["slice_thickness_mm"]),
    )
    acquisition = Acquisition(
        Prescription(step.sequence, values, groups), Exam(load_head(), Placement(), Hardware()), 1
    )
    acquisition.acquire(acquisition.plan.shot(index) for index in range(int(len(acquisition.plan) * share)))
    acquisition.paced = paced
    exposure = predict(step.sequence, values, Patient(82, 175, 68), Hardware())
    labels = SeriesLabels("1.2.826.0.1.3680043.8.498.3", 2, step.name, "Brain routine v4", STARTED, exposure)
    return acquisition, series_datasets(acquisition, Hardware(), PATIENT, STUDY, labels)


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (package dicom3tools) is not installed"
)
@pytest.mark.parametrize("step", ONE_OF_EACH.values(), ids=lambda step: step.step_id)
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_dciodvfy_has_nothing_to_say(step: ProtocolStep, share: float, tmp_path: Path) -> None:
    groups = len(step.groups)
    _, datasets = series_of(step, slices=16 if traits(step.sequence).volume else groups, share=share)
    first_of_kind = {(str(image.ImageType), "ContrastBolusAgent" in image): image for image in datasets}
    for image in first_of_kind.values():
        path = tmp_path / "image.dcm"
        image.save_as(path, enforce_file_format=True)
        checked = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        said = [line for line in (checked.stdout + checked.stderr).splitlines() if line.strip()]
        assert checked.returncode == 0
        assert said == ["MRImage"]


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (package dicom3tools) is not installed"
)
@pytest.mark.parametrize(("trigger", "option"), [("ECG", "CG"), ("PULSE", "PPG"), ("RESPIRATION", "RG")])
def test_a_triggered_series_says_so_and_dciodvfy_agrees(trigger: str, option: str, tmp_path: Path) -> None:
    own = STEPS["t2_tse_ax"]
    values = {**own.values, "trigger": trigger, "trigger_window_percent": 90, "trigger_delay_ms": 50}
    paced = Paced(repetition_s=2.4, cycle_s=0.8, repetitions=40)
    _, (image,) = series_of(replace(own, values=values), slices=1, paced=paced)
    assert image.ScanOptions == option
    assert image.RepetitionTime == 2400
    if trigger != "RESPIRATION":
        assert (image.HeartRate, image.NominalInterval, image.IntervalsAcquired) == (75, 800, 40)
    assert ("TriggerTime" in image) == (trigger != "RESPIRATION")
    path = tmp_path / "image.dcm"
    image.save_as(path, enforce_file_format=True)
    checked = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    assert [line for line in (checked.stdout + checked.stderr).splitlines() if line.strip()] == ["MRImage"]


def test_derived_pictures_are_marked_and_named() -> None:
    _, images = series_of(ONE_OF_EACH["epi_dwi"], slices=1)
    names = {image.ImageComments.partition(".")[0]: image for image in images}
    assert list(names) == ["b 0", "b 1000 x", "b 1000 y", "b 1000 z", "b 1000 trace", "ADC"]
    assert list(names["b 0"].ImageType) == ["ORIGINAL", "PRIMARY", "OTHER"]
    assert list(names["ADC"].ImageType) == ["DERIVED", "SECONDARY", "DIFFUSION MAP"]
    assert "10^-6 mm2/s" in names["ADC"].DerivationDescription
    assert len({image.SOPInstanceUID for image in images}) == len(images)
    assert [image.SequenceName for image in images] == [
        "epi_dwi b0", "epi_dwi b1000#1", "epi_dwi b1000#2", "epi_dwi b1000#3", "epi_dwi b1000t", "epi_dwi",
    ]  # fmt: skip
    assert [image.SeriesDescription for image in images[-2:]] == [
        "DWI ax b 1000 trace SIMULATED", "DWI ax ADC 10^-6 mm2/s SIMULATED"
    ]  # fmt: skip
    (mapping,) = names["ADC"].RealWorldValueMappingSequence
    assert (mapping.RealWorldValueSlope, mapping.MeasurementUnitsCodeSequence[0].CodeValue) == (1e-6, "mm2/s")
    brain = np.median(names["ADC"].pixel_array[names["b 1000 trace"].pixel_array > 400])
    assert brain == pytest.approx(750, abs=60)  # 10^-6 mm²/s, between grey and white matter


@pytest.fixture(scope="module")
def dixon() -> tuple[Acquisition, list[Dataset]]:
    """Two dynamics of a head."""
    return series_of(ONE_OF_EACH["dixon_3d"], slices=16)


def test_derived_pictures_are_series_of_their_own_that_name_their_sources(
    dixon: tuple[Acquisition, list[Dataset]],
) -> None:
    acquisition, images = dixon
    families = {str(image.SeriesDescription): str(image.SeriesInstanceUID) for image in images}
    assert list(families) == [
        f"Dynamic 3D Dixon ax{words} SIMULATED" for words in ("", " water", " fat", " subtraction", " MIP")
    ]
    assert len(set(families.values())) == 5
    own = {str(image.SOPInstanceUID): image for image in images}
    assert len(own) == len(images)
    for image in images:
        measured = image.ImageType[0] == "ORIGINAL"
        assert measured == (image.SeriesNumber == 2)
        assert measured == ("SourceImageSequence" not in image)
        for source in getattr(image, "SourceImageSequence", ()):
            assert own[source.ReferencedSOPInstanceUID].ImageType[0] == "ORIGINAL"
    (mip,) = [image for image in images if image.SeriesDescription.endswith("MIP SIMULATED")]
    deep = [image.pixel_array for image in images if "subtraction" in image.SeriesDescription]
    assert np.array_equal(mip.pixel_array, np.max(deep, axis=0))
    assert list(mip.ImageType) == ["DERIVED", "SECONDARY", "PROJECTION IMAGE"]
    assert float(mip.SliceThickness) == pytest.approx(16 * 3.5)
    first, spacing = np.array(mip.ImagePositionPatient, float), np.array(mip.PixelSpacing, float)
    row, column = np.array(mip.ImageOrientationPatient, float).reshape(2, 3)
    centre = first + (mip.Columns // 2) * spacing[1] * row + (mip.Rows // 2) * spacing[0] * column
    assert np.allclose(centre, acquisition.prescription.groups[0].centre_mm, atol=1e-3)


def test_dixon_parts_water_from_fat(dixon: tuple[Acquisition, list[Dataset]]) -> None:
    """Brain holds no fat; what is brightest in the picture of fat, under the skin, is more fat than water."""
    named = {(str(i.ImageComments).split(". ")[0], float(i.SliceLocation)): i.pixel_array for i in dixon[1]}
    middle = sorted(place for name, place in named if name == "fat dynamic 1")[8]
    water, fat, together, opposed = (
        named[f"{kind} dynamic 1", middle].astype(float)
        for kind in ("water", "fat", "in phase", "opposed phase")
    )
    brain = (slice(water.shape[0] // 2 - 6, water.shape[0] // 2 + 6),) * 2
    assert np.median(fat[brain]) < 0.05 * np.median(water[brain])
    under_the_skin = fat > np.percentile(fat, 99)
    assert np.median(water[under_the_skin]) < 0.5 * np.median(fat[under_the_skin])
    both = (water > 0) & (fat > 0)  # elsewhere the noise of one is below nothing
    assert np.allclose((water + fat)[both], together[both], atol=1.5)
    assert np.allclose(np.abs(water - fat)[both], opposed[both], atol=1.5)


def test_a_dynamic_that_was_stopped_before_its_second_picture_has_no_subtraction() -> None:
    _, images = series_of(ONE_OF_EACH["bolus"], slices=1, share=0.5)
    assert not [image for image in images if "subtraction" in image.SeriesDescription]
    _, whole = series_of(ONE_OF_EACH["bolus"], slices=1)
    assert [image.SeriesNumber for image in whole] == [2, 2, 201]


def test_what_is_read_back_is_what_was_planned_and_measured(tmp_path: Path) -> None:
    acquisition, datasets = series_of(STEPS["flair_ax"], slices=4)
    group: SliceGroup = acquisition.prescription.groups[0]
    for index, dataset in enumerate(datasets):
        path = tmp_path / f"{index}.dcm"
        dataset.save_as(path, enforce_file_format=True)
        image = dcmread(path)
        assert np.array_equal(image.pixel_array, acquisition.picture(index))
        first, spacing = np.array(image.ImagePositionPatient, float), np.array(image.PixelSpacing, float)
        row, column = np.array(image.ImageOrientationPatient, float).reshape(2, 3)
        centre = first + (image.Columns // 2) * spacing[1] * row + (image.Rows // 2) * spacing[0] * column
        assert np.allclose(centre, group.slice_centre_mm(index), atol=1e-3)
    assert [float(image.RepetitionTime) for image in datasets] == [9000.0] * 4
    one = datasets[0]
    assert (float(one.EchoTime), float(one.InversionTime), one.EchoTrainLength) == (90.0, 2500.0, 18)
    assert (one.InPlanePhaseEncodingDirection, list(one.AcquisitionMatrix)) == ("ROW", [128, 0, 0, 96])
    assert (one.PatientName, one.PatientID, one.PatientPosition) == ("DEMO^Patient-1", "P-1", "HFS")
    assert (float(one.PatientWeight), float(one.PatientSize)) == (82.0, 1.75)


def test_positions_of_neighbouring_slices_differ_by_the_spacing() -> None:
    _, datasets = series_of(STEPS["t2_tse_ax"], slices=3)
    places = np.array([np.array(image.ImagePositionPatient, float) for image in datasets])
    assert np.linalg.norm(np.diff(places, axis=0), axis=1) == pytest.approx([5.5, 5.5], abs=1e-4)
    assert float(datasets[0].SpacingBetweenSlices) == 5.5


def test_every_image_says_that_it_is_simulated_and_how_it_was_exposed() -> None:
    _, datasets = series_of(STEPS["t2_tse_ax"], slices=2)
    for image in datasets:
        assert list(image.ImageType) == ["ORIGINAL", "PRIMARY", "OTHER"]
        assert image.SeriesDescription == "T2 TSE ax SIMULATED"
        assert image.ImageComments.startswith("SIMULATED, not for clinical use")
        assert "INCOMPLETE" not in image.ImageComments
        assert "RF IEC_NORMAL, gradients IEC_NORMAL" in image.ImageComments
        assert "head" in image.ImageComments
        assert float(image.SAR) > 0


def test_a_stopped_series_says_how_much_exists_and_leaves_out_slices_without_a_line() -> None:
    acquisition, datasets = series_of(STEPS["t2star_gre_ax"], slices=4, share=0.5)
    done = sum(int(acquisition.acquired(index).sum()) for index in range(4))
    assert all(image.SeriesDescription.startswith("INCOMPLETE ") for image in datasets)
    assert all(f"INCOMPLETE: {done} of 384 lines acquired" in image.ImageComments for image in datasets)
    _, barely = series_of(STEPS["t2star_gre_ax"], slices=4, share=2 / 384)
    assert [image.InstanceNumber for image in barely] == [1, 3]  # the first two shots, neighbours apart


def test_the_same_acquisition_gives_the_same_uids_and_pixels() -> None:
    first, second = series_of(STEPS["t2_tse_ax"], slices=2)[1], series_of(STEPS["t2_tse_ax"], slices=2)[1]
    assert [image.SOPInstanceUID for image in first] == [image.SOPInstanceUID for image in second]
    assert [image.PixelData for image in first] == [image.PixelData for image in second]
    assert len({image.SOPInstanceUID for image in first}) == 2
