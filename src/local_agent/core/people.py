"""People of the site, as decisions see them."""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.vocabulary import Qualification


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the site's roster."""

    staff_id: str
    name: str
    mr_level: int
    qualification: Qualification
