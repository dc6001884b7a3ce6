"""The two messages of enrolment, on a listener of its own, open only while an invitation is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.findings import Findings
from mr_contract.model import Model, ShortText

ENROLMENT_PROTOCOL = 1


class EnrolRequest(Model):
    """Sent only after the authority's fingerprint in the code matched the peer's certificate chain."""

    kind: Literal["enrol_request"] = "enrol_request"
    protocol: int
    secret: Annotated[str, Field(max_length=64)]
    csr_pem: Annotated[str, Field(max_length=4096)]


class Enrolled(Model):
    """The device's certificate and the authority's."""

    kind: Literal["enrolled"] = "enrolled"
    site: ShortText
    certificate_pem: Annotated[str, Field(max_length=8192)]
    authority_pem: Annotated[str, Field(max_length=8192)]
    control_port: Annotated[int, Field(ge=1, le=65535)]


class EnrolRefused(Model):
    kind: Literal["enrol_refused"] = "enrol_refused"
    findings: Findings
