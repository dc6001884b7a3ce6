"""The shipped Colin27 head; its origin is the centre of the head (see ATTRIBUTION.md)."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from simulated_mri.encoding.coils import HEAD_ARRAY
from simulated_mri.subjects.shared import shared
from simulated_mri.subjects.subject import FieldMap, Subject, TransmitField

# Dielectric brightening of a head at 3 T: about +18 % in the middle, −18 % at the temples.
HEAD_TRANSMIT = TransmitField(edge=0.80, bell=0.38, widths_mm=(85.0, 100.0, 100.0))


def _field_map() -> FieldMap | None:
    """What `build_field` made of the head; without the file, an even field."""
    path = files("simulated_mri") / "subjects" / "head_field.npz"
    if not path.is_file():
        return None
    with as_file(path) as file, np.load(file) as stored:
        ppm = stored["levels"].astype(np.float32) * np.float32(stored["step_ppm"])
        return FieldMap(ppm, float(stored["spacing_mm"]), stored["first_mm"])


@cache
def load_head() -> Subject:
    """Read once per process; its 57 MB are shared between processes."""
    with as_file(files("simulated_mri") / "subjects" / "head_colin27.npz") as path, np.load(path) as stored:
        return Subject(
            shared("head", lambda: stored["fractions"]),
            stored["spacing_mm"],
            stored["first_voxel_lps_mm"],
            array=HEAD_ARRAY,
            transmit=HEAD_TRANSMIT,
            field_map=_field_map(),
        )
