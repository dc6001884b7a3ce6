"""What was done at a site and is not in its journal: the desk says so, as the agent did.

- An acceptance that carries findings stays in the timeline, at the moment when it came.
- The read-back names it until another command is read back, or the journal can be written again.
- Nothing is guessed of what another desk was told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from mr_contract.findings import Findings
from mr_contract.reasons import Reason
from mr_contract.standing import Standing
from mr_contract.views import LastCommand
from remote_console.core.known_words import known
from remote_console.core.phrases import Phrase, ReasonWords, Words, p, verbatim
from remote_console.core.vocabulary_words import command_words

MOST_KEPT = 20


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A command of this desk that was accepted with findings."""

    command_id: str
    command_kind: str
    findings: Findings
    at: datetime
    after_seq: int
    """Number of the newest record that was known then; it stands above that one."""
    read_back: bool = True
    """Whether nothing newer is to be read back, and the journal is still at fault."""


def joined(before: tuple[Unwritten, ...], one: Unwritten) -> tuple[Unwritten, ...]:
    """With one more; the oldest is forgotten where there are many."""
    return (*without_read_back(before), one)[-MOST_KEPT:]


def without_read_back(before: tuple[Unwritten, ...]) -> tuple[Unwritten, ...]:
    """None of them is read back any more."""
    return tuple(replace(one, read_back=False) if one.read_back else one for one in before)


def after_command(
    before: tuple[Unwritten, ...], known_last: LastCommand | None, last: LastCommand | None
) -> tuple[Unwritten, ...]:
    """After a read-back: one of a newer command takes its place."""
    known_ids = {one.command_id for one in before} | ({known_last.command_id} if known_last else set())
    return before if last is None or last.command_id in known_ids else without_read_back(before)


def after_standing(
    before: tuple[Unwritten, ...], known_standing: Standing | None, standing: Standing
) -> tuple[Unwritten, ...]:
    """After a standing: what waited is written once the journal can be written again."""
    recovered = _is_unwritable(known_standing) and not _is_unwritable(standing)
    return without_read_back(before) if recovered else before


def _is_unwritable(standing: Standing | None) -> bool:
    views = standing.interlocks if standing else ()
    return any(found.reason is Reason.JOURNAL_UNWRITABLE for view in views for found in view.findings)


def read_back(last: LastCommand | None, unwritten: tuple[Unwritten, ...]) -> Words:
    """The last command, what became of it, and why it is not written down."""
    newest = next((one for one in unwritten if one.read_back), None)
    if newest is not None and (last is None or last.command_id != newest.command_id):
        return p(
            "Last command: {words} · {outcome}",
            words=command_words(newest.command_kind),
            outcome=p("done, but not written down yet: {why}", why=_whys(newest.findings)),
        )
    if last is None:
        return p("Last command: none")
    outcome: Words = p(last.outcome)
    if newest is not None:
        outcome = p("{outcome}, but not written down yet: {why}", outcome=outcome, why=_whys(newest.findings))
    elif last.findings:
        outcome = p("{outcome}: {why}", outcome=outcome, why=_whys(last.findings))
    words = p("Last command: {words} · {outcome}", words=known(last.words), outcome=outcome)
    return p("{words} · {by}", words=words, by=verbatim(last.by)) if last.by else words


def unwritten_words(one: Unwritten) -> Phrase:
    """Its line in the timeline."""
    return p(
        "Done, but not written down yet: {command}. {why}",
        command=command_words(one.command_kind),
        why=_whys(one.findings),
    )


def _whys(findings: Findings) -> tuple[Words, ...]:
    return tuple(ReasonWords(found, "text") for found in findings)
