"""A corrected copy of a DICOM image: who or which side it is of was registered wrongly.

Rules upheld here:
- A copy is another instance, of another series: it never stands for the original under the original's name.
- Only who the patient is, which order and which side are changed. What was before is in the copy's Original
  Attributes Sequence (PS3.3 C.12.1.1.9) with the reason CORRECT; earlier items of it are kept.
- Made twice, it is the same: its identifiers follow from the correction's id and the original's identifiers.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from local_agent.dicom.agreed import NotCorrectable, Right
from mr_contract.vocabulary import Side

_LATERALITY = {Side.LEFT: "L", Side.RIGHT: "R"}
_OF_INSTANCE = ("SOPInstanceUID", "SeriesInstanceUID")
_OF_STUDY = ("StudyInstanceUID", "FrameOfReferenceUID")
_LEFT_EMPTY = ("ReferringPhysicianName", "StudyID")
"""Required, and of the other order: left empty."""
_OF_THE_OTHER = (
    *("AdditionalPatientHistory", "AdmissionID", "IssuerOfPatientID", "OtherPatientIDsSequence"),
    *("OtherPatientNames", "PatientAddress", "PatientAge", "PatientComments", "ReferencedStudySequence"),
    *("ReferencedPerformedProcedureStepSequence", "RequestAttributesSequence"),
    *("RequestedProcedureDescription", "RequestedProcedureID"),
)
"""What else tells of the other patient or order, and is not known of the right one: removed."""
_RECORDS = "OriginalAttributesSequence"


def corrected(originals: Mapping[str, bytes], right: Right) -> dict[tuple[str, str], bytes]:
    """Copies of all originals, by series and file name; `originals` by any name, in order.

    Raises:
        NotCorrectable: one of them is not DICOM.
    """
    images = {name: _read(name, payload) for name, payload in originals.items()}
    uids = _new_uids(images.values(), right)
    copies: dict[tuple[str, str], bytes] = {}
    counts: dict[str, int] = {}
    for image in images.values():
        copy = _corrected(image, right, uids)
        series = str(copy.SeriesInstanceUID)
        counts[series] = counts.get(series, 0) + 1
        buffer = io.BytesIO()
        copy.save_as(buffer, enforce_file_format=True)
        copies[series, f"{counts[series]:04d}.dcm"] = buffer.getvalue()
    return copies


def _read(name: str, payload: bytes) -> Dataset:
    try:
        return pydicom.dcmread(io.BytesIO(payload))
    except (InvalidDicomError, EOFError) as error:
        raise NotCorrectable(f"{name} is not a DICOM image") from error


def _new_uids(images: Iterable[Dataset], right: Right) -> dict[str, str]:
    """Old → new. Another patient or order is another study; another side is another series of the same."""
    names = _OF_INSTANCE + (_OF_STUDY if right.item is not None else ())
    old = {str(image.get(name)) for image in images for name in names if name in image}
    return {uid: _uid(f"{right.correction_id} {uid}") for uid in sorted(old)}


def _uid(of: str) -> str:
    """Under 2.25, from 128 bits of a digest (PS3.5 B.2)."""
    return UID(f"2.25.{int.from_bytes(hashlib.sha256(of.encode()).digest()[:16])}")


def _corrected(image: Dataset, right: Right, uids: Mapping[str, str]) -> Dataset:
    was = {e.keyword: deepcopy(e) for e in image if e.keyword not in {"PixelData", _RECORDS}}
    changes = {**_values(image, right), **_renamed(image, uids)}
    nested = tuple(_nested(image, right, uids))
    for keyword, value in changes.items():
        setattr(image, keyword, value)
    for _, item, keyword, value in nested:
        setattr(item, keyword, value)
    removed = [k for k in _OF_THE_OTHER if k in image] if right.item is not None else []
    for keyword in removed:
        delattr(image, keyword)
    before = Dataset()
    for keyword in (*changes, *removed, *(top for top, _, _, _ in nested)):
        if keyword in was:
            before[keyword] = was[keyword]
        else:
            setattr(before, keyword, "")
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.OriginalAttributesSequence = [*image.get(_RECORDS, ()), _record(before, right)]
    return image


def _values(image: Dataset, right: Right) -> dict[str, str]:
    """What is to stand in the copy; only what differs."""
    wanted: dict[str, str] = {}
    if right.item is not None:
        patient = right.item.patient
        wanted = {
            "PatientName": patient.name,
            "PatientID": patient.patient_id,
            "PatientBirthDate": patient.birth_date.replace("-", ""),
            "PatientSex": patient.sex.value,
            "AccessionNumber": right.item.accession,
            "StudyDescription": right.item.procedure,
        }
        wanted |= {name: "" for name in _LEFT_EMPTY if name in image}
    if "Laterality" in image or (right.side in _LATERALITY and "SharedFunctionalGroupsSequence" not in image):
        wanted["Laterality"] = _LATERALITY.get(right.side, "")
    return {name: value for name, value in wanted.items() if str(image.get(name, "")) != value}


def _renamed(image: Dataset, uids: Mapping[str, str]) -> dict[str, str]:
    known = {name: str(image.get(name)) for name in (*_OF_INSTANCE, *_OF_STUDY) if name in image}
    return {name: uids[uid] for name, uid in known.items() if uid in uids}


def _nested(image: Dataset, right: Right, uids: Mapping[str, str]) -> Iterator[tuple[str, Dataset, str, str]]:
    """What changes within sequences: references to other images of the exam, and the side of a frame.

    Keyword of the sequence at the top, item, keyword, new value.
    """
    laterality = _LATERALITY.get(right.side, "U")
    for element in image:
        if element.VR != "SQ" or element.keyword == _RECORDS:
            continue
        for item in _items(element.value):
            for inner in item:
                value = str(inner.value) if inner.VR in {"UI", "CS"} else ""
                if inner.VR == "UI" and value in uids:
                    yield element.keyword, item, inner.keyword, uids[value]
                elif inner.keyword == "FrameLaterality" and value != laterality:
                    yield element.keyword, item, inner.keyword, laterality


def _items(sequence: Iterable[Dataset]) -> Iterator[Dataset]:
    for item in sequence:
        yield item
        for element in item:
            if element.VR == "SQ":
                yield from _items(element.value)


def _record(before: Dataset, right: Right) -> Dataset:
    item = Dataset()
    item.SourceOfPreviousValues = ""
    item.AttributeModificationDateTime = right.at.strftime("%Y%m%d%H%M%S.%f+0000")
    item.ModifyingSystem = right.system[:64]
    item.ReasonForTheAttributeModification = "CORRECT"
    item.ModifiedAttributesSequence = [before]
    return item
