"""Acquisitions of a protocol's steps with other values, on the head as it is planned."""

from __future__ import annotations

from collections.abc import Mapping

from simulated_mri.acquisition import Acquisition, Exam, Prescription
from simulated_mri.geometry import Placement, replan
from simulated_mri.hardware import Hardware
from simulated_mri.protocols import ProtocolStep
from simulated_mri.sequences import Value
from simulated_mri.subjects.head import load_head


def acquisition_of(step: ProtocolStep, changes: Mapping[str, Value], seed: int = 1) -> Acquisition:
    """Begun; its slices follow number, spacing and thickness."""
    values = {**step.values, **changes}
    groups = replan(
        step.groups,
        slice_count=int(values["slice_count"]),
        slice_spacing_mm=float(values["slice_spacing_mm"]),
        slice_thickness_mm=float(values["slice_thickness_mm"]),
    )
    exam = Exam(load_head(), Placement(), Hardware())
    return Acquisition(Prescription(step.sequence, values, groups), exam, seed)
