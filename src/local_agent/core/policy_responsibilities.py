"""The table `[responsibilities]` of a policy: one list for each end.

Rules upheld here:
- A table that is written is whole: every known responsibility is in it, exactly once.
- An item that is not known is the site's own, in its own words.
- What takes hands beside the patient cannot be laid on somebody far away.
"""

from __future__ import annotations

from typing import Any

from local_agent.core.toml_places import Place, shown, shown_key
from mr_contract.responsibilities import AT_THE_SITE, MOST_ITEMS, End, KnownItem, Responsibility

TABLE = "responsibilities"
MOST_CHARACTERS = 80
_FORM = 'Write [responsibilities] with local = ["item", …] and remote = ["item", …]'


class BadDivision(ValueError):
    """A table that cannot be used: the place, what is wrong with it, and what to write instead."""

    def __init__(self, place: Place, why: str, remedy: str) -> None:
        super().__init__(why)
        self.place, self.why, self.remedy = place, why, remedy


def read_division(table: Any) -> tuple[Responsibility, ...]:
    """Every responsibility with its end: known ones in the order of `KnownItem`, then the site's own.

    Raises:
        BadDivision: not two lists of words; an item unassigned, doubled, or at an end it cannot be at.
    """
    if not isinstance(table, dict):
        raise BadDivision((TABLE,), f"{TABLE} = {shown(table)} is not a table", _FORM)
    for key in table:
        if key not in tuple(End):
            why = f"{shown_key(TABLE, key)} is neither local nor remote"
            raise BadDivision((TABLE, key), why, _FORM)
    ends: dict[str, End] = {}
    for end in End:
        for item in _items(table.get(end.value, []), end):
            _add(ends, item, end)
    for known in KnownItem:
        if known.value not in ends:
            remedy = f"Write {shown(known.value)} in the list local or remote"
            raise BadDivision((TABLE,), f"{shown(known.value)} is assigned to nobody", remedy)
    if len(ends) > MOST_ITEMS:
        raise BadDivision((TABLE,), f"{len(ends)} items are too many", f"Write at most {MOST_ITEMS}")
    own = [item for item in ends if item not in tuple(KnownItem)]
    return tuple(Responsibility(item=item, end=ends[item]) for item in (*map(str, KnownItem), *own))


def _items(value: Any, end: End) -> tuple[str, ...]:
    place = (TABLE, end.value)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        why = f"{shown_key(*place)} = {shown(value)} is not a list of words"
        raise BadDivision(place, why, _FORM)
    for item in value:
        if not item.strip() or not item.isprintable() or len(item) > MOST_CHARACTERS:
            why = f"the item {shown(item)} cannot be shown"
            raise BadDivision(place, why, f"Write words of 1 to {MOST_CHARACTERS} characters on one line")
    return tuple(value)


def _add(ends: dict[str, End], item: str, end: End) -> None:
    place = (TABLE, end.value)
    if item in ends:
        remedy = "Leave it in one list, once"
        raise BadDivision(place, f"{shown(item)} is assigned twice", remedy)
    if end is End.REMOTE and item in AT_THE_SITE:
        why = f"{shown(item)} takes hands beside the patient and cannot be remote"
        raise BadDivision(place, why, "Move it to the list local")
    ends[item] = end
