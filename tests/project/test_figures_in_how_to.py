"""The figures that docs/how-to/network.md gives to those who open firewalls are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from local_agent.app import BEAT_S
from local_agent.authority import certificates, enrolment, expiry, invitations, pairing
from local_agent.config import ConsoleDoorConfig, TabletDoorConfig
from local_agent.core import link_quality, session
from local_agent.core.policy import Policy
from local_agent.link import enrolment_server
from local_agent.link.console_server import LinkLimits
from local_agent.tablet.socket_route import FRAMES_PER_S

TEXT = " ".join((Path(__file__).parents[2] / "docs" / "how-to" / "network.md").read_text().split())
LIMITS = LinkLimits()
WORDS = {"four": 4, "Five": 5, "twenty": 20, "a minute": 60, "half a second": 0.5, "a day": 1}

FIGURES: dict[str, tuple[str, tuple[float, ...]]] = {
    "control port": (r"agent \| (\d+)/tcp \| TLS 1.3, WebSocket: `/control`", (ConsoleDoorConfig().port,)),
    "enrolment port": (r"(\d+)/tcp \| TLS 1.3, WebSocket: `/enrol`", (ConsoleDoorConfig().enrolment_port,)),
    "tablet port": (r"(\d+)/tcp \| HTTPS", (TabletDoorConfig().port,)),
    "an invitation": (
        r"only while an invitation is outstanding\*\*, (\d+) minutes", (invitations.LIFE_S / 60,)
    ),
    "beats": (r"messages pass (four) times a second", (1 / BEAT_S,)),
    "link": (
        r"below (\d+) ms is shown green, above (\d+) ms for (\d+) s",
        (link_quality.GREEN_BELOW_MS, link_quality.RED_ABOVE_MS, link_quality.RED_AFTER_S),
    ),
    "connections": (
        r"(\d+) console connections in all, (\d+) control and (\d+) bulk of one device, (\d+) unfinished",
        (LIMITS.connections, LIMITS.per_device, LIMITS.per_device, LIMITS.pending),
    ),
    "messages": (
        r"(\d+) s for a handshake, (\d+) messages a second of one console .*? (\d+) of one tablet page",
        (LIMITS.handshake_s, session.MESSAGES_PER_S, FRAMES_PER_S),
    ),
    "authority": (
        r"may sign end certificates only \| (\d+) years", (round(certificates.ROOT_LIFE.days / 365.25),)
    ),
    "agent certificate": (r"for its host names \| (\d+) days", (certificates.SERVER_LIFE.days,)),
    "tablet certificate": (r"`key`\) \| (\d+) days", (certificates.SERVER_LIFE.days,)),
    "device certificate": (
        r"(\d+) days, renewed by itself when less than (\d+) are left",
        (certificates.DEVICE_LIFE.days, enrolment.RENEWAL_DUE.days),
    ),
    "backdated": (r"All certificates begin (a day) before", (certificates.BACKDATED.days,)),
    "warned": (r"warns from (\d+) days before", (expiry.SERVER_NOTICE.days,)),
    "guesses": (
        r"(Five) wrong secrets spend an .*? (twenty) wrong attempts in (a minute) close .*? (a minute)",
        (
            *(invitations.MOST_WRONG_SECRETS, invitations.DOOR.most),
            *(invitations.DOOR.window_s, invitations.DOOR.refuse_s),
        ),
    ),
    "enrolment closes": (
        r"Within (half a second) of the last invitation's end", (enrolment_server.LOOK_PERIOD_S,)
    ),
    "workload": (r"`max_running`, default (\d+)", (Policy().max_running,)),
}  # fmt: skip


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_that_of_the_code(figure: str) -> None:
    pattern, expected = FIGURES[figure]
    found = re.search(pattern, TEXT)
    assert found, f"the page no longer says: {pattern}"
    assert tuple(float(WORDS.get(word, word)) for word in found.groups()) == expected


def test_pairing_guesses_are_bounded_like_those_of_an_invitation() -> None:
    assert pairing.DOOR == invitations.DOOR
    assert pairing.OFFER_LIFE_S == invitations.LIFE_S


def test_every_number_of_the_limits_is_checked() -> None:
    section = TEXT.partition("### Limits that show in logs")[2].partition("## TLS")[0]
    checked = sum(len(FIGURES[name][1]) for name in ("connections", "messages"))
    assert len(re.findall(r"\d+", section)) == checked
