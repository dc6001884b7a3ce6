"""A picture of the real tablet page in a real browser: a patient prepared, somebody asking for control."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import async_playwright
from rig import preparing
from rig.system import System

from mr_contract.console_messages import ExamChanged
from mr_contract.vocabulary import Privilege
from remote_console.link import AgentClient, IdentityStore, ScannerCommands

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def take_tablet_picture(system: System, store: IdentityStore, browser_path: str, target: Path) -> str:
    """Prepare a patient at scanner B, ask for control, pair a browser; what the picture shows, in words."""
    site, scanner = system.south, system.scanners[1]
    async with await asyncio.to_thread(site.tablet, scanner) as hand:
        await preparing.check_in(hand)
        await preparing.take_patient(hand, "item-2")
        await preparing.position(hand, scanner)
        async with AgentClient(store.site(site.name), store, window_alive=lambda: False) as client:
            async with asyncio.timeout(10):
                async for event in client.events():  # the scanner has said that it is a DEMO one
                    match event.what:
                        case ExamChanged(scanner=heard, exam=exam) if heard == scanner.scanner:
                            if exam is not None:  # after the status, which says that it is a DEMO one
                                break
            wanted = tuple(p for p in Privilege if p is not Privilege.PATIENT)  # no intercom there
            await ScannerCommands(client, scanner.scanner).request_control(wanted, acknowledging=True)
            offer = await asyncio.to_thread(site.tablet, scanner)
            await _picture(browser_path, offer.url, offer.pin, target)
    return "tablet.png: the tablet page in Chromium at scanner B: patient ready to be held, the MERM asks."


async def _picture(browser_path: str, url: str, pin: str, target: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
        context = await browser.new_context(ignore_https_errors=True, viewport={"width": 1180, "height": 820})
        page = await context.new_page()
        await page.goto(url)
        for digit in pin:
            await page.click(f'[data-key="{digit}"]')
        await page.click('[data-do="pair"]')
        await page.wait_for_selector('[data-card="request"]')
        await page.wait_for_timeout(500)
        await page.screenshot(path=str(target))
        await browser.close()
