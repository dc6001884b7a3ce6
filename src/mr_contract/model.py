"""The base of every message, and the bounded types messages are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Model(BaseModel):
    """Frozen, strict, finite: what was not foreseen is refused, never ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$")]
"""A name chosen by a program: scanner, step, command, acquisition, series."""

ParameterKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
"""A protocol parameter, named after its DICOM attribute with its unit as suffix."""

ShortText = Annotated[str, StringConstraints(max_length=160)]
LongText = Annotated[str, StringConstraints(max_length=2000)]
Pin = Annotated[str, Field(pattern=r"^\d{4,8}$", repr=False)]
"""Of one person at one site; never logged, never journalled."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in lower-case hexadecimal."""

ParameterValue = Annotated[float, Field(ge=-1e9, le=1e9)] | Annotated[str, StringConstraints(max_length=48)]
"""A number in the parameter's unit, or one of its choices. Whole numbers travel as numbers too."""

ParameterValues = Annotated[dict[ParameterKey, ParameterValue], Field(max_length=80)]
"""The values of a protocol step by parameter key."""
