"""What a console says of its scans at other sites counts only if that site says so of this very device."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local_agent.console_showing import Attendance
from local_agent.console_workload import Workload
from local_agent.core.control_state import ControlState, Holder, RemoteControl, Request, SuspendedControl
from local_agent.core.desk import Desk
from local_agent.core.policy import Policy
from local_agent.core.session import LinkSession
from local_agent.service import Service
from local_agent.workload import sign_statement
from mr_contract.console_messages import PresentWorkload, WorkloadStatement
from mr_contract.vocabulary import LinkLossAction, Privilege, Role

KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SOUTH_KEY = KEY.public_key().public_bytes_raw().hex()
MINE, ANOTHER = "ab" * 32, "cd" * 32
NONCE = "0f" * 16


@dataclass
class DesksOnly:
    desks: dict[str, Desk] = field(default_factory=dict)
    site: str = "North"


def workload() -> Workload:
    policy = Policy(peers=(("South", SOUTH_KEY),))
    desks = {name: Desk(name, "boot-1", policy) for name in ("mr1", "mr2")}
    return Workload(cast("Service", DesksOnly(desks)), (), KEY)


def statement(
    site: str = "South", device: str = MINE, nonce: str = NONCE, key: Ed25519PrivateKey = KEY
) -> WorkloadStatement:
    return sign_statement(key, site=site, device=device, running=1, where="MR 9", nonce=nonce)


def presented(*statements: WorkloadStatement) -> dict[str, int]:
    holder = Holder("link-1", MINE, "Ruth Meyer", Role.REMOTE_OPERATOR)
    there = Attendance(cast("Any", None), LinkSession(0.0), holder)
    workload().presented(there, PresentWorkload(statements=statements), {NONCE: 10.0})
    return {site: known.running for site, known in there.statements.items()}


def test_a_statement_of_a_known_site_about_this_device_counts() -> None:
    assert presented(statement()) == {"South": 1}


@pytest.mark.parametrize(
    "changed", [{"device": ANOTHER}, {"nonce": "1e" * 16}, {"site": "East"}, {"key": STRANGER}],
    ids=["another device", "a nonce never given", "a site nobody knows", "signed by a stranger"],
)  # fmt: skip
def test_another_statement_is_as_if_it_had_not_come(changed: dict[str, Any]) -> None:
    assert presented(statement(**changed)) == {}


HOLDER = Holder("link-1", MINE, "Ruth Meyer", Role.REMOTE_OPERATOR)
HELD = RemoteControl(HOLDER, "r1", frozenset(Privilege), LinkLossAction.STOP_NOW, renewed_at_s=1.0)


def asked(*privileges: Privilege) -> ControlState:
    request = Request("r1", HOLDER, frozenset(privileges), LinkLossAction.STOP_NOW, asked_at_s=1.0)
    return ControlState(requests=(request,))


@pytest.mark.parametrize(
    ("control", "counts"),
    [
        (ControlState(), 0),
        (ControlState(operator=HELD), 1),
        (ControlState(operator=SuspendedControl(HELD, since_s=2.0)), 1),
        (asked(Privilege.VIEW, Privilege.EDIT), 1),
        (asked(Privilege.VIEW, Privilege.TALK), 0),
    ],
    ids=["nobody", "held", "suspended", "asked for", "asked to watch"],
)
def test_a_scanner_counts_while_its_control_is_held_may_be_resumed_or_is_asked_for(
    control: ControlState, counts: int
) -> None:
    """The scanner that is asked for now is not counted among the others."""
    counted = workload()
    counted.service.desks["mr1"].control = control
    assert counted.controlled(MINE, but="mr1") == 0
    assert counted.controlled(MINE, but="mr2") == counts
    assert counted.controlled(ANOTHER, but="mr2") == 0
