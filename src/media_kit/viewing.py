"""A viewer: one connection, the tracks it looks at, and what its line affords."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

from aiortc.mediastreams import MediaStreamError
from av import Packet

from media_kit.encoded_source import EncodedSource
from media_kit.encoded_track import EncodedTrack
from media_kit.picture_encoder import TIME_BASE, EncodedPicture
from media_kit.rules.allotting import Share, Wish, allot
from media_kit.rules.effort import Effort
from media_kit.rules.layers import Quality
from media_kit.rules.lines import Line, LineReport

MOST_WAITING = 15
"""Pictures kept for a sender that does not come for them: more are dropped, and a key frame begins anew."""
DELIVERED_WITHIN_S = 1.0
"""A picture was handed over so lately, and …"""
REPORTED_WITHIN_S = 4.0
"""… its receiver reported on it so lately: receivers do so about once a second."""
_NUMBERS = itertools.count(1)


class ViewerTrack(EncodedTrack):
    """One source as one viewer gets it. Made by `Viewer.look_at`."""

    def __init__(self, viewer: Viewer, source: EncodedSource, wanted: Quality | None) -> None:
        super().__init__()
        self.number = next(_NUMBERS)
        self.source = source
        self.wanted = wanted
        self.share = Share(None, 0)
        self._viewer = viewer
        self._pictures: deque[EncodedPicture] = deque()
        self._arrived = asyncio.Event()
        self._showing: Quality | None = None
        self._whole = False
        self._overflowed = False
        self._last_ticks = -1
        self._handed_s: float | None = None
        self._reported_s: float | None = None

    @property
    def gives_way(self) -> bool:
        """Whether it gets less than is wanted because something more important uses the line."""
        if self.wanted is None or not self._viewer.gives_way:
            return False
        return self.share.quality is not _modest(self.wanted, self.source.effort)

    @property
    def showing(self) -> Quality | None:
        """The layer the pictures come from; None before the first, and while paused for want of room."""
        return self._showing

    async def recv(self) -> Packet[Any]:
        if self._overflowed:
            self._overflowed = False
            self.request_key_frame()
        while not self._pictures and self.readyState == "live":
            self._arrived.clear()
            await self._arrived.wait()
        if self.readyState != "live":
            raise MediaStreamError
        return self._packet(self._pictures.popleft())

    def request_key_frame(self) -> None:
        if self.share.quality is not None:
            self.source.request_key_frame(self.number, self.share.quality)

    def line_reported(self, report: LineReport) -> None:
        if report.lost_share is not None and report.lost_share < 1.0:
            self._reported_s = self._viewer.now_s
        self._viewer.line_reported(report)

    @property
    def is_delivered(self) -> bool:
        """Whether pictures go out now and their receiver says that it receives this very track."""
        if self._handed_s is None or self._reported_s is None or self._showing is None:
            return False
        now_s = self._viewer.now_s
        return now_s - self._handed_s <= DELIVERED_WITHIN_S and now_s - self._reported_s <= REPORTED_WITHIN_S

    def stop(self) -> None:
        super().stop()
        self._viewer.forget(self)
        self.source.leave(self)
        self._pictures.clear()
        self._arrived.set()

    def give(self, share: Share) -> None:
        """What the viewer's line affords for this picture now."""
        moved, self.share = share.quality is not self.share.quality, share
        if moved and share.quality is None:
            self._showing, self._whole = None, False
        self.source.seat(self, moved=moved)

    def take(self, quality: Quality, picture: EncodedPicture) -> None:
        """A layer's next picture. One layer is left for another at a key frame of the other."""
        if quality is not self._showing:
            if quality is not self.share.quality or not picture.is_key:
                return
            self._showing = quality
            self.source.seat(self, moved=False)
        if picture.is_key:
            self._whole = True
        if self._overflowed or not self._whole:
            return
        if len(self._pictures) >= MOST_WAITING:
            self._pictures.clear()
            self._overflowed, self._whole = True, False
            return
        self._pictures.append(picture)
        self._arrived.set()

    def _packet(self, picture: EncodedPicture) -> Packet[Any]:
        # Both layers show the same moments: a change of layer must not repeat one.
        self._last_ticks = max(picture.captured_ticks, self._last_ticks + 1)
        packet: Packet[Any] = Packet(picture.data)
        packet.pts, packet.time_base = self._last_ticks, TIME_BASE
        packet.is_keyframe = picture.is_key
        self.copies, self.pace_bps = self._viewer.line.copies, self._viewer.pace_bps
        self._viewer.sent(len(picture.data))
        self._handed_s = self._viewer.now_s
        return packet


class Viewer:
    """Everything one connection looks at. `clock_s` counts seconds from anywhere."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._tracks: list[ViewerTrack] = []
        self._sent: deque[tuple[float, int]] = deque()
        self.line = Line(changed_s=clock_s())

    @property
    def now_s(self) -> float:
        return self._clock_s()

    @property
    def tracks(self) -> tuple[ViewerTrack, ...]:
        """In the order of importance: the first keeps its picture longest."""
        return tuple(self._tracks)

    @property
    def pace_bps(self) -> int | None:
        """How fast pictures may leave for this line."""
        return self.line.pace_bps(self._clock_s())

    @property
    def sent_bps(self) -> int:
        """Encoded pictures handed over in the last two seconds, in bit/s."""
        return sum(size for _, size in self._sent) * 8 // 2

    def look_at(self, source: EncodedSource, wanted: Quality | None) -> ViewerTrack:
        """A track of this source, to be sent to this viewer's connection; nothing is until it is wanted."""
        track = ViewerTrack(self, source, wanted)
        self._tracks.append(track)
        self._share_out()
        return track

    def want(self, wanted: dict[ViewerTrack, Quality]) -> None:
        """What is on the viewer's screen, most important first; other tracks are sent nothing."""
        rest = [track for track in self._tracks if track not in wanted]
        self._tracks = [track for track in wanted if track in self._tracks] + rest
        for track in self._tracks:
            track.wanted = wanted.get(track)
        self._share_out()

    def forget(self, track: ViewerTrack) -> None:
        """A track ended."""
        if track in self._tracks:
            self._tracks.remove(track)
            self._share_out()

    def close(self) -> None:
        """End every track."""
        for track in self.tracks:
            track.stop()

    def line_reported(self, report: LineReport) -> None:
        """One of the connection's receivers said how the line is."""
        self.line = self.line.told(report, self.sent_bps, self._clock_s())
        self._share_out()

    @property
    def gives_way(self) -> bool:
        """Whether its line is kept free for something more important, as was said of late."""
        return self.line.gives_way(self._clock_s())

    def give_way(self, free_round_trip_s: float | None = None) -> None:
        """Something more important than pictures waits on the same line: send less.

        `free_round_trip_s`: that of the line while nothing waits there, where that is known.
        """
        self.line = self.line.gave_way(self.sent_bps, self._clock_s(), free_round_trip_s)
        self._share_out()

    def look(self) -> None:
        """Time passes: what was paused may come back. A few times a second."""
        now_s = self._clock_s()
        self._forget_sent(now_s)
        looked = self.line.looked(now_s)
        if looked is not self.line:
            self.line = looked
            self._share_out()

    def sent(self, size: int) -> None:
        """A picture of so many bytes was handed over."""
        now_s = self._clock_s()
        self._sent.append((now_s, size))
        self._forget_sent(now_s)

    def _forget_sent(self, now_s: float) -> None:
        while self._sent and self._sent[0][0] < now_s - 2.0:
            self._sent.popleft()

    def _share_out(self) -> None:
        wishes = [
            Wish(t.number, t.source.content, _modest(t.wanted, t.source.effort), t.share.quality)
            for t in self._tracks
            if t.wanted is not None
        ]
        shares = allot(self.line.affords_bps, wishes)
        for track in self.tracks:
            share = shares.get(track.number, Share(None, 0))
            if share != track.share:
                track.give(share)


def _modest(wanted: Quality, effort: Effort) -> Quality:
    """What a machine may be asked for that has so little time."""
    return Quality.LOW if effort is Effort.LEAST else wanted
