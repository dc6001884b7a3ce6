"""A camera that is drawn: 720p, 25 pictures a second, each new because its moment is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from PIL import Image, ImageDraw

from local_agent.media.sources.source import Offer, SourceFailed
from local_agent.media.sources.synthetic.canvas import HEIGHT, WIDTH, Canvas, below_caption, patch
from local_agent.media.sources.synthetic.captions import AMBER, CLOCK_WIDTH, INK, QUIET, bar, clock, font
from local_agent.media.sources.synthetic.perspective import Colour
from local_agent.media.sources.synthetic.room_state import RoomState
from local_agent.media.sources.synthetic.scenes import InjectorScene, PatientScene, RoomScene, Scene
from local_agent.media.sources.synthetic.words import words_of
from mr_contract.device_reasons import DeviceReason
from mr_contract.vocabulary import SourceKind

PER_S = 25
SCENES: dict[SourceKind, type[RoomScene | PatientScene | InjectorScene]] = {
    SourceKind.ROOM: RoomScene,
    SourceKind.PATIENT: PatientScene,
    SourceKind.INJECTOR: InjectorScene,
}
_CLOCK_LEFT = WIDTH - CLOCK_WIDTH


class SyntheticCamera:
    """Shows the simulated room, patient or injector. `room` tells what is to be seen, from any thread."""

    def __init__(
        self,
        kind: SourceKind,
        title: str,
        room: Callable[[], RoomState | None],
        boot_s: Callable[[], float],
        wall: Callable[[], datetime],
    ) -> None:
        self._kind, self._title, self._room = kind, title, room
        self._boot_s, self._wall = boot_s, wall

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """See `Source.play`.

        Raises:
            SourceFailed: nothing is drawn for this kind.
        """
        picture = LivePicture(self._kind, self._title)
        due_s = self._boot_s()
        while not stop.wait(max(0.0, due_s - self._boot_s())):
            now_s = self._boot_s()
            picture.bring_up(self._room(), now_s, self._wall())
            offer(picture.canvas.frame(), now_s)
            due_s = max(due_s + 1 / PER_S, now_s)


class LivePicture:
    """A scene, its caption and its clock on one canvas."""

    def __init__(self, kind: SourceKind, title: str) -> None:
        if kind not in SCENES:
            raise SourceFailed(DeviceReason.NOT_DRAWN)
        self.canvas = Canvas()
        self._make: Callable[[], Scene] = SCENES[kind]
        self._scene: Scene | None = None
        self._kind, self._title = kind, title
        self._words: str | None = None
        self._second: datetime | None = None

    def bring_up(self, state: RoomState | None, now_s: float, wall: datetime) -> None:
        """Paint what changed; None: the scanner is not heard, and nothing is known of the room."""
        if state is None:
            self._go_dark()
        else:
            if self._scene is None:
                self._scene, self._words = self._make(), None
            self._scene.paint(self.canvas, state, now_s)
        calls = state is not None and state.bulb_pressed
        self._caption(words_of(self._kind, state), wall.replace(microsecond=0), AMBER if calls else QUIET)

    def _go_dark(self) -> None:
        if self._scene is not None or self._words is None:
            self._scene, self._words = None, None
            image = Image.new("RGB", (WIDTH, HEIGHT), (28, 34, 40))
            words = "the simulated scanner is not heard"
            ImageDraw.Draw(image).text((WIDTH // 2, HEIGHT // 2), words, INK, font(38), anchor="mm")
            self.canvas.paint(below_caption(image))

    def _caption(self, words: str, second: datetime, colour: Colour) -> None:
        if words != self._words:
            self._words, self._second = words, None
            self.canvas.paint(patch(bar(_CLOCK_LEFT, self._title, words, colour)))
        if second != self._second:
            self._second = second
            self.canvas.paint(patch(clock(second), _CLOCK_LEFT))
