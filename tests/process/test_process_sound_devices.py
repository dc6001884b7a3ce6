"""Sound through real devices of a real sound system: both ends play and record by name, and lose a device.

PulseAudio with devices of its own making, so that a machine needs none. Without PulseAudio: skipped.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shutil
import subprocess
import time
import wave
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from local_agent.media.loudspeaker import RATE_HZ, DeviceLoudspeaker
from mr_contract.device_reasons import DeviceReason
from remote_console.core.sound import SoundFacts, SoundWish
from remote_console.link.boot_clock import boot_s
from remote_console.media.desk_sound import DeskSound
from remote_console.media.sound_mixing import Samples

SCANNER = ("North", "mr-a")
LOUD = 0.4
QUIETEST = 2000
"""Of a sample of the tone, at its peak."""


def tone(samples: int = 960) -> bytes:
    turn = 2 * math.pi * 500 / RATE_HZ  # whole turns in a block: no clicks
    return array("h", (int(8000 * math.sin(turn * n)) for n in range(samples))).tobytes()


@dataclass
class Pulse:
    """A PulseAudio of this test alone."""

    environment: dict[str, str]
    mouths: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *words: str) -> str:
        ran = subprocess.run(
            ("pactl", *words), env=self.environment, check=True, capture_output=True, text=True, timeout=20
        )
        return ran.stdout.strip()

    def plug(self, name: str) -> str:
        """A loudspeaker with this name; what is played to it, its monitor records."""
        properties = f"sink_properties=device.description={name}"
        return self.run("load-module", "module-null-sink", f"sink_name={name}", properties, "rate=48000")

    def unplug(self, module: str) -> None:
        self.run("unload-module", module)

    def say_at(self, name: str) -> None:
        """A long tone into the microphone that hears this loudspeaker."""
        place = Path(self.environment["HOME"]) / "tone.wav"
        with wave.open(str(place), "wb") as out:
            out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            out.writeframes(tone(RATE_HZ * 60))
        self.mouths.append(subprocess.Popen(("paplay", "-d", name, str(place)), env=self.environment))

    def hush(self) -> None:
        """Whoever still speaks ends."""
        for mouth in self.mouths:
            mouth.kill()
            mouth.wait(10)

    @contextlib.contextmanager
    def listening(self, name: str) -> Iterator[Callable[[], bool]]:
        """Whether the tone is heard at a loudspeaker; asks for the newest half second."""
        words = ("parec", "-d", f"{name}.monitor", "--format=s16le", "--rate=48000", "--channels=1")
        recorder = subprocess.Popen(
            (*words, "--latency-msec=20"), env=self.environment, stdout=subprocess.PIPE
        )
        assert recorder.stdout is not None
        os.set_blocking(recorder.stdout.fileno(), False)

        def sounds() -> bool:
            heard = recorder.stdout.read() if recorder.stdout is not None else None
            samples = np.frombuffer((heard or b"")[: len(heard or b"") // 2 * 2], "<i2")
            return bool(samples.size and np.abs(samples).max() > QUIETEST)

        try:
            yield sounds
        finally:
            recorder.kill()
            recorder.communicate()


@pytest.fixture(scope="module")
def pulse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulse]:
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        pytest.skip(
            "NO SOUND DEVICE WAS TRIED, without PulseAudio: apt-get install pulseaudio pulseaudio-utils"
        )
    place = tmp_path_factory.mktemp("pulse")
    place.chmod(0o700)
    own = {"HOME": str(place), "XDG_RUNTIME_DIR": str(place), "PULSE_SERVER": f"unix:{place}/native"}
    socket = f"module-native-protocol-unix socket={place}/native auth-anonymous=1"
    words = (
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        f"--load={socket}",
    )
    with pytest.MonkeyPatch.context() as patch, (place / "log").open("wb") as log:
        for name, value in own.items():
            patch.setenv(name, value)  # the sound library reads it from there
        running = subprocess.Popen(words, stdout=log, stderr=log)
        try:
            made = Pulse(os.environ | own)
            deadline = time.monotonic() + 20
            while not (place / "native").exists():
                assert time.monotonic() < deadline, (place / "log").read_text()
                assert running.poll() is None, (place / "log").read_text()
                time.sleep(0.02)
            made.run("load-module", "module-rescue-streams")  # as every desktop has it
            made.plug("Monitor_Speakers")
            yield made
            made.hush()
        finally:
            running.terminate()
            running.wait(10)


async def until(holds: Callable[[], object], what: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not seen: {what}")


@pytest_asyncio.fixture
async def intercom(pulse: Pulse) -> AsyncIterator[DeviceLoudspeaker]:
    """The agent's way to the patient, fed with a tone and looked at as the media process does."""
    speaker = DeviceLoudspeaker("Patient_Intercom", boot_s)

    async def feed() -> None:
        for number in range(100_000):
            if number % 10 == 0:
                speaker.look()
            speaker.play(tone())
            await asyncio.sleep(0.02)

    feeding = asyncio.create_task(feed())
    yield speaker
    feeding.cancel()
    await asyncio.wait([feeding])
    await speaker.close()


async def test_the_patient_hears_by_the_device_that_is_named_and_by_no_other_when_it_is_gone(
    pulse: Pulse, intercom: DeviceLoudspeaker
) -> None:
    await until(lambda: intercom.fault and intercom.fault.reason is not DeviceReason.OPENING, "it is missing")
    assert intercom.fault is not None
    assert intercom.fault.reason is DeviceReason.DEVICE_NOT_THERE
    assert "Monitor_Speakers" in intercom.fault.figures["others"]
    module = await asyncio.to_thread(pulse.plug, "Patient_Intercom")
    await until(lambda: intercom.fault is None, "the device opened")
    with pulse.listening("Patient_Intercom") as heard:
        await until(heard, "the voice at the patient")
    await until(lambda: intercom.level() > LOUD, "its level")
    with pulse.listening("Monitor_Speakers") as elsewhere:
        await asyncio.to_thread(pulse.unplug, module)
        await until(lambda: intercom.fault is not None, "the device known to be gone")
        assert not elsewhere(), "a voice for the patient must not move to the loudspeakers of the room"
    assert intercom.level() == 0.0
    await asyncio.to_thread(pulse.plug, "Patient_Intercom")
    await until(lambda: intercom.fault is None, "the device opened anew")
    with pulse.listening("Patient_Intercom") as heard:
        await until(heard, "the voice at the patient again")


@pytest.fixture
def desk() -> Iterator[tuple[DeskSound, list[SoundFacts]]]:
    told: list[SoundFacts] = []
    made = DeskSound(told.append)
    yield made, told
    made.close()


def lost(facts: SoundFacts) -> bool:
    fault = facts.microphone_fault
    return fault is not None and fault.reason is DeviceReason.DEVICE_NOT_THERE


async def test_the_desk_speaks_and_listens_by_names_and_goes_on_without_its_microphone(
    pulse: Pulse, desk: tuple[DeskSound, list[SoundFacts]]
) -> None:
    sound, told = desk
    spoken: list[Samples] = []
    await asyncio.to_thread(pulse.plug, "Headset")
    module = await asyncio.to_thread(pulse.plug, "Desk")  # its monitor is a microphone
    wish = SoundWish(on=True, to=SCANNER, focus=SCANNER, microphone="Monitor of Desk", speaker="Headset")
    sound.connect(SCANNER, spoken.append)

    async def talk() -> None:
        """The window looks, a scanner is heard, and somebody speaks into the microphone."""
        while True:
            sound.wish(wish)
            sound.hear(SCANNER, np.frombuffer(tone(), np.int16))
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    try:
        await asyncio.to_thread(pulse.say_at, "Desk")
        await until(lambda: told and told[-1].speakers and told[-1].microphones, "the devices found")
        await until(lambda: spoken and np.abs(spoken[-1]).max() > QUIETEST, "one's voice, on its way")
        with pulse.listening("Headset") as heard:
            await until(heard, "the scanner in the headset")
        await asyncio.to_thread(pulse.unplug, module)
        await until(lambda: lost(told[-1]), "the loss said")
        with pulse.listening("Headset") as heard:
            await until(heard, "the scanner in the headset all the same")
        assert told[-1].speaker_fault is None
        spoken.clear()
        await asyncio.to_thread(pulse.plug, "Desk")
        await until(lambda: spoken and told[-1].microphone_fault is None, "the microphone back")
    finally:
        talking.cancel()
        await asyncio.wait([talking])
