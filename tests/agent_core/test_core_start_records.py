"""What is remembered of starts: enough that none runs twice, and never more than the bound."""

from __future__ import annotations

from dataclasses import replace

from core_site import prepared_site
from hypothesis import given, settings
from hypothesis import strategies as st

from local_agent.core.start_records import PASSED_KEPT, REFUSED_KEPT, StartRecord, StartRecords
from mr_contract.reasons import Reason
from mr_contract.vocabulary import StartOutcome

T2 = "T2 TSE ax"
D = "a" * 64

RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 2 * REFUSED_KEPT)), max_size=6)
"""So many starts in a row that are refused, or that pass and then end."""


@given(RUNS)
@settings(derandomize=True, deadline=None)
def test_exactly_the_newest_of_each_kind_are_remembered_as_they_ended(runs: list[tuple[bool, int]]) -> None:
    records, passed, refused = StartRecords(), list[StartRecord](), list[StartRecord]()
    for is_refused, count in runs:
        for _ in range(count):
            command_id = f"c{len(passed) + len(refused)}"
            if is_refused:
                refused.append(StartRecord(command_id, D, D, "s1", None))
                records = records.noted(refused[-1])
                continue
            pending = StartRecord(command_id, D, D, "s1", StartOutcome.PENDING)
            passed.append(replace(pending, outcome=StartOutcome.ACCEPTED))
            records = records.noted(pending).noted(passed[-1])
            assert records[command_id] == passed[-1]
    newest = (*passed[-PASSED_KEPT:], *refused[-REFUSED_KEPT:])
    assert dict(records) == {record.command_id: record for record in newest}


def test_a_flood_of_refusals_forgets_no_scan() -> None:
    site = prepared_site()
    accepted = site.console.prepare_start(T2)
    assert site.console.send(accepted).start is StartOutcome.ACCEPTED
    for _ in range(REFUSED_KEPT + 100):
        site.console.send(site.console.prepare_start(T2).model_copy(update={"revision": "0" * 64}))
    assert len(site.desk.facts.starts.refused) == REFUSED_KEPT
    assert site.console.send(accepted).start is StartOutcome.ACCEPTED
    assert len(site.scanner.acquisitions) == 1


def test_a_refusal_that_was_forgotten_goes_through_the_whole_gate_again() -> None:
    site = prepared_site()
    refused = site.console.prepare_start(T2).model_copy(update={"revision": "0" * 64})
    site.console.send(refused)
    for _ in range(REFUSED_KEPT):
        site.console.send(site.console.prepare_start(T2).model_copy(update={"revision": "0" * 64}))
    assert refused.command_id not in site.desk.facts.starts
    site.pass_time(1.25)
    assert site.console.send(refused).reasons == {Reason.STALE_REVISION, Reason.LATE}
    assert site.scanner.acquisitions == []
