"""Stored files as the desk shows them: classic and Enhanced MR alike, each series of a bundle by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO

import numpy as np
import pytest
from console_scenes import NORTH, A, Play, exam, slice_of, step_view
from pydicom import Dataset, dcmread
from pydicom.uid import JPEG2000Lossless
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mr_contract.bulk_messages import InstanceHeader
from mr_contract.vocabulary import StepState
from remote_console.core.dicom_slices import slices_of
from remote_console.core.images import NotAnImage, SliceImage
from remote_console.core.pictures import Pictures, StepPictures
from remote_console.core.series_list import series_rows, unreadable_words
from remote_console.texts import say
from remote_console.ui.gathering import Gathering
from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.dicom import PatientIdentity, SeriesLabels, StudyLabels, series_datasets
from simulated_mri.enhanced import enhanced_series
from simulated_mri.exposure import Patient, predict
from simulated_mri.geometry import Placement, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import PROTOCOLS
from simulated_mri.sequences import SequenceType
from simulated_mri.subjects.head import load_head

STARTED = datetime(2026, 11, 24, 14, 3, 22, 500000)  # noqa: DTZ001  DICOM times are local to the scanner


def made(sequence: SequenceType) -> tuple[list[bytes], list[bytes]]:
    """The classic files and the enhanced ones of the simulated scanner, of the same two slices."""
    step = next(s for own in PROTOCOLS for s in own.steps if s.sequence == sequence)
    values = {**step.values, "slice_count": 2, "acquisition_matrix_read": 64, "acquisition_matrix_phase": 48}
    groups = replan(
        step.groups, slice_count=2, slice_spacing_mm=float(values["slice_spacing_mm"]),
        slice_thickness_mm=float(values["slice_thickness_mm"]),
    )  # fmt: skip
    hardware = Hardware()
    acquisition = Acquisition(
        Prescription(sequence, values, groups), Exam(load_head(), Placement(), hardware), 1
    )
    acquisition.acquire(acquisition.plan.shot(index) for index in range(len(acquisition.plan)))
    exposure = predict(sequence, values, Patient(82, 175, 68), hardware)
    patient = PatientIdentity("DEMO^Patient-1", "P-1", "19580312", "M", 82.0, 175.0)
    study = StudyLabels("1.2.3.1", "1.2.3.2", "1", "ACC-1", "MR brain", STARTED, "MR 1", "North", "HFS")
    series = SeriesLabels("1.2.3.4", 2, step.name, "Brain routine v4", STARTED, exposure)
    classic = series_datasets(acquisition, hardware, patient, study, series)
    return _files(classic), _files(enhanced_series(classic, acquisition, exposure))


def _files(datasets: Sequence[Dataset]) -> list[bytes]:
    return [_file(dataset) for dataset in datasets]


def _file(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def diffusion() -> tuple[list[bytes], list[bytes]]:
    return made("epi_dwi")


def slices(files: Sequence[bytes]) -> list[SliceImage]:
    found = (slices_of(file, index=n, count=len(files)) for n, file in enumerate(files))
    return [image for own in found for image in own]


def bundle(files: Sequence[bytes]) -> StepPictures:
    """The step's pictures after these files came, damaged ones said."""
    said = exam(step_view("dwi", StepState.STORED)).exam
    assert said is not None
    pictures = Pictures()
    for index, file in enumerate(files):
        header = header_of(index, len(files))
        try:
            for image in slices_of(file, index=index, count=len(files)):
                pictures = pictures.with_instance(A, header, image)
        except NotAnImage as why:
            pictures = pictures.with_unreadable(A, header, why.words)
    return pictures.of_step(A, said, "dwi")


def header_of(index: int, count: int) -> InstanceHeader:
    return InstanceHeader(
        scanner=A.scanner, series_id="series-dwi", index=index, count=count, sha256="0" * 64
    )


def test_a_multi_frame_object_opens_exactly_as_the_classic_images_it_was_made_of(
    diffusion: tuple[list[bytes], list[bytes]],
) -> None:
    classic, enhanced = (bundle(files) for files in diffusion)
    assert len(diffusion[1]) == 3 < len(diffusion[0])
    assert [s.label for s in enhanced.series] == [s.label for s in classic.series]
    for mine, theirs in zip(enhanced.series, classic.series, strict=True):
        for frame, image in zip(mine.images, theirs.images, strict=True):
            assert np.array_equal(frame.pixels, image.pixels)
            for name in (
                "position_mm",
                "row",
                "column",
                "window",
                "row_spacing_mm",
                "column_spacing_mm",
                "marks",
            ):
                assert getattr(frame, name) == getattr(image, name), name


def test_every_series_of_a_bundle_is_an_entry_and_derived_ones_say_so(
    diffusion: tuple[list[bytes], list[bytes]],
) -> None:
    shown = bundle(diffusion[0])
    assert [(row.title, say(row.words), row.looked_at) for row in series_rows(shown)] == [
        ("2 · DWI ax", "measured · 8 images", True),
        ("201 · DWI ax b 1000 trace", "derived · 2 images", False),
        ("202 · DWI ax ADC 10^-6 mm2/s", "derived · 2 images", False),
    ]
    assert [s.images[0].marks for s in shown.series] == [("SIMULATED",), *[("SIMULATED", "DERIVED")] * 2]


def test_a_bundle_of_one_series_has_no_list(diffusion: tuple[list[bytes], list[bytes]]) -> None:
    assert series_rows(bundle(diffusion[1][:1])) == ()


def test_frames_of_one_place_say_their_weighting(diffusion: tuple[list[bytes], list[bytes]]) -> None:
    measured = bundle(diffusion[1]).series[0]
    assert measured.mixed
    weightings = {" · ".join(map(say, image.weighting)) for image in measured.images}
    assert {w.partition(" · ")[2] for w in weightings} == {"b 0 s/mm²", "b 1000 s/mm²"}


def test_classic_images_of_one_place_say_b_value_and_direction(
    diffusion: tuple[list[bytes], list[bytes]],
) -> None:
    """Their kind of object has no attribute for either: both are read from the name of the sequence."""
    shown = bundle(diffusion[0])
    weightings = {" · ".join(map(say, image.weighting)) for image in shown.series[0].images}
    directions = [f"b 1000 s/mm² · direction {number}" for number in (1, 2, 3)]
    assert sorted(w.partition(" · ")[2] for w in weightings) == ["b 0 s/mm²", *directions]
    trace, adc = (series.images[0].weighting for series in shown.series[1:])
    assert [say(words) for words in trace[1:]] == ["b 1000 s/mm²"]
    assert len(adc) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [("*ep_b800#12", "b 800 s/mm² · direction 12"), ("tse b", ""), ("ab12", ""), ("ep b5x", ""), ("", "")],
)
def test_a_b_value_is_read_only_where_a_sequence_name_ends_with_one(
    name: str, said: str, diffusion: tuple[list[bytes], list[bytes]]
) -> None:
    image = dcmread(BytesIO(diffusion[0][0]))
    image.SequenceName = name
    (shown,) = slices_of(_file(image), index=0, count=1)
    assert " · ".join(map(say, shown.weighting)).partition(" · ")[2] == said


def test_negative_values_stay_negative() -> None:
    field = [s for s in slices(made("field_map")[0]) if s.series.derived]
    assert min(int(image.pixels.min()) for image in field) < 0
    assert max(int(image.pixels.max()) for image in field) < 2000


def _cut(dataset: Dataset) -> None:
    dataset.PixelData = dataset.PixelData[:-100]


def _colour(dataset: Dataset) -> None:
    dataset.SamplesPerPixel = 3


def _fewer_frames(dataset: Dataset) -> None:
    dataset.PerFrameFunctionalGroupsSequence.pop()


def _nowhere(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence


def _flat(dataset: Dataset) -> None:
    groups = dataset.PerFrameFunctionalGroupsSequence[0].PlaneOrientationSequence[0]
    groups.ImageOrientationPatient = [1, 0, 0, 1, 0, 0]


def _no_groups(dataset: Dataset) -> None:
    del dataset.PerFrameFunctionalGroupsSequence


def _no_pixels(dataset: Dataset) -> None:
    del dataset.PixelData


def _vast(dataset: Dataset) -> None:
    dataset.Rows = dataset.Columns = 60000


def _compressed(dataset: Dataset) -> None:
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00abcd"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_cut, "its pixels are damaged or cut off"),
        (_colour, "it is in colour; only grey images are shown"),
        (_fewer_frames, "it says 8 frames and describes 7"),
        (_nowhere, "it lacks ImagePositionPatient"),
        (_flat, "its place in the patient cannot be"),
        (_no_groups, "its frames have no place in the patient"),
        (_no_pixels, "there is no image in it"),
        (_vast, "it claims to be larger than any series"),
        (_compressed, "this desk cannot read its compression (JPEG 2000 Image Compression (Lossless Only))"),
    ],
)
def test_a_bad_multi_frame_file_says_which_and_why(
    diffusion: tuple[list[bytes], list[bytes]], spoil: Callable[[Dataset], None], why: str
) -> None:
    dataset = dcmread(BytesIO(diffusion[1][0]))
    spoil(dataset)
    with pytest.raises(NotAnImage) as caught:
        slices_of(_file(dataset), index=0, count=3)
    assert say(caught.value.words) == str(caught.value) == f"Image 1 of 3: {why}"


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_whatever_is_altered_in_a_file_it_is_shown_or_said_never_a_fault(
    diffusion: tuple[list[bytes], list[bytes]],
) -> None:
    chance = random.Random(20261124)
    shown = 0
    for _ in range(200):
        file = bytearray(chance.choice([*diffusion[0][:1], *diffusion[1]]))
        described = file.index(b"\xe0\x7f\x10\x00")  # up to the pixels
        for _ in range(chance.randint(1, 4)):
            file[chance.randrange(described)] = chance.randrange(256)
        try:
            shown += len(slices_of(bytes(file), index=0, count=1))
        except NotAnImage:
            continue
    assert shown > 0


def test_bytes_that_are_no_dicom_are_no_image() -> None:
    with pytest.raises(NotAnImage, match="Image 2 of 3: it is not a DICOM file"):
        slices_of(b"not dicom at all", index=1, count=3)


def test_a_file_that_cannot_be_shown_is_said_beside_the_others(
    diffusion: tuple[list[bytes], list[bytes]],
) -> None:
    shown = bundle([diffusion[1][0], b"torn", b"torn"])
    assert [len(s.images) for s in shown.series] == [8]
    assert [say(words) for words in unreadable_words(shown)] == [
        "2 files of this series cannot be shown", "Image 2 of 3: it is not a DICOM file",
    ]  # fmt: skip


def test_series_make_room_for_others_and_are_asked_for_again_with_their_step(
    play: Play, diffusion: tuple[list[bytes], list[bytes]]
) -> None:
    play.in_control()
    stored = tuple(step_view(name, StepState.STORED) for name in ("localizer", "dwi", "t2"))
    play.say(A, exam(*stored))
    gathering = Gathering(
        play.desk, lambda: play.conductor.state, lambda *_, **__: None, play.clock, most_image_bytes=1000
    )
    play.desk.fetched.clear()
    asked: list[list[str]] = []
    for step in ("dwi", "t2", "dwi"):
        play.conductor.choose_step(step)
        play.desk.fetched.clear()
        gathering.ask_for_missing()
        asked.append([series for _, _, series in play.desk.fetched])
        for image in slices_of(diffusion[1][0], index=0, count=1):
            for series in asked[-1]:
                header = header_of(0, 1).model_copy(update={"series_id": series})
                gathering.take_frame(NORTH, header, image)
    assert asked == [["series-localizer", "series-dwi"], ["series-t2"], ["series-dwi"]]
    assert {series for _, series in gathering.pictures.series} == {"series-localizer", "series-dwi"}


def test_stored_images_take_the_place_of_previews_where_a_person_looks(
    play: Play, diffusion: tuple[list[bytes], list[bytes]]
) -> None:
    play.in_control()
    play.conductor.open_series("dwi")
    for index in range(3):
        play.signals.frame.emit(NORTH, *slice_of("dwi", index))
    play.conductor.show()
    view = play.window.images.series
    view.go_to(2)
    play.window.images.change_window(0.5, 0.0)
    chosen = view.window_in_use
    for image in slices_of(diffusion[1][0], index=0, count=3):
        play.signals.frame.emit(NORTH, header_of(0, 3), image)
    play.conductor.show()
    assert (view.count, view.index, view.window_in_use) == (8, 2, chosen)


def test_keys_and_mouse_go_from_series_to_series_each_in_its_own_window(
    play: Play, diffusion: tuple[list[bytes], list[bytes]]
) -> None:
    play.in_control()
    play.say(A, exam(step_view("localizer", StepState.STORED), step_view("dwi", StepState.STORED)))
    play.conductor.open_series("dwi")
    for index, file in enumerate(diffusion[1]):
        for image in slices_of(file, index=index, count=3):
            play.signals.frame.emit(NORTH, header_of(index, 3), image)
    play.signals.unreadable.emit(NORTH, header_of(2, 4), bundle([b"torn"]).unreadable[0])
    play.conductor.show()
    area = play.window.images
    assert (area.series.count, area.series_list.count()) == (8, 3)
    assert area.unreadable.text().startswith("A file of this series cannot be shown")
    area.change_window(0.5, 0.0)
    area.series.setFocus()
    QTest.keyClick(area.series, Qt.Key.Key_PageDown)
    QTest.keyClick(area.series, Qt.Key.Key_PageDown)
    assert (area.series.title, area.series.count) == ("202 · DWI ax ADC 10^-6 mm2/s", 2)
    assert area.series.image is not None
    assert area.series.window_in_use == area.series.image.window
    area.series_list.setCurrentRow(0)
    assert area.series.title == "2 · DWI ax"
