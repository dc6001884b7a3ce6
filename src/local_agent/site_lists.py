"""The site's people and its scheduled procedures, as tablets are shown them.

Rules upheld here:
- Registers and files are read in a thread, one reading at a time: a slow disk holds up no beat and no stop.
- What cannot be read leaves the list as it was, and is said once in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from local_agent.authority.register_file import RegisterUnusable
from local_agent.core.people import StaffMember
from local_agent.ports import Roster, Worklist
from mr_contract.exam import WorklistItem
from mr_contract.tablet_messages import StaffView, TabletStaff

LOG = logging.getLogger("local_agent.tablet")
READ_EVERY_S = 2.0
SHOWN_ITEMS = 100


@dataclass(slots=True)
class SiteLists:
    """What was read last; `read` reads again."""

    roster: Roster
    worklist: Worklist
    scanners: tuple[str, ...]
    staff: TabletStaff = field(init=False)
    _items: dict[str, tuple[WorklistItem, ...]] = field(init=False)
    _read_at_s: float | None = None
    _reading: bool = False
    _fault: str = ""

    def __post_init__(self) -> None:
        self.staff = staff_message(self.roster.members())
        self._items = self._read_items()

    def items(self, scanner: str) -> tuple[WorklistItem, ...]:
        """What is scheduled, earliest first, as it was read last."""
        return self._items[scanner][:SHOWN_ITEMS]

    def due(self, at_s: float) -> bool:
        """Whether it is time to read again; the first time only begins to count."""
        if self._read_at_s is None:
            self._read_at_s = at_s
        return not self._reading and at_s - self._read_at_s >= READ_EVERY_S

    async def read(self, at_s: float) -> tuple[bool, bool]:
        """Read again, beside the loop; whether people and whether procedures changed."""
        self._read_at_s, self._reading = at_s, True
        try:
            staff = await asyncio.to_thread(self._read_staff)
            items = await asyncio.to_thread(self._read_items)
        finally:
            self._reading = False
        changed = staff != self.staff, items != self._items
        self.staff, self._items = staff, items
        return changed

    def _read_items(self) -> dict[str, tuple[WorklistItem, ...]]:
        return {scanner: tuple(self.worklist.items(scanner)) for scanner in self.scanners}

    def _read_staff(self) -> TabletStaff:
        try:
            members = self.roster.members()
        except RegisterUnusable as error:
            if str(error) != self._fault:
                LOG.warning("the roster was not read again: %s", error)
            self._fault = str(error)
            return self.staff
        self._fault = ""
        return staff_message(members)


def staff_message(members: Sequence[StaffMember]) -> TabletStaff:
    """Everyone who may check in, in the order of their names."""
    ordered = sorted(members, key=lambda m: (m.name.casefold(), m.staff_id))
    return TabletStaff(people=tuple(staff_view(m) for m in ordered))


def staff_view(member: StaffMember) -> StaffView:
    """One person as tablets show them."""
    return StaffView(
        staff_id=member.staff_id,
        name=member.name,
        mr_level=member.mr_level,
        qualification=member.qualification,
    )
