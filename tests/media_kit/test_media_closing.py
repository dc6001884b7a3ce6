"""The end of a connection, while it is used, while it connects, and while others wait for it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiortc import RTCPeerConnection
from aiortc.exceptions import InvalidStateError
from media_pair import HERE, without

import media_kit
from media_kit.corrections import ALL, catalogue
from media_kit.corrections.catalogue import Correction

ENDS_WITHIN_S = 1.5
"""Longer than any pause of a task that is ending."""


@asynccontextmanager
async def faults_nobody_hears() -> AsyncIterator[list[str]]:
    """What asyncio would write to the log of tasks whose end nobody looks at, and tasks that do not end."""
    found: list[str] = []

    def heard(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(f"{context['message']}: {context.get('exception')!r}")

    asyncio.get_running_loop().set_exception_handler(heard)
    before = asyncio.all_tasks()
    yield found
    while left := asyncio.all_tasks() - before:
        done, _ = await asyncio.wait(left, timeout=ENDS_WITHIN_S)
        if not done:
            found.extend(f"left over: {task!r}" for task in left)
            await asyncio.gather(*(cancel(task) for task in left))
    gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)


async def offering() -> RTCPeerConnection:
    """Has sockets, two sections, and waits for an answer."""
    near = media_kit.new_connection()
    media_kit.receive_pictures(near)
    near.createDataChannel("any")
    await near.setLocalDescription(await near.createOffer())
    return near


async def cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def close_twice_and_give_up_once(only: Collection[Correction]) -> list[str]:
    """It closes by itself, as when its other end has left; one who waits for that is told to stop waiting."""
    with media_kit.correct(HERE, only=only):
        async with faults_nobody_hears() as found:
            near = await offering()
            by_itself = asyncio.create_task(near.close())
            await asyncio.sleep(0)
            waiting = asyncio.create_task(near.close())
            await asyncio.sleep(0)
            await cancel(waiting)
            await asyncio.wait([by_itself])
            found.extend(f"{fault!r}" for fault in [by_itself.exception()] if fault)
        assert near.connectionState == "closed"
    return found


async def test_who_gives_up_waiting_for_the_end_does_not_call_it_off_for_others() -> None:
    assert await close_twice_and_give_up_once(ALL) == []


async def test_without_the_correction_the_others_end_in_a_traceback() -> None:
    (found,) = await close_twice_and_give_up_once(without(catalogue.close_once))
    assert "InvalidStateError" in found


async def test_a_connection_whose_closing_was_called_off_still_lets_go_of_its_sockets() -> None:
    with media_kit.correct(HERE):
        async with faults_nobody_hears() as found:
            near = await offering()
            closing = asyncio.create_task(near.close())
            await asyncio.sleep(0)
            await cancel(closing)
        assert near.connectionState == "closed"
        assert near.sctp is not None
        assert near.sctp.transport.transport.state == "closed"
    assert found == []


async def close_while_connecting(only: Collection[Correction], stage: str, after_turns: int = 0) -> list[str]:
    """As when a console leaves at once, or withdraws: while a way is sought, or during the handshake."""
    with media_kit.correct(HERE, only=only):
        async with faults_nobody_hears() as found:
            near, far = await offering(), media_kit.new_connection()
            await media_kit.take_description(far, "offer", near.localDescription.sdp)
            await far.setLocalDescription(await far.createAnswer())
            await media_kit.take_description(near, "answer", far.localDescription.sdp)
            while near.iceConnectionState != stage:
                await asyncio.sleep(0)
            for _ in range(after_turns):
                await asyncio.sleep(0)
            await near.close()
            await far.close()
    return found


@pytest.mark.parametrize("after_turns", [0, 1, 3, 9])
@pytest.mark.parametrize("stage", ["checking", "completed"])
async def test_a_connection_closed_while_it_connects_leaves_neither_fault_nor_task(
    stage: str, after_turns: int
) -> None:
    assert await close_while_connecting(ALL, stage, after_turns) == []


async def test_without_the_correction_it_asks_for_ever_whether_it_may_send() -> None:
    (found,) = await close_while_connecting(without(catalogue.end_while_connecting), "checking")
    assert "query_consent" in found


@pytest.mark.parametrize("only", [ALL, without(catalogue.end_while_connecting)])
async def test_a_section_that_comes_late_to_a_closed_transport_begins_nothing(
    only: Collection[Correction],
) -> None:
    with media_kit.correct(HERE, only=only):
        near = await offering()
        assert near.sctp is not None
        transport = near.sctp.transport.transport
        await near.close()
        if only is ALL:
            await transport.start(transport.iceGatherer.getLocalParameters())
            assert transport.state == "closed"
        else:
            with pytest.raises(InvalidStateError):
                await transport.start(transport.iceGatherer.getLocalParameters())
