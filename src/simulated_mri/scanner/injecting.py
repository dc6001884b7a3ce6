"""From an injection to what it does: the one way for the socket, the command line and scenarios."""

from __future__ import annotations

import logging
from typing import assert_never

from simulated_mri.motion import Cough, Drift, Motion, Nod, Pulsation, Slip
from simulated_mri.patient.body import Character
from simulated_mri.scanner.inject_messages import (
    InjectAcceptLate,
    InjectBreathCommand,
    InjectBulb,
    InjectCoil,
    InjectContrast,
    InjectCooling,
    InjectDelayStart,
    InjectDoor,
    InjectEmergencyStop,
    InjectFault,
    InjectHang,
    InjectHelium,
    InjectImplant,
    Injection,
    InjectLying,
    InjectMotion,
    InjectPatient,
    InjectRfAmplifier,
    InjectSensor,
    InjectTable,
    InjectTell,
)
from simulated_mri.scanner.inputs import (
    BodyInput,
    BreathCommanded,
    BulbLetGo,
    BulbSqueezed,
    CoilPlugged,
    ContrastHappened,
    DoorSwung,
    FaultAppeared,
    FaultGone,
    HeliumRead,
    ImplantLabelled,
    PatientIs,
    PatientLies,
    PatientMoved,
    PatientTold,
    RoomInput,
    SensorAttached,
    TableButton,
    TablePushed,
)
from simulated_mri.scanner.room import COOLING, EMERGENCY_STOP
from simulated_mri.scanner.shell import SimulatedScanner
from simulated_mri.scanner.state import Lying

_LOGGER = logging.getLogger(__name__)
RoomInjection = (
    InjectDoor
    | InjectCoil
    | InjectTable
    | InjectBulb
    | InjectFault
    | InjectHelium
    | InjectCooling
    | InjectRfAmplifier
    | InjectEmergencyStop
)


def carry_out(scanner: SimulatedScanner, injection: Injection) -> None:
    """Make it happen now."""
    _LOGGER.info("injected: %s", injection.kind)
    match injection:
        case InjectHang(seconds=seconds):
            scanner.hang(seconds)
        case InjectDelayStart(seconds=seconds):
            scanner.delay_start(seconds)
        case InjectAcceptLate(seconds=seconds):
            scanner.accept_late(seconds)
        case _:
            scanner.apply(as_input(injection))


def as_input(injection: Injection) -> RoomInput | BodyInput:
    """What happens to room or patient. Raises TypeError for a fault of the wire."""
    match injection:
        case InjectHang() | InjectDelayStart() | InjectAcceptLate():
            raise TypeError(f"{injection.kind} happens to the wire, not to the scanner")
        case InjectPatient():
            return PatientIs(Character(**injection.model_dump(exclude={"kind"})))
        case InjectMotion():
            return PatientMoved(_motion(injection))
        case InjectTell(what=what):
            return PatientTold(what)
        case InjectBreathCommand(breath=breath, language=language):
            return BreathCommanded(breath, language)
        case InjectSensor(sensor=sensor, attached=attached):
            return SensorAttached(sensor, attached)
        case InjectLying(position=position, landmark=landmark):
            return PatientLies(Lying(position, landmark))
        case InjectContrast(what=what):
            return ContrastHappened(what)
        case InjectImplant(b1_rms_ut=b1_rms_ut):
            return ImplantLabelled(b1_rms_ut)
        case _:
            return _in_the_room(injection)


def _in_the_room(injection: RoomInjection) -> RoomInput:
    match injection:
        case InjectDoor(open=is_open):
            return DoorSwung(closed=not is_open)
        case InjectCoil(name=name):
            return CoilPlugged(name)
        case InjectTable(to="by_hand", table_mm=table_mm):
            return TablePushed(table_mm)
        case InjectTable(to=to):
            return TableButton(inwards=to == "in")
        case InjectBulb(pressed=pressed):
            return BulbSqueezed() if pressed else BulbLetGo()
        case InjectFault(words=words):
            return FaultGone() if words is None else FaultAppeared(words)
        case InjectHelium(percent=percent):
            return HeliumRead(percent)
        case InjectCooling(working=working):
            return _fault(COOLING, "the cooling of the gradient coil has failed", gone=working)
        case InjectRfAmplifier(working=working):
            return _fault("rf amplifier", "the RF amplifier has failed", gone=working)
        case InjectEmergencyStop(pressed=pressed):
            return _fault(EMERGENCY_STOP, "the emergency stop is pressed", gone=not pressed)
        case _:
            assert_never(injection)


def _fault(of: str, words: str, *, gone: bool) -> FaultAppeared | FaultGone:
    return FaultGone(of) if gone else FaultAppeared(words, of)


def _motion(injection: InjectMotion) -> Motion:
    match injection.what:
        case "nod":
            return Nod(injection.size, 0.0, injection.for_s)
        case "cough":
            return Cough(injection.size, 0.0)
        case "shift":
            return Slip((0.0, 0.0, injection.size), injection.for_s)
        case "drift":
            return Drift((0.0, 0.0, injection.size))
        case "pulsation":
            return Pulsation(injection.size)
