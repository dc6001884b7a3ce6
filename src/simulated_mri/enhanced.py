"""Enhanced MR Image Storage: the images of a series as the frames of one object (PS3.3 A.36.2).

Made of the classic images of an acquisition, whose values it repeats: pixels, geometry, exposure and the
marks SIMULATED are the same in both forms, by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.coding import Code
from pydicom.uid import EnhancedMRImageStorage

from simulated_mri.acquisition import Acquisition
from simulated_mri.enhanced_sequence import (
    acquisition_contrast,
    pulse_sequence,
    shared_of_sequence,
    synchronisation,
)
from simulated_mri.exposure import Exposure
from simulated_mri.frames import Frame

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
_REGIONS = {
    "HEAD": Code("69536005", "SCT", "Head"),
    "ABDOMEN": Code("113345001", "SCT", "Abdomen"),
}
_DERIVATION = {
    "DIFFUSION MAP": Code("113041", "DCM", "Apparent Diffusion Coefficient"),
    "PROJECTION IMAGE": Code("113078", "DCM", "Maximum intensity projection"),
    "IMAGE ADDITION": Code("113042", "DCM", "Pixel by pixel addition"),
    "MODULUS SUBTRACT": Code("113062", "DCM", "Pixel by pixel subtraction"),
    "PHASE MAP": Code("113062", "DCM", "Pixel by pixel subtraction"),
    "OTHER": Code("113049", "DCM", "Pixel by pixel mean"),
}
_SOURCE = Code("121322", "DCM", "Source image for image processing operation")
_CONTRAST_OF_KIND = {
    "DIFFUSION MAP": "ADC",
    "PROJECTION IMAGE": "MAXIMUM",
    "IMAGE ADDITION": "ADDITION",
    "MODULUS SUBTRACT": "SUBTRACTION",
    "PHASE MAP": "SUBTRACTION",
    "OTHER": "MEAN",
}


@dataclass(frozen=True, slots=True)
class _Source:
    """`frames`: object and frame number, from 1, of each classic image by its UID."""

    acquisition: Acquisition
    exposure: Exposure
    places: dict[str, tuple[int, int, int]]
    frames: dict[str, tuple[str, int]]


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
    source = _Source(acquisition, exposure, places, frames)
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


def _object(images: Sequence[Dataset], source: _Source) -> Dataset:
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
    made.SharedFunctionalGroupsSequence = [_shared(first, source)]
    made.PerFrameFunctionalGroupsSequence = [_frame(image, source) for image in images]
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
    _description(made, first, acquisition)
    if any("ContrastBolusAgent" in image for image in images):
        made.ContrastBolusAgentSequence = [_agent()]


def _description(to: Dataset, image: Dataset, acquisition: Acquisition) -> None:
    """What both the object and each frame say of themselves (C.8.13.3.1)."""
    to.PixelPresentation = "MONOCHROME"
    projected = "PROJECTION IMAGE" in image.ImageType
    to.VolumetricProperties = "DISTORTED" if projected else "VOLUME"
    to.VolumeBasedCalculationTechnique = "MAX_IP" if projected else "NONE"
    to.ComplexImageComponent = "PHASE" if "PHASE MAP" in image.ImageType else "MAGNITUDE"
    to.AcquisitionContrast = acquisition_contrast(acquisition)


def frame_type(image: Dataset, acquisition: Acquisition) -> list[str]:
    """The four values of ImageType and FrameType (C.8.16.1); the third says what kind of picture it is."""
    origin, kind = str(image.ImageType[0]), str(image.ImageType[2])
    flavour = {
        "localizer": "LOCALIZER",
        "epi_dwi": "DIFFUSION",
        "bolus": "PERFUSION",
        "stir": "STIR",
        "flair": "FLUID_ATTENUATED",
        "gre_t2star": "T2_STAR",
    }.get(acquisition.prescription.sequence, "VOLUME")
    if kind == "PROJECTION IMAGE":
        flavour = "MAX_IP"
    contrast = "NONE" if origin == "ORIGINAL" else _CONTRAST_OF_KIND[kind]
    return [origin, "PRIMARY", flavour, contrast]


def _agent() -> Dataset:
    agent = _coded(Code("418816003", "SCT", "Gadobutrol"))
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAdministrationRouteSequence = [_coded(Code("47625008", "SCT", "Intravenous route"))]
    agent.ContrastBolusIngredientCodeSequence = [_coded(Code("45215004", "SCT", "Gadolinium"))]
    agent.ContrastBolusVolume = None
    agent.ContrastBolusIngredientConcentration = None
    return agent


def _coded(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = (
        code.value,
        code.scheme_designator,
        code.meaning,
    )
    return item


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


# ---------------------------------------------------------------- functional groups


def _group(make: Callable[[Dataset], None]) -> list[Dataset]:
    """A functional group: a sequence of one item."""
    item = Dataset()
    make(item)
    return [item]


def _shared(image: Dataset, source: _Source) -> Dataset:
    groups = Dataset()

    def pixels(item: Dataset) -> None:
        item.PixelSpacing = image.PixelSpacing
        item.SliceThickness = image.SliceThickness
        item.SpacingBetweenSlices = image.SpacingBetweenSlices

    def anatomy(item: Dataset) -> None:
        item.FrameLaterality = str(image.get("Laterality", "U"))
        region = _REGIONS.get(str(image.BodyPartExamined), _REGIONS["HEAD"])
        item.AnatomicRegionSequence = [_coded(region)]

    def values(item: Dataset) -> None:
        item.RescaleIntercept, item.RescaleSlope, item.RescaleType = "0", "1", "US"

    groups.PixelMeasuresSequence = _group(pixels)
    groups.FrameAnatomySequence = _group(anatomy)
    groups.PixelValueTransformationSequence = _group(values)
    shared_of_sequence(groups, image, source.acquisition, source.exposure)
    return groups


def _frame(image: Dataset, source: _Source) -> Dataset:
    groups, acquisition = Dataset(), source.acquisition
    stack, place, time = source.places[str(image.SOPInstanceUID)]
    measured, plan = measured_frame(image, acquisition), acquisition.plan

    def content(item: Dataset) -> None:
        began = datetime.strptime(f"{image.AcquisitionDate}{image.AcquisitionTime}", "%Y%m%d%H%M%S.%f")  # noqa: DTZ007
        began += timedelta(seconds=plan.lead_in_s + (measured.dynamic if measured else 0) * plan.pass_s)
        item.FrameAcquisitionDateTime = item.FrameReferenceDateTime = began.strftime("%Y%m%d%H%M%S.%f")
        item.FrameAcquisitionDuration = round(plan.pass_s * 1000, 3)
        item.StackID, item.InStackPositionNumber, item.TemporalPositionIndex = str(stack), place, time
        item.DimensionIndexValues = [stack, place, time]
        item.FrameComments = image.ImageComments

    def kind(item: Dataset) -> None:
        item.FrameType = frame_type(image, acquisition)
        _description(item, image, acquisition)

    def window(item: Dataset) -> None:
        item.WindowCenter, item.WindowWidth = image.WindowCenter, image.WindowWidth

    def position(item: Dataset) -> None:
        item.ImagePositionPatient = image.ImagePositionPatient

    def orientation(item: Dataset) -> None:
        item.ImageOrientationPatient = image.ImageOrientationPatient

    def echo(item: Dataset) -> None:
        item.EffectiveEchoTime = float(image.EchoTime)

    groups.FrameContentSequence = _group(content)
    groups.PlanePositionSequence = _group(position)
    groups.PlaneOrientationSequence = _group(orientation)
    groups.FrameVOILUTSequence = _group(window)
    groups.MRImageFrameTypeSequence = _group(kind)
    groups.MREchoSequence = _group(echo)
    if acquisition.prescription.sequence == "epi_dwi":
        groups.MRDiffusionSequence = _group(lambda item: _diffusion(item, measured, acquisition))
    if any(frame.after_injection_s is not None for frame in acquisition.frames):
        groups.ContrastBolusUsageSequence = _group(lambda item: _agent_used(item, image))
    if measured is None:
        groups.DerivationImageSequence = [_derivation(image, source)]
    return groups


def measured_frame(image: Dataset, acquisition: Acquisition) -> Frame | None:
    """The frame of a measured image; None of a derived one."""
    if image.ImageType[0] != "ORIGINAL":
        return None
    return acquisition.frames[(int(image.InstanceNumber) - 1) // acquisition.plan.slice_count]


def _diffusion(item: Dataset, measured: Frame | None, acquisition: Acquisition) -> None:
    """A derived picture is of all directions."""
    item.DiffusionBValue = (measured or acquisition.frames[-1]).b_s_per_mm2
    if measured is None:
        item.DiffusionDirectionality = "ISOTROPIC"
    elif measured.b_s_per_mm2 == 0:
        item.DiffusionDirectionality = "NONE"
    else:
        item.DiffusionDirectionality = "DIRECTIONAL"
        direction = Dataset()
        direction.DiffusionGradientOrientation = [float(axis == measured.index - 1) for axis in range(3)]
        item.DiffusionGradientDirectionSequence = [direction]


def _agent_used(item: Dataset, image: Dataset) -> None:
    used = Dataset()
    used.ContrastBolusAgentNumber = 1
    used.ContrastBolusAgentAdministered = "YES" if "ContrastBolusAgent" in image else "NO"
    used.ContrastBolusAgentDetected = used.ContrastBolusAgentAdministered
    item.update(used)


def _evidence(images: Sequence[Dataset], source: _Source) -> Dataset:
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


def _derivation(image: Dataset, source: _Source) -> Dataset:
    item = Dataset()
    item.DerivationDescription = image.DerivationDescription
    item.DerivationCodeSequence = [_coded(_DERIVATION[str(image.ImageType[2])])]
    item.SourceImageSequence = []
    for reference in image.SourceImageSequence:
        object_uid, number = source.frames[str(reference.ReferencedSOPInstanceUID)]
        named = Dataset()
        named.ReferencedSOPClassUID = EnhancedMRImageStorage
        named.ReferencedSOPInstanceUID, named.ReferencedFrameNumber = object_uid, number
        named.PurposeOfReferenceCodeSequence = [_coded(_SOURCE)]
        item.SourceImageSequence.append(named)
    return item


def _file_meta(made: Dataset, classic: Dataset) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.update(classic.file_meta)
    meta.MediaStorageSOPClassUID = made.SOPClassUID
    meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    return meta
