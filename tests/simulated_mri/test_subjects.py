"""Who lies in the scanner looks as they should: lesions, enhancement, breathing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.encoding.matrix import COUNTS_PER_UNIT
from simulated_mri.geometry import Placement, SliceGroup
from simulated_mri.hardware import Hardware
from simulated_mri.motion import Motion, still
from simulated_mri.protocols import PROTOCOLS, ProtocolStep
from simulated_mri.results import results
from simulated_mri.sequences import Value
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.names import SUBJECT_NAMES, SubjectName
from simulated_mri.subjects.subject import Subject
from simulated_mri.tissues import Tissue

STEPS: Mapping[str, ProtocolStep] = {
    f"{protocol.protocol_id}/{step.step_id}": step for protocol in PROTOCOLS for step in protocol.steps
}
Picture = npt.NDArray[np.float64]
CENTRED = Placement()


def axial(z_mm: float, thickness_mm: float = 5.0) -> SliceGroup:
    return SliceGroup("axial", (0.0, 0.0, z_mm), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), 1, 10.0, thickness_mm)


def scan(
    step: str,
    subject: Subject,
    group: SliceGroup,
    *,
    motion: Motion = still,
    placement: Placement = CENTRED,
    **changes: Value,
) -> Acquisition:
    own = STEPS[step]
    values = {
        **own.values, "slice_count": group.slice_count, "slice_spacing_mm": group.slice_spacing_mm,
        "slice_thickness_mm": group.slice_thickness_mm, **changes,
    }  # fmt: skip
    exam = Exam(subject, placement, Hardware(), motion)
    acquisition = Acquisition(Prescription(own.sequence, values, (group,)), exam, seed=1)
    acquisition.acquire(acquisition.plan.shots())
    return acquisition


def density(acquisition: Acquisition, frame: int = 0, index: int = 0) -> Picture:
    return acquisition.picture(index, frame).astype(float) / COUNTS_PER_UNIT


def region(
    acquisition: Acquisition, picture: Picture, place_mm: tuple[float, float], radius_mm: float
) -> float:
    """Mean around a place (left, posterior) of an axial slice centred at the origin."""
    row_mm, column_mm = acquisition.encoding.pixel_spacing_mm
    rows, columns = picture.shape
    y, x = np.indices(picture.shape)
    x_mm, y_mm = (x - columns // 2) * column_mm, (y - rows // 2) * row_mm
    near = np.hypot(x_mm - place_mm[0], y_mm - place_mm[1]) < radius_mm
    return float(picture[near].mean())


def test_plaques_are_bright_in_flair_and_dark_in_t1() -> None:
    subject, plaque, beside = load_subject("head_ms"), (26.0, -6.0), (26.0, 6.0)
    flair = scan("brain_routine/flair_ax", subject, axial(24.0))
    inside, outside = (region(flair, density(flair), place, 2.0) for place in (plaque, beside))
    assert inside > 1.5 * outside
    slab = replace(axial(24.0, 2.0), slice_count=16, slice_spacing_mm=2.0)
    t1 = scan("brain_routine/t1_3d_sag", subject, slab)
    inside, outside = (region(t1, density(t1, index=8), place, 2.0) for place in (plaque, beside))
    assert inside < 0.95 * outside


def test_an_acute_infarct_is_bright_in_the_trace_and_dark_in_the_adc_map() -> None:
    acquisition = scan("brain_stroke/dwi_ax", load_subject("head_infarct"), axial(18.0))
    pictures = {own.name: own.pixels.astype(float) for own in results(acquisition)}
    infarct, mirrored = (-42.0, 0.0), (42.0, 0.0)
    trace, adc = (
        [region(acquisition, pictures[name], place, 6.0) for place in (infarct, mirrored)]
        for name in ("b 1000 trace", "ADC")
    )
    assert trace[0] > 1.3 * trace[1]
    assert adc[0] == pytest.approx(420, abs=40)
    assert adc[1] > 650


def test_a_tumour_takes_up_contrast_agent_and_its_oedema_does_not() -> None:
    slab = replace(axial(26.0, 3.0), slice_count=16, slice_spacing_mm=3.0)
    pictures = {}
    for word in ("NONE", "GIVEN"):
        acquisition = scan("brain_routine/t1_3d_sag", load_subject("head_tumour"), slab, contrast_agent=word)
        pictures[word] = density(acquisition, index=8)
    gained = {
        name: region(acquisition, pictures["GIVEN"], place, 1.5)
        / region(acquisition, pictures["NONE"], place, 1.5)
        for name, place in {"rim": (35.0, -30.0), "oedema": (17.0, -22.0), "white": (-24.0, -24.0)}.items()
    }
    assert gained["rim"] > 1.5
    assert gained["oedema"] == pytest.approx(1.0, abs=0.05)
    assert gained["white"] < 1.15


def test_the_aorta_lights_up_before_the_portal_vein() -> None:
    acquisition = scan(
        "abdomen_dynamic/bolus_cor", load_subject("abdomen"),
        SliceGroup("coronal", (0.0, 38.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, -1.0), 1, 8.0, 8.0),
        acquisition_matrix_read=96, acquisition_matrix_phase=96, dynamics=60,
    )  # fmt: skip
    aorta, cava = (
        [region(acquisition, density(acquisition, frame), place, 3.0) for frame in range(60)]
        for place in ((-8.0, -60.0), (-34.0, -60.0))
    )
    assert max(aorta) > 3 * aorta[0]
    assert np.argmax(np.array(aorta) > 0.5 * max(aorta)) < np.argmax(np.array(cava) > 0.5 * max(cava))


def test_a_breath_moves_the_dome_and_not_the_spine() -> None:
    subject = load_subject("abdomen")
    assert subject.breathing is not None
    dome = subject.breathing([np.array([-60.0]), np.array([-10.0]), np.array([60.0])])
    spine = subject.breathing([np.array([0.0]), np.array([80.0]), np.array([0.0])])
    assert dome[0] > 0.8
    assert spine[0] < 0.05


@pytest.mark.parametrize("name", SUBJECT_NAMES)
def test_no_voxel_holds_more_than_it_can(name: SubjectName) -> None:
    subject = load_subject(name)
    assert len(subject.tissues) == len(subject.fractions)
    total = subject.fractions.sum(0, dtype=np.uint16)
    assert total.max() <= 272  # 255 and the rounding of a sixteenth
    assert set(subject.tissues) <= set(Tissue)
