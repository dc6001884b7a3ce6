"""Every state × every input: what the scanner becomes, answers and logs. Unlisted means a failed test."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest
from scanner_world import (
    COIL,
    REVISION,
    EvenPlan,
    World,
    accepting,
    achieved,
    acquiring,
    faulty,
    patient,
    prepared,
    ready,
)

from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    CloseScannerExam,
    GetSnapshot,
    MoveScannerTable,
    Ping,
    Prepare,
    SetScannerLandmark,
    Start,
    Stop,
)
from mr_contract.vocabulary import BreathCommand, Landmark, OperatingMode
from simulated_mri.motion import Nod
from simulated_mri.patient.body import Character
from simulated_mri.patient.sensors import Sensor
from simulated_mri.scanner.inputs import (
    AgentInput,
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
    Input,
    PatientIs,
    PatientLies,
    PatientMoved,
    PatientTold,
    PrepareAsked,
    RoomInput,
    SensorAttached,
    SeriesMade,
    StartAsked,
    StepSet,
    TableButton,
    TablePushed,
    Tick,
)
from simulated_mri.scanner.state import Committed, Lying

STATES: dict[str, Callable[[], World]] = {
    "empty": World,
    "ready": ready,
    "prepared": prepared,
    "accepting": accepting,
    "acquiring": acquiring,
    "faulty": faulty,
}


def _set_step(world: World) -> Input:
    state = world.state
    return StepSet(1, Committed("step", achieved(), EvenPlan(), state.registration, state.coil))


def _prepare(command_id: str) -> Callable[[World], Input]:
    def asked(world: World) -> Input:
        request = Prepare(
            request_id=1,
            command_id=command_id,
            step_id="step",
            revision=REVISION,
            setting=world.state.last_setting,
            mode=OperatingMode.NORMAL,
        )
        return PrepareAsked(request, "fresh")

    return asked


def _always(happening: Input) -> Callable[[World], Input]:
    return lambda _: happening


INPUTS: dict[str, Callable[[World], Input]] = {
    "time passes": _always(Tick()),
    "snapshot": _always(GetSnapshot(request_id=1)),
    "ping": _always(Ping(request_id=1)),
    "stop": _always(Stop(request_id=1, by="x")),
    "set the step": _set_step,
    "prepare": _prepare("other"),
    "prepare the same command": _prepare("command"),
    "start its token": _always(StartAsked(Start(request_id=1, token="token-1"))),
    "start an unknown token": _always(StartAsked(Start(request_id=1, token="nonsense"))),
    "register again": _always(patient()),
    "register another": _always(patient("exam-2")),
    "close the exam": _always(CloseScannerExam(request_id=1)),
    "set the same landmark": _always(SetScannerLandmark(request_id=1, landmark=Landmark.NASION)),
    "set another landmark": _always(SetScannerLandmark(request_id=1, landmark=Landmark.CHIN)),
    "move in": _always(MoveScannerTable(request_id=1, to="isocentre")),
    "move out": _always(MoveScannerTable(request_id=1, to="out")),
    "acknowledge the bulb": _always(AcknowledgeBulb(request_id=1)),
    "the door opens": _always(DoorSwung(closed=False)),
    "the door closes": _always(DoorSwung(closed=True)),
    "the same coil": _always(CoilPlugged(COIL)),
    "the coil is unplugged": _always(CoilPlugged(None)),
    "the table is pushed": _always(TablePushed(300.0)),
    "the button in": _always(TableButton(inwards=True)),
    "the button out": _always(TableButton(inwards=False)),
    "the bulb is squeezed": _always(BulbSqueezed()),
    "the bulb is let go": _always(BulbLetGo()),
    "a fault": _always(FaultAppeared("helium")),
    "the fault is gone": _always(FaultGone()),
    "helium is low": _always(HeliumRead(40.0)),
    "the patient moves": _always(PatientMoved(Nod(5.0, 0.0))),
    "the patient is told to hold the breath": _always(PatientTold("hold")),
    "the intercom says hold": _always(BreathCommanded(BreathCommand.HOLD, "de")),
    "a sensor is attached": _always(SensorAttached(Sensor.SPO2, attached=True)),
    "another character": _always(PatientIs(Character(claustrophobia=1.0))),
    "the patient lies otherwise": _always(PatientLies(Lying(landmark=Landmark.CHIN))),
    "contrast agent is given": _always(ContrastHappened("given")),
    "an implant is labelled": _always(ImplantLabelled(2.0)),
    "a series is made": _always(SeriesMade("a", "c", "s", "1.2", 1, "d", 3, complete=True)),
}

# Phase afterwards, reply (-: none), events; in the order of STATES.
TABLE: dict[str, tuple[str, ...]] = {
    "time passes": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring - acquisition_progressed",
        "idle -",
    ),
    "snapshot": (
        "idle snapshot",
        "idle snapshot",
        "prepared snapshot",
        "accepting snapshot",
        "acquiring snapshot",
        "idle snapshot",
    ),
    "ping": (
        "idle pong",
        "idle pong",
        "prepared pong",
        "accepting pong",
        "acquiring pong",
        "idle pong",
    ),
    "stop": (
        "idle stop_taken stop_received became_idle",
        "idle stop_taken stop_received became_idle",
        "idle stop_taken stop_received became_idle",
        "idle stop_taken stop_received became_idle",
        "idle stop_taken stop_received acquisition_ended became_idle",
        "idle stop_taken stop_received",
    ),
    "set the step": (
        "idle rejected",
        "idle step_achieved",
        "idle step_achieved",
        "idle step_achieved",
        "acquiring step_achieved",
        "idle step_achieved",
    ),
    "prepare": (
        "idle rejected",
        "prepared prepared",
        "prepared prepared",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "prepare the same command": (
        "idle rejected",
        "prepared prepared",
        "prepared prepared",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "start its token": (
        "idle rejected",
        "idle rejected",
        "acquiring started acquisition_started",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "start an unknown token": (
        "idle rejected",
        "idle rejected",
        "prepared rejected",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "register again": (
        "idle done patient_registered landmark_set",
        "idle done patient_registered",
        "idle done patient_registered",
        "accepting rejected",
        "acquiring rejected",
        "idle done patient_registered",
    ),
    "register another": (
        "idle done patient_registered landmark_set",
        "idle rejected",
        "prepared rejected",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "close the exam": (
        "idle done",
        "idle done",
        "idle done",
        "accepting rejected",
        "acquiring rejected",
        "idle done",
    ),
    "set the same landmark": (
        "idle done landmark_set",
        "idle done",
        "prepared done",
        "accepting rejected",
        "acquiring rejected",
        "idle done",
    ),
    "set another landmark": (
        "idle done landmark_set",
        "idle rejected",
        "prepared rejected",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "move in": (
        "idle rejected",
        "idle done",
        "prepared done",
        "accepting rejected",
        "acquiring rejected",
        "idle rejected",
    ),
    "move out": (
        "idle done",
        "idle done table_moved",
        "idle done table_moved",
        "accepting rejected",
        "acquiring rejected",
        "idle done table_moved",
    ),
    "acknowledge the bulb": (
        "idle done",
        "idle done",
        "prepared done",
        "accepting done",
        "acquiring done",
        "idle done",
    ),
    "the door opens": (
        "idle - door_opened",
        "idle - door_opened",
        "idle - door_opened",
        "idle - door_opened",
        "acquiring - door_opened",
        "idle - door_opened",
    ),
    "the door closes": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring -",
        "idle -",
    ),
    "the same coil": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring -",
        "idle -",
    ),
    "the coil is unplugged": (
        "idle - coil_changed",
        "idle - coil_changed",
        "idle - coil_changed",
        "idle - coil_changed",
        "idle - acquisition_ended became_idle coil_changed",
        "idle - coil_changed",
    ),
    "the table is pushed": (
        "idle - table_moved",
        "idle - table_moved",
        "idle - table_moved",
        "idle - table_moved",
        "idle - acquisition_ended became_idle table_moved",
        "idle - table_moved",
    ),
    "the button in": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring -",
        "idle -",
    ),
    "the button out": (
        "idle -",
        "idle - table_moved",
        "idle - table_moved",
        "idle - table_moved",
        "idle - acquisition_ended became_idle table_moved",
        "idle - table_moved",
    ),
    "the bulb is squeezed": (
        "idle - bulb_pressed",
        "idle - bulb_pressed",
        "idle - bulb_pressed",
        "idle - bulb_pressed",
        "acquiring - bulb_pressed",
        "idle - bulb_pressed",
    ),
    "the bulb is let go": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring -",
        "idle -",
    ),
    "a fault": (
        "idle - fault_raised",
        "idle - fault_raised",
        "idle - fault_raised",
        "idle - fault_raised",
        "idle - fault_raised acquisition_ended",
        "idle - fault_raised",
    ),
    "helium is low": (
        "idle - magnet_read fault_raised",
        "idle - magnet_read fault_raised",
        "idle - magnet_read fault_raised",
        "idle - magnet_read fault_raised",
        "idle - magnet_read fault_raised acquisition_ended",
        "idle - magnet_read fault_raised",
    ),
    **dict.fromkeys(
        (
            "the patient moves",
            "the patient is told to hold the breath",
            "the intercom says hold",
            "a sensor is attached",
            "another character",
            "the patient lies otherwise",
            "contrast agent is given",
        ),
        ("idle -", "idle -", "prepared -", "accepting -", "acquiring -", "idle -"),
    ),
    "an implant is labelled": ("idle -", "idle -", "idle -", "idle -", "acquiring -", "idle -"),
    "the fault is gone": (
        "idle -",
        "idle -",
        "prepared -",
        "accepting -",
        "acquiring -",
        "idle - fault_cleared became_idle",
    ),
    "a series is made": (
        "idle - images_ready",
        "idle - images_ready",
        "prepared - images_ready",
        "accepting - images_ready",
        "acquiring - images_ready",
        "idle - images_ready",
    ),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("happening", INPUTS)
def test_every_state_takes_every_input_as_the_table_says(state: str, happening: str) -> None:
    world = STATES[state]()
    before = len(world.events)
    reply = world.do(INPUTS[happening](world))
    phase = type(world.state.phase).__name__.lower()
    became = " ".join([phase, "-" if reply is None else reply.kind, *world.kinds()[before:]])
    assert became == TABLE[happening][list(STATES).index(state)]


def test_the_table_holds_every_kind_of_input() -> None:
    kinds = {type(make(ready())) for make in INPUTS.values()}
    assert kinds == {Tick, SeriesMade, *get_args(AgentInput), *get_args(RoomInput), *get_args(BodyInput)}
