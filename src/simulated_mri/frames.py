"""The pictures that one acquisition makes of each slice: each a *frame* with its own contrast.

One for most sequences; two echoes for Dixon and field maps; one for each dynamic; one for each diffusion
weighting. Frames measured by the same shots belong to one pass of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Values, number, traits
from simulated_mri.timing import frame_passes, measured_pass_s, pass_s

LATE_S = 300.0  # contrast agent that was given before: usually five minutes ago
CENTRE_AT = 0.1  # a slab's central partitions come first: k-space's centre is that early in a dynamic


@dataclass(frozen=True, slots=True)
class Frame:
    """`after_injection_s`: the moment of the centre of k-space; None without contrast agent.

    `b_s_per_mm2` is 0 without diffusion weighting; `name` is empty where there is only one frame.
    """

    index: int
    name: str
    te_ms: float
    echo: int = 0
    dynamic: int = 0
    b_s_per_mm2: float = 0.0
    after_injection_s: float | None = None


def frames_of_pass(sequence: SequenceType, number_of_pass: int) -> tuple[int, ...]:
    """Frame indices measured by the shots of a pass."""
    echoes = traits(sequence).echoes
    return tuple(range(number_of_pass * echoes, (number_of_pass + 1) * echoes))


def make_frames(sequence: SequenceType, values: Values, hardware: Hardware) -> tuple[Frame, ...]:
    """All frames, in order of their indices."""
    te_ms = number(values, "te_ms")
    passes = range(frame_passes(sequence, values))
    if sequence == "epi_dwi":
        b_value = number(values, "b_value_s_per_mm2")
        return tuple(_weighted(index, te_ms, b_value) for index in passes)
    second = number(values, "echo_difference_ms") if traits(sequence).echoes > 1 else 0.0
    times = [te_ms + echo * second for echo in range(traits(sequence).echoes)]
    return tuple(
        Frame(
            index=index * len(times) + echo,
            name=_name(sequence, time_ms, index, hardware) if len(passes) * len(times) > 1 else "",
            te_ms=time_ms,
            echo=echo,
            dynamic=index,
            after_injection_s=_after_injection_s(sequence, values, index),
        )
        for index in passes
        for echo, time_ms in enumerate(times)
    )


def _weighted(index: int, te_ms: float, b_value: float) -> Frame:
    if index == 0:
        return Frame(0, "b 0", te_ms)
    return Frame(index, f"b {b_value:g} {'xyz'[index - 1]}", te_ms, dynamic=index, b_s_per_mm2=b_value)


def _name(sequence: SequenceType, te_ms: float, index: int, hardware: Hardware) -> str:
    if sequence == "dixon_3d":
        turns = te_ms / 1000 * hardware.fat_shift_hz
        phase = "in phase" if abs(turns - round(turns)) < 0.25 else "opposed phase"
        return f"{phase} dynamic {index + 1}"
    return f"echo {te_ms:g} ms" if sequence == "field_map" else f"dynamic {index + 1}"


def _after_injection_s(sequence: SequenceType, values: Values, index: int) -> float | None:
    """The first dynamic is without agent: the injection begins as it ends. Bolus tracking injects at once."""
    match values.get("contrast_agent", "NONE"):
        case "GIVEN":
            return LATE_S
        case "AT_START":
            each_s = pass_s(sequence, values)
            if sequence == "bolus":
                return (index + 0.5) * each_s
            if index == 0:
                return None
            measured_s = measured_pass_s(sequence, values)
            return index * each_s - measured_s + CENTRE_AT * measured_s
        case _:
            return None
