"""Which rules hold between the parameters of a sequence, in the order of a physicist's hand.

Every rule either lets an unasked parameter follow (and says why) or blocks the asked one (and
names what would do). Values arrive valid by themselves: on their steps, in their ranges.
"""

from __future__ import annotations

from collections.abc import Callable

from simulated_mri.hardware import Hardware
from simulated_mri.sequences import SequenceType, Values
from simulated_mri.shape_rules import concatenations, field_of_view, spacing, thickness, train_length
from simulated_mri.sheet import Outcome, Sheet
from simulated_mri.time_rules import echo_in_train, inversion, repetition, shortest_echo

_Rule = Callable[[Sheet], None]
_SHAPE: tuple[_Rule, ...] = (field_of_view, thickness, spacing, concatenations)
_RULES: dict[SequenceType, tuple[_Rule, ...]] = {
    "localizer": (*_SHAPE, shortest_echo, repetition),
    "gre_t2star": (*_SHAPE, shortest_echo, repetition),
    "se": (*_SHAPE, shortest_echo, repetition),
    "tse": (*_SHAPE, train_length, echo_in_train, repetition),
    "flair": (*_SHAPE, train_length, echo_in_train, inversion, repetition),
    "gre_3d_t1": (field_of_view, spacing, shortest_echo, inversion, repetition),
}


def resolve(sequence: SequenceType, values: Values, asked: frozenset[str], hardware: Hardware) -> Outcome:
    """Runs the rules of `sequence` up to the first that blocks: later ones would judge a wrong set."""
    sheet = Sheet(sequence, dict(values), asked, hardware)
    for rule in _RULES[sequence]:
        rule(sheet)
        if sheet.blocked:
            break
    return Outcome(sheet.values, sheet.followed, tuple(sheet.blocked))
