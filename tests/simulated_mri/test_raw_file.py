"""Raw data as another program would read them: with the format's own library and a plain transform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ismrmrd
import numpy as np
import numpy.typing as npt
import pytest
from ismrmrd import xsd

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.dicom import PatientIdentity, SeriesLabels, StudyLabels
from simulated_mri.exposure import Patient, predict
from simulated_mri.geometry import Placement, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.raw_file import write_raw
from simulated_mri.sequences import Value
from simulated_mri.subjects.head import load_head

STEPS = {step.sequence: step for own in reversed(PROTOCOLS) for step in own.steps}
STARTED = datetime(2026, 11, 24, 14, 3, 22)  # noqa: DTZ001  DICOM times are local to the scanner
PATIENT = PatientIdentity("DEMO^Patient-1", "P-1", "19580312", "M", 82.0, 175.0)
STUDY = StudyLabels("1.2.3", "1.2.4", "1", "ACC-1", "MR brain", STARTED, "North MR 1", "North", "HFS")


def measured(
    sequence: str, slices: int, changes: Mapping[str, Value], *, share: float = 1.0, every: bool = True
) -> Acquisition:
    step = next(own for own in STEPS.values() if own.sequence == sequence)
    values = {**step.values, "slice_count": slices, "acquisition_matrix_read": 64}
    values |= {
        "acquisition_matrix_phase": 48,
        "partial_fourier_percent": 100,
        "acceleration_factor": 1,
        **changes,
    }
    groups = replan(
        step.groups,
        slice_count=slices,
        slice_spacing_mm=float(values["slice_spacing_mm"]),
        slice_thickness_mm=float(values["slice_thickness_mm"]),
    )
    acquisition = Acquisition(
        Prescription(step.sequence, values, groups),
        Exam(load_head(), Placement(), Hardware()),
        1,
        every_element=every,
    )
    acquisition.acquire(acquisition.plan.shot(index) for index in range(int(len(acquisition.plan) * share)))
    return acquisition


def written(acquisition: Acquisition, directory: Path) -> tuple[xsd.ismrmrdHeader, list[ismrmrd.Acquisition]]:
    """What the library reads of it."""
    step = acquisition.prescription
    exposure = predict(step.sequence, step.values, Patient(82, 175, 68), Hardware())
    labels = SeriesLabels("1.2.5", 2, "T2", "Brain", STARTED, exposure)
    file = directory / "raw.h5"
    write_raw(file, acquisition, PATIENT, STUDY, labels)
    assert list(directory.iterdir()) == [file], "nothing half-written stays"
    with ismrmrd.Dataset(str(file), mode="r") as opened:
        header = xsd.CreateFromDocument(opened.read_xml_header())
        lines = [opened.read_acquisition(n) for n in range(opened.number_of_acquisitions())]
    return header, lines


def plain_picture(
    header: xsd.ismrmrdHeader, lines: list[ismrmrd.Acquisition], which: int
) -> npt.NDArray[np.float64]:
    """[phase, read] over the encoded field of view: all channels, root of the sum of squares."""
    matrix = header.encoding[0].encodedSpace.matrixSize
    kspace = np.zeros((lines[0].active_channels, matrix.z, matrix.y, matrix.x), dtype=complex)
    for line in lines:
        if matrix.z > 1 or line.idx.slice == which:
            kspace[:, line.idx.kspace_encode_step_2, line.idx.kspace_encode_step_1] = line.data
    axes = (1, 2, 3)
    image = np.fft.fftshift(np.fft.ifftn(np.fft.ifftshift(kspace, axes=axes), axes=axes), axes=axes)
    picture = np.sqrt((np.abs(image) ** 2).sum(axis=0))[which if matrix.z > 1 else 0]
    return np.asarray(picture)


def likeness(
    acquisition: Acquisition, header: xsd.ismrmrdHeader, lines: list[ismrmrd.Acquisition], which: int
) -> float:
    """Correlation with the scanner's picture, whose evenness is taken back: raw data are as the coil sees."""
    seen = plain_picture(header, lines, which)
    whole = acquisition.encoding.encoded_picture_lines, acquisition.encoding.samples
    assert seen.shape == whole, "chosen so that the scanner does not interpolate"
    coil = np.abs(acquisition.maps(which, whole, elements=False)[0])
    own = np.abs(acquisition.complex_picture(which)) * coil
    return float(np.corrcoef(seen.ravel(), own.ravel())[0, 1])


SQUARE: Mapping[str, Value] = {"phase_fov_percent": 75.0, "phase_oversampling_percent": 0}


def test_a_plain_transform_of_the_raw_data_is_the_scanners_picture(tmp_path: Path) -> None:
    finer = {"acquisition_matrix_read": 128, "acquisition_matrix_phase": 96}
    acquisition = measured("tse", 2, {**SQUARE, **finer})
    header, lines = written(acquisition, tmp_path)
    assert len(lines) == 2 * 96
    assert lines[0].active_channels == len(acquisition.exam.subject.array.elements_mm) > 1
    assert all(likeness(acquisition, header, lines, which) > 0.99 for which in range(2))


def test_an_accelerated_slab_holds_every_elements_measured_lines(tmp_path: Path) -> None:
    acquisition = measured("gre_3d_t1", 8, {**SQUARE, "acceleration_factor": 2}, every=False)
    header, lines = written(acquisition, tmp_path)
    assert header.encoding[0].parallelImaging.accelerationFactor.kspace_encoding_step_1 == 2
    assert {line.idx.kspace_encode_step_1 for line in lines} == set(acquisition.measured)
    assert lines[0].active_channels == header.acquisitionSystemInformation.receiverChannels > 1
    folded, true = plain_picture(header, lines, 4), np.abs(acquisition.complex_picture(4))
    half = len(true) // 2  # what lies half a field of view apart lies folded, at half the signal
    coil = acquisition.maps(4, true.shape, elements=True)
    weighted = acquisition.complex_picture(4) * coil
    expected = np.sqrt((np.abs(weighted + np.roll(weighted, half, axis=1)) ** 2).sum(axis=0)) / 2
    assert np.corrcoef(folded.ravel(), expected.ravel())[0, 1] > 0.98


@pytest.mark.parametrize(("sequence", "slices"), [("tse", 4), ("gre_3d_t1", 8)])
def test_of_a_stopped_acquisition_exactly_the_lines_that_exist_are_there(
    sequence: str, slices: int, tmp_path: Path
) -> None:
    slab = sequence == "gre_3d_t1"
    acquisition = measured(sequence, slices, SQUARE, share=0.5, every=not slab)
    header, lines = written(acquisition, tmp_path)
    if slab:
        assert likeness(acquisition, header, lines, 4) > 0.99
    shots = [acquisition.plan.shot(index) for index in range(len(acquisition.plan) // 2)]
    expected = [
        (shot.slice_index or 0, shot.partition or 0, line, round(shot.at_s * 1000))
        for shot in shots
        for line in shot.lines
    ]
    assert [
        (
            own.idx.slice,
            own.idx.kspace_encode_step_2,
            own.idx.kspace_encode_step_1,
            own.acquisition_time_stamp,
        )
        for own in lines
    ] == expected
    assert [line.isFlagSet(ismrmrd.ACQ_LAST_IN_MEASUREMENT) for line in lines] == [
        *[False] * (len(lines) - 1),
        True,
    ]
    words = {own.name: own.value for own in header.userParameters.userParameterString}
    assert words["incomplete"].startswith("INCOMPLETE")
    assert words["warning"] == "SIMULATED, not for clinical use"


def test_the_header_says_what_was_measured_and_names_nobody(tmp_path: Path) -> None:
    acquisition = measured("flair", 2, {"phase_oversampling_percent": 50})
    header, _ = written(acquisition, tmp_path)
    encoding, values = header.encoding[0], acquisition.prescription.values
    assert (encoding.encodedSpace.matrixSize.x, encoding.encodedSpace.matrixSize.y) == (64, 72)
    assert encoding.encodedSpace.fieldOfView_mm.y == pytest.approx(1.5 * acquisition.encoding.fov_phase_mm)
    assert encoding.reconSpace.fieldOfView_mm.y == pytest.approx(acquisition.encoding.fov_phase_mm, rel=0.02)
    limits = encoding.encodingLimits
    step = limits.kspace_encoding_step_1
    assert (step.minimum, step.center, step.maximum, limits.slice.maximum) == (0, 36, 71, 1)
    sequence = header.sequenceParameters
    assert [values["tr_ms"]] == sequence.TR
    assert [values["te_ms"]] == sequence.TE
    assert [values["ti_ms"]] == sequence.TI
    assert header.acquisitionSystemInformation.systemFieldStrength_T == 3.0
    assert header.experimentalConditions.H1resonanceFrequency_Hz == pytest.approx(127.7e6, rel=1e-3)
    assert header.measurementInformation.patientPosition.value == "HFS"
    assert "DEMO" not in xsd.ToXML(header)


def test_heads_say_where_a_slice_lies_and_how_its_lines_run(tmp_path: Path) -> None:
    acquisition = measured("flair", 2, {})
    group = acquisition.prescription.groups[0]
    tilted = replace(group, centre_mm=(5.0, -3.0, 12.0))
    moved = Prescription("flair", acquisition.prescription.values, (tilted,))
    again = Acquisition(moved, acquisition.exam, 1)
    again.acquire(again.plan.shots())
    _, lines = written(again, tmp_path)
    for line in lines:
        assert np.allclose(line.position, tilted.slice_centre_mm(line.idx.slice), atol=1e-4)
        assert np.allclose(line.phase_dir, tilted.row_direction)  # phase encoding runs along a row
        assert np.allclose(line.read_dir, tilted.column_direction)
        assert np.allclose(line.slice_dir, tilted.normal)
        assert (line.center_sample, line.number_of_samples) == (32, 64)
    for which in (0, 1):
        own = [line for line in lines if line.idx.slice == which]
        assert own[0].isFlagSet(ismrmrd.ACQ_FIRST_IN_SLICE)
        assert own[-1].isFlagSet(ismrmrd.ACQ_LAST_IN_SLICE)
        assert sum(line.isFlagSet(ismrmrd.ACQ_FIRST_IN_SLICE) for line in own) == 1
