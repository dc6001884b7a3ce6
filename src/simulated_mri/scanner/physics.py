"""The physics in the contract's words: patients, slices, achieved values, exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import get_args

from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup as ContractGroup
from mr_contract.model import ParameterValues
from mr_contract.parameters import Conflict, ParameterChange, Remedy
from mr_contract.scanner_messages import (
    CheckStep,
    RegisterPatient,
    ScannerProtocolOffer,
    SetStep,
    StepAchieved,
)
from mr_contract.vocabulary import Landmark, OperatingMode
from simulated_mri import exposure, limits
from simulated_mri.body_parts import BELOW_HEAD_CENTRE_MM, MARKS
from simulated_mri.contrast import tissue_signals
from simulated_mri.encoding.coils import plugged_array
from simulated_mri.geometry import PATIENT_POSITIONS, PatientPosition, Placement, SliceGroup, Vector
from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import measured_lines
from simulated_mri.plan import AcquisitionPlan, make_plan
from simulated_mri.prescription import Prescription
from simulated_mri.protocols import PROTOCOLS, ProtocolStep
from simulated_mri.scanner.imaging import Impossible, Placed
from simulated_mri.scanner.specs import specs
from simulated_mri.scanner.state import Lying
from simulated_mri.scanner.triggered import as_triggered, rf_repetition_s
from simulated_mri.sequences import (
    SEQUENCE_TYPES,
    SequenceType,
    Value,
    Values,
    count,
    number,
    parameters,
    traits,
)
from simulated_mri.subjects.subject import Subject
from simulated_mri.timing import PRESCAN_S, as_repeated
from simulated_mri.tissues import Tissue
from simulated_mri.trigger_pace import Pace

_MODES = dict(zip(get_args(exposure.OperatingMode), OperatingMode, strict=True))

LONGEST_HOLD_S = 25.0
PAUSE_S = 5.0
"""What a patient needs to get their breath back between two holds."""

# The point of the head (its own LPS, mm) that the table brings to the isocentre. With the usual mark of
# a head exam that is the centre of the head; the others lie further down the body.
_BROUGHT_TO_ISOCENTRE: dict[str, Vector] = {
    mark: (0.0, 0.0, -mm) for mark, mm in BELOW_HEAD_CENTRE_MM.items()
}


def shots_s(plan: AcquisitionPlan) -> float:
    """How long the shots of one pass take, without the pause after them."""
    shots = (
        plan.shots_per_pass if plan.volume else plan.shots_per_pass / plan.slice_count * plan.concatenations
    )
    return shots * plan.shot_s


@dataclass(frozen=True, slots=True)
class ShotTimeline:
    """A `Plan`: which lines exist when, from the shots of the physics."""

    plan: AcquisitionPlan
    lines_after: tuple[int, ...]
    """Lines that exist after n shots; n = 0 first."""
    rf_repetition_s: float | None = None
    """The interval of triggered repetitions that the prediction is of; None where pulses go on in between."""

    @property
    def duration_s(self) -> float:
        return self.plan.duration_s

    @property
    def lines_total(self) -> int:
        return self.lines_after[-1]

    @property
    def prescan_s(self) -> float:
        return PRESCAN_S

    @property
    def breath_holds(self) -> tuple[tuple[float, float], ...]:
        """The whole of a short acquisition; each dynamic of a long one that pauses in between."""
        plan = self.plan
        if plan.triggered is not None and plan.triggered.source == "RESPIRATION":
            return ()  # it waits for breaths
        if plan.duration_s <= LONGEST_HOLD_S:
            return ((0.0, plan.duration_s),)
        measured_s = shots_s(plan)
        if measured_s > LONGEST_HOLD_S or plan.pass_s - measured_s < PAUSE_S:
            return ()
        passes = range(len(plan.pass_frames))
        return tuple((plan.lead_in_s + number * plan.pass_s - 1.0, measured_s + 1.0) for number in passes)

    @property
    def pace(self) -> Pace | None:
        return self.plan.pace

    def lines_at(self, elapsed_s: float) -> int:
        return self.lines_after[self.plan.shots_done(elapsed_s)]


def timeline(achieved: StepAchieved, hardware: Hardware) -> ShotTimeline:
    """The shots of an achieved step."""
    step = prescription(achieved, hardware)
    plan = make_plan(step.sequence, step.values, hardware)
    lines_after = (0, *accumulate(len(shot.lines) for shot in plan.shots()))
    return ShotTimeline(plan, lines_after, rf_repetition_s(step, plan, achieved.prediction, hardware))


def unsuitable(patient: RegisterPatient) -> Impossible | None:
    """Why this patient cannot be scanned here."""
    if patient.position.value not in PATIENT_POSITIONS:
        why = f"position {patient.position} is not available here"
        return Impossible(why, f"Use one of {', '.join(PATIENT_POSITIONS)}")
    try:
        body(patient)
    except ValueError as error:
        return Impossible(str(error), "Correct the registration")
    return None


def body(patient: RegisterPatient, mark: str = MARKS[0]) -> exposure.Patient:
    """Raises ValueError for absurd figures, in words."""
    return exposure.Patient(patient.weight_kg, patient.height_cm, float(patient.age_years), mark)


def _exposure(
    sequence: SequenceType,
    values: Values,
    patient: RegisterPatient,
    landmark: Landmark | None,
    hardware: Hardware,
) -> exposure.Exposure:
    """With the landmark at the isocentre; while none is set, the worst of each quantity and limit."""
    marks = MARKS if landmark is None else (landmark.value,)
    found = [exposure.predict(sequence, values, body(patient, mark), hardware) for mark in marks]
    strictest = min(found, key=lambda own: own.normal.partial_body_w_per_kg)
    return replace(
        strictest,
        whole_body_w_per_kg=max(own.whole_body_w_per_kg for own in found),
        partial_body_w_per_kg=max(own.partial_body_w_per_kg for own in found),
        head_w_per_kg=max(own.head_w_per_kg for own in found),
    )


def position(patient: RegisterPatient) -> PatientPosition:
    """The declared position; only those that `unsuitable` lets through."""
    return next(name for name in PATIENT_POSITIONS if name == patient.position.value)


def placement(
    patient: RegisterPatient, landmark: Landmark | None, lying: Lying, subject: Subject
) -> Placement:
    """The patient lies as was declared, unless `lying` says otherwise; the usual mark is centred."""
    declared = position(patient)
    really = lying.position or patient.position
    actual = next((name for name in PATIENT_POSITIONS if name == really.value), declared)
    brought: Vector = (0.0, 0.0, 0.0)
    marked = lying.landmark or landmark
    if marked is not None:
        usual, place = _BROUGHT_TO_ISOCENTRE[subject.usual_landmark], _BROUGHT_TO_ISOCENTRE[marked]
        brought = (place[0] - usual[0], place[1] - usual[1], place[2] - usual[2])
    return Placement(actual=actual, declared=declared, landmark_mm=brought)


def offers() -> tuple[ScannerProtocolOffer, ...]:
    return tuple(
        ScannerProtocolOffer(protocol_id=p.protocol_id, name=p.name, version=p.version, approved=True)
        for p in PROTOCOLS
    )


def load(
    protocol_id: str, placed: Placed, hardware: Hardware, *, reply_to: int
) -> tuple[StepAchieved, ...] | Impossible:
    """The steps as they would run for this patient."""
    protocol = next((p for p in PROTOCOLS if p.protocol_id == protocol_id), None)
    if protocol is None:
        return Impossible("there is no such protocol", "List the protocols and choose one")
    steps: list[StepAchieved] = []
    for step in protocol.steps:
        achieved = achieve(_as_request(step, reply_to), placed, hardware)
        if isinstance(achieved, Impossible):
            return achieved
        steps.append(achieved.model_copy(update={"name": step.name}))
    return tuple(steps)


def achieve(asked: CheckStep | SetStep, placed: Placed, hardware: Hardware) -> StepAchieved | Impossible:
    """What the scanner makes of the wanted values; setting 0."""
    sequence = _sequence(asked.sequence)
    if sequence is None:
        return Impossible("there is no such sequence", f"Use one of {', '.join(SEQUENCE_TYPES)}")
    unknown = [key for key in asked.values if key not in parameters(sequence)]
    if unknown:
        return Impossible(f"the sequence {sequence} has no parameter {unknown[0]}", "Leave it out")
    before = limits.achieve(sequence, asked.values, {}, hardware)
    if before.conflicts:
        return Impossible(f"the values are not achievable: {before.conflicts[0].reason}", "Load the protocol")
    if traits(sequence).volume and len(asked.slices) != 1:
        return Impossible(
            f"a 3D sequence has one slab, {len(asked.slices)} groups are planned", "Plan one group"
        )
    equipped = with_coil(hardware, placed.coil, asked.slices)
    result = limits.achieve(sequence, before.values, asked.changes, equipped)
    changed = (*before.changed, *result.changed)
    conflicts = (*(_conflict(item) for item in result.conflicts), *_grouping(result.values, asked))
    values = before.values if conflicts else result.values
    had = as_triggered(sequence, values, hardware, placed.cycles_s)
    predicted = _exposure(sequence, had.values, placed.patient, placed.landmark, hardware)
    return StepAchieved(
        reply_to=asked.request_id,
        sequence=sequence,
        name=asked.name if isinstance(asked, SetStep) else "",
        values=_contract_values(values),
        slices=asked.slices,
        specs=specs(sequence),
        changes=() if conflicts else (*map(_change, changed), *had.changes),
        conflicts=conflicts,
        prediction=_prediction(predicted),
        duration_s=had.duration_s,
        estimate=had.estimate,
        relative_snr=relative_snr(sequence, had.values, hardware),
        coil=placed.coil,
    )


def with_coil(hardware: Hardware, coil: str | None, slices: tuple[ContractGroup, ...]) -> Hardware:
    """What the plugged coil allows for these slices; an unknown coil, or none yet, limits nothing."""
    array = plugged_array(coil) if coil is not None else None
    if array is None or not slices:
        return hardware
    along_rows, along_columns = (
        min(array.elements_along(direction) for direction in directions)
        for directions in ([group.row for group in slices], [group.column for group in slices])
    )
    return replace(hardware, elements_along_phase=(along_rows, along_columns))


def prescription(achieved: StepAchieved, hardware: Hardware) -> Prescription:
    """A step that this hardware achieved, for the physics; raises ValueError if it is none."""
    sequence = _sequence(achieved.sequence)
    if sequence is None:
        raise ValueError(f"{achieved.sequence} is no sequence of this scanner")
    values: dict[str, Value] = dict(limits.achieve(sequence, achieved.values, {}, hardware).values)
    counts = slices_per_group(count(values, "slice_count"), len(achieved.slices))
    groups = tuple(
        _physical_group(group, slices, values) for group, slices in zip(achieved.slices, counts, strict=True)
    )
    return Prescription(sequence, values, groups)


def slices_per_group(slices: int, groups: int) -> tuple[int, ...]:
    """Shared out evenly; the last group takes the rest."""
    share = slices // groups
    return (*(share for _ in range(groups - 1)), slices - share * (groups - 1))


def relative_snr(sequence: SequenceType, values: Values, hardware: Hardware) -> float:
    """White matter's signal × voxel volume × √(samples averaged), in units of this scanner."""
    lines, samples = count(values, "acquisition_matrix_phase"), count(values, "acquisition_matrix_read")
    measured = len(measured_lines(values))
    fov_mm = number(values, "fov_read_mm")
    phase_mm = fov_mm * number(values, "phase_fov_percent") / 100 / lines
    voxel_mm3 = fov_mm / samples * phase_mm * number(values, "slice_thickness_mm")
    partitions = count(values, "slice_count") if traits(sequence).volume else 1
    averaged = measured * partitions * count(values, "averages") / number(values, "bandwidth_hz_per_px")
    signal = tissue_signals(sequence, values, hardware)[Tissue.WHITE]
    return signal * voxel_mm3 * math.sqrt(averaged) * hardware.b0_t


def predicted(
    achieved: StepAchieved,
    patient: RegisterPatient,
    landmark: Landmark | None,
    hardware: Hardware,
    *,
    repetition_s: float | None = None,
) -> exposure.Exposure:
    """The exposure of an achieved step, for its images; `repetition_s`: as triggers really came."""
    step = prescription(achieved, hardware)
    values = as_repeated(step.sequence, step.values, repetition_s)
    return _exposure(step.sequence, values, patient, landmark, hardware)


def _sequence(name: str) -> SequenceType | None:
    return next((sequence for sequence in SEQUENCE_TYPES if sequence == name), None)


def _physical_group(group: ContractGroup, slices: int, values: Values) -> SliceGroup:
    return SliceGroup(
        name=group.name,
        centre_mm=group.centre_mm,
        row_direction=group.row,
        column_direction=group.column,
        slice_count=slices,
        slice_spacing_mm=number(values, "slice_spacing_mm"),
        slice_thickness_mm=number(values, "slice_thickness_mm"),
    )


def _as_request(step: ProtocolStep, reply_to: int) -> CheckStep:
    groups = tuple(
        ContractGroup(name=g.name, centre_mm=g.centre_mm, row=g.row_direction, column=g.column_direction)
        for g in step.groups
    )
    return CheckStep(
        request_id=reply_to, sequence=step.sequence, values=_contract_values(step.values), slices=groups
    )


def _grouping(values: Values, asked: CheckStep | SetStep) -> tuple[Conflict, ...]:
    """Every group has a slice."""
    groups, slices = len(asked.slices), count(values, "slice_count")
    if slices < groups:
        remedy = Remedy(changes={"slice_count": float(groups)}, words=f"set Slices to {groups}")
        why = f"{slices} slices cannot be shared out among {groups} groups"
        return (Conflict(key="slice_count", wanted=float(slices), why=why, remedies=(remedy,)),)
    return ()


def _contract_values(values: Values) -> ParameterValues:
    return {key: value if isinstance(value, str) else float(value) for key, value in values.items()}


def _word(value: Value) -> float | str:
    return value[:48] if isinstance(value, str) else float(value)


def _change(changed: limits.Changed) -> ParameterChange:
    return ParameterChange(
        key=changed.key, before=_word(changed.before), after=_word(changed.after), why=changed.why[:160]
    )


def _conflict(conflict: limits.Conflict) -> Conflict:
    remedies = tuple(
        Remedy(changes=_contract_values(item.changes), words=item.words[:160]) for item in conflict.remedies
    )
    return Conflict(
        key=conflict.key, wanted=_word(conflict.wanted), why=conflict.reason[:160], remedies=remedies[:8]
    )


def _prediction(predicted: exposure.Exposure) -> ExposurePrediction:
    """Limits shown are those of the mode that the step needs."""
    sar = predicted.normal if predicted.rf_mode == "normal" else predicted.first_level
    pns = predicted.normal if predicted.gradient_mode == "normal" else predicted.first_level
    return ExposurePrediction(
        whole_body_sar_w_per_kg=predicted.whole_body_w_per_kg,
        partial_body_sar_w_per_kg=predicted.partial_body_w_per_kg,
        head_sar_w_per_kg=predicted.head_w_per_kg,
        whole_body_limit_w_per_kg=sar.whole_body_w_per_kg,
        partial_body_limit_w_per_kg=sar.partial_body_w_per_kg,
        head_limit_w_per_kg=sar.head_w_per_kg,
        b1_rms_ut=predicted.b1_rms_ut,
        pns_percent=predicted.pns_percent,
        db_dt_t_per_s=predicted.db_dt_t_per_s,
        pns_limit_percent=pns.pns_percent,
        rf_mode=_MODES[predicted.rf_mode],
        gradient_mode=_MODES[predicted.gradient_mode],
    )
