"""One metadata object per parameter: it drives validation *and* the widget that edits it."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field

from mr_contract.model import Model, ParameterKey, ParameterValue, ParameterValues, ShortText


@unique
class ParameterGroup(StrEnum):
    """The card a parameter is shown on."""

    CONTRAST = "contrast"
    GEOMETRY = "geometry"
    RESOLUTION = "resolution"
    SPEED = "speed"
    SAFETY = "safety"


class ParameterSpec(Model):
    """What a parameter is and what it may be right now, as the scanner says.

    A number has `low`, `high`, `step` (0: continuous) and `decimals`; a choice has `choices` and no
    range. `unavailable_because` is empty when the parameter may be edited.
    """

    key: ParameterKey
    label: ShortText
    group: ParameterGroup
    unit: ShortText = ""
    low: float | None = None
    high: float | None = None
    step: float = 0.0
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    choices: Annotated[tuple[ShortText, ...], Field(max_length=64)] = ()
    dicom_keyword: ShortText = ""
    depends_on: Annotated[tuple[ParameterKey, ...], Field(max_length=32)] = ()
    unavailable_because: ShortText = ""


ParameterSpecs = Annotated[tuple[ParameterSpec, ...], Field(max_length=80)]


class ParameterChange(Model):
    """A value the scanner altered so that what was asked could be had, and why."""

    key: ParameterKey
    before: ParameterValue
    after: ParameterValue
    why: ShortText


class Remedy(Model):
    """Changes which, applied together, make the wanted value (or the nearest one) achievable."""

    changes: ParameterValues
    words: ShortText


class Conflict(Model):
    """A wanted value that cannot be had: why, what can, and what to do."""

    key: ParameterKey
    wanted: ParameterValue
    why: ShortText
    remedies: Annotated[tuple[Remedy, ...], Field(max_length=8)] = ()


Changes = Annotated[tuple[ParameterChange, ...], Field(max_length=80)]
Conflicts = Annotated[tuple[Conflict, ...], Field(max_length=80)]
