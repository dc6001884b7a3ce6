"""From an ended acquisition to the DICOM files of its series."""

from __future__ import annotations

import logging
import uuid
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Literal

from pydicom.dataset import Dataset

from mr_contract.vocabulary import Sex
from scanner_kit import FinishedSeries
from simulated_mri.acquisition import Acquisition
from simulated_mri.dicom import PatientIdentity, SeriesLabels, StudyLabels, series_datasets
from simulated_mri.enhanced import enhanced_series
from simulated_mri.hardware import Hardware
from simulated_mri.scanner import physics
from simulated_mri.scanner.imaging import MadeSeries
from simulated_mri.scanner.state import Acquiring

_LOGGER = logging.getLogger(__name__)
_SEX: dict[Sex, Literal["M", "F", "O"]] = {Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "O"}


def make_series(
    acquisition: Acquisition, run: Acquiring, hardware: Hardware, serial: str, *, enhanced: bool = False
) -> MadeSeries:
    """All slices of which a line exists. The series is named after its UID.

    `enhanced`: all slices as the frames of one object, and each kind of derived pictures as another.
    """
    labels = _series(run, acquisition, serial)
    datasets = series_datasets(acquisition, hardware, _patient(run), _study(run, serial), labels)
    if enhanced:
        datasets = enhanced_series(datasets, acquisition, labels.exposure)
    series = FinishedSeries(
        series_id=labels.series_uid,
        exam_id=run.patient.exam_id,
        instances=tuple(_file(dataset) for dataset in datasets),
    )
    return MadeSeries(series, str(datasets[0].SeriesDescription))


def keep_raw(directory: Path, acquisition: Acquisition, run: Acquiring, serial: str) -> None:
    """Write the lines to `directory`/SERIES_UID.h5; a full disk is logged and takes no image away."""
    from simulated_mri.raw_file import write_raw  # HDF5 costs memory that a scanner without raw data saves

    labels = _series(run, acquisition, serial)
    file = directory / f"{labels.series_uid}.h5"
    try:
        write_raw(file, acquisition, _patient(run), _study(run, serial), labels)
    except OSError as error:
        _LOGGER.warning("raw data of series %d not written: %s", labels.series_number, error)
    else:
        _LOGGER.info("raw data of series %d: %s", labels.series_number, file)


def uid(*sources: str) -> str:
    """A UID that follows from its sources (PS3.5 B.2): 44 characters at most, so that `.n` still fits."""
    digest = sha256("\0".join(sources).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def _patient(run: Acquiring) -> PatientIdentity:
    patient, identity = run.patient, run.patient.identity
    return PatientIdentity(
        name=identity.name,
        patient_id=identity.patient_id,
        birth_date=identity.birth_date.replace("-", ""),
        sex=_SEX[identity.sex],
        weight_kg=patient.weight_kg,
        height_cm=patient.height_cm,
    )


def _study(run: Acquiring, serial: str) -> StudyLabels:
    patient = run.patient
    return StudyLabels(
        study_uid=uid("study", serial, patient.exam_id),
        frame_of_reference_uid=uid("frame", serial, patient.exam_id),
        study_id=patient.accession[:16],
        accession=patient.accession[:16],
        description=patient.procedure[:64],
        started=run.exam_began_at,
        station_name=serial[:16],
        institution="",
        position=physics.position(patient),
    )


def _series(run: Acquiring, acquisition: Acquisition, serial: str) -> SeriesLabels:
    achieved = run.step.achieved
    return SeriesLabels(
        series_uid=uid("series", serial, run.acquisition_id),
        series_number=run.series_number,
        description=achieved.name[:40],
        protocol_name=achieved.name[:64],
        started=run.began_at,
        exposure=physics.predicted(
            achieved,
            run.patient,
            run.landmark,
            acquisition.exam.hardware,
            repetition_s=None if acquisition.paced is None else acquisition.paced.repetition_s,
        ),
        coil=(run.step.coil or "")[:16],
    )


def _file(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
