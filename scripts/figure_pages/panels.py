"""One panel of a figure: a slice scanned by the simulated scanner, from an approved step with changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.geometry import Placement, SliceGroup, Vector
from simulated_mri.hardware import Hardware
from simulated_mri.limits import achieve
from simulated_mri.motion import Motion, still
from simulated_mri.protocols import PROTOCOLS, ProtocolStep
from simulated_mri.results import results
from simulated_mri.sequences import Value, traits
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.subjects.names import SubjectName

Real = npt.NDArray[np.float64]
Plane = Literal["axial", "coronal", "sagittal"]

_STEPS: Mapping[str, ProtocolStep] = {
    f"{protocol.protocol_id}/{step.step_id}": step for protocol in PROTOCOLS for step in protocol.steps
}
_DIRECTIONS: Mapping[Plane, tuple[Vector, Vector]] = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}
_PARTITIONS = 24


@dataclass(frozen=True, slots=True)
class Panel:
    """`result`: the name of the picture among those of the acquisition; empty: the first.

    `share`: how much of the acquisition has been measured. `signed`: zero is grey (maps of the field).
    """

    step: str
    subject: SubjectName = "head"
    plane: Plane = "axial"
    centre_mm: Vector = (0.0, 0.0, 14.0)
    changes: Mapping[str, Value] = field(default_factory=dict)
    hardware: Hardware = field(default_factory=Hardware)
    motion: Motion = still
    placement: Placement = field(default_factory=Placement)
    result: str = ""
    share: float = 1.0
    signed: bool = False


def scanned(panel: Panel) -> Real:
    """The panel's pixels, [row, column]."""
    acquisition = _acquisition(panel)
    shots = round(len(acquisition.plan) * panel.share)
    acquisition.acquire(acquisition.plan.shot(index) for index in range(shots))
    middle = acquisition.plan.slice_count // 2
    for made in results(acquisition):
        if made.slice_index == middle and made.name.startswith(panel.result):
            return made.pixels.astype(np.float64)
    raise LookupError(f"{panel.step} makes no picture {panel.result!r}")


def _acquisition(panel: Panel) -> Acquisition:
    step = _STEPS[panel.step]
    volume = traits(step.sequence).volume
    slices = _PARTITIONS if volume else 1
    achieved = achieve(step.sequence, step.values, {"slice_count": slices, **panel.changes}, panel.hardware)
    if achieved.conflicts:
        raise ValueError(f"{panel.step}: {achieved.conflicts[0].reason}")
    values = achieved.values
    row, column = _DIRECTIONS[panel.plane]
    group = SliceGroup(
        panel.plane, panel.centre_mm, row, column, slices,
        float(values["slice_spacing_mm"]), float(values["slice_thickness_mm"]),
    )  # fmt: skip
    exam = Exam(load_subject(panel.subject), panel.placement, panel.hardware, panel.motion)
    return Acquisition(Prescription(step.sequence, values, (group,)), exam, seed=7)


def beside(panel: Panel, **other: object) -> Panel:
    """The same panel with something else."""
    return replace(panel, **other)  # type: ignore[arg-type]
