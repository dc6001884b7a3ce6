"""The site's policy: strict by default, and a bad value is refused where it stands with what to write."""

from __future__ import annotations

import pytest

from local_agent.core.policy import (
    COMMAND_PRIVILEGE,
    Policy,
    PolicyError,
    PresenceRule,
    parse_policy,
    roster_missing,
)
from mr_contract.console_messages import ConsoleCommand
from mr_contract.responsibilities import DEFAULT_RESPONSIBILITIES, End, KnownItem
from mr_contract.vocabulary import Qualification

Q = Qualification
KEY = "ab" * 32


def test_an_empty_file_is_the_strictest_policy() -> None:
    assert parse_policy("", "policy.toml") == Policy()
    assert Policy().picture == "required"
    assert Policy().max_running == 1
    assert Policy().presence == "registered_technologist"
    assert Policy().scanners_without_stop == ()


def test_a_full_file_is_taken_as_written() -> None:
    text = f"""
presence = "trained_aide"
presence_minutes = 5
max_connected = 4
max_running = 2
picture = "waived"
picture_sources = ["bore"]
audio_check = "required"
scanners_without_stop = ["vnc-1"]
approved_protocols = ["brain"]

[peers]
"North" = "{KEY}"
"""
    policy = parse_policy(text, "policy.toml")
    assert policy == Policy(
        presence="trained_aide",
        presence_minutes=5.0,
        max_connected=4,
        max_running=2,
        picture="waived",
        picture_sources=("bore",),
        audio_check="required",
        scanners_without_stop=("vnc-1",),
        approved_protocols=("brain",),
        peers=(("North", KEY),),
    )


BAD = {
    'presence = "nobody"': "registered_technologist",
    "presence = 1": "registered_technologist",
    "presence = []": "registered_technologist",
    "presence_minutes = 10.5": "from 1 to 10",
    "presence_minutes = 0": "from 1 to 10",
    "presence_minutes = nan": "from 1 to 10",
    "presence_minutes = inf": "from 1 to 10",
    "presence_minutes = true": "from 1 to 10",
    'presence_minutes = "5"': "from 1 to 10",
    "max_connected = 9": "from 1 to 8",
    "max_connected = 2.0": "a whole number",
    "max_running = 0": "from 1 to 4",
    "max_running = true": "a whole number",
    "max_running = 10000000000000000000000": "from 1 to 4",
    'picture = "Waived"': "required, waived",
    "picture = false": "required, waived",
    'scanners_without_stop = "vnc-1"': '["name", …]',
    "scanners_without_stop = [1]": '["name", …]',
    'scanners_without_stop = [""]': '["name", …]',
    "approved_protocols = {}": '["name", …]',
    "peers = 3": "[peers]",
    'waive = ["identity"]': "Remove it",
    "identity = false": "Remove it",
    'Presence = "trained_aide"': "Remove it",
    "max_runing = 2": "Remove it",
    "max_running = ": "Correct the syntax",
}


@pytest.mark.parametrize("line", BAD)
def test_a_bad_value_is_refused_with_file_line_and_remedy(line: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f"# our policy\n\n{line}\n", "policy.toml")
    words = str(caught.value)
    assert "policy.toml, line 3" in words
    assert BAD[line] in words


LOCAL = [str(r.item) for r in DEFAULT_RESPONSIBILITIES if r.end is End.LOCAL]
REMOTE = [str(r.item) for r in DEFAULT_RESPONSIBILITIES if r.end is End.REMOTE]


def divided(local: object, remote: object, more: str = "") -> str:
    return f"# ours\n[responsibilities]\nlocal = {local}\nremote = {remote}\n{more}"


def test_a_written_list_is_taken_with_the_sites_own_items_after_the_known_ones() -> None:
    text = divided(["Interpreter", *LOCAL], [*reversed(REMOTE), "Radiologist on call"])
    found = parse_policy(text, "policy.toml").responsibilities
    assert found[: len(KnownItem)] == DEFAULT_RESPONSIBILITIES
    assert [(r.item, r.end) for r in found[len(KnownItem) :]] == [
        ("Interpreter", End.LOCAL),
        ("Radiologist on call", End.REMOTE),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (divided(LOCAL, REMOTE[1:]), 2, '"protocol_and_slices" is assigned to nobody'),
        (divided([*LOCAL[:-1], "emergencies"], REMOTE), 2, '"emergency" is assigned to nobody'),
        (divided([*LOCAL, "image_quality"], REMOTE), 4, '"image_quality" is assigned twice'),
        (divided([*LOCAL, LOCAL[0]], REMOTE), 3, '"patient_identification" is assigned twice'),
        (divided(LOCAL[:-1], [*REMOTE, LOCAL[-1]]), 4, '"emergency" takes hands beside the patient'),
        (divided(LOCAL, REMOTE, 'both = ["emergency"]'), 5, "neither local nor remote"),
        (divided('"emergency"', REMOTE), 3, "is not a list of words"),
        (divided([*LOCAL, "x" * 81], REMOTE), 3, "cannot be shown"),
        (divided([*LOCAL, ""], REMOTE), 3, "cannot be shown"),
        (divided([*LOCAL, *(f"own {n}" for n in range(40))], REMOTE), 2, "too many"),
    ],
)
def test_an_item_unassigned_doubled_or_nowhere_is_refused_where_it_stands(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "policy.toml")
    assert f"policy.toml, line {line}: " in str(caught.value)
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("key", ["", "ab", KEY.upper(), "g" * 64, KEY + "0"])
def test_a_peer_whose_key_is_not_one_is_refused_where_it_stands(key: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(f'max_running = 1\n[peers]\n"North" = "{key}"\n', "policy.toml")
    assert "line 3" in str(caught.value)


def test_a_key_that_begins_like_another_is_found_on_its_own_line() -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy('presence_minutes = 5\npresence = "nobody"\n', "policy.toml")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("rule", "present", "enough"),
    [
        ("registered_technologist", (), False),
        ("registered_technologist", (Q.TECHNOLOGIST, Q.PHYSICIAN), False),
        ("registered_technologist", (Q.REGISTERED_TECHNOLOGIST,), True),
        ("two_people_one_technologist", (Q.TECHNOLOGIST,), False),
        ("two_people_one_technologist", (Q.NURSE, Q.PHYSICIAN), False),
        ("two_people_one_technologist", (Q.NURSE, Q.TECHNOLOGIST), True),
        ("trained_aide", (Q.NURSE,), False),
        ("trained_aide", (Q.TRAINED_AIDE,), True),
        ("trained_aide", (Q.TECHNOLOGIST,), True),
    ],
)
def test_who_must_be_there(rule: PresenceRule, present: tuple[Qualification, ...], *, enough: bool) -> None:
    assert (roster_missing(rule, present) == "") == enough


def test_every_console_command_is_listed_with_its_privilege() -> None:
    kinds = {kind.model_fields["kind"].default for kind in ConsoleCommand.__args__}
    assert kinds == set(COMMAND_PRIVILEGE)
