"""What may be done to the simulated scanner from outside: the room's events, and faults to practise with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter

from mr_contract.model import Model
from mr_contract.vocabulary import BreathCommand, Landmark, PatientPosition
from simulated_mri.patient.sensors import Sensor

Seconds = Annotated[float, Field(ge=0.0, le=600.0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""ISO 639."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class InjectDoor(Model):
    kind: Literal["door"] = "door"
    open: bool


class InjectCoil(Model):
    """A coil's name: plugged in; null or left out: unplugged."""

    kind: Literal["coil"] = "coil"
    name: Words | None = None


class InjectTable(Model):
    """The gantry's buttons, or the table unlocked and pushed by hand to `table_mm`."""

    kind: Literal["table"] = "table"
    to: Literal["in", "out", "by_hand"]
    table_mm: Annotated[float, Field(ge=-500.0, le=2000.0)] = 300.0


class InjectBulb(Model):
    kind: Literal["bulb"] = "bulb"
    pressed: bool


class InjectFault(Model):
    """A fault in words; null or left out: it is gone."""

    kind: Literal["fault"] = "fault"
    words: Words | None = None


class InjectHelium(Model):
    """What the level gauge shows."""

    kind: Literal["helium"] = "helium"
    percent: Annotated[float, Field(ge=0.0, le=100.0)]


class InjectCooling(Model):
    """The cooling of the gradient coil."""

    kind: Literal["cooling"] = "cooling"
    working: bool


class InjectRfAmplifier(Model):
    kind: Literal["rf_amplifier"] = "rf_amplifier"
    working: bool


class InjectEmergencyStop(Model):
    """The electrical emergency stop, not a quench."""

    kind: Literal["emergency_stop"] = "emergency_stop"
    pressed: bool


class InjectPatient(Model):
    """Another character on the table, as fresh as on arrival."""

    kind: Literal["patient"] = "patient"
    heart_rate_per_min: Annotated[float, Field(ge=20.0, le=220.0)] = 68.0
    breaths_per_min: Annotated[float, Field(ge=4.0, le=60.0)] = 14.0
    breath_hold_s: Annotated[float, Field(ge=0.0, le=120.0)] = 24.0
    spo2_percent: Annotated[float, Field(ge=50.0, le=100.0)] = 98.0
    claustrophobia: Share = 0.0
    reaction_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.6
    """From a command over the intercom to the breath."""
    languages: Annotated[tuple[Language, ...], Field(max_length=8)] = ()
    """In which such a command is understood; empty: in all."""
    extrasystoles: Share = 0.0
    """Which share of the heart's beats comes early."""
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1


class InjectMotion(Model):
    """The patient moves now. `size`: degrees of a nod, mm/min of a drift, mm of the others."""

    kind: Literal["motion"] = "motion"
    what: Literal["nod", "cough", "shift", "drift", "pulsation"]
    size: Annotated[float, Field(ge=-45.0, le=45.0)]
    for_s: Annotated[float, Field(gt=0.0, le=3600.0)] | None = None
    """A nod or a shift comes back after so long; null: it stays."""


class InjectTell(Model):
    """What comes to the patient's ears."""

    kind: Literal["tell"] = "tell"
    what: Literal["hold", "breathe", "comfort", "fright"]


class InjectBreathCommand(Model):
    """What the intercom says: obeyed after the reaction time, if in a language that the patient knows."""

    kind: Literal["breath_command"] = "breath_command"
    breath: BreathCommand
    language: Language | None = None
    """Null or left out: not known, and taken for the patient's own."""


class InjectSensor(Model):
    kind: Literal["sensor"] = "sensor"
    sensor: Sensor
    attached: bool


class InjectLying(Model):
    """How the patient really lies, whatever is registered; null: as registered."""

    kind: Literal["lying"] = "lying"
    position: PatientPosition | None = None
    landmark: Landmark | None = None


class InjectContrast(Model):
    """Contrast agent given by hand; the needle beside the vein; a new needle."""

    kind: Literal["contrast"] = "contrast"
    what: Literal["given", "extravasated", "new_needle"]


class InjectImplant(Model):
    """The B1+rms limit on an implant's label, entered at the scanner; null or left out: none."""

    kind: Literal["implant"] = "implant"
    b1_rms_ut: Annotated[float, Field(gt=0.0, le=30.0)] | None = None


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
    | InjectHelium
    | InjectCooling
    | InjectRfAmplifier
    | InjectEmergencyStop
    | InjectPatient
    | InjectMotion
    | InjectTell
    | InjectBreathCommand
    | InjectSensor
    | InjectLying
    | InjectContrast
    | InjectImplant
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
