"""Words of others in the agent's log feign no line of it."""

from __future__ import annotations

import logging
import sys

from local_agent.log_lines import FORMAT, OneLine


def line_of(message: str, *words: object, fault: bool = False) -> str:
    info = sys.exc_info() if fault else None
    return OneLine(FORMAT).format(
        logging.LogRecord("local_agent", logging.WARNING, "", 1, message, words, info)
    )


def test_a_reason_that_feigns_another_line_stays_within_its_own() -> None:
    forged = "closed\n2026-11-24 ERROR patient Hans Meier\r\x1b[2K\u2028\u202e"
    line = line_of("scanner %s: %s", "mr-a", forged)
    assert line.isprintable()
    assert line.endswith(r"scanner mr-a: closed\n2026-11-24 ERROR patient Hans Meier\r\x1b[2K\u2028\u202e")


def test_a_name_in_any_script_is_written_as_it_is() -> None:
    assert line_of("%s, Zoë Müller", "北").endswith("北, Zoë Müller")


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    try:
        raise ValueError("ours")
    except ValueError:
        assert "Traceback (most recent call last):\n" in line_of("fault", fault=True)
