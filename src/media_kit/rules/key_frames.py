"""When an encoder that serves many viewers makes a key frame.

- Requests of several viewers that come together are answered by one key frame.
- Between two key frames of a layer lie at least `LAYER_REST_S`: a request in between waits for its turn, it
  is not lost.
- One viewer causes at most one key frame in `VIEWER_REST_S`: a viewer on a bad line cannot take the bits of
  the others. A key frame made for somebody else serves it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LAYER_REST_S = 0.4
VIEWER_REST_S = 1.0


@dataclass(slots=True)
class KeyFrames:
    """The requests for one layer of one source."""

    _made_s: float | None = None
    _waiting: dict[int, float] = field(default_factory=dict)
    _caused_s: dict[int, float] = field(default_factory=dict)

    def request(self, viewer: int, now_s: float) -> None:
        """A viewer cannot show anything until a key frame."""
        caused_s = self._caused_s.get(viewer)
        due_s = now_s if caused_s is None else max(now_s, caused_s + VIEWER_REST_S)
        self._waiting.setdefault(viewer, due_s)

    def forget(self, viewer: int) -> None:
        """A viewer left."""
        self._waiting.pop(viewer, None)
        self._caused_s.pop(viewer, None)

    def due(self, now_s: float) -> bool:
        """Whether the next frame is to be a key frame."""
        if not self._waiting or (self._made_s is not None and now_s < self._made_s + LAYER_REST_S):
            return False
        return any(now_s >= due_s for due_s in self._waiting.values())

    def made(self, now_s: float) -> None:
        """A key frame leaves the encoder, asked for or not: everybody who waits is served by it."""
        for viewer, due_s in self._waiting.items():
            if now_s >= due_s:
                self._caused_s[viewer] = now_s
        self._waiting.clear()
        self._made_s = now_s
