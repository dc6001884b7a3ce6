"""A site's directory is lost and put back from a back-up, as docs/how-to/network.md says."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from process_observing import eventually
from process_stage import LOCALIZER, Stage, stage_of
from rig import preparing
from rig.processes import RigError, program, run

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder) as made:
        yield made


async def test_a_restored_site_goes_on_with_the_same_consoles_and_says_what_its_journal_lost(
    stage: Stage, tmp_path: Path
) -> None:
    backup, site = tmp_path / "backup", stage.site.folder
    await asyncio.to_thread(stage.site.end)
    shutil.copytree(site, backup)
    await stage.restart_agent()
    await stage.prepared()
    here = stage.store.site(stage.site.name)
    known = len(await stage.records())
    await eventually(lambda: stage.store.remembered(here).seq >= known, "the console remembering", 30.0)
    await stage.leave()
    head = tmp_path / "head.json"
    head.write_text(stage.store.remembered(here).signed_head, encoding="utf-8")

    await asyncio.to_thread(stage.site.kill)
    shutil.rmtree(site)
    shutil.copytree(backup, site)
    checked = await asyncio.to_thread(run, program("local-agent"), "check", str(site))
    assert "are good" in checked
    assert "is whole" in await asyncio.to_thread(stage.site.verify, stage.site.journal)
    with pytest.raises(RigError, match="not the whole journal"):
        await asyncio.to_thread(stage.site.verify, stage.site.journal, "--head", str(head))

    await asyncio.to_thread(stage.site.start)
    await stage.take_tablet(stage.room)
    await stage.join()
    lost = stage.console.rolled_back
    assert lost is not None
    assert lost.seq < lost.remembered_seq
    assert stage.tablet.view["exam"] is None

    await preparing.check_in(stage.tablet)
    await preparing.take_patient(stage.tablet, "item-1")
    with pytest.raises(RigError, match="Move the table out first"):
        await preparing.position(stage.tablet, stage.room.scanner)  # the patient of before lies in it
    await stage.tablet.must("move_table", to="out")
    await stage.tablet.until(lambda v: v["status"]["room"]["table"] == "out", "the table out", 60.0)
    await preparing.position(stage.tablet, stage.room.scanner)
    step = await stage.startable(LOCALIZER)
    await stage.start(step)
    await stage.idle()
    await stage.true_journal()
