"""Functional groups of Enhanced MR: what is said of all frames, what of each (PS3.3 C.7.6.16, C.8.13.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from simulated_mri.acquisition import Acquisition
from simulated_mri.enhanced_sequence import acquisition_contrast, shared_of_sequence
from simulated_mri.exposure import Exposure
from simulated_mri.frames import Frame


class Code(NamedTuple):
    """A concept of a coding scheme; the dictionaries of `pydicom.sr` take half a second to import."""

    value: str
    scheme_designator: str
    meaning: str


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
class Source:
    """`frames`: object and frame number, from 1, of each classic image by its UID."""

    acquisition: Acquisition
    exposure: Exposure
    places: dict[str, tuple[int, int, int]]
    frames: dict[str, tuple[str, int]]


def description(to: Dataset, image: Dataset, acquisition: Acquisition) -> None:
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


def coded(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = (
        code.value,
        code.scheme_designator,
        code.meaning,
    )
    return item


def _group(make: Callable[[Dataset], None]) -> list[Dataset]:
    """A functional group: a sequence of one item."""
    item = Dataset()
    make(item)
    return [item]


def shared_groups(image: Dataset, source: Source) -> Dataset:
    groups = Dataset()

    def pixels(item: Dataset) -> None:
        item.PixelSpacing = image.PixelSpacing
        item.SliceThickness = image.SliceThickness
        item.SpacingBetweenSlices = image.SpacingBetweenSlices

    def anatomy(item: Dataset) -> None:
        item.FrameLaterality = str(image.get("Laterality", "U"))
        region = _REGIONS.get(str(image.BodyPartExamined), _REGIONS["HEAD"])
        item.AnatomicRegionSequence = [coded(region)]

    def values(item: Dataset) -> None:
        item.RescaleIntercept, item.RescaleSlope, item.RescaleType = "0", "1", "US"

    groups.PixelMeasuresSequence = _group(pixels)
    groups.FrameAnatomySequence = _group(anatomy)
    groups.PixelValueTransformationSequence = _group(values)
    shared_of_sequence(groups, image, source.acquisition, source.exposure)
    return groups


def frame_groups(image: Dataset, source: Source) -> Dataset:
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
        description(item, image, acquisition)

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


def _derivation(image: Dataset, source: Source) -> Dataset:
    item = Dataset()
    item.DerivationDescription = image.DerivationDescription
    item.DerivationCodeSequence = [coded(_DERIVATION[str(image.ImageType[2])])]
    item.SourceImageSequence = []
    for reference in image.SourceImageSequence:
        object_uid, number = source.frames[str(reference.ReferencedSOPInstanceUID)]
        named = Dataset()
        named.ReferencedSOPClassUID = EnhancedMRImageStorage
        named.ReferencedSOPInstanceUID, named.ReferencedFrameNumber = object_uid, number
        named.PurposeOfReferenceCodeSequence = [coded(_SOURCE)]
        item.SourceImageSequence.append(named)
    return item
