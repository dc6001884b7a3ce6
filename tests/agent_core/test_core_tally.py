"""Repetitions become counts: nothing is lost, and the lines are few."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local_agent.core.tally import Tally

WINDOW_S = 60.0
HAPPENINGS = st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 30.0)), max_size=200)


@given(HAPPENINGS, st.floats(0.25, 20.0))
def test_whatever_comes_is_written_or_counted_once_in_at_most_two_lines_a_window(
    came: list[tuple[str, float]], look_every_s: float
) -> None:
    tally: Tally[str, str] = Tally(WINDOW_S)
    at_s, looked_s = 0.0, 0.0
    lines: dict[str, list[tuple[float, int]]] = {"a": [], "b": [], "c": []}
    for kind, pause_s in came:
        at_s += pause_s
        while looked_s + look_every_s <= at_s:
            looked_s += look_every_s
            for latest, count in tally.due(looked_s):
                lines[latest].append((looked_s, count))
        if tally.is_first(kind, kind, at_s):
            lines[kind].append((at_s, 1))
    for latest, count in tally.all():
        lines[latest].append((at_s, count))
    for kind, written in lines.items():
        assert sum(count for _, count in written) == sum(k == kind for k, _ in came)
        for first, third in zip(written, written[2:], strict=False):
            assert third[0] - first[0] >= WINDOW_S - look_every_s or third[0] == at_s
    assert not tally.all()
