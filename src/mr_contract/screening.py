"""MR safety screening as it is shown: what was recorded, who signed it and how, and an exception to it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mr_contract.model import Digest, Model, ShortText
from mr_contract.vocabulary import RemoteSignature

MOST_SIGNATURES = 8
MrLevel = Annotated[int, Field(ge=1, le=2)]


class SignatureView(Model):
    """One signature under the screening."""

    name: ShortText
    mr_level: MrLevel
    remote: bool = False
    """Given at a console, not at the tablet."""
    by_video: bool = False
    """A live picture of people at the scanner was being delivered to whoever signed from afar."""


class ExceptionView(Model):
    """A physician's word that the scan must go on although the screening is not complete."""

    name: ShortText
    reason: ShortText


class ScreeningView(Model):
    """The screening of an exam. A signature names its `digest`: what was drawn is what is signed."""

    digest: Digest
    recorded: bool
    implant_free: bool = False
    signatures: Annotated[tuple[SignatureView, ...], Field(max_length=MOST_SIGNATURES)] = ()
    signed: bool = False
    """Two signatures, one of them of Level 2."""
    full_stop: bool = False
    remote_signature: RemoteSignature = RemoteSignature.REFUSED
    exception: ExceptionView | None = None
    exception_possible: bool = False
    """Whether the site's policy lets a physician sign one now."""
