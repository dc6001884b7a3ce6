"""Which closed form belongs to which sequence: signals of all tissues for a set of values."""

from __future__ import annotations

from simulated_mri import signals, timing
from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Values, count, number
from simulated_mri.tissues import Relaxation, Tissue, relaxation


def tissue_signals(sequence: SequenceType, values: Values, hardware: Hardware) -> dict[Tissue, float]:
    """Signal per tissue, as a share of the equilibrium magnetisation of water."""
    return {
        tissue: _signal(sequence, values, hardware, times)
        for tissue, times in relaxation(hardware.b0_t).items()
    }


def _signal(sequence: SequenceType, values: Values, hardware: Hardware, tissue: Relaxation) -> float:
    tr_ms, te_ms = number(values, "tr_ms"), number(values, "te_ms")
    flip_deg = number(values, "flip_angle_deg")
    match sequence:
        case "localizer" | "gre_t2star":
            return signals.spoiled_gradient_echo(tissue, tr_ms=tr_ms, te_ms=te_ms, flip_deg=flip_deg)
        case "se":
            refocusing = number(values, "refocusing_flip_angle_deg")
            return signals.spin_echo(
                tissue, tr_ms=tr_ms, te_ms=te_ms, flip_deg=flip_deg, refocusing_deg=refocusing
            )
        case "tse":
            return signals.turbo_spin_echo(tissue, _echo_train(sequence, values, hardware), tr_ms=tr_ms)
        case "flair":
            return signals.inversion_turbo_spin_echo(
                tissue, _echo_train(sequence, values, hardware), tr_ms=tr_ms, ti_ms=number(values, "ti_ms")
            )
        case "gre_3d_t1":
            train = signals.ReadoutTrain(
                tr_ms=tr_ms,
                ti_ms=number(values, "ti_ms"),
                te_ms=te_ms,
                flip_deg=flip_deg,
                echo_spacing_ms=timing.echo_spacing_ms(sequence, values, hardware),
                echo_count=count(values, "acquisition_matrix_phase"),
            )
            return signals.inversion_gradient_echo(tissue, train)


def _echo_train(sequence: SequenceType, values: Values, hardware: Hardware) -> signals.EchoTrain:
    return signals.EchoTrain(
        te_ms=number(values, "te_ms"),
        length_ms=timing.train_length_ms(sequence, values, hardware),
        flip_deg=number(values, "flip_angle_deg"),
        refocusing_deg=number(values, "refocusing_flip_angle_deg"),
    )
