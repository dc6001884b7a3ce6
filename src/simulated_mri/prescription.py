"""What is to be acquired: a sequence, its achieved values, its slices."""

from __future__ import annotations

from dataclasses import dataclass

from simulated_mri.geometry import SliceGroup
from simulated_mri.sequences import SequenceType, Values, traits


@dataclass(frozen=True, slots=True)
class Prescription:
    """A sequence with achieved values and its slices; the groups' slices add up to `slice_count`."""

    sequence: SequenceType
    values: Values
    groups: tuple[SliceGroup, ...]

    def __post_init__(self) -> None:
        slices = sum(group.slice_count for group in self.groups)
        if slices != self.values["slice_count"]:
            raise ValueError(f"{slices} slices are planned but slice_count is {self.values['slice_count']}")
        if traits(self.sequence).volume and len(self.groups) != 1:
            raise ValueError("a 3D sequence has exactly one slab")

    def slice_at(self, index: int) -> tuple[SliceGroup, int]:
        """The group of a slice, and the slice's number within it."""
        for group in self.groups:
            if index < group.slice_count:
                return group, index
            index -= group.slice_count
        raise IndexError("there is no such slice")
