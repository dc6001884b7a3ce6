"""What each synthetic camera looks at: paints on a canvas only what changed since the last picture."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from PIL import Image

from local_agent.media.sources.synthetic.canvas import Canvas, Patch, below_caption, patch
from local_agent.media.sources.synthetic.injector_picture import draw_injector
from local_agent.media.sources.synthetic.patient_picture import (
    MOST_LIFT_PX,
    draw_patient,
    draw_surroundings,
)
from local_agent.media.sources.synthetic.patient_picture import MOVING_BOX as PATIENT_BOX
from local_agent.media.sources.synthetic.patient_rhythm import breath, eyes_shut
from local_agent.media.sources.synthetic.room_picture import FINER, draw_room, draw_table
from local_agent.media.sources.synthetic.room_picture import MOVING_BOX as TABLE_BOX
from local_agent.media.sources.synthetic.room_state import Injection, RoomState
from local_agent.media.sources.synthetic.table_motion import TRAVEL_M, TableMotion

TABLE_DRAWN_EVERY_S = 0.15
_STILL = RoomState()


class Scene(Protocol):
    """One camera's subject."""

    def paint(self, canvas: Canvas, state: RoomState, now_s: float) -> None:
        """Bring the canvas up to this moment."""
        ...


class RoomScene:
    """The magnet room."""

    def __init__(self) -> None:
        self._motion = TableMotion()
        self._room: Image.Image | None = None
        self._drawn: RoomState | None = None
        self._table_m: float | None = None
        self._moved_s = 0.0

    def paint(self, canvas: Canvas, state: RoomState, now_s: float) -> None:
        """See `Scene.paint`."""
        at_m = self._motion.at_m(state.table, now_s)
        seen = replace(state, table=None, injection=Injection.READY, injected=0.0, step_name="")
        if self._room is None or seen != self._drawn:
            self._drawn, self._table_m = seen, None
            self._room = draw_room(seen)
            canvas.paint(below_caption(self._room.reduce(FINER)))
        if at_m != self._table_m and (self._table_m is None or now_s - self._moved_s >= TABLE_DRAWN_EVERY_S):
            self._table_m, self._moved_s = at_m, now_s
            canvas.paint(patch(draw_table(self._room, seen, at_m), *TABLE_BOX[:2]))


class PatientScene:
    """The patient's face."""

    def __init__(self) -> None:
        self._motion = TableMotion()
        self._kept: OrderedDict[tuple[int, bool], Patch] = OrderedDict()
        self._around: Image.Image | None = None
        self._drawn: tuple[RoomState, bool] | None = None
        self._shown: tuple[int, bool] | None = None

    def paint(self, canvas: Canvas, state: RoomState, now_s: float) -> None:
        """See `Scene.paint`."""
        in_bore = self._motion.at_m(state.table, now_s) > TRAVEL_M / 2
        seen = RoomState(coil=state.coil, has_patient=state.has_patient, bulb_pressed=state.bulb_pressed)
        if self._around is None or (seen, in_bore) != self._drawn:
            self._drawn, self._shown = (seen, in_bore), None
            self._kept.clear()
            self._around = draw_surroundings(in_bore=in_bore)
            canvas.paint(below_caption(self._around))
        pose = (0, False)
        if seen.has_patient:
            pose = (round(breath(now_s) * MOST_LIFT_PX), eyes_shut(now_s) and not seen.bulb_pressed)
        if pose != self._shown:
            self._shown = pose
            canvas.paint(self._posed(pose, partial(draw_patient, self._around, seen)))

    def _posed(self, pose: tuple[int, bool], draw: Callable[..., Image.Image]) -> Patch:
        """Drawn once for each pose, and kept."""
        kept = self._kept.get(pose)
        if kept is None:
            kept = self._kept[pose] = patch(draw(pose[0], eyes_shut=pose[1]), *PATIENT_BOX[:2])
        return kept


class InjectorScene:
    """The contrast injector's display."""

    def __init__(self) -> None:
        self._drawn: RoomState | None = None

    def paint(self, canvas: Canvas, state: RoomState, now_s: float) -> None:  # noqa: ARG002 - it has no clock
        """See `Scene.paint`."""
        seen = replace(_STILL, injection=state.injection, injected=state.injected)
        if seen != self._drawn:
            self._drawn = seen
            canvas.paint(below_caption(draw_injector(seen)))
