"""What may be done to the simulated scanner from outside: the room's events, and faults to practise with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from mr_contract.model import Model

Seconds = Annotated[float, Field(ge=0.0, le=600.0)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class InjectDoor(Model):
    kind: Literal["door"] = "door"
    open: bool


class InjectCoil(Model):
    """A coil's name: plugged in; null: unplugged."""

    kind: Literal["coil"] = "coil"
    name: Words | None


class InjectTable(Model):
    """The gantry's buttons, or the table unlocked and pushed by hand to `table_mm`."""

    kind: Literal["table"] = "table"
    to: Literal["in", "out", "by_hand"]
    table_mm: Annotated[float, Field(ge=-500.0, le=2000.0)] = 300.0


class InjectBulb(Model):
    kind: Literal["bulb"] = "bulb"
    pressed: bool


class InjectFault(Model):
    """A fault in words; null: it is gone."""

    kind: Literal["fault"] = "fault"
    words: Words | None


class InjectHang(Model):
    """Answer no agent for a while; the scan goes on."""

    kind: Literal["hang"] = "hang"
    seconds: Seconds


class InjectDelayStart(Model):
    """The next accepted start is answered only so much later."""

    kind: Literal["delay_start"] = "delay_start"
    seconds: Seconds


class InjectAcceptLate(Model):
    """The next start is carried out only so much later."""

    kind: Literal["accept_late"] = "accept_late"
    seconds: Seconds


Injection = Annotated[
    InjectDoor
    | InjectCoil
    | InjectTable
    | InjectBulb
    | InjectFault
    | InjectHang
    | InjectDelayStart
    | InjectAcceptLate,
    Field(discriminator="kind"),
]


class Injected(Model):
    """It happened; `number` is the scanner's last event."""

    kind: Literal["injected"] = "injected"
    number: int


class InjectionRefused(Model):
    kind: Literal["injection_refused"] = "injection_refused"
    why: Annotated[str, StringConstraints(max_length=160)]


InjectionReply = Annotated[Injected | InjectionRefused, Field(discriminator="kind")]

INJECTION: TypeAdapter[Injection] = TypeAdapter(Injection)
INJECTION_REPLY: TypeAdapter[InjectionReply] = TypeAdapter(InjectionReply)
