"""How old the picture on the glass is, in the words of the desk's core."""

from __future__ import annotations

from remote_console.core.picture_tiles import Freshness, Seen
from remote_console.media.frames import Frame


def seen(frame: Frame | None, shown_s: float, now_s: float) -> Seen:
    """What a tile may say of a picture that is on the glass since `shown_s` (boot time of this desk)."""
    if frame is None:
        return Seen()
    from media_kit import ClockOffset, ShownPicture, judge_age  # loaded with the first picture

    age = judge_age(ShownPicture(frame.captured_s, shown_s), ClockOffset(0.0, frame.within_s), now_s)
    return Seen(Freshness(age.freshness.value), age.age_s)
