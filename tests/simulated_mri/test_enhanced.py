"""Enhanced MR: the same pictures in the same places as the classic images, in one object."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from test_physics_dicom import ONE_OF_EACH, STEPS, series_of

from simulated_mri.enhanced import enhanced_series
from simulated_mri.exposure import Patient, predict
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import ProtocolStep
from simulated_mri.sequences import SequenceType

MEASURED: tuple[SequenceType, ...] = ("tse", "flair", "epi_dwi", "field_map", "bolus", "bssfp")


def both(
    step: ProtocolStep, *, slices: int, share: float = 1.0, most_pixel_bytes: int = 1 << 23
) -> tuple[list[Dataset], list[Dataset]]:
    """The classic images of a step, and its enhanced objects."""
    acquisition, classic = series_of(step, slices=slices, share=share)
    exposure = predict(step.sequence, acquisition.prescription.values, Patient(82, 175, 68), Hardware())
    return classic, enhanced_series(classic, acquisition, exposure, most_pixel_bytes=most_pixel_bytes)


def said_of(made: Dataset, directory: Path) -> list[str]:
    """What dciodvfy says of it."""
    path = directory / "image.dcm"
    made.save_as(path, enforce_file_format=True)
    checked = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    return [line for line in (checked.stdout + checked.stderr).splitlines() if line.strip()]


def triggered(trigger: str) -> ProtocolStep:
    step = STEPS["t2_tse_ax"]
    return replace(
        step,
        values={**step.values, "trigger": trigger, "trigger_window_percent": 90, "trigger_delay_ms": 50},
    )


@pytest.mark.skipif(
    shutil.which("dciodvfy") is None, reason="dciodvfy (package dicom3tools) is not installed"
)
@pytest.mark.parametrize(
    ("step", "slices", "share"),
    [
        *((ONE_OF_EACH[name], 2, 1.0) for name in MEASURED),
        (ONE_OF_EACH["localizer"], 3, 1.0),
        (ONE_OF_EACH["dixon_3d"], 8, 1.0),
        (ONE_OF_EACH["gre_t2star"], 4, 0.5),
        *((triggered(trigger), 1, 1.0) for trigger in ("ECG", "PULSE", "RESPIRATION")),
    ],
    ids=lambda value: value.step_id if isinstance(value, ProtocolStep) else str(value),
)
def test_dciodvfy_has_nothing_to_say(step: ProtocolStep, slices: int, share: float, tmp_path: Path) -> None:
    _, objects = both(step, slices=slices, share=share)
    for made in objects:
        assert said_of(made, tmp_path) == ["EnhancedMRImage"]


@pytest.mark.parametrize(
    ("step", "slices"),
    [(ONE_OF_EACH["localizer"], 3), (ONE_OF_EACH["epi_dwi"], 2)],
    ids=["localizer", "diffusion"],
)
def test_every_frame_is_the_classic_image_in_its_place(
    step: ProtocolStep, slices: int, tmp_path: Path
) -> None:
    classic, objects = both(step, slices=slices)
    assert len({image.SeriesInstanceUID for image in classic}) == len(objects)
    for number, made in enumerate(objects):
        path = tmp_path / f"{number}.dcm"
        made.save_as(path, enforce_file_format=True)
        read = dcmread(path)
        own = [image for image in classic if image.SeriesInstanceUID == read.SeriesInstanceUID]
        pixels = read.pixel_array
        assert len(pixels) == len(own) == read.NumberOfFrames
        assert "SIMULATED" in read.SeriesDescription
        assert "SIMULATED, not for clinical use" in read.ImageComments
        for image, frame, groups in zip(own, pixels, read.PerFrameFunctionalGroupsSequence, strict=True):
            assert np.array_equal(frame, image.pixel_array)
            assert groups.PlanePositionSequence[0].ImagePositionPatient == image.ImagePositionPatient
            assert groups.PlaneOrientationSequence[0].ImageOrientationPatient == image.ImageOrientationPatient
            assert groups.FrameContentSequence[0].FrameComments == image.ImageComments
        shared = read.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        assert shared.PixelSpacing == own[0].PixelSpacing


def test_frames_say_their_weighting_and_derived_ones_their_sources() -> None:
    _, (measured, _, adc) = both(ONE_OF_EACH["epi_dwi"], slices=2)
    weightings = [
        group.MRDiffusionSequence[0].DiffusionBValue for group in measured.PerFrameFunctionalGroupsSequence
    ]
    assert sorted(weightings) == [0.0] * 2 + [1000.0] * 6
    places = [
        tuple(group.FrameContentSequence[0].DimensionIndexValues)
        for group in measured.PerFrameFunctionalGroupsSequence
    ]
    assert sorted(places) == [(1, place, time) for place in (1, 2) for time in (1, 2, 3, 4)]
    for group, place in zip(adc.PerFrameFunctionalGroupsSequence, (0, 1), strict=True):
        sources = group.DerivationImageSequence[0].SourceImageSequence
        assert {source.ReferencedSOPInstanceUID for source in sources} == {measured.SOPInstanceUID}
        frames = [
            measured.PerFrameFunctionalGroupsSequence[source.ReferencedFrameNumber - 1] for source in sources
        ]
        wanted = group.PlanePositionSequence[0].ImagePositionPatient
        assert len(frames) == 4
        assert all(frame.PlanePositionSequence[0].ImagePositionPatient == wanted for frame in frames), place


def test_exposure_and_operating_modes_have_their_own_attributes() -> None:
    (image,), (made,) = both(STEPS["t2_tse_ax"], slices=1)
    timing = made.SharedFunctionalGroupsSequence[0].MRTimingAndRelatedParametersSequence[0]
    rates = {
        own.SpecificAbsorptionRateDefinition: own.SpecificAbsorptionRateValue
        for own in timing.SpecificAbsorptionRateSequence
    }
    assert rates["IEC_WHOLE_BODY"] == pytest.approx(float(image.SAR))
    assert set(rates) == {"IEC_WHOLE_BODY", "IEC_PARTIAL_BODY", "IEC_HEAD"}
    modes = {own.OperatingModeType: own.OperatingMode for own in timing.OperatingModeSequence}
    assert modes == {"STATIC FIELD": "IEC_NORMAL", "RF": "IEC_NORMAL", "GRADIENT": "IEC_NORMAL"}


def test_a_series_too_large_for_one_file_is_a_concatenation(tmp_path: Path) -> None:
    size = 128 * 128 * 2
    classic, objects = both(STEPS["t2_tse_ax"], slices=5, most_pixel_bytes=2 * size)
    assert [made.NumberOfFrames for made in objects] == [2, 2, 1]
    assert [made.ConcatenationFrameOffsetNumber for made in objects] == [0, 2, 4]
    assert len({made.ConcatenationUID for made in objects}) == 1
    assert len({made.SOPInstanceUID for made in objects}) == 3
    assert b"".join(made.PixelData for made in objects) == b"".join(image.PixelData for image in classic)
    if shutil.which("dciodvfy") is not None:
        assert said_of(objects[1], tmp_path) == ["EnhancedMRImage"]
