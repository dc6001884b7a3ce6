"""Who operates: every state × every input, good and bad, and the attacks on it."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from local_agent.core.control import (
    decide,
)
from local_agent.core.control_inputs import (
    Allowed,
    Asked,
    AskLocalOperator,
    ControlInput,
    Denied,
    Ended,
    ExamVoided,
    Granted,
    Lapsed,
    LeaseRenewed,
    LinkGone,
    PatientCut,
    PatientWithdrawn,
    Refused,
    Released,
    Resumed,
    ResumeTouched,
    Revoked,
    Ticked,
    Withdrawn,
)
from local_agent.core.control_state import (
    ANSWER_S,
    LEASE_S,
    MOST_ASKING,
    SUSPENDED_S,
    ControlState,
    Holder,
    LocalControl,
    Operator,
    RemoteControl,
    Request,
    SuspendedControl,
    Watcher,
)
from mr_contract.reasons import Reason
from mr_contract.vocabulary import LinkLossAction, Privilege, Role

V, T, E, S, P = Privilege.VIEW, Privilege.TALK, Privilege.EDIT, Privilege.START, Privilege.PATIENT
ALL = frozenset({V, T, E, S, P})
AT = 1000.0
MIA = Holder("link-mia", "d-mia", "Mia", Role.REMOTE_OPERATOR)
MIA_AGAIN = replace(MIA, link="link-mia-2")
TOM = Holder("link-tom", "d-tom", "Tom", Role.REMOTE_OPERATOR)
EVE = Holder("link-eve", "d-eve", "Eve", Role.RADIOLOGIST)


def request(holder: Holder, *privileges: Privilege, number: str = "r2", at_s: float = AT) -> Request:
    wanted = frozenset(privileges) or ALL
    return Request(number, holder, wanted, LinkLossAction.FINISH_SEQUENCE, at_s)


REMOTE = RemoteControl(MIA, "r1", ALL, LinkLossAction.FINISH_SEQUENCE, renewed_at_s=AT - 0.5)
SUSPENDED = SuspendedControl(REMOTE, since_s=AT - 10.0)
OPERATORS: dict[str, Operator] = {"local": LocalControl(), "remote": REMOTE, "suspended": SUSPENDED}
PENDING = {
    "": (),
    "+pending": (request(TOM, V, number="p1", at_s=AT - 5.0),),
    "+operating": (request(TOM, V, E, S, number="p1", at_s=AT - 5.0),),
}
STATES = {o + p: ControlState(OPERATORS[o], PENDING[p]) for o in OPERATORS for p in PENDING}

INPUTS: dict[str, ControlInput] = {
    "asked by a third": Asked(request(TOM, V, E)),
    "asked to view": Asked(request(EVE, V)),
    "asked again by Mia": Asked(request(MIA)),
    "asked for too much by a radiologist": Asked(request(EVE, V, S)),
    "asked for nothing": Asked(replace(request(TOM, V), privileges=frozenset())),
    "withdrawn by its asker": Withdrawn(TOM.link, AT),
    "withdrawn by another": Withdrawn(EVE.link, AT),
    "allowed": Allowed("p1", ALL, AT),
    "allowed another request": Allowed("p0", ALL, AT),
    "allowed nothing": Allowed("p1", frozenset(), AT),
    "denied": Denied("p1", AT),
    "denied another request": Denied("p0", AT),
    "renewed": LeaseRenewed(MIA.link, MIA.device, AT - 0.1, AT),
    "renewed on another link": LeaseRenewed(MIA_AGAIN.link, MIA.device, AT - 0.1, AT),
    "renewed by another device": LeaseRenewed(MIA.link, TOM.device, AT - 0.1, AT),
    "renewed by an older beat": LeaseRenewed(MIA.link, MIA.device, AT - 0.6, AT),
    "renewed by a beat to come": LeaseRenewed(MIA.link, MIA.device, AT + 5.0, AT),
    "released": Released(MIA.link, AT),
    "released by another": Released(TOM.link, AT),
    "revoked": Revoked(AT),
    "patient cut": PatientCut(AT),
    "resumed": ResumeTouched((TOM, MIA_AGAIN), AT),
    "resumed without her": ResumeTouched((TOM, EVE), AT),
    "her link gone": LinkGone(MIA.link, AT),
    "asker's link gone": LinkGone(TOM.link, AT),
    "exam voided": ExamVoided(AT),
    "ticked": Ticked(AT),
}

# For each input: what each operator state gives, as "next[+pending]: consequences / refusal".
# A dash keeps the state; words are the consequences, capitals a refusal.
TABLE: dict[str, dict[str, str]] = {
    "asked by a third": {
        "local": "local+asked: ask",
        "remote": "-: NOT_HOLDER",
        "suspended": "suspended+asked: ask",
        "local+pending": "local+asked: ended(withdrawn) ask",
        "remote+pending": "-: NOT_HOLDER",
        "suspended+pending": "suspended+asked: ended(withdrawn) ask",
    },
    "asked to view": {
        "local": "local+asked: ask",
        "remote": "remote+asked: ask",
        "suspended": "suspended+asked: ask",
        "local+pending": "local+pending+waiting: ask",
        "remote+pending": "remote+pending+waiting: ask",
        "suspended+pending": "suspended+pending+waiting: ask",
    },
    "asked again by Mia": {
        "local": "local+asked: ask",
        "remote": "remote+asked: ask",
        "suspended": "suspended+asked: ask",
        "local+pending": "local+asked+waiting: ask",
        "remote+pending": "remote+asked+waiting: ask",
        "suspended+pending": "suspended+asked+waiting: ask",
    },
    "asked for too much by a radiologist": dict.fromkeys(STATES, "-: ROLE_FORBIDS"),
    "asked for nothing": dict.fromkeys(STATES, "-: ROLE_FORBIDS"),
    "withdrawn by its asker": {
        "local": "-: REQUEST_GONE",
        "remote": "-: REQUEST_GONE",
        "suspended": "-: REQUEST_GONE",
        "local+pending": "local: ended(withdrawn)",
        "remote+pending": "remote: ended(withdrawn)",
        "suspended+pending": "suspended: ended(withdrawn)",
    },
    "withdrawn by another": dict.fromkeys(STATES, "-: REQUEST_GONE"),
    "allowed": {
        "local": "-: REQUEST_GONE",
        "remote": "-: REQUEST_GONE",
        "suspended": "-: REQUEST_GONE",
        "local+pending": "local+watching: granted",
        "remote+pending": "remote+watching: granted",
        "suspended+pending": "suspended+watching: granted",
    },
    "allowed another request": dict.fromkeys(STATES, "-: REQUEST_GONE"),
    "allowed nothing": {
        "local": "-: REQUEST_GONE",
        "remote": "-: REQUEST_GONE",
        "suspended": "-: REQUEST_GONE",
        "local+pending": "local: refused",
        "remote+pending": "remote: refused",
        "suspended+pending": "suspended: refused",
    },
    "denied": {
        "local": "-: REQUEST_GONE",
        "remote": "-: REQUEST_GONE",
        "suspended": "-: REQUEST_GONE",
        "local+pending": "local: refused",
        "remote+pending": "remote: refused",
        "suspended+pending": "suspended: refused",
    },
    "denied another request": dict.fromkeys(STATES, "-: REQUEST_GONE"),
    "renewed": {
        "local": "-: NO_CONTROL",
        "remote": "remote renewed:",
        "suspended": "-: NO_CONTROL",
        "local+pending": "-: NO_CONTROL",
        "remote+pending": "remote+pending renewed:",
        "suspended+pending": "-: NO_CONTROL",
    },
    "renewed on another link": dict.fromkeys(STATES, "-: NO_CONTROL"),
    "renewed by another device": dict.fromkeys(STATES, "-: NO_CONTROL"),
    "renewed by an older beat": {s: "-:" if s.startswith("remote") else "-: NO_CONTROL" for s in STATES},
    "renewed by a beat to come": {s: "-:" if s.startswith("remote") else "-: NO_CONTROL" for s in STATES},
    "released": {
        "local": "-: NO_CONTROL",
        "remote": "local+watching: ended(released)",
        "suspended": "-: NO_CONTROL",
        "local+pending": "-: NO_CONTROL",
        "remote+pending": "local+pending+watching: ended(released)",
        "suspended+pending": "-: NO_CONTROL",
    },
    "released by another": dict.fromkeys(STATES, "-: NO_CONTROL"),
    "revoked": {
        "local": "local:",
        "remote": "local: ended(revoked)",
        "suspended": "local: ended(revoked)",
        "local+pending": "local: refused",
        "remote+pending": "local: ended(revoked) refused",
        "suspended+pending": "local: ended(revoked) refused",
    },
    "patient cut": {
        "local": "local:",
        "remote": "remote less: withdrawn",
        "suspended": "suspended less: withdrawn",
        "local+pending": "local+pending:",
        "remote+pending": "remote+pending less: withdrawn",
        "suspended+pending": "suspended+pending less: withdrawn",
    },
    "resumed": {
        "local": "-: NOT_NOW",
        "remote": "-: NOT_NOW",
        "suspended": "remote on her new link: resumed",
        "local+pending": "-: NOT_NOW",
        "remote+pending": "-: NOT_NOW",
        "suspended+pending": "remote on her new link+pending: resumed",
    },
    "resumed without her": {
        s: "-: CONTROL_SUSPENDED" if s.startswith("suspended") else "-: NOT_NOW" for s in STATES
    },
    "her link gone": dict.fromkeys(STATES, "-:"),
    "asker's link gone": {
        "local": "-:",
        "remote": "-:",
        "suspended": "-:",
        "local+pending": "local: ended(link_closed)",
        "remote+pending": "remote: ended(link_closed)",
        "suspended+pending": "suspended: ended(link_closed)",
    },
    "exam voided": {
        "local": "local:",
        "remote": "local: ended(exam_closed)",
        "suspended": "local: ended(exam_closed)",
        "local+pending": "local: ended(exam_closed)",
        "remote+pending": "local: ended(exam_closed) ended(exam_closed)",
        "suspended+pending": "local: ended(exam_closed) ended(exam_closed)",
    },
    "ticked": dict.fromkeys(STATES, "-:"),
}

# Where a request to operate stands, all is as with one to watch but for these.
OPERATING_ASKED: dict[str, dict[str, str]] = {
    "asked by a third": {
        "local": "-: CONSENT_PENDING",
        "remote": "-: NOT_HOLDER",
        "suspended": "-: CONSENT_PENDING",
    },
    "asked again by Mia": dict.fromkeys(OPERATORS, "-: CONSENT_PENDING"),
    "allowed": {
        "local": "third: granted",
        "remote": "-: NOT_HOLDER",
        "suspended": "third: ended(not_resumed) granted",
    },
}
for given, row in TABLE.items():
    standing = {operator: row[f"{operator}+pending"] for operator in OPERATORS}
    changed = standing | OPERATING_ASKED.get(given, {})
    row.update({f"{operator}+operating": words for operator, words in changed.items()})


def in_words(before: ControlState, state: ControlState) -> str:
    match state.operator:
        case LocalControl():
            words = "local"
        case RemoteControl(holder=holder):
            words = {MIA: "remote", MIA_AGAIN: "remote on her new link", TOM: "third"}[holder]
        case SuspendedControl():
            words = "suspended"
    if state.pending is not None:
        words += "+pending" if state.pending is before.pending else "+asked"
        words += "+waiting" * (len(state.requests) - 1)
    if state.watchers:
        words += "+watching"
    if isinstance(state.operator, RemoteControl) and state.operator.renewed_at_s == AT - 0.1:
        words += " renewed"
    return words + " less" * _has_less(before.operator, state.operator)


def _has_less(before: Operator, after: Operator) -> bool:
    """Whether the same holder has fewer privileges."""
    was = before.was if isinstance(before, SuspendedControl) else before
    now = after.was if isinstance(after, SuspendedControl) else after
    if not isinstance(was, RemoteControl) or not isinstance(now, RemoteControl):
        return False
    return was.privileges - now.privileges == {P}


def follows_in_words(follows: tuple[object, ...]) -> str:
    words = []
    for one in follows:
        match one:
            case AskLocalOperator():
                words.append("ask")
            case Granted():
                words.append("granted")
            case Refused(by_silence=silent):
                words.append("silence" if silent else "refused")
            case Ended(why=why):
                words.append(f"ended({why})")
            case Lapsed():
                words.append("lapsed")
            case Resumed():
                words.append("resumed")
            case PatientWithdrawn(holder=holder):
                assert holder == MIA
                words.append("withdrawn")
    return " ".join(words)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("given", INPUTS)
def test_every_state_and_input(state: str, given: str) -> None:
    before = STATES[state]
    decision = decide(before, INPUTS[given])
    expected = TABLE[given][state]
    if expected.startswith("-"):
        assert decision.state == before
    where = in_words(before, decision.state) if not expected.startswith("-") else "-"
    what = " ".join(f.reason.name for f in decision.refusal) or follows_in_words(decision.follows)
    assert f"{where}: {what}".strip() == expected.strip()


def test_the_table_names_every_state_and_input() -> None:
    assert set(TABLE) == set(INPUTS)
    assert all(set(row) == set(STATES) for row in TABLE.values())
    assert {type(one) for one in INPUTS.values()} == set(get_args(ControlInput)), "every input there is"
    assert {type(one) for one in OPERATORS.values()} == set(get_args(Operator)), "every operator there is"


# ------------------------------------------------------------------ time


def test_a_lease_lapses_three_seconds_after_the_beat_that_renewed_it() -> None:
    state = ControlState(replace(REMOTE, renewed_at_s=AT))
    assert decide(state, Ticked(AT + LEASE_S - 0.01)).state == state
    lapsed = decide(state, Ticked(AT + LEASE_S))
    assert isinstance(lapsed.state.operator, SuspendedControl)
    assert lapsed.follows == (Lapsed(state.operator),)  # type: ignore[arg-type]


def test_a_renewal_that_arrives_after_the_lease_lapsed_revives_nothing() -> None:
    state = ControlState(replace(REMOTE, renewed_at_s=AT))
    late = AT + LEASE_S + 0.1
    decision = decide(state, LeaseRenewed(MIA.link, MIA.device, late - 0.05, late))
    assert isinstance(decision.state.operator, SuspendedControl)
    assert [f.reason for f in decision.refusal] == [Reason.NO_CONTROL]


def test_a_lease_extends_from_its_beat_and_not_from_its_arrival() -> None:
    state = ControlState(replace(REMOTE, renewed_at_s=AT))
    renewed = decide(state, LeaseRenewed(MIA.link, MIA.device, AT + 0.2, AT + 2.9)).state
    assert isinstance(decide(renewed, Ticked(AT + 0.2 + LEASE_S)).state.operator, SuspendedControl)


def test_a_suspension_ends_after_a_minute_and_cannot_be_resumed_then() -> None:
    state = ControlState(SuspendedControl(REMOTE, since_s=AT))
    assert decide(state, ResumeTouched((MIA,), AT + SUSPENDED_S - 0.01)).follows == (Resumed(MIA),)
    late = decide(state, ResumeTouched((MIA,), AT + SUSPENDED_S))
    assert late.state.operator == LocalControl()
    assert [f.reason for f in late.refusal] == [Reason.NOT_NOW]


def test_silence_means_no_and_a_yes_after_it_grants_nothing() -> None:
    state = ControlState(requests=(request(TOM, V, S, at_s=AT),))
    late = decide(state, Allowed("r2", ALL, AT + ANSWER_S))
    assert late.state == ControlState()
    assert late.follows == (Refused(state.pending, by_silence=True),)  # type: ignore[arg-type]
    assert [f.reason for f in late.refusal] == [Reason.REQUEST_GONE]


def test_hours_in_one_step_lapse_suspend_and_end() -> None:
    state = ControlState(REMOTE, (request(TOM, V, at_s=AT),))
    decision = decide(state, Ticked(AT + 3600.0))
    assert decision.state == ControlState()
    assert follows_in_words(decision.follows) == "silence lapsed ended(not_resumed)"


# ------------------------------------------------------------------ several requests


def asking(*requests: Request, operator: Operator | None = None) -> ControlState:
    state = ControlState(operator or LocalControl())
    for one in requests:
        decision = decide(state, Asked(one))
        assert decision.refusal == ()
        state = decision.state
    return state


def test_who_asks_to_watch_never_holds_up_who_asks_to_operate() -> None:
    state = asking(request(EVE, V, number="watch"), request(MIA, number="operate"))
    assert [r.request_id for r in state.requests] == ["operate", "watch"]
    granted = decide(state, Allowed("operate", ALL, AT)).state
    assert granted.privileges_of(MIA.link) == ALL
    assert granted.pending == request(EVE, V, number="watch")
    assert decide(granted, Allowed("watch", frozenset({V}), AT)).state.privileges_of(EVE.link) == {V}


def test_a_yes_names_its_request_also_if_another_is_shown_by_now() -> None:
    state = asking(request(EVE, V, number="watch"), request(MIA, number="operate"))
    allowed = decide(state, Allowed("watch", ALL, AT)).state
    assert allowed.privileges_of(EVE.link) == {V}
    assert allowed.operator == LocalControl()
    assert allowed.pending == request(MIA, number="operate")


def test_two_who_ask_to_operate_do_not_both_wait() -> None:
    state = asking(request(MIA, number="first"))
    second = decide(state, Asked(request(TOM, number="second")))
    assert second.state == state
    assert [f.reason for f in second.refusal] == [Reason.CONSENT_PENDING]


def test_a_watcher_that_asks_twice_or_for_less_than_it_waits_for_is_told_to_wait() -> None:
    for first in (request(TOM, V), request(TOM)):
        again = decide(asking(first), Asked(request(TOM, V, number="again")))
        assert [f.reason for f in again.refusal] == [Reason.CONSENT_PENDING]


def test_no_more_wait_than_the_tablet_can_answer_but_one_to_operate_always_may() -> None:
    holders = [replace(EVE, link=f"link-{n}", device=f"d-{n}") for n in range(MOST_ASKING)]
    state = asking(*(request(h, V, number=f"r-{n}") for n, h in enumerate(holders)))
    assert [f.reason for f in decide(state, Asked(request(EVE, V))).refusal] == [Reason.CONSENT_PENDING]
    assert decide(state, Asked(request(MIA))).refusal == ()


def test_each_request_lapses_by_its_own_silence() -> None:
    state = asking(request(EVE, V, at_s=AT), request(MIA, number="operate", at_s=AT + 60.0))
    decision = decide(state, Ticked(AT + ANSWER_S))
    assert [r.request_id for r in decision.state.requests] == ["operate"]
    assert follows_in_words(decision.follows) == "silence"


@pytest.mark.parametrize("ends", [Revoked(AT), ExamVoided(AT)])
def test_every_request_ends_with_the_exam_and_with_a_revoke(ends: ControlInput) -> None:
    decision = decide(asking(request(EVE, V), request(MIA, number="operate")), ends)
    assert decision.state == ControlState(asks=decision.state.asks)
    assert len(decision.follows) == 2


# ------------------------------------------------------------------ grants


def test_a_yes_to_view_grants_no_start() -> None:
    state = ControlState(requests=(request(TOM),))
    decision = decide(state, Allowed("r2", frozenset({V}), AT))
    assert decision.state.operator == LocalControl()
    assert decision.state.privileges_of(TOM.link) == {V}


def test_no_more_is_granted_than_was_asked() -> None:
    state = ControlState(requests=(request(TOM, V, E),))
    decision = decide(state, Allowed("r2", ALL, AT))
    assert decision.state.privileges_of(TOM.link) == {V, E}


def test_two_requests_never_make_two_holders() -> None:
    suspended = ControlState(SUSPENDED, (request(TOM),))
    resumed = decide(suspended, ResumeTouched((MIA,), AT)).state
    decision = decide(resumed, Allowed("r2", ALL, AT))
    assert isinstance(decision.state.operator, RemoteControl)
    assert decision.state.operator.holder == MIA
    assert [f.reason for f in decision.refusal] == [Reason.NOT_HOLDER]


def test_another_who_is_granted_control_ends_the_suspension_on_the_record() -> None:
    decision = decide(ControlState(SUSPENDED, (request(TOM),)), Allowed("r2", ALL, AT))
    assert isinstance(decision.state.operator, RemoteControl)
    assert decision.state.operator.holder == TOM
    assert follows_in_words(decision.follows) == "ended(not_resumed) granted"


def test_a_holder_that_asks_for_less_watches_and_holds_no_more() -> None:
    asking = ControlState(REMOTE, (request(MIA, V, T),))
    decision = decide(asking, Allowed("r2", frozenset({V, T}), AT))
    assert decision.state.operator == LocalControl()
    assert decision.state.privileges_of(MIA.link) == {V, T}
    assert follows_in_words(decision.follows) == "ended(released) granted"


def test_who_was_a_watcher_and_is_granted_control_is_not_both() -> None:
    state = ControlState(LocalControl(), (request(TOM),), (Watcher(TOM, frozenset({V}), "seen"),))
    assert decide(state, Allowed("r2", ALL, AT)).state.watchers == ()


def test_revoking_ends_watching_too() -> None:
    state = ControlState(REMOTE, (), (Watcher(EVE, frozenset({V}), "seen"),))
    decision = decide(state, Revoked(AT))
    assert decision.state == ControlState()
    assert follows_in_words(decision.follows) == "ended(revoked) ended(watching_revoked)"


def test_a_watcher_whose_link_is_gone_watches_no_more() -> None:
    state = ControlState(REMOTE, (), (Watcher(EVE, frozenset({V}), "seen"),))
    assert decide(state, LinkGone(EVE.link, AT)).state == ControlState(REMOTE)


def test_resume_takes_no_other_role_on_the_same_device() -> None:
    trainee = replace(MIA_AGAIN, role=Role.TRAINEE)
    decision = decide(ControlState(SUSPENDED), ResumeTouched((trainee,), AT))
    assert [f.reason for f in decision.refusal] == [Reason.CONTROL_SUSPENDED]
