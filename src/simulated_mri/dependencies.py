"""Which rules hold between the parameters of a sequence, in the order of a physicist's hand.

Every rule either lets an unasked parameter follow (and says why) or blocks the asked one (and
names what would do). Values arrive valid by themselves: on their steps, in their ranges.
"""

from __future__ import annotations

from collections.abc import Callable

from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Values
from simulated_mri.shape_rules import (
    acceleration,
    concatenations,
    field_of_view,
    spacing,
    thickness,
    train_length,
)
from simulated_mri.sheet import Outcome, Sheet
from simulated_mri.time_rules import (
    balanced_echo,
    dixon_echoes,
    echo_in_train,
    inversion,
    repetition,
    second_echo,
    shortest_echo,
)
from simulated_mri.trigger_rules import triggered

_Rule = Callable[[Sheet], None]
_SHAPE: tuple[_Rule, ...] = (acceleration, field_of_view, thickness, spacing)
_FLAT: tuple[_Rule, ...] = (*_SHAPE, concatenations)
_SLAB: tuple[_Rule, ...] = (acceleration, field_of_view, spacing)
_RULES: dict[SequenceType, tuple[_Rule, ...]] = {
    "localizer": (*_FLAT, shortest_echo, repetition),
    "gre": (*_FLAT, shortest_echo, repetition, triggered),
    "gre_t2star": (*_FLAT, shortest_echo, repetition, triggered),
    "bolus": (*_FLAT, shortest_echo, repetition),
    "field_map": (*_FLAT, shortest_echo, second_echo, repetition),
    "bssfp": (*_SHAPE, repetition, balanced_echo, triggered),
    "se": (*_FLAT, shortest_echo, repetition, triggered),
    "tse": (*_FLAT, train_length, echo_in_train, repetition, triggered),
    "tse_ss": (*_SHAPE, echo_in_train, repetition, triggered),
    "flair": (*_FLAT, train_length, echo_in_train, inversion, repetition, triggered),
    "stir": (*_FLAT, train_length, echo_in_train, inversion, repetition, triggered),
    "epi_dwi": (*_FLAT, shortest_echo, repetition, triggered),
    "gre_3d": (*_SLAB, shortest_echo, repetition, triggered),
    "dixon_3d": (*_SLAB, dixon_echoes, repetition),
    "gre_3d_t1": (*_SLAB, shortest_echo, inversion, repetition, triggered),
}


def resolve(sequence: SequenceType, values: Values, asked: frozenset[str], hardware: Hardware) -> Outcome:
    """Runs the rules of `sequence` up to the first that blocks: later ones would judge a wrong set."""
    sheet = Sheet(sequence, dict(values), asked, hardware)
    for rule in _RULES[sequence]:
        rule(sheet)
        if sheet.blocked:
            break
    return Outcome(sheet.values, sheet.followed, tuple(sheet.blocked))
