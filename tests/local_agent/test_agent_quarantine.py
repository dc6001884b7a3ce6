"""Images in quarantine on the disk, and the corrected copies: real DICOM of the simulated scanner's kind."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage

from local_agent.dicom.agreed import NotCorrectable, Right
from local_agent.dicom.archive import Archive, ArchiveError
from local_agent.dicom.correcting import corrected
from mr_contract.exam import PatientIdentity, WorklistItem
from mr_contract.scanner_messages import ScannerInstance
from mr_contract.vocabulary import Sex, Side

AT = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
ITEM = WorklistItem(
    item_id="w2", accession="ACC-2", procedure="MR knee right", side=Side.RIGHT, scheduled_at=AT,
    patient=PatientIdentity(patient_id="P-2", name="Right^Person", birth_date="1980-02-03", sex=Sex.FEMALE),
)  # fmt: skip


def image(series: str, number: int) -> bytes:
    made = Dataset()
    made.SOPClassUID = MRImageStorage
    made.SOPInstanceUID = f"{series}.{number}"
    made.SeriesInstanceUID = series
    made.StudyInstanceUID, made.FrameOfReferenceUID = "2.25.7", "2.25.8"
    made.PatientName, made.PatientID = "Wrong^Person", "P-1"
    made.PatientBirthDate, made.PatientSex = "19700101", "M"
    made.PatientAge, made.StudyID, made.ReferringPhysicianName = "056Y", "S-1", "Doc^A"
    made.AccessionNumber, made.StudyDescription, made.Laterality = "ACC-1", "MR knee left", "L"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = MRImageStorage, f"{series}.1"
    made.ReferencedImageSequence = [reference]
    made.Rows = made.Columns = 2
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = 15, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = bytes([number] * 8)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


ORIGINALS = {f"2.25.1{s}/{n:04d}.dcm": image(f"2.25.1{s}", n) for s in (1, 2) for n in (1, 2)}


def right(item: WorklistItem | None = ITEM, side: Side = Side.RIGHT) -> Right:
    return Right("correction-1", item, side, "local-agent 1, North", AT)


def read(payload: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(payload))


def test_a_copy_is_of_the_right_patient_and_says_what_it_was() -> None:
    copies = corrected(ORIGINALS, right())
    assert len(copies) == len(ORIGINALS)
    for payload in copies.values():
        copy = read(payload)
        assert (copy.PatientName, copy.PatientID, copy.AccessionNumber) == ("Right^Person", "P-2", "ACC-2")
        assert (copy.PatientBirthDate, copy.PatientSex, copy.Laterality) == ("19800203", "F", "R")
        assert "PatientAge" not in copy
        assert (copy.StudyID, copy.ReferringPhysicianName) == ("", "")
        (record,) = copy.OriginalAttributesSequence
        assert record.ReasonForTheAttributeModification == "CORRECT"
        assert record.ModifyingSystem == "local-agent 1, North"
        assert record.AttributeModificationDateTime == "20261124153000.000000+0000"
        (before,) = record.ModifiedAttributesSequence
        assert (before.PatientName, before.PatientID, before.PatientAge) == ("Wrong^Person", "P-1", "056Y")
        assert (before.Laterality, before.StudyInstanceUID) == ("L", "2.25.7")
        assert "PixelData" not in before


def test_a_copy_never_bears_an_identifier_of_the_original_and_refers_to_copies() -> None:
    old = {str(read(p).SOPInstanceUID) for p in ORIGINALS.values()} | {
        "2.25.11",
        "2.25.12",
        "2.25.7",
        "2.25.8",
    }
    copies = [read(p) for p in corrected(ORIGINALS, right()).values()]
    new = {str(c.SOPInstanceUID) for c in copies}
    assert len(new) == len(copies)
    assert len({str(c.SeriesInstanceUID) for c in copies}) == 2
    assert len({str(c.StudyInstanceUID) for c in copies}) == 1
    for copy in copies:
        of_copy = {
            copy.SOPInstanceUID,
            copy.SeriesInstanceUID,
            copy.StudyInstanceUID,
            copy.FrameOfReferenceUID,
        }
        assert not old & of_copy
        assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID
        assert copy.ReferencedImageSequence[0].ReferencedSOPInstanceUID in new
        before = copy.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]
        assert before.ReferencedImageSequence[0].ReferencedSOPInstanceUID in old


def test_the_pixels_of_a_copy_are_those_of_its_original_and_it_is_the_same_made_twice() -> None:
    first, second = corrected(ORIGINALS, right()), corrected(ORIGINALS, right())
    assert first == second
    pixels = [read(p).PixelData for p in first.values()]
    assert pixels == [read(p).PixelData for p in ORIGINALS.values()]


def test_of_a_wrong_side_only_the_side_changes_and_the_study_stays() -> None:
    for payload in corrected(ORIGINALS, right(None)).values():
        copy = read(payload)
        assert (copy.PatientID, copy.AccessionNumber, copy.StudyInstanceUID) == ("P-1", "ACC-1", "2.25.7")
        assert (copy.Laterality, copy.PatientAge) == ("R", "056Y")
        before = copy.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]
        assert {e.keyword for e in before} == {
            "Laterality", "SOPInstanceUID", "SeriesInstanceUID", "ReferencedImageSequence"
        }  # fmt: skip


def test_an_earlier_record_of_changes_is_kept() -> None:
    once = corrected(ORIGINALS, right(None))
    again = corrected({f"{a}/{b}": p for (a, b), p in once.items()}, right())
    assert [len(read(p).OriginalAttributesSequence) for p in again.values()] == [2, 2, 2, 2]


def test_what_is_no_image_is_not_corrected() -> None:
    with pytest.raises(NotCorrectable, match="no image"):
        corrected({"no image": b"not DICOM"}, right())


# ------------------------------------------------------------------ on the disk


def put(archive: Archive, index: int, payload: bytes, exam_id: str = "exam-1") -> None:
    digest = hashlib.sha256(payload).hexdigest()
    header = ScannerInstance(series_id="2.25.1", exam_id=exam_id, index=index, count=3, sha256=digest)
    archive.store(header, payload)


def test_images_go_into_quarantine_under_their_names_and_later_ones_follow(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    put(archive, 0, b"one")
    archive.withhold("exam-1")
    put(archive, 1, b"two")
    assert archive.files("2.25.1") == ()
    assert not (tmp_path / "archive" / "exam-1").exists()
    kept = tmp_path / "archive-quarantine" / "exam-1" / "2.25.1"
    assert {f.name: f.read_bytes() for f in kept.iterdir()} == {"0001.dcm": b"one", "0002.dcm": b"two"}
    assert [p.name for p in archive.originals("exam-1")] == ["0001.dcm", "0002.dcm"]


def test_an_archive_opened_anew_still_knows_what_is_in_quarantine(tmp_path: Path) -> None:
    first = Archive(tmp_path / "archive")
    first.withhold("exam-1")
    again = Archive(tmp_path / "archive")
    put(again, 0, b"late")
    assert again.files("2.25.1") == ()
    assert [p.read_bytes() for p in again.originals("exam-1")] == [b"late"]


def test_an_image_of_the_same_name_is_kept_beside_the_other(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    put(archive, 0, b"one")
    beside = tmp_path / "archive-quarantine" / "exam-1" / "2.25.1"
    beside.mkdir(parents=True)
    (beside / "0001.dcm").write_bytes(b"there before")
    archive.withhold("exam-1")
    assert sorted(p.read_bytes() for p in archive.originals("exam-1")) == [b"one", b"there before"]
    assert not (tmp_path / "archive" / "exam-1").exists()


def test_what_the_disk_cannot_move_is_given_out_to_nobody_all_the_same(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    put(archive, 0, b"one")
    (tmp_path / "archive-quarantine" / "exam-1").write_bytes(b"in the way")
    with pytest.raises(ArchiveError, match="cannot be moved"):
        archive.withhold("exam-1")
    assert archive.files("2.25.1") == ()


def test_copies_are_published_whole_beside_the_originals(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    put(archive, 0, b"one")
    archive.withhold("exam-1")
    for _ in range(2):  # as after a crash between writing and saying so
        archive.publish("correction-1", {("2.25.9", "0001.dcm"): b"copy"})
    assert [p.read_bytes() for p in archive.files("2.25.9")] == [b"copy"]
    assert [p.read_bytes() for p in archive.originals("exam-1")] == [b"one"]
    archive.withhold("correction-1")
    assert archive.files("2.25.9") == ()
