"""What every event of the journal has."""

from __future__ import annotations

from mr_contract.model import Model, ShortText


class Event(Model):
    """Common to all; `by` names who acted, a person or a machine."""

    by: ShortText = ""
