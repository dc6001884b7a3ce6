"""Subjects by name."""

from __future__ import annotations

from simulated_mri.subjects.names import SubjectName
from simulated_mri.subjects.subject import Subject


def load_subject(name: SubjectName) -> Subject:
    """The subject of a name; built or read once per process, some seconds at most."""
    match name:
        case "head":
            from simulated_mri.subjects.head import load_head

            return load_head()
        case "head_ms" | "head_tumour" | "head_infarct":
            from simulated_mri.subjects.lesions import load_head_with

            return load_head_with(name)
        case "abdomen":
            from simulated_mri.subjects.abdomen import load_abdomen

            return load_abdomen()
        case "phantom_acr":
            from simulated_mri.subjects.phantom_acr import load_acr

            return load_acr()
