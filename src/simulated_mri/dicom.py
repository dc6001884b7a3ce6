"""A finished or stopped series as DICOM: classic MR Image Storage (PS3.3 A.4), one data set to a slice.

Every image says SIMULATED; an incomplete series says so in each image and in its description.
UIDs, dates and names are passed in: the same acquisition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import DSfloat

from simulated_mri.acquisition import Acquisition
from simulated_mri.encoding import COUNTS_PER_UNIT
from simulated_mri.exposure import Exposure, OperatingMode
from simulated_mri.geometry import PatientPosition
from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.phase_lines import measured_lines, train_echoes
from simulated_mri.results import Result, results
from simulated_mri.sequences import SequenceType, Values, count, count_or, number, traits
from simulated_mri.weighting import say_unit, sequence_name

IMPLEMENTATION_UID = UID("1.2.826.0.1.3680043.8.498.20261.1")  # below pydicom's root for anyone's use
SIMULATED = "SIMULATED, not for clinical use"

_SCANNING: Mapping[SequenceType, tuple[list[str], list[str]]] = {
    "localizer": (["GR"], ["SP"]),
    "gre": (["GR"], ["SP"]),
    "gre_t2star": (["GR"], ["SP"]),
    "bolus": (["GR"], ["SP"]),
    "field_map": (["GR"], ["SP"]),
    "gre_3d": (["GR"], ["SP"]),
    "dixon_3d": (["GR"], ["SP"]),
    "bssfp": (["GR"], ["SS"]),
    "se": (["SE"], ["NONE"]),
    "tse": (["SE"], ["SK"]),
    "tse_ss": (["SE"], ["SK"]),
    "flair": (["SE", "IR"], ["SK"]),
    "stir": (["SE", "IR"], ["SK"]),
    "gre_3d_t1": (["GR", "IR"], ["SP", "MP"]),
    "epi_dwi": (["SE", "EP"], ["SK"]),
}
_GATING = {"PULSE": "PPG", "ECG": "CG", "RESPIRATION": "RG"}
IEC_MODE: Mapping[OperatingMode, str] = {
    "normal": "IEC_NORMAL",
    "first_level": "IEC_FIRST_LEVEL",
    "not_permitted": "IEC_SECOND_LEVEL",
}


@dataclass(frozen=True, slots=True)
class PatientIdentity:
    """Names in DICOM form (family^given); `birth_date` YYYYMMDD or empty; `sex` M, F, O or empty."""

    name: str
    patient_id: str
    birth_date: str
    sex: Literal["M", "F", "O", ""]
    weight_kg: float
    height_cm: float


@dataclass(frozen=True, slots=True)
class StudyLabels:
    """What all series of an exam share."""

    study_uid: str
    frame_of_reference_uid: str
    study_id: str
    accession: str
    description: str
    started: datetime
    station_name: str
    institution: str
    position: PatientPosition
    referring_physician: str = ""


@dataclass(frozen=True, slots=True)
class SeriesLabels:
    """What one acquisition adds. Instance n has the UID `series_uid`.n; laterality: paired parts only."""

    series_uid: str
    series_number: int
    description: str
    protocol_name: str
    started: datetime
    exposure: Exposure
    coil: str = "Head"
    body_part: str = "HEAD"
    laterality: Literal["R", "L", ""] = ""


def series_datasets(
    acquisition: Acquisition,
    hardware: Hardware,
    patient: PatientIdentity,
    study: StudyLabels,
    series: SeriesLabels,
) -> list[Dataset]:
    """One data set (with file meta) for each slice of which at least one line exists, in slice order.

    Measured pictures are the series `series_uid`; each kind of derived ones is a series `series_uid`.0.n.
    """
    missing = missing_words(acquisition)
    common = Dataset()
    _patient(common, patient)
    _study(common, study)
    _series(common, study, series, missing)
    _equipment(common, study)
    _sequence(common, acquisition, hardware)
    _exposure(common, series.exposure)
    comments = _comments(missing, series.exposure)
    families: list[str] = []
    images: list[Dataset] = []
    for result in results(acquisition):
        image = _image(common, acquisition, result, comments)
        if result.derived:
            if result.family not in families:
                families.append(result.family)
            _derived_series(image, acquisition, result, series, families.index(result.family) + 1, missing)
        images.append(image)
    return sorted(images, key=lambda image: int(image.InstanceNumber))


def _derived_series(
    image: Dataset,
    acquisition: Acquisition,
    result: Result,
    series: SeriesLabels,
    place: int,
    missing: str,
) -> None:
    """Pictures of a family are a series of their own, beside the measured one, and name their sources."""
    _forget(image, "SeriesInstanceUID", "SeriesNumber", "SeriesDescription")
    image.SeriesInstanceUID = f"{series.series_uid}.0.{place}"
    image.SeriesNumber = 100 * series.series_number + place
    state = "INCOMPLETE " if missing else ""
    words = f"{state}{series.description[:40]} {result.family}"
    image.SeriesDescription = f"{words[: 63 - len('SIMULATED')]} SIMULATED"
    slices = acquisition.plan.slice_count
    indices = range(slices) if result.projected else (result.slice_index,)
    image.SourceImageSequence = [
        _reference(f"{series.series_uid}.{source * slices + index + 1}")
        for source in result.sources
        for index in indices
    ]


def _forget(image: Dataset, *keywords: str) -> None:
    """Elements are shared with the other images of the acquisition: a new value needs a new element."""
    for keyword in keywords:
        delattr(image, keyword)


def _reference(instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = MRImageStorage
    item.ReferencedSOPInstanceUID = instance_uid
    return item


def missing_words(acquisition: Acquisition) -> str:
    """Empty for a complete acquisition, else how much of it exists."""
    plan = acquisition.plan
    slices = 1 if plan.volume else plan.slice_count
    done = sum(
        int(acquisition.acquired(index, frame.index).sum())
        for frame in acquisition.frames
        for index in range(slices)
    )
    each = 1 if plan.volume else len(acquisition.measured)
    wanted = plan.slice_count * each * len(acquisition.frames)
    if done == wanted:
        return ""
    what = "partitions" if acquisition.plan.volume else "lines"
    return f"INCOMPLETE: {done} of {wanted} {what} acquired. "


def _ds(value: float) -> DSfloat:
    return DSfloat(float(value), auto_format=True)


def _patient(to: Dataset, patient: PatientIdentity) -> None:
    to.SpecificCharacterSet = "ISO_IR 192"
    to.PatientName = patient.name
    to.PatientID = patient.patient_id
    to.PatientBirthDate = patient.birth_date
    to.PatientSex = patient.sex
    to.PatientWeight = _ds(patient.weight_kg)
    to.PatientSize = _ds(patient.height_cm / 100)


def _study(to: Dataset, study: StudyLabels) -> None:
    to.StudyInstanceUID = study.study_uid
    to.StudyID = study.study_id
    to.AccessionNumber = study.accession
    to.StudyDescription = study.description
    to.StudyDate, to.StudyTime = _date_time(study.started)
    to.ReferringPhysicianName = study.referring_physician
    to.FrameOfReferenceUID = study.frame_of_reference_uid
    to.PositionReferenceIndicator = ""


def _series(to: Dataset, study: StudyLabels, series: SeriesLabels, missing: str) -> None:
    to.Modality = "MR"
    to.SeriesInstanceUID = series.series_uid
    to.SeriesNumber = series.series_number
    state = "INCOMPLETE " if missing else ""
    to.SeriesDescription = f"{state}{series.description} SIMULATED"[:64]
    to.ProtocolName = series.protocol_name
    to.SeriesDate, to.SeriesTime = _date_time(series.started)
    to.AcquisitionDate, to.AcquisitionTime = _date_time(series.started)
    to.ContentDate, to.ContentTime = _date_time(series.started)
    to.AcquisitionNumber = series.series_number
    to.BodyPartExamined = series.body_part
    to.PatientPosition = study.position
    to.ReceiveCoilName = series.coil
    to.TransmitCoilName = "Body"
    if series.laterality:
        to.Laterality = series.laterality


def _date_time(moment: datetime) -> tuple[str, str]:
    return moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")


def _equipment(to: Dataset, study: StudyLabels) -> None:
    to.Manufacturer = "Simulated MRI"
    to.ManufacturerModelName = "simulated-mri"
    to.DeviceSerialNumber = "SIMULATED"
    to.SoftwareVersions = "simulated-mri"
    to.StationName = study.station_name[:16]
    to.InstitutionName = study.institution


def _sequence(to: Dataset, acquisition: Acquisition, hardware: Hardware) -> None:
    sequence, values = acquisition.prescription.sequence, acquisition.prescription.values
    to.ScanningSequence, to.SequenceVariant = _SCANNING[sequence]
    to.MRAcquisitionType = "3D" if traits(sequence).volume else "2D"
    to.ScanOptions = _options(values)
    to.AngioFlag = "N"
    to.RepetitionTime = _ds(round(acquisition.achieved_tr_ms, 3))
    if "ti_ms" in values:
        to.InversionTime = _ds(number(values, "ti_ms"))
    to.FlipAngle = _ds(number(values, "flip_angle_deg") if "flip_angle_deg" in values else 90.0)
    to.EchoTrainLength = _train_length(sequence, values)
    to.NumberOfAverages = _ds(number(values, "averages"))
    to.PixelBandwidth = _ds(number(values, "bandwidth_hz_per_px"))
    to.SliceThickness = _ds(number(values, "slice_thickness_mm"))
    to.SpacingBetweenSlices = _ds(number(values, "slice_spacing_mm"))
    to.MagneticFieldStrength = _ds(hardware.b0_t)
    to.ImagingFrequency = _ds(GAMMA_HZ_PER_T * hardware.b0_t / 1e6)
    to.ImagedNucleus = "1H"
    _phase_encoding(to, values)
    if values.get("trigger", "OFF") in ("PULSE", "ECG"):
        to.TriggerTime = _ds(number(values, "trigger_delay_ms"))
        own = acquisition.paced
        to.HeartRate = count(values, "trigger_rate_per_min") if own is None else round(60 / own.cycle_s)
        if own is not None:
            to.NominalInterval = round(own.cycle_s * 1000)
            to.IntervalsAcquired = own.repetitions


def _options(values: Values) -> str | list[str]:
    partial = "partial_fourier_percent" in values and number(values, "partial_fourier_percent") < 100
    options = [word for word, on in (("PFP", partial), ("FS", values.get("fat_saturation") == "ON")) if on]
    if (gating := _GATING.get(str(values.get("trigger", "OFF")))) is not None:
        options.append(gating)
    return options or ""


def _train_length(sequence: SequenceType, values: Values) -> int:
    return train_echoes(sequence, values) if traits(sequence).readout in ("echo_train", "epi") else 1


def _phase_encoding(to: Dataset, values: Values) -> None:
    """AcquisitionMatrix is frequency rows, frequency columns, phase rows, phase columns (PS3.3 C.8.3.1)."""
    read, phase = count(values, "acquisition_matrix_read"), count(values, "acquisition_matrix_phase")
    along_row = values["phase_encoding"] == "ROW"
    to.AcquisitionMatrix = [read, 0, 0, phase] if along_row else [0, read, phase, 0]
    to.InPlanePhaseEncodingDirection = "ROW" if along_row else "COL"
    to.NumberOfPhaseEncodingSteps = len(measured_lines(values))
    to.PercentPhaseFieldOfView = _ds(number(values, "phase_fov_percent"))
    square = read * number(values, "phase_fov_percent") / 100
    to.PercentSampling = _ds(round(100 * phase / square, 3))
    to.ReconstructionDiameter = _ds(number(values, "fov_read_mm"))


def _exposure(to: Dataset, exposure: Exposure) -> None:
    """SAR is the whole-body value (C.8.3.1); this IOD has no attribute for the rest (see `_comments`)."""
    to.SAR = _ds(round(exposure.whole_body_w_per_kg, 4))
    to.B1rms = round(exposure.b1_rms_ut, 4)


def _comments(missing: str, exposure: Exposure) -> str:
    """ImageComments: what a reader must know that has no attribute of its own in this kind of image."""
    return (
        f"{SIMULATED}. {missing}Pixel value {COUNTS_PER_UNIT:g} = signal 1. "
        f"Predicted exposure (IEC 60601-2-33): SAR whole body {exposure.whole_body_w_per_kg:.2f} W/kg, "
        f"partial body {exposure.partial_body_w_per_kg:.2f} W/kg, head {exposure.head_w_per_kg:.2f} W/kg, "
        f"B1+rms {exposure.b1_rms_ut:.2f} uT, PNS {exposure.pns_percent:.0f} % of threshold. "
        f"Operating mode: static field IEC_NORMAL, RF {IEC_MODE[exposure.rf_mode]}, "
        f"gradients {IEC_MODE[exposure.gradient_mode]}"
    )


def _image(common: Dataset, acquisition: Acquisition, result: Result, comments: str) -> Dataset:
    image = Dataset()
    image.update(common)
    image.SOPClassUID = MRImageStorage
    image.SOPInstanceUID = f"{common.SeriesInstanceUID}.{result.number}"
    origin = ["DERIVED", "SECONDARY"] if result.derived else ["ORIGINAL", "PRIMARY"]
    image.ImageType = [*origin, result.kind]
    if result.derived:
        image.DerivationDescription = result.derivation
    image.InstanceNumber = result.number
    image.BurnedInAnnotation = "NO"
    image.LossyImageCompression = "00"
    image.ImageComments = f"{result.name}. {comments}" if result.name else comments
    image.SequenceName = sequence_name(acquisition.prescription.sequence, result)
    say_unit(image, result)
    _frame(image, acquisition, result)
    picture = result.pixels
    _plane(image, acquisition, result)
    image.Rows, image.Columns = picture.shape
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    signed = picture.dtype == np.int16
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelRepresentation = int(signed)
    image.SmallestImagePixelValue, image.LargestImagePixelValue = int(picture.min()), int(picture.max())
    image.WindowCenter, image.WindowWidth = (_ds(value) for value in result.window)
    image.PixelData = np.asarray(picture, dtype="<i2" if signed else "<u2").tobytes()
    image.file_meta = _file_meta(image)
    return image


def _frame(image: Dataset, acquisition: Acquisition, result: Result) -> None:
    """What differs between the frames of one acquisition."""
    frame = result.frame
    image.EchoTime = _ds(round(frame.te_ms, 4))
    image.EchoNumbers = frame.echo + 1
    dynamics = count_or(acquisition.prescription.values, "dynamics", 1)
    if dynamics > 1:
        image.TemporalPositionIdentifier = frame.dynamic + 1
        image.NumberOfTemporalPositions = dynamics
    if frame.after_injection_s is not None:
        image.ContrastBolusAgent = "Gadobutrol, simulated"


def _plane(image: Dataset, acquisition: Acquisition, result: Result) -> None:
    """Image Plane module (C.7.6.2): the centre of the first pixel, and the directions of rows and columns."""
    group, within = acquisition.prescription.slice_at(result.slice_index)
    encoding = acquisition.encoding
    if result.projected:
        depth_mm = group.slice_count * group.slice_spacing_mm
        group, within = replace(group, slice_count=1), 0
        _forget(image, "SliceThickness", "SpacingBetweenSlices")
        image.SliceThickness = image.SpacingBetweenSlices = _ds(depth_mm)
    first = group.first_pixel_mm(
        within, pixel_spacing_mm=encoding.pixel_spacing_mm, rows=encoding.rows, columns=encoding.columns
    )
    image.ImagePositionPatient = [_ds(round(float(value), 6) + 0.0) for value in first]
    directions = (*group.row_direction, *group.column_direction)
    image.ImageOrientationPatient = [_ds(round(value, 10) + 0.0) for value in directions]
    image.PixelSpacing = [_ds(value) for value in encoding.pixel_spacing_mm]
    location = float(np.dot(group.slice_centre_mm(within), group.normal))
    image.SliceLocation = _ds(round(location, 4) + 0.0)


def _file_meta(image: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "SIMULATED_MRI"
    return meta
