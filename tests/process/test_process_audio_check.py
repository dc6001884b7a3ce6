"""A site without a camera that wants “can you hear me?” first: real sound, and what takes it away."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from process_observing import eventually
from process_peer import HERE, peer_of
from process_stage import LOCALIZER, Stage, stage_of
from process_voice import TabletVoice, Tone

import media_kit
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, InterlockState

pytestmark = pytest.mark.asyncio(loop_scope="module")
POLICY = 'picture = "waived"\naudio_check = "required"\n'
OPEN, CLOSED = InterlockState.OPEN, InterlockState.CLOSED


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder, policy=POLICY) as made:
        yield made


@pytest.fixture(autouse=True)
def corrected() -> Iterator[None]:
    with media_kit.correct(HERE):
        yield


def media_pid(stage: Stage) -> int:
    assert stage.site.agent is not None
    (child,) = (
        c
        for c in psutil.Process(stage.site.agent.pid).children()
        if "local_agent.media.process" in c.cmdline()
    )
    return int(child.pid)


async def judged(stage: Stage, state: InterlockState, *expected: Reason) -> None:
    await eventually(
        lambda: stage.interlock(Interlock.AUDIO_CHECK) == (state, set(expected)), f"the audio check {state}"
    )


async def test_both_ends_hear_each_other_and_say_so_before_a_start_and_again_once_sound_broke(
    stage: Stage,
) -> None:
    await stage.prepared()
    await stage.control()
    assert (await stage.commands().open_protocol("brain_routine")).accepted
    await judged(stage, OPEN, Reason.AUDIO_UNCHECKED)
    unheard = await stage.commands().ask_audio_check()
    assert {f.reason for f in unheard.findings} == {Reason.NO_SOUND, Reason.SITE_NOT_LISTENING}
    tablet = TabletVoice(stage.tablet)
    try:
        async with peer_of(stage.console, stage.room.name) as peer:
            peer.voice = Tone(440.0)
            await peer.connect()
            await tablet.connect()
            assert peer.offer is not None
            assert peer.offer.pictures == ()
            await peer.hearing.more()
            await tablet.hearing.more()
            check_id = (await stage.commands().ask_audio_check()).command_id
            await judged(stage, OPEN, Reason.AUDIO_UNANSWERED)
            await stage.tablet.must("answer_audio_check", check_id=check_id, hears=True)
            await judged(stage, OPEN, Reason.AUDIO_UNCONFIRMED)
            assert (await stage.commands().confirm_audio_check(check_id, hears=True)).accepted
            await judged(stage, CLOSED)
            await stage.unblocked(LOCALIZER)
            await stage.start(LOCALIZER)
            await stage.idle()
            os.kill(media_pid(stage), signal.SIGKILL)
            await judged(stage, OPEN, Reason.AUDIO_BROKEN)
            assert await stage.pressed_blind() >= {Reason.AUDIO_BROKEN}
    finally:
        await tablet.close()
    (checked,) = await stage.records("audio_checked")
    assert (checked["body"]["by"], checked["body"]["unheard_at"]) == ("Maria", None)

    async def voided() -> bool:
        return [r["body"]["why"] for r in await stage.records("audio_check_voided")] == ["audio_broken"]

    await eventually(voided, "the line that says it was lost")
    await stage.true_journal()
