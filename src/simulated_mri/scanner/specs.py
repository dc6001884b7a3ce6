"""The scanner's parameters as the contract describes them to an editor."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from mr_contract.parameters import ParameterGroup, ParameterSpec
from simulated_mri.sequences import UNTRIGGERED, NumberRange, Parameter, SequenceType, parameters


class _Card(NamedTuple):
    """Where a parameter is shown, what it is called in DICOM, and which parameters bound it."""

    group: ParameterGroup
    dicom_keyword: str
    depends_on: tuple[str, ...] = ()


_G = ParameterGroup
_READOUT = ("bandwidth_hz_per_px", "acquisition_matrix_read", "fov_read_mm")
_CARDS: dict[str, _Card] = {
    "tr_ms": _Card(
        _G.CONTRAST, "RepetitionTime", ("te_ms", "slice_count", "concatenations", "echo_train_length")
    ),
    "te_ms": _Card(
        _G.CONTRAST, "EchoTime", ("bandwidth_hz_per_px", "echo_train_length", "b_value_s_per_mm2", "tr_ms")
    ),
    "ti_ms": _Card(_G.CONTRAST, "InversionTime", ("slice_count", "concatenations")),
    "flip_angle_deg": _Card(_G.CONTRAST, "FlipAngle"),
    "refocusing_flip_angle_deg": _Card(_G.SAFETY, ""),
    "echo_train_length": _Card(_G.SPEED, "EchoTrainLength", ("acquisition_matrix_phase",)),
    "averages": _Card(_G.SPEED, "NumberOfAverages"),
    "concatenations": _Card(_G.SPEED, "", ("slice_count", "tr_ms")),
    "bandwidth_hz_per_px": _Card(_G.RESOLUTION, "PixelBandwidth", _READOUT[1:]),
    "acquisition_matrix_read": _Card(_G.RESOLUTION, "AcquisitionMatrix", (_READOUT[0], _READOUT[2])),
    "acquisition_matrix_phase": _Card(_G.RESOLUTION, "AcquisitionMatrix"),
    "fov_read_mm": _Card(_G.GEOMETRY, "ReconstructionDiameter", _READOUT[:2]),
    "phase_fov_percent": _Card(_G.GEOMETRY, "PercentPhaseFieldOfView"),
    "phase_encoding": _Card(_G.GEOMETRY, "InPlanePhaseEncodingDirection"),
    "slice_thickness_mm": _Card(_G.GEOMETRY, "SliceThickness"),
    "slice_spacing_mm": _Card(_G.GEOMETRY, "SpacingBetweenSlices", ("slice_thickness_mm",)),
    "slice_count": _Card(_G.GEOMETRY, ""),
    "phase_oversampling_percent": _Card(_G.GEOMETRY, "", ("acquisition_matrix_phase",)),
    "partial_fourier_percent": _Card(_G.SPEED, "PartialFourier"),
    "acceleration_factor": _Card(_G.SPEED, "ParallelReductionFactorInPlane"),
    "fat_saturation": _Card(_G.CONTRAST, "ScanOptions"),
    "contrast_agent": _Card(_G.CONTRAST, "ContrastBolusAgent"),
    "b_value_s_per_mm2": _Card(_G.CONTRAST, "DiffusionBValue", ("te_ms",)),
    "diffusion_directions": _Card(_G.CONTRAST, ""),
    "echo_difference_ms": _Card(_G.CONTRAST, "", ("bandwidth_hz_per_px", "te_ms")),
    "trigger": _Card(_G.SPEED, "CardiacSynchronizationTechnique"),
    "trigger_rate_per_min": _Card(_G.SPEED, "HeartRate", ("trigger",)),
    "trigger_delay_ms": _Card(_G.SPEED, "TriggerTime", ("trigger_rate_per_min",)),
    "trigger_window_percent": _Card(_G.SPEED, "", ("trigger_rate_per_min", "trigger_delay_ms")),
    "dynamics": _Card(_G.SPEED, "NumberOfTemporalPositions"),
    "dynamic_interval_s": _Card(_G.SPEED, "TemporalResolution"),
}


@cache
def specs(sequence: SequenceType) -> tuple[ParameterSpec, ...]:
    """Every parameter of a sequence, in reading order."""
    known = parameters(sequence)
    made = tuple(_spec(parameter, frozenset(known)) for parameter in known.values())
    why = UNTRIGGERED.get(sequence, "")
    return tuple(
        spec.model_copy(update={"unavailable_because": why}) if spec.key == "trigger" else spec
        for spec in made
    )


def _spec(parameter: Parameter, known: frozenset[str]) -> ParameterSpec:
    card = _CARDS[parameter.key]
    common = ParameterSpec(
        key=parameter.key,
        label=parameter.label,
        group=card.group,
        unit=parameter.unit,
        dicom_keyword=card.dicom_keyword,
        depends_on=tuple(key for key in card.depends_on if key in known),
    )
    if isinstance(parameter, NumberRange):
        limits = {"low": float(parameter.low), "high": float(parameter.high), "step": float(parameter.step)}
        return common.model_copy(update={**limits, "decimals": parameter.decimals})
    return common.model_copy(update={"choices": parameter.choices})
