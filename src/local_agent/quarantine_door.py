"""Images in quarantine at the service: moved away, and copied where two people corrected them.

Rules upheld here:
- What the journal says is in quarantine is brought there again at every beginning; a correction that was
  signed and not written is written then.
- Disks are waited for in threads. What the disk refuses is said in the log, and nothing is given out.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from local_agent.core import quarantining
from local_agent.core.desk import Desk
from local_agent.core.effects import Correct, Withhold
from local_agent.core.quarantine import DECIDED
from local_agent.dicom.agreed import NotCorrectable, Right
from local_agent.dicom.archive import Archive, ArchiveError
from local_agent.journal.identities import (
    Identities,
    IdentitiesUnusable,
    IdentityDamaged,
    IdentityErased,
    IdentityUnknown,
)
from local_agent.service import Service
from mr_contract.exam import WorklistItem
from mr_contract.vocabulary import QuarantineState

LOG = logging.getLogger("local_agent.quarantine")


@dataclass(slots=True)
class QuarantineDesk:
    """Carries out `Withhold` and `Correct`."""

    service: Service
    archive: Archive
    identities: Identities
    program: str

    def __post_init__(self) -> None:
        self.service.on_images = self.carry_out

    def begin(self) -> None:
        """After the journal was folded: images, identities, and what was left half done.

        An identity that was erased since is missed where images wait for it, not in the list of exams that
        were closed lately.
        """
        for desk in self.service.desks.values():
            for closed in desk.facts.closed:
                self._recall(desk, closed.exam_id, missed=logging.DEBUG)
            for quarantine in desk.facts.quarantines.values():
                self._withhold(quarantine.withheld)
                if quarantine.state in DECIDED:
                    continue
                self._recall(desk, quarantine.exam.exam_id)
                correction = quarantine.correction
                if correction is None:
                    continue
                if correction.identity_digest is not None:
                    self._recall(desk, correction.correction_id)
                if quarantine.state is QuarantineState.CORRECTING:
                    self.carry_out(desk, Correct(correction.exam_id, correction.correction_id))

    def carry_out(self, desk: Desk, effect: Withhold | Correct) -> None:
        """Called on the loop, in the turn that decided."""
        match effect:
            case Withhold(folders):
                for folder in folders:
                    self.archive.deny(folder)
                self.service.faults.later(asyncio.to_thread(self._withhold, folders), "quarantine images")
                for exam_id in (f for f in folders if f not in desk.items):
                    if exam_id in desk.facts.quarantines:
                        self.service.faults.later(self._recall_later(desk, exam_id), "recall a patient")
            case Correct(exam_id, correction_id):
                self.service.faults.later(self._correct(desk, exam_id, correction_id), "correct images")

    def _withhold(self, folders: tuple[str, ...]) -> None:
        for folder in folders:
            try:
                self.archive.withhold(folder)
            except ArchiveError as error:
                LOG.warning("%s. Move them there by hand; consoles are given none of them", error)

    async def _recall_later(self, desk: Desk, exam_id: str) -> None:
        item = await asyncio.to_thread(self._read, exam_id)
        if item is not None:
            desk.items[exam_id] = item
            self.service.changed(desk)

    def _recall(self, desk: Desk, of: str, *, missed: int = logging.WARNING) -> None:
        item = self._read(of, missed=missed)
        if item is not None:
            desk.items[of] = item

    def _read(self, of: str, *, missed: int = logging.WARNING) -> WorklistItem | None:
        try:
            return WorklistItem.model_validate_json(json.dumps(self.identities.read(of)))
        except (IdentityUnknown, IdentityErased, IdentityDamaged, IdentitiesUnusable) as error:
            LOG.log(missed, "%s", error)
            return None

    async def _correct(self, desk: Desk, exam_id: str, correction_id: str) -> None:
        """Write the copies, and say so; anything in the way asks both people again."""
        quarantine = desk.facts.quarantines[exam_id]
        proposed = quarantine.correction
        item = desk.items.get(correction_id)
        why, counts = "", (0, 0)
        if proposed is None or (proposed.identity_digest is not None and item is None):
            why = "the right patient is no longer known"
        else:
            right = Right(
                correction_id,
                item,
                proposed.side_after,
                f"{self.program}, {self.service.site}",
                self.service.clock.wall(),
            )
            try:
                counts = await asyncio.to_thread(self._write, exam_id, right)
            except (ArchiveError, NotCorrectable) as error:
                why = str(error)
        with self.service.turn(desk) as moment:
            if why:
                LOG.warning("no corrected images were written: %s", why)
                quarantining.failed(desk, exam_id, correction_id, why, moment)
            else:
                quarantining.written(desk, exam_id, correction_id, series=counts[0], instances=counts[1])

    def _write(self, exam_id: str, right: Right) -> tuple[int, int]:
        """Number of series and of instances."""
        from local_agent.dicom.correcting import corrected

        originals = self.archive.originals(exam_id)
        copies = corrected({_name(path): path.read_bytes() for path in originals}, right)
        if copies:
            self.archive.publish(right.correction_id, copies)
        return len({series for series, _ in copies}), len(copies)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
