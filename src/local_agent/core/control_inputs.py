"""What happens to control, and what must follow from it."""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.control_state import Holder, RemoteControl, Request
from mr_contract.vocabulary import Privilege


@dataclass(frozen=True, slots=True)
class Asked:
    request: Request


@dataclass(frozen=True, slots=True)
class Withdrawn:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Allowed:
    request_id: str
    privileges: frozenset[Privilege]
    at_s: float


@dataclass(frozen=True, slots=True)
class Denied:
    request_id: str
    at_s: float


@dataclass(frozen=True, slots=True)
class LeaseRenewed:
    link: str
    device: str
    beat_at_s: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Released:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Revoked:
    at_s: float


@dataclass(frozen=True, slots=True)
class PatientCut:
    """The local operator wants nobody remote to speak to the patient."""

    at_s: float


@dataclass(frozen=True, slots=True)
class ResumeTouched:
    """`candidates` are the live links; the one of the suspended person's device is taken."""

    candidates: tuple[Holder, ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class LinkGone:
    link: str
    at_s: float


@dataclass(frozen=True, slots=True)
class ExamVoided:
    """The patient changed or the exam was closed: everything is void."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Ticked:
    at_s: float


ControlInput = (
    Asked
    | Withdrawn
    | Allowed
    | Denied
    | LeaseRenewed
    | Released
    | Revoked
    | PatientCut
    | ResumeTouched
    | LinkGone
    | ExamVoided
    | Ticked
)


@dataclass(frozen=True, slots=True)
class AskLocalOperator:
    request: Request


@dataclass(frozen=True, slots=True)
class Granted:
    request: Request
    privileges: frozenset[Privilege]


@dataclass(frozen=True, slots=True)
class Refused:
    request: Request
    by_silence: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """Control is local again. `why` is one of the words of `ControlEnded`."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Lapsed:
    """The lease lapsed: the agreed action is due now."""

    was: RemoteControl


@dataclass(frozen=True, slots=True)
class Resumed:
    holder: Holder


@dataclass(frozen=True, slots=True)
class PatientWithdrawn:
    """This holder may not speak to the patient any more; the rest of the grant stays."""

    holder: Holder


Consequence = AskLocalOperator | Granted | Refused | Ended | Lapsed | Resumed | PatientWithdrawn
