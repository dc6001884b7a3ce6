"""Which closed form or phase graph belongs to which sequence: signals of all tissues, line by line.

To add a sequence: its `Traits` and parameters in `sequences`, its case here, a step in `protocols`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulated_mri import timing
from simulated_mri.frames import Frame, make_frames
from simulated_mri.hardware import Hardware
from simulated_mri.phase_lines import (
    echo_of_position,
    encoded_lines,
    lines_before_centre,
    measured_lines,
    train_echoes,
)
from simulated_mri.sequences import SequenceType, Values, number, traits
from simulated_mri.signals.contrast_agent import enhanced
from simulated_mri.signals.diffusion import attenuation
from simulated_mri.signals.echo_train import Train, steady_train
from simulated_mri.signals.gradient_echo import balanced, band_profile, spoiled
from simulated_mri.signals.inversion_train import ReadoutTrain, inversion_gradient_echoes
from simulated_mri.signals.pools import Array, Pools, make_pools
from simulated_mri.tissues import Tissue, relaxation

BAND_STEPS = 720  # over two turns of precession in one TR
FAT_SATURATION_LEFT = 0.05  # of fat's magnetisation, where the field is homogeneous


def tissue_signals(sequence: SequenceType, values: Values, hardware: Hardware) -> dict[Tissue, float]:
    """Magnitude per tissue at the centre of k-space of the first frame, per unit of equilibrium water."""
    tissues = tuple(Tissue)
    frame = make_frames(sequence, values, hardware)[0]
    course = line_courses(sequence, values, hardware, frame, tissues)
    centre = encoded_lines(values) // 2
    return {tissue: float(abs(course[index, centre])) for index, tissue in enumerate(tissues)}


def line_courses(
    sequence: SequenceType,
    values: Values,
    hardware: Hardware,
    frame: Frame,
    tissues: Sequence[Tissue],
    b1: Sequence[float] = (1.0,),
) -> Array:
    """Signed signal with which each pool enters each encoded line, shape (pools, lines).

    Pools: all tissues at the first of `b1` (transmit field as a share of the nominal), then at the next.
    Lines that are not measured have the value of their nearest measured neighbour.
    """
    times = {
        tissue: enhanced(tissue, own, frame.after_injection_s)
        for tissue, own in relaxation(hardware.b0_t).items()
    }
    pools = make_pools(tissues, times, b1)
    measured = _measured_courses(sequence, values, hardware, frame, pools)
    if values.get("fat_saturation") == "ON" or sequence == "epi_dwi":
        fat = [tissue is Tissue.FAT for tissue in tissues] * len(b1)
        measured = measured * np.where(fat, FAT_SATURATION_LEFT, 1.0)[:, None]
    lines = np.array(measured_lines(values))
    nearest = np.abs(np.arange(encoded_lines(values))[:, None] - lines).argmin(1)
    return np.asarray(measured[:, nearest])


def band_factors(values: Values, hardware: Hardware, frame: Frame, tissues: Sequence[Tissue]) -> Array:
    """What off-resonance leaves of a balanced sequence's signal, (tissues, steps): see `band_profile`."""
    times = {
        tissue: enhanced(tissue, own, frame.after_injection_s)
        for tissue, own in relaxation(hardware.b0_t).items()
    }
    return band_profile(
        make_pools(tissues, times),
        tr_ms=number(values, "tr_ms"),
        flip_deg=number(values, "flip_angle_deg"),
        steps=BAND_STEPS,
    )


def _measured_courses(
    sequence: SequenceType, values: Values, hardware: Hardware, frame: Frame, pools: Pools
) -> Array:
    """The same for the measured lines only, in order of their numbers."""
    tr_ms, flip_deg = (
        number(values, "tr_ms"),
        number(values, "flip_angle_deg") if "flip_angle_deg" in values else 90.0,
    )
    match traits(sequence).readout:
        case "gradient_echo":
            even = spoiled(pools, tr_ms=tr_ms, te_ms=frame.te_ms, flip_deg=flip_deg)
        case "balanced":
            even = balanced(pools, tr_ms=tr_ms, te_ms=frame.te_ms, flip_deg=flip_deg)
        case "spin_echo":
            even = _spin_echo(values, pools, flip_deg)
        case "echo_train":
            return _echo_train(sequence, values, hardware, pools)
        case "inversion_train":
            train = ReadoutTrain(
                tr_ms=tr_ms,
                ti_ms=number(values, "ti_ms"),
                te_ms=frame.te_ms,
                flip_deg=flip_deg,
                echo_spacing_ms=timing.echo_spacing_ms(sequence, values, hardware),
                echo_count=len(measured_lines(values)),
                centre=lines_before_centre(values),
            )
            return inversion_gradient_echoes(pools, train)
        case "epi":
            return _epi(sequence, values, hardware, frame, pools)
    return np.repeat(even[:, None], len(measured_lines(values)), axis=1)


def _spin_echo(values: Values, pools: Pools, flip_deg: float) -> Array:
    te_ms = number(values, "te_ms")
    refocusing = (
        number(values, "refocusing_flip_angle_deg") if "refocusing_flip_angle_deg" in values else 180.0
    )
    single = Pools(
        pools.t1_ms, pools.t2_ms, pools.t2_star_ms, pools.t2_ms, pools.proton_density, pools.adc_um2_per_ms,
        pools.b1,
    )  # fmt: skip
    train = Train(1, te_ms, flip_deg, refocusing)
    return steady_train(single, train, rest_ms=number(values, "tr_ms") - te_ms)[:, 0]


def _echo_train(sequence: SequenceType, values: Values, hardware: Hardware, pools: Pools) -> Array:
    """The train's echoes given to the lines that they read."""
    spacing = timing.echo_spacing_ms(sequence, values, hardware)
    train = Train(
        echo_count=train_echoes(sequence, values),
        spacing_ms=spacing,
        flip_deg=number(values, "flip_angle_deg"),
        refocusing_deg=number(values, "refocusing_flip_angle_deg"),
    )
    ti_ms = number(values, "ti_ms") if traits(sequence).inverted else None
    repeat_ms = number(values, "tr_ms") * (
        timing.packets(sequence, values) if traits(sequence).single_shot else 1
    )
    rest_ms = repeat_ms - train.echo_count * spacing - (ti_ms or 0.0)
    seen = steady_train(pools, train, rest_ms=rest_ms, ti_ms=ti_ms)
    effective = min(round(number(values, "te_ms") / spacing), train.echo_count) - 1
    order = np.minimum(echo_of_position(sequence, values, effective), train.echo_count - 1)
    return np.asarray(seen[:, order])


def _epi(sequence: SequenceType, values: Values, hardware: Hardware, frame: Frame, pools: Pools) -> Array:
    """A diffusion-weighted spin echo; lines before and after it are dephased by what T2* adds to T2."""
    echo = _spin_echo(values, pools, 90.0) * attenuation(pools, frame.b_s_per_mm2)
    position = np.arange(len(measured_lines(values))) - lines_before_centre(values)
    time_ms = position * timing.echo_spacing_ms(sequence, values, hardware)
    extra = 1 / pools.t2_star_ms - 1 / pools.t2_ms
    decay = np.exp(-time_ms / pools.t2_ms[:, None] - np.abs(time_ms) * extra[:, None])
    return np.asarray(echo[:, None] * decay)
