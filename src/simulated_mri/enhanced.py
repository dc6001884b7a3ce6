"""Enhanced MR Image Storage: the images of a series as the frames of one object (PS3.3 A.36.2).

Made of the classic images of an acquisition, whose values it repeats: pixels, geometry, exposure and the
marks SIMULATED are the same in both forms, by construction.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import EnhancedMRImageStorage

from simulated_mri.acquisition import Acquisition
from simulated_mri.enhanced_groups import (
    Code,
    Source,
    coded,
    description,
    frame_groups,
    frame_type,
    shared_groups,
)
from simulated_mri.enhanced_sequence import (
    pulse_sequence,
    synchronisation,
)
from simulated_mri.exposure import Exposure

_SHARED_WITH_CLASSIC = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientWeight"),
    *("PatientSize", "StudyInstanceUID", "StudyID", "AccessionNumber", "StudyDescription", "StudyDate"),
    *("StudyTime", "ReferringPhysicianName", "FrameOfReferenceUID", "PositionReferenceIndicator", "Modality"),
    *("SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "ProtocolName", "SeriesDate", "SeriesTime"),
    *(
        "ContentDate",
        "ContentTime",
        "AcquisitionNumber",
        "BodyPartExamined",
        "PatientPosition",
        "Manufacturer",
    ),
    *("ManufacturerModelName", "DeviceSerialNumber", "SoftwareVersions", "StationName", "InstitutionName"),
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored"),
    *("HighBit", "PixelRepresentation", "BurnedInAnnotation", "LossyImageCompression", "Laterality"),
    "MagneticFieldStrength",
)
MOST_PIXEL_BYTES = 12 * 1024 * 1024
"""Files travel in frames of 16 MiB: the rest is for what is said of each frame."""


def enhanced_series(
    images: Sequence[Dataset],
    acquisition: Acquisition,
    exposure: Exposure,
    *,
    most_pixel_bytes: int = MOST_PIXEL_BYTES,
) -> list[Dataset]:
    """One object (with file meta) for each series among the classic `images` of one acquisition.

    A series larger than `most_pixel_bytes` becomes several objects, a concatenation (C.7.6.16.2.2.4): files
    travel whole, in frames of limited size.
    """
    series: dict[str, list[Dataset]] = {}
    for image in images:
        series.setdefault(str(image.SeriesInstanceUID), []).append(image)
    parts: list[list[Dataset]] = []
    places: dict[str, tuple[int, int, int]] = {}
    frames: dict[str, tuple[str, int]] = {}
    for uid, own in series.items():
        places |= _places(own)
        each = max(1, most_pixel_bytes // len(own[0].PixelData))
        for number, start in enumerate(range(0, len(own), each), 1):
            part = own[start : start + each]
            parts.append(part)
            frames |= {str(i.SOPInstanceUID): (f"{uid}.{number}", n) for n, i in enumerate(part, 1)}
    source = Source(acquisition, exposure, places, frames)
    objects = [_object(part, source) for part in parts]
    _concatenate(objects)
    return objects


def _concatenate(objects: Sequence[Dataset]) -> None:
    for uid in {str(own.SeriesInstanceUID) for own in objects}:
        parts = [own for own in objects if own.SeriesInstanceUID == uid]
        offset = 0
        for number, part in enumerate(parts if len(parts) > 1 else (), 1):
            part.ConcatenationUID = f"{uid}.0.0.1"
            part.SOPInstanceUIDOfConcatenationSource = f"{uid}.0.0.2"
            part.InConcatenationNumber, part.InConcatenationTotalNumber = number, len(parts)
            part.ConcatenationFrameOffsetNumber = offset
            offset += int(part.NumberOfFrames)


def _object(images: Sequence[Dataset], source: Source) -> Dataset:
    first, acquisition = images[0], source.acquisition
    made = Dataset()
    for keyword in _SHARED_WITH_CLASSIC:
        if keyword in first:
            setattr(made, keyword, first[keyword].value)
    made.SOPClassUID = EnhancedMRImageStorage
    made.SOPInstanceUID = source.frames[str(first.SOPInstanceUID)][0]
    made.InstanceNumber = int(made.SOPInstanceUID.rpartition(".")[2])
    _enhanced_image(made, images, acquisition)
    synchronisation(made, acquisition)
    if first.ImageType[0] == "ORIGINAL":
        pulse_sequence(made, acquisition)
    else:
        made.SourceImageEvidenceSequence = [_evidence(images, source)]
    made.NumberOfFrames = len(images)
    made.AcquisitionContextSequence = []
    _dimensions(made)
    made.SharedFunctionalGroupsSequence = [shared_groups(first, source)]
    made.PerFrameFunctionalGroupsSequence = [frame_groups(image, source) for image in images]
    made.PixelData = b"".join(image.PixelData for image in images)
    made.file_meta = _file_meta(made, first)
    return made


def _enhanced_image(made: Dataset, images: Sequence[Dataset], acquisition: Acquisition) -> None:
    """Enhanced MR Image module (C.8.13.1)."""
    first = images[0]
    made.ImageType = frame_type(first, acquisition)
    made.ImageComments = first.ImageComments
    made.AcquisitionDateTime = f"{first.AcquisitionDate}{first.AcquisitionTime}"
    made.AcquisitionDuration = round(acquisition.plan.duration_s * 1000, 3)
    made.ResonantNucleus = "1H"
    made.KSpaceFiltering = "TUKEY"
    made.ContentQualification = "RESEARCH"
    made.ApplicableSafetyStandardAgency = "IEC"
    made.ApplicableSafetyStandardDescription = "IEC 60601-2-33, predicted for a simulated patient"
    made.PresentationLUTShape = "IDENTITY"
    description(made, first, acquisition)
    if any("ContrastBolusAgent" in image for image in images):
        made.ContrastBolusAgentSequence = [_agent()]


def _agent() -> Dataset:
    agent = coded(Code("418816003", "SCT", "Gadobutrol"))
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAdministrationRouteSequence = [coded(Code("47625008", "SCT", "Intravenous route"))]
    agent.ContrastBolusIngredientCodeSequence = [coded(Code("45215004", "SCT", "Gadolinium"))]
    agent.ContrastBolusVolume = None
    agent.ContrastBolusIngredientConcentration = None
    return agent


# ---------------------------------------------------------------- dimensions


def _dimensions(made: Dataset) -> None:
    """Frames are ordered by contrast (stack of slices), then by place in it (C.7.6.17)."""
    uid = f"{made.SeriesInstanceUID}.0"
    organisation = Dataset()
    organisation.DimensionOrganizationUID = uid
    made.DimensionOrganizationSequence = [organisation]
    made.DimensionIndexSequence = [
        _dimension(uid, 0x00209056, "Stack: pictures of one kind"),  # StackID
        _dimension(uid, 0x00209057, "Place in the stack"),  # InStackPositionNumber
        _dimension(uid, 0x00209128, "Time or weighting"),  # TemporalPositionIndex
    ]


def _dimension(uid: str, pointer: int, label: str) -> Dataset:
    item = Dataset()
    item.DimensionOrganizationUID = uid
    item.DimensionIndexPointer = pointer
    item.FunctionalGroupPointer = 0x00209111  # FrameContentSequence
    item.DimensionDescriptionLabel = label
    return item


def _places(images: Sequence[Dataset]) -> dict[str, tuple[int, int, int]]:
    """Of each image: its stack (one direction of slices), place in it, and which picture of that place."""
    directions: dict[str, int] = {}
    places: dict[tuple[int, float], int] = {}
    stack_of = {}
    for image in images:
        stack_of[str(image.SOPInstanceUID)] = directions.setdefault(
            str(image.ImageOrientationPatient), len(directions) + 1
        )
    keys = {(stack_of[str(image.SOPInstanceUID)], float(image.SliceLocation)) for image in images}
    counts: dict[int, int] = {}
    for key in sorted(keys):
        counts[key[0]] = places[key] = counts.get(key[0], 0) + 1
    seen: dict[tuple[int, float], int] = {}
    found = {}
    for image in images:
        key = (stack_of[str(image.SOPInstanceUID)], float(image.SliceLocation))
        seen[key] = seen.get(key, 0) + 1
        found[str(image.SOPInstanceUID)] = (key[0], places[key], seen[key])
    return found


def _evidence(images: Sequence[Dataset], source: Source) -> Dataset:
    """The objects that derived pictures were made of, in their study and series."""
    references = (reference for image in images for reference in image.SourceImageSequence)
    series, study = Dataset(), Dataset()
    series.ReferencedSOPSequence = []
    for uid in dict.fromkeys(source.frames[str(own.ReferencedSOPInstanceUID)][0] for own in references):
        named = Dataset()
        named.ReferencedSOPClassUID, named.ReferencedSOPInstanceUID = EnhancedMRImageStorage, uid
        series.ReferencedSOPSequence.append(named)
        series.SeriesInstanceUID = uid.rpartition(".")[0]
    study.StudyInstanceUID = images[0].StudyInstanceUID
    study.ReferencedSeriesSequence = [series]
    return study


def _file_meta(made: Dataset, classic: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.update(classic.file_meta)
    meta.MediaStorageSOPClassUID = made.SOPClassUID
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return meta
