"""What may lie in the scanner, by name; nothing heavy is imported for that."""

from __future__ import annotations

from typing import Literal, get_args

SubjectName = Literal["head", "head_ms", "head_tumour", "head_infarct", "abdomen", "phantom_acr"]
SUBJECT_NAMES: tuple[SubjectName, ...] = get_args(SubjectName)
