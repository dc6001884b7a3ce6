"""Slice planning: where slices lie, in patient coordinates."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from mr_contract.model import Identifier, Model

_TOLERANCE = 1e-4

Millimetres = Annotated[float, Field(ge=-2000.0, le=2000.0)]
Direction = Annotated[float, Field(ge=-1.0001, le=1.0001)]
PointLps = tuple[Millimetres, Millimetres, Millimetres]
"""Left, posterior, superior in mm (DICOM PS3.3 C.7.6.2.1.1)."""
DirectionLps = tuple[Direction, Direction, Direction]


class SliceGroup(Model):
    """Placement of parallel slices: their common centre and the directions of rows and columns.

    `row` points along increasing column index and `column` along increasing row index, as in DICOM
    Image Orientation (Patient). How many slices, how thick and how far apart are parameters of the
    step, so that one object decides them.
    """

    name: Identifier
    centre_mm: PointLps
    row: DirectionLps
    column: DirectionLps

    @model_validator(mode="after")
    def _orthonormal(self) -> Self:
        for label, vector in (("row", self.row), ("column", self.column)):
            length = math.sqrt(sum(x * x for x in vector))
            if abs(length - 1.0) > _TOLERANCE:
                raise ValueError(f"{label} direction has length {length:.5f}; a unit vector is needed")
        dot = sum(a * b for a, b in zip(self.row, self.column, strict=True))
        if abs(dot) > _TOLERANCE:
            raise ValueError(f"row and column directions are not perpendicular (dot product {dot:.5f})")
        return self

    @property
    def normal(self) -> DirectionLps:
        """Row × column: the direction in which slices are counted."""
        (a, b, c), (d, e, f) = self.row, self.column
        return (b * f - c * e, c * d - a * f, a * e - b * d)


SliceGroups = Annotated[tuple[SliceGroup, ...], Field(min_length=1, max_length=8)]
