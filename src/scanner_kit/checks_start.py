"""Checks of prepare, start and stop: what a start may never do. They run scans."""

from __future__ import annotations

import asyncio

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionStarted,
    GetLog,
    LogListed,
    Prepare,
    Rejected,
    Start,
    Started,
    Stop,
    StopTaken,
)
from mr_contract.vocabulary import OperatingMode, ScannerActivity, TablePosition
from scanner_kit.bench import REVISION, STEP, Bench, Check, ReadyScanner, expect, new_command

TOKEN_LIVES_S = 2.0


async def _refused_start(scanner: ReadyScanner, token: str) -> None:
    before = (await scanner.snapshot()).number
    reply = await scanner.client.request(Start, token=token)
    expect(isinstance(reply, Rejected), "the start was accepted")
    log = await scanner.client.ask(GetLog, LogListed, after=before)
    ran = any(isinstance(event, AcquisitionStarted) for event in log.events)
    expect(not ran, "the start was rejected, and yet something ran")


async def _refused_prepare(
    scanner: ReadyScanner, *, step_id: str, setting: int, command_id: str
) -> None:  # fmt: skip
    reply = await scanner.client.request(
        Prepare,
        command_id=command_id,
        step_id=step_id,
        revision=REVISION,
        setting=setting,
        mode=OperatingMode.NORMAL,
    )
    expect(isinstance(reply, Rejected) and bool(reply.why), "prepare was not rejected in words")


async def unknown_token(bench: Bench) -> None:
    async with bench.ready() as scanner:
        await _refused_start(scanner, "no-such-token")
        await scanner.prepared()
        await _refused_start(scanner, "no-such-token")


async def unset_step(bench: Bench) -> None:
    async with bench.ready() as scanner:
        await _refused_prepare(scanner, step_id="never-set", setting=1, command_id=new_command())


async def outdated_setting(bench: Bench) -> None:
    async with bench.ready() as scanner:
        first = await scanner.set_step()
        second = await scanner.set_step()
        expect(second.setting > first.setting, "setting the step again left its number as it was")
        await _refused_prepare(scanner, step_id=STEP, setting=first.setting, command_id=new_command())


async def token_names(bench: Bench) -> None:
    async with bench.ready() as scanner:
        step = await scanner.set_step()
        command_id = new_command()
        token = await scanner.prepare(setting=step.setting, command_id=command_id)
        expect(token.command_id == command_id, "the token names another command")
        expect(token.revision == REVISION, "the token names another revision")
        expect(token.number == (await scanner.snapshot()).number, "the token names another event number")
        expect(0 < token.valid_for_s <= TOKEN_LIVES_S, f"the token is valid for {token.valid_for_s} s")


async def single_use(bench: Bench) -> None:
    async with bench.ready() as scanner:
        token = await scanner.prepared()
        await scanner.client.ask(Start, Started, token=token.token)
        await _refused_start(scanner, token.token)
        await scanner.stopped()
        await _refused_start(scanner, token.token)


async def command_in_log(bench: Bench) -> None:
    async with bench.ready() as scanner:
        reply, event = await scanner.started()
        now = await scanner.snapshot()
        expect(event.command_id == reply.command_id, "the event names another command")
        expect(event.revision == REVISION, "the event names another revision")
        expect(now.last_command_id == reply.command_id, "the snapshot does not name the last command")
        running = now.running.command_id if now.running is not None else None
        expect(running == reply.command_id, "the snapshot does not name the running command")
        log = await scanner.client.ask(GetLog, LogListed, after=event.number - 1)
        expect(event in log.events, "the log does not hold the start")


async def command_runs_once(bench: Bench) -> None:
    async with bench.ready() as scanner:
        reply, _ = await scanner.started()
        await scanner.stopped()
        setting = (await scanner.set_step()).setting
        await _refused_prepare(scanner, step_id=STEP, setting=setting, command_id=reply.command_id)


async def one_at_a_time(bench: Bench) -> None:
    async with bench.ready() as scanner:
        await scanner.started()
        setting = (await scanner.set_step()).setting
        await _refused_prepare(scanner, step_id=STEP, setting=setting, command_id=new_command())


async def token_dies_by_time(bench: Bench) -> None:
    async with bench.ready() as scanner:
        token = await scanner.prepared()
        await asyncio.sleep(TOKEN_LIVES_S + 0.1)
        await _refused_start(scanner, token.token)


async def token_dies_by_stop(bench: Bench) -> None:
    async with bench.ready() as scanner:
        token = await scanner.prepared()
        await scanner.client.ask(Stop, StopTaken, by="conformance")
        await _refused_start(scanner, token.token)


async def token_dies_by_stop_of_another(bench: Bench) -> None:
    async with bench.control() as other, bench.ready() as scanner:
        token = await scanner.prepared()
        await other.ask(Stop, StopTaken, by="conformance, other connection")
        await _refused_start(scanner, token.token)


async def token_dies_by_newer_token(bench: Bench) -> None:
    async with bench.ready() as scanner:
        step = await scanner.set_step()
        first = await scanner.prepare(setting=step.setting)
        await scanner.prepare(setting=step.setting)
        await _refused_start(scanner, first.token)


async def token_dies_by_movement(bench: Bench) -> None:
    async with bench.ready() as scanner:
        token = await scanner.prepared()
        before = await scanner.snapshot()
        await scanner.move("out", TablePosition.OUT)
        after = await scanner.snapshot()
        expect(after.moved_number > before.moved_number, "moved_number did not rise with the table")
        await _refused_start(scanner, token.token)
        await scanner.move("isocentre", TablePosition.ISOCENTRE)
        await _refused_start(scanner, token.token)


async def stop_ends_it(bench: Bench) -> None:
    async with bench.ready() as scanner:
        reply, event = await scanner.started()
        taken = await scanner.stopped()
        expect(taken.was_running == reply.acquisition_id, "the stop does not say what was running")
        ended = await scanner.client.event(AcquisitionEnded, after=event.number)
        expect(not ended.complete, "a stopped acquisition says that it is complete")
        expect(ended.lines_acquired < ended.lines_total, "a stopped acquisition has every line")
        expect(bool(ended.why), "it is not said why the acquisition ended")
        now = await scanner.snapshot()
        expect(now.running is None and now.activity is ScannerActivity.IDLE, "not idle after a stop")


async def goes_on_alone(bench: Bench) -> None:
    async with bench.control() as starter:
        scanner = ReadyScanner(starter)
        await scanner.bring_about()
        reply, _ = await scanner.started()
    async with bench.control() as later:
        running = (await ReadyScanner(later).snapshot()).running
        await ReadyScanner(later).stopped()
    expect(running is not None, "the scan ended with the connection of its agent")
    expect(running is not None and running.command_id == reply.command_id, "something else runs")


START_CHECKS: tuple[tuple[str, Check], ...] = (
    ("a start with an unknown token is rejected", unknown_token),
    ("a step that was not set cannot be prepared", unset_step),
    ("an outdated setting cannot be prepared", outdated_setting),
    ("a token names command, revision and event number", token_names),
    ("a token is used once", single_use),
    ("event, snapshot and log name the command", command_in_log),
    ("a command id runs once", command_runs_once),
    ("nothing is prepared while something runs", one_at_a_time),
    ("a token dies after 2 s", token_dies_by_time),
    ("a token dies with a stop", token_dies_by_stop),
    ("a token dies with a stop of another connection", token_dies_by_stop_of_another),
    ("a token dies with a newer one", token_dies_by_newer_token),
    ("a token dies when the table moved", token_dies_by_movement),
    ("a stop ends the acquisition, incomplete, and leaves the scanner idle", stop_ends_it),
    ("the scan goes on when an agent disappears", goes_on_alone),
)
