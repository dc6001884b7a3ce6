"""Pictures and sound put together from packets that are lost, late, twice or out of order."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_kit.rules.audio_assembly import MOST_WAITING, AudioAssembly
from media_kit.rules.video_assembly import (
    ASK_AGAIN_S,
    CAPACITY,
    KEY_AGAIN_S,
    LEAST_PATIENCE_S,
    MOST_MISSING,
    Piece,
    VideoAssembly,
)

KEY, DELTA = b"K", b"d"


def _is_key(data: bytes) -> bool:
    return data.startswith(KEY)


def stream(frames: int, packets: int = 3, first: int = 65_530, keys: tuple[int, ...] = (0,)) -> list[Piece]:
    """Frames of so many packets, across the wrap of sequence numbers; those of `keys` stand alone.

    Only its first packet says that a frame is one: the rest of it alone must not pass for one.
    """
    return [
        Piece(
            sequence=(first + frame * packets + packet) & 0xFFFF,
            timestamp=(4_294_960_000 + frame * 3600) & 0xFFFFFFFF,
            ends_frame=packet == packets - 1,
            data=(KEY if frame in keys and packet == 0 else DELTA) + b"%d.%d;" % (frame, packet),
        )
        for frame in range(frames)
        for packet in range(packets)
    ]


def whole(frame: int, packets: int = 3, keys: tuple[int, ...] = (0,)) -> bytes:
    """What a frame of `stream` is when complete."""
    begin = KEY if frame in keys else DELTA
    return b"".join((DELTA if packet else begin) + b"%d.%d;" % (frame, packet) for packet in range(packets))


def test_the_packet_that_completes_a_frame_releases_it() -> None:
    assembly = VideoAssembly(_is_key)
    released = [assembly.take(piece, 0.0).frames for piece in stream(2)]
    assert [[f.data for f in frames] for frames in released] == [[], [], [whole(0)], [], [], [whole(1)]]


def test_timestamps_go_on_growing_over_the_wrap() -> None:
    assembly = VideoAssembly(_is_key)
    times = [f.timestamp for piece in stream(4) for f in assembly.take(piece, 0.0).frames]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [3600] * 3
    assert times[-1] & 0xFFFFFFFF == stream(4)[-1].timestamp


def test_a_sender_without_markers_is_understood_by_its_timestamps() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = [Piece(p.sequence, p.timestamp, ends_frame=False, data=p.data) for p in stream(3)]
    assert [f.data for p in pieces for f in assembly.take(p, 0.0).frames] == [whole(0), whole(1)]


def test_everything_complete_is_released_when_a_hole_is_filled() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(4)
    for piece in pieces[:4] + pieces[5:]:
        assembly.take(piece, 0.0)
    assert [f.data for f in assembly.take(pieces[4], 0.1).frames] == [whole(1), whole(2), whole(3)]


def test_a_lost_packet_is_asked_for_at_once_and_again_until_it_comes() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(3)
    for piece in pieces[:4]:
        assembly.take(piece, 0.0)
    assert assembly.take(pieces[5], 0.0).ask_for == (pieces[4].sequence,)
    assert assembly.tick(ASK_AGAIN_S * 0.9).ask_for == ()
    assert assembly.next_tick_s() == pytest.approx(ASK_AGAIN_S)
    assert assembly.tick(ASK_AGAIN_S).ask_for == (pieces[4].sequence,)
    assembly.take(pieces[4], 0.1)
    assert assembly.tick(1.0).ask_for == ()
    assert assembly.next_tick_s() is None
    assert assembly.recovered == 1


def test_a_frame_that_cannot_be_completed_is_skipped_and_nothing_is_shown_until_a_key_frame() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(5, keys=(0, 4))
    for piece in pieces[:4] + pieces[5:6]:
        assembly.take(piece, 0.0)
    skipped = assembly.tick(LEAST_PATIENCE_S)
    assert (skipped.frames, skipped.ask_for_key_frame) == ((), True)
    assert [f.data for p in pieces[6:12] for f in assembly.take(p, 0.3).frames] == []
    assert [f.data for p in pieces[12:] for f in assembly.take(p, 0.4).frames] == [whole(4, keys=(0, 4))]


def test_a_key_frame_that_does_not_come_is_asked_for_again() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(40, keys=())
    assert [assembly.take(p, 0.0).ask_for_key_frame for p in pieces[:3]] == [False, False, True]
    assert not any(assembly.take(p, KEY_AGAIN_S * 0.9).ask_for_key_frame for p in pieces[3:6])
    assert assembly.tick(KEY_AGAIN_S).ask_for_key_frame


def test_patience_is_longer_on_a_long_line() -> None:
    assembly = VideoAssembly(_is_key)
    assembly.round_trip_s = 0.3
    pieces = stream(2)
    for piece in (*pieces[:3], pieces[3], pieces[5]):
        assembly.take(piece, 0.0)
    assert not assembly.tick(0.5).ask_for_key_frame
    assert assembly.tick(0.55).ask_for_key_frame


def test_a_whole_key_frame_behind_a_hole_is_shown_at_once() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(4, keys=(0, 3))
    shown = [f.data for p in pieces[:4] + pieces[5:] for f in assembly.take(p, 0.0).frames]
    assert shown == [whole(0, keys=(0, 3)), whole(3, keys=(0, 3))]
    assert assembly.next_tick_s() is None


def test_after_an_outage_a_key_frame_is_asked_for_and_not_every_packet() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(200, packets=4)
    for piece in pieces[:8]:
        assembly.take(piece, 0.0)
    outcomes = [assembly.take(piece, 5.0) for piece in pieces[8 + MOST_MISSING + 1 :][:8]]
    assert not any(outcome.ask_for for outcome in outcomes)
    assert sum(outcome.ask_for_key_frame for outcome in outcomes) == 1


def test_a_decoder_that_lost_its_way_is_given_a_key_frame_next() -> None:
    assembly = VideoAssembly(_is_key)
    pieces = stream(4, keys=(0, 3))
    for piece in pieces[:3]:
        assembly.take(piece, 0.0)
    assembly.need_key_frame()
    assert assembly.tick(0.0).ask_for_key_frame
    shown = [f.data for p in pieces[3:] for f in assembly.take(p, 0.1).frames]
    assert shown == [whole(3, keys=(0, 3))]


def test_whatever_sequence_numbers_come_the_memory_is_bounded() -> None:
    assembly = VideoAssembly(_is_key)
    for n in range(5_000):
        assembly.take(Piece(n * 97 & 0xFFFF, n, ends_frame=False, data=DELTA), n * 0.0001)
        assert len(assembly._pieces) <= CAPACITY
        assert len(assembly._missing) <= CAPACITY


@st.composite
def _disturbed(draw: st.DrawFn) -> list[Piece]:
    """Packets of forty frames, some lost, some twice, displaced by up to six places."""
    pieces = stream(40, packets=2, keys=(0, 10, 20, 30))
    placed: list[tuple[float, Piece]] = []
    for at, piece in enumerate(pieces):
        if at > 1 and draw(st.integers(0, 9)) == 0:
            continue
        placed += [(at + draw(st.floats(0, 6)), piece) for _ in range(draw(st.sampled_from((1, 1, 1, 2))))]
    placed[0] = (-1.0, placed[0][1])
    return [piece for _, piece in sorted(placed, key=lambda pair: pair[0])]


@given(_disturbed(), st.floats(0.001, 0.1))
def test_what_is_shown_is_whole_in_order_and_begins_anew_with_a_key_frame(
    pieces: list[Piece], apart_s: float
) -> None:
    keys = (0, 10, 20, 30)
    assembly, shown, now_s = VideoAssembly(_is_key), [], 0.0
    for piece in pieces:
        now_s += apart_s
        shown += [frame.data for frame in assembly.take(piece, now_s).frames]
        shown += [frame.data for frame in assembly.tick(now_s).frames]
    numbers = [next(n for n in range(40) if whole(n, 2, keys) == data) for data in shown]
    assert numbers == sorted(set(numbers))
    for before, number in zip([-1, *numbers], numbers, strict=False):
        assert number == before + 1 or number in keys


def _words(*sequences: int) -> Iterator[Piece]:
    for sequence in sequences:
        yield Piece(sequence & 0xFFFF, sequence * 960, ends_frame=True, data=b"%d" % sequence)


def _heard(assembly: AudioAssembly, *sequences: int, now_s: float = 0.0) -> list[int]:
    return [int(w.data) for piece in _words(*sequences) for w in assembly.take(piece, now_s)]


def test_sound_is_released_at_once() -> None:
    assembly = AudioAssembly()
    assert _heard(assembly, 65_534) == [65_534]
    assert _heard(assembly, 65_535, 65_536, 65_537) == [65_535, 65_536, 65_537]


def test_a_hole_in_the_sound_is_skipped_when_four_packets_wait_and_nothing_stays_behind() -> None:
    assembly = AudioAssembly()
    _heard(assembly, 1, 2)
    assert _heard(assembly, 4, 5, 6) == []
    assert _heard(assembly, 7) == [4, 5, 6, 7]
    assert _heard(assembly, 8) == [8]
    assert assembly.skipped == 1


def test_a_hole_in_sparse_sound_is_skipped_by_time() -> None:
    assembly = AudioAssembly()
    _heard(assembly, 1)
    assert _heard(assembly, 3, now_s=1.0) == []
    assert _heard(assembly, 4, now_s=1.1) == [3, 4]


def test_sound_out_of_order_is_put_in_order_and_what_is_late_or_twice_is_dropped() -> None:
    assembly = AudioAssembly()
    assert _heard(assembly, 1, 3, 2, 2, 1, 4) == [1, 2, 3, 4]


def test_sound_after_an_outage_begins_anew() -> None:
    assembly = AudioAssembly()
    _heard(assembly, 1, 2)
    assert _heard(assembly, 500, 501) == [500, 501]


@given(st.lists(st.booleans(), min_size=50, max_size=400))
def test_sound_is_never_more_than_four_packets_behind(lost: list[bool]) -> None:
    assembly, newest = AudioAssembly(), -1
    for sequence, is_lost in enumerate(lost):
        if not is_lost:
            heard = _heard(assembly, sequence, now_s=sequence * 0.02)
            newest = max([newest, *heard])
            assert len(assembly._waiting) < MOST_WAITING
    assert _heard(assembly, *range(len(lost), len(lost) + 8))[-1] == len(lost) + 7
