"""Ages, lines, shares of a line, key frames, and what to do about a stream that shows nothing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_kit import ClockOffset, Content, Freshness, Quality, Remedy, ShownPicture, StreamWatch, judge_age
from media_kit.rules.allotting import VOICE_BPS, Share, Wish, allot
from media_kit.rules.capture_times import CapturePair, pairs_from_text, pairs_to_text
from media_kit.rules.effort import Effort, Work
from media_kit.rules.key_frames import LAYER_REST_S, VIEWER_REST_S, KeyFrames
from media_kit.rules.layers import LAYERS, next_bitrate
from media_kit.rules.lines import FIRST_BPS, LEAST_BPS, OPENED_BPS, Line, LineReport
from media_kit.rules.vp8 import key_frame_header

OFFSET = ClockOffset(site_minus_own_s=1000.0, within_s=0.02)


def test_the_age_runs_from_the_capture_and_includes_the_doubt() -> None:
    age = judge_age(ShownPicture(captured_site_s=1049.9, shown_own_s=50.0), OFFSET, now_own_s=50.1)
    assert age.freshness is Freshness.LIVE
    assert age.age_s == pytest.approx(0.22)


def test_an_offset_comes_from_one_question_and_answer() -> None:
    offset = ClockOffset.from_echo(asked_own_s=10.0, site_s=510.04, answered_own_s=10.08)
    assert offset.site_minus_own_s == pytest.approx(500.0)
    assert offset.within_s == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("picture", "offset", "now_s", "freshness"),
    [
        (None, OFFSET, 50.0, Freshness.NO_PICTURE),
        (ShownPicture(1050.0, 50.0), None, 50.1, Freshness.UNKNOWN),
        (ShownPicture(None, 50.0), OFFSET, 50.1, Freshness.UNKNOWN),
        (ShownPicture(1049.0, 50.0), OFFSET, 50.1, Freshness.LATE),
        (ShownPicture(1050.0, 50.0), OFFSET, 50.79, Freshness.LIVE),
        (ShownPicture(1050.0, 50.0), OFFSET, 50.81, Freshness.FROZEN),
        (ShownPicture(1050.0, 50.0), None, 51.0, Freshness.FROZEN),
    ],
)
def test_a_picture_is_what_is_known_of_it(
    picture: ShownPicture | None, offset: ClockOffset | None, now_s: float, freshness: Freshness
) -> None:
    age = judge_age(picture, offset, now_s)
    assert age.freshness is freshness


@given(st.floats(0, 1e6), st.floats(-1e6, 1e6), st.floats(0, 0.5), st.floats(0, 5))
def test_no_picture_is_ever_shown_as_younger_than_it_is(
    own_s: float, offset_s: float, within_s: float, age_s: float
) -> None:
    told = offset_s + within_s  # as wrong as it may be, either way
    for estimate_s in (told, offset_s - within_s):
        captured_s = own_s + offset_s - age_s
        shown = ShownPicture(captured_s, own_s)
        judged = judge_age(shown, ClockOffset(estimate_s, within_s), own_s)
        assert judged.age_s is not None
        assert judged.age_s >= age_s - 1e-6


def test_one_pair_tells_the_capture_time_of_every_frame_over_the_wrap() -> None:
    pair = CapturePair(rtp_timestamp=4_294_967_290, captured_s=100.0)
    assert pair.captured_at_s(4_294_967_290 + 9000) == pytest.approx(100.1)
    assert pair.captured_at_s((4_294_967_290 + 9000) & 0xFFFFFFFF) == pytest.approx(100.1)
    assert pair.captured_at_s(4_294_967_290 - 9000) == pytest.approx(99.9)


def test_pairs_come_out_of_their_message_as_they_went_in() -> None:
    pairs = {"0": CapturePair(7, 1.5), "video1": CapturePair(4_294_967_295, 12345.678901)}
    assert pairs_from_text(pairs_to_text(pairs)) == pairs


@pytest.mark.parametrize(
    "text",
    ["", "7", "[]", '{"0": 1}', '{"0": [1]}', '{"0": [-1, 2]}', '{"0": [1, Infinity]}', '{"0": ["1", 2]}'],
)
def test_a_message_that_is_no_pairs_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json's own words among them
        pairs_from_text(text)


def test_a_layer_rests_between_key_frames_and_forgets_no_request() -> None:
    keys = KeyFrames()
    keys.request(1, 0.0)
    assert keys.due(0.0)
    keys.made(0.0)
    keys.request(2, 0.01)
    assert not keys.due(LAYER_REST_S * 0.9)
    assert keys.due(LAYER_REST_S)


def test_one_viewer_causes_a_key_frame_at_most_once_a_second() -> None:
    keys, made = KeyFrames(), []
    for step in range(100):
        now_s = step * 0.05
        keys.request(1, now_s)
        if keys.due(now_s):
            keys.made(now_s)
            made.append(now_s)
    assert len(made) == 5
    assert all(later - earlier >= VIEWER_REST_S - 1e-9 for earlier, later in itertools.pairwise(made))


def test_a_viewer_that_left_causes_nothing() -> None:
    keys = KeyFrames()
    keys.request(1, 0.0)
    keys.forget(1)
    assert not keys.due(10.0)


def _steady(line: Line, seconds: int, sent_bps: int = 2_000_000, **report: float) -> Line:
    at_s = line.changed_s
    for _ in range(seconds):
        at_s += 1
        line = line.told(LineReport(**{"lost_share": 0.0, "round_trip_s": 0.02, **report}), sent_bps, at_s)  # type: ignore[arg-type]
    return line


def test_a_quiet_line_affords_more_with_time() -> None:
    assert _steady(Line(), 5).affords_bps > OPENED_BPS * 1.3


@pytest.mark.parametrize("lost_share", [0.0, 0.05])
def test_a_new_line_is_tried_with_little_and_opens_once_it_was_found_free(lost_share: float) -> None:
    (first,) = allot(Line().affords_bps, [Wish(0, Content.CAMERA, Quality.HIGH, None)]).values()
    assert first.quality is Quality.HIGH, "large from the beginning"
    assert first.bps + VOICE_BPS < 1_500_000, "and yet it finds a narrow line free"
    unknown = Line().told(LineReport(lost_share=lost_share), 1_000_000, 1.0)
    assert unknown.affords_bps == FIRST_BPS, "nothing is known of its round trip"
    assert _steady(Line(), 1, lost_share=lost_share).affords_bps == OPENED_BPS


def test_a_line_that_was_crowded_before_it_opened_does_not_open() -> None:
    known = Line().told(LineReport(round_trip_s=0.02), 1_000_000, 0.5)
    crowded = _steady(known, 1, sent_bps=1_100_000, round_trip_s=0.2)
    assert crowded.affords_bps < FIRST_BPS
    assert _steady(crowded, 5).affords_bps < 1.2 * FIRST_BPS


def test_a_receivers_low_estimate_counts_only_on_a_crowded_line_and_down_to_half() -> None:
    quiet = _steady(Line(), 3).told(LineReport(receiver_bps=1_200_000), 2_000_000, 99.0)
    assert _steady(quiet, 1).affords_bps > quiet.affords_bps
    assert _steady(quiet, 1, round_trip_s=0.2).affords_bps == 1_200_000
    low = quiet.told(LineReport(receiver_bps=300_000), 2_000_000, 99.0)
    assert _steady(low, 1, round_trip_s=0.2).affords_bps == 1_000_000


def test_reports_of_what_was_before_a_step_cause_no_other() -> None:
    once = _steady(_steady(Line(), 1), 1, sent_bps=1_000_000, round_trip_s=0.2)
    report = LineReport(lost_share=0.3, round_trip_s=0.2)
    assert once.told(report, 500_000, once.changed_s + 1).affords_bps == once.affords_bps
    assert once.told(report, 500_000, once.changed_s + 3).affords_bps < once.affords_bps


def test_a_crowded_line_affords_less_than_is_sent() -> None:
    assert _steady(_steady(Line(), 1), 1, sent_bps=1_000_000, round_trip_s=0.2).affords_bps <= 850_000


def test_control_that_waits_is_believed_unless_the_line_itself_was_just_seen_to_be_free() -> None:
    quiet = _steady(Line(), 3)
    assert quiet.gave_way(1_000_000, quiet.changed_s + 1) == quiet, "a desk or agent short of processor"
    assert quiet.gave_way(1_000_000, quiet.changed_s + 3).affords_bps == 750_000, "nothing was timed of late"
    rising = _steady(quiet, 1, round_trip_s=0.05)
    assert rising.gave_way(1_000_000, rising.changed_s + 1).affords_bps == 750_000
    assert Line().gave_way(1_000_000, 1.0).affords_bps == 750_000, "nothing is known of the line"


def test_pictures_that_found_the_line_full_from_the_beginning_believe_what_control_knows_of_it() -> None:
    full = _steady(Line(), 3, round_trip_s=1.5)
    at_s = full.changed_s + 1
    assert full.gave_way(1_000_000, at_s) == full, "it has never seen the line free"
    assert full.gave_way(1_000_000, at_s, 0.15).affords_bps == 750_000
    free = _steady(Line(), 3, round_trip_s=0.16)
    assert free.gave_way(1_000_000, free.changed_s + 1, 0.15) == free


@dataclass(slots=True)
class _Shared:
    """A line of 1 Mbit/s that pictures share with control; steps of 0.25 s on a clock of its own."""

    line: Line = field(default_factory=Line)
    at_s: float = 0.0
    has: list[Quality | None] = field(default_factory=lambda: [None] * 4)
    wanted: tuple[Quality, ...] = (Quality.HIGH, Quality.LOW, Quality.LOW, Quality.LOW)

    def passes(self, seconds: float, *, others_bps: int, room_bps: int = 1_000_000) -> None:
        """Control waits whenever more is sent than there is room for; pictures say nothing of the line."""
        for _ in range(int(seconds * 4)):
            self.at_s += 0.25
            wishes = [Wish(n, Content.CAMERA, wanted, self.has[n]) for n, wanted in enumerate(self.wanted)]
            shares = allot(self.line.affords_bps, wishes)
            self.has = [shares[n].quality for n in range(4)]
            sent_bps = sum(share.bps for share in shares.values())
            if sent_bps + others_bps > room_bps:
                self.line = self.line.gave_way(sent_bps, self.at_s, 0.15)
            self.line = self.line.looked(self.at_s)
            self.line = self.line.told(LineReport(lost_share=0.0), sent_bps, self.at_s)


def test_pictures_step_down_before_control_and_come_back_by_and_by() -> None:
    shared = _Shared()
    shared.passes(0.25, others_bps=0)
    assert shared.has == list(shared.wanted), "a new line is tried"
    shared.passes(20.0, others_bps=100_000)
    assert shared.has[0] is Quality.LOW, "the large one has become small"
    assert shared.line.gives_way(shared.at_s)
    shared.passes(60.0, others_bps=1_010_000)
    assert shared.has == [None] * 4, "control waits whatever is sent: none is, for as long"
    assert shared.line.is_paused
    shared.passes(9.75, others_bps=0)
    assert shared.line.is_paused, "not at the first breath"
    shared.passes(5.0, others_bps=0)
    assert shared.has == [Quality.LOW, None, None, None], "the most important one first"
    shared.passes(120.0, others_bps=0, room_bps=20_000_000)
    assert shared.has == list(shared.wanted)
    assert not shared.line.gives_way(shared.at_s)


def test_pictures_on_a_shared_line_do_not_jump_between_their_sizes() -> None:
    shared = _Shared()
    shared.passes(60.0, others_bps=100_000)
    changes, before = 0, list(shared.has)
    for _ in range(240):
        shared.passes(0.25, others_bps=100_000)
        changes += shared.has != before
        before = list(shared.has)
    assert changes <= 4


def test_a_line_that_loses_without_being_crowded_is_sent_everything_again() -> None:
    losing = _steady(Line(), 3, lost_share=0.03)
    assert losing.copies == 1
    assert _steady(Line(), 3, lost_share=0.03, round_trip_s=0.3).copies == 2
    assert _steady(losing, 1, round_trip_s=0.2).copies == 0
    assert _steady(Line(), 3).copies == 0


def test_a_line_grows_carefully_near_the_rate_that_crowded_it() -> None:
    crowded = _steady(_steady(Line(), 1), 1, sent_bps=1_000_000, round_trip_s=0.2)
    near = _steady(crowded, 30, sent_bps=700_000)
    assert 800_000 < near.affords_bps < 1_100_000
    assert _steady(Line(affords_bps=near.affords_bps), 30).affords_bps > 5 * near.affords_bps


def test_pictures_are_paced_for_a_while_after_a_line_was_crowded() -> None:
    quiet = _steady(Line(), 3)
    assert quiet.pace_bps(99.0) is None
    crowded = _steady(quiet, 1, round_trip_s=0.2)
    pace_bps = crowded.pace_bps(crowded.changed_s + 1)
    assert pace_bps is not None
    assert crowded.affords_bps < pace_bps < 2 * crowded.affords_bps
    assert crowded.pace_bps(crowded.changed_s + 31) is None


def test_a_line_that_moved_is_learnt_anew() -> None:
    moved = _steady(_steady(Line(), 5, round_trip_s=0.01), 70, round_trip_s=0.1)
    assert not moved.is_crowded


def test_the_estimate_never_falls_to_nothing() -> None:
    assert _steady(_steady(Line(), 1), 20, sent_bps=0, round_trip_s=1.0).affords_bps == LEAST_BPS


def _worked(work: Work, seconds: float, took_s: float) -> Work:
    for _ in range(round(seconds * 25)):
        work = work.done(took_s, work.last_s + 0.04)
    return work


def test_a_machine_that_makes_pictures_in_time_makes_all_of_them() -> None:
    assert _worked(Work(), 60, 0.09).effort is Effort.FULL


def test_a_machine_that_is_late_makes_fewer_pictures_step_by_step_and_never_none() -> None:
    late = _worked(Work(), 0.9, 0.3)
    assert late.effort is Effort.FULL, "a moment's lateness changes nothing"
    assert _worked(late, 0.6, 0.3).effort is Effort.LESS
    least = _worked(late, 30, 0.3)
    assert (least.effort, least.effort.picture_share) == (Effort.LEAST, 0.2)


def test_more_is_made_again_only_after_it_was_easy_for_a_while() -> None:
    least = _worked(Work(), 10, 0.3)
    assert _worked(least, 60, 0.06).effort is Effort.LEAST, "neither late nor easy"
    assert _worked(least, 4, 0.01).effort is Effort.LEAST
    assert _worked(least, 8, 0.01).effort is Effort.LESS
    assert _worked(least, 20, 0.01).effort is Effort.FULL


def _wish(stream: int, wanted: Quality = Quality.HIGH, has: Quality | None = None) -> Wish:
    return Wish(stream, Content.CAMERA, wanted, has)


def test_a_wide_line_gives_everybody_what_the_screen_shows() -> None:
    shares = allot(10_000_000, [_wish(1), _wish(2), _wish(3, Quality.LOW)])
    assert [shares[n].quality for n in (1, 2, 3)] == [Quality.HIGH, Quality.HIGH, Quality.LOW]


def test_every_picture_gets_its_low_layer_before_any_gets_its_high_one() -> None:
    shares = allot(VOICE_BPS + 700_000, [_wish(n) for n in range(4)])
    assert [shares[n].quality for n in range(4)] == [Quality.LOW] * 4


def test_what_has_no_room_is_paused_but_never_the_first() -> None:
    shares = allot(VOICE_BPS + 10_000, [_wish(1), _wish(2)])
    assert shares[1].quality is Quality.LOW
    assert shares[2] == Share(None, 0)


def test_a_picture_does_not_jump_at_the_edge() -> None:
    high = LAYERS[Content.CAMERA][Quality.HIGH]
    edge = VOICE_BPS + int(high.least_bps * 1.05)
    assert allot(edge, [_wish(1, has=Quality.HIGH)])[1].quality is Quality.HIGH
    assert allot(edge, [_wish(1, has=Quality.LOW)])[1].quality is Quality.LOW


@given(
    st.integers(300_000, 10_000_000),
    st.lists(st.sampled_from(Quality), min_size=1, max_size=6),
    st.sampled_from(Content),
)
def test_the_voice_keeps_its_share(affords_bps: int, wanted: list[Quality], content: Content) -> None:
    shares = allot(affords_bps, [Wish(n, content, quality, None) for n, quality in enumerate(wanted)])
    first_alone_bps = LAYERS[content][Quality.LOW].least_bps
    assert sum(s.bps for s in shares.values()) <= max(affords_bps - VOICE_BPS, first_alone_bps)


def test_a_layer_follows_its_poorest_viewer_within_limits_and_not_for_trifles() -> None:
    layer = LAYERS[Content.CAMERA][Quality.HIGH]
    assert next_bitrate(layer, 2_000_000, [2_000_000, 900_000]) == 900_000
    assert next_bitrate(layer, 2_000_000, [100_000]) == layer.least_bps
    assert next_bitrate(layer, 2_000_000, [1_900_000]) == 2_000_000
    assert next_bitrate(layer, 900_000, [9_000_000]) == layer.most_bps


def test_a_stream_that_shows_nothing_is_asked_then_rebuilt_with_growing_patience() -> None:
    watch, done = StreamWatch(since_s=0.0), []
    for step in range(1, 701):
        watch, remedy = watch.judge(step * 0.1)
        if remedy is Remedy.REBUILD:
            done.append(round(step * 0.1, 1))
    assert done == [5.0, 15.0, 35.0]
    asked, remedy = StreamWatch(since_s=0.0).judge(1.0)
    assert remedy is Remedy.ASK_FOR_KEY_FRAME
    assert asked.judge(1.5)[1] is Remedy.NOTHING
    assert watch.saw_frame(70.0).judge(70.5) == (StreamWatch(70.0), Remedy.NOTHING)


def test_a_key_frame_is_known_by_its_first_bytes() -> None:
    header = key_frame_header(b"\x10\x02\x00\x9d\x01\x2a\x00\x05\xd0\x02")
    assert header is not None
    assert (header.width, header.height) == (1280, 720)
    assert key_frame_header(b"\x11\x02\x00\x9d\x01\x2a\x00\x05\xd0\x02") is None
    assert key_frame_header(b"") is None
