"""The sound of the desk: one microphone to at most one scanner, every scanner to one pair of ears.

- Devices are opened, closed and looked for on a thread of their own: nothing else waits for them.
- The microphone is open only while there is somebody to talk to; what it hears goes nowhere unless one talks.
- A device that says nothing for 2 s is let go of and opened anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np

from mr_contract.device_reasons import DeviceFinding
from remote_console.core.sound import IN_FOCUS, SoundFacts, SoundWish, level_share, loudness
from remote_console.link.boot_clock import boot_s
from remote_console.media.sound_mixing import BLOCK, Key, Mixer, Samples, mean_square, tone
from remote_console.media.sound_system import Device, SoundFault, SoundSystem

SILENT_AFTER_S = 2.0
LEVEL_LASTS_S = 0.3
LOOK_EVERY_S = 3.0
MICROPHONE, SPEAKER = "microphone", "speaker"
OWN: Key = ("", "")
"""What is no scanner's."""

Speak = Callable[[Samples], None]


class DeskSound:
    """May be used from any thread. `told` is called on the thread of the devices with what changed."""

    def __init__(self, told: Callable[[SoundFacts], None], system: SoundSystem | None = None) -> None:
        self._told, self._system = told, system
        self._lock = threading.Lock()
        self._wish = SoundWish()
        self._mixer = Mixer()
        self._speakers: dict[Key, Speak] = {}
        self._rest: Samples = np.zeros(0, np.int16)
        self._levels = {MICROPHONE: (0.0, 0.0), SPEAKER: (0.0, 0.0)}
        self._devices: dict[str, tuple[str, Device]] = {}
        self._alive_s: dict[str, float] = {}
        self._failed: dict[str, tuple[str, float, DeviceFinding] | None] = {}
        """By what: which name failed, when, and why."""
        self._facts: SoundFacts | None = None
        self._looked_s = -LOOK_EVERY_S
        self._worker: ThreadPoolExecutor | None = None
        self._work: Future[None] | None = None
        self._closed = False

    # ------------------------------------------------------------ intentions

    def wish(self, wish: SoundWish) -> None:
        """What the devices are to do from now on; say it again whenever you look, it costs nothing."""
        with self._lock:
            self._wish = wish
        if self._worker is None:
            if not wish.on or self._closed:
                return
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="sound")
        if self._work is None or self._work.done():
            self._work = self._worker.submit(self._settle)

    def levels(self) -> tuple[float, float]:
        """Length of both level meters, 0 to 1: microphone, headset."""
        now_s = boot_s()
        lasting = [level if now_s - at_s < LEVEL_LASTS_S else 0.0 for at_s, level in self._levels.values()]
        return lasting[0], lasting[1]

    def close(self) -> None:
        """Let go of every device, for good."""
        self._closed = True
        self.wish(SoundWish())
        if self._worker is not None:
            self._worker.shutdown()
            self._close(MICROPHONE)
            self._close(SPEAKER)
            self._worker = None

    # ------------------------------------------------------------ from and to the connections

    def connect(self, key: Key, speak: Speak) -> None:
        """`speak` is given one's voice while one talks to this scanner; on the thread of the microphone."""
        with self._lock:
            self._speakers[key] = speak

    def disconnect(self, key: Key) -> None:
        """No sound to or from this scanner any more."""
        with self._lock:
            self._speakers.pop(key, None)
            self._mixer.forget(key)

    def play_tone(self) -> None:
        """A short tone for one's own ears alone; without a headset nothing happens."""
        with self._lock:
            self._mixer.put(OWN, tone())

    def hear(self, key: Key, samples: Samples) -> None:
        """What came from a scanner."""
        with self._lock:
            self._mixer.put(key, samples)

    # ------------------------------------------------------------ on threads of the devices

    def _take(self, samples: Samples) -> None:
        with self._lock:
            joined = np.concatenate([self._rest, samples])
            whole = joined.size // BLOCK * BLOCK
            self._rest = joined[whole:]
            speak = self._speakers.get(self._wish.to) if self._wish.to else None
        now_s = boot_s()
        self._alive_s[MICROPHONE] = now_s
        self._levels[MICROPHONE] = (now_s, level_share(mean_square(samples)))
        if speak is not None:
            for block in joined[:whole].reshape(-1, BLOCK):
                speak(block)

    def _mix(self, count: int) -> Samples:
        with self._lock:
            focus = self._wish.focus
            mixed = self._mixer.mix(count, lambda key: IN_FOCUS if key == OWN else loudness(key, focus))
        now_s = boot_s()
        self._alive_s[SPEAKER] = now_s
        self._levels[SPEAKER] = (now_s, level_share(mean_square(mixed)))
        return mixed

    # ------------------------------------------------------------ on the thread that opens them

    def _settle(self) -> None:
        """Bring the devices to what is wished, and look what there is."""
        wish = self._wish
        if not wish.on:
            self._close(MICROPHONE)
            self._close(SPEAKER)
            return
        system = self._system = self._system or _machine_sound()
        now_s = boot_s()
        if now_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = now_s
            names = system.names()
            facts = replace(
                self._facts or SoundFacts(), microphones=names.microphones, speakers=names.speakers
            )
            self._say(facts)
        facts = self._facts or SoundFacts()
        fault = self._keep(
            MICROPHONE, wish.microphone, facts.microphones, partial(system.open_microphone, take=self._take)
        )
        facts = replace(facts, microphone_fault=fault)
        fault = self._keep(SPEAKER, wish.speaker, facts.speakers, partial(system.open_speaker, mix=self._mix))
        self._say(replace(facts, speaker_fault=fault))

    def _keep(
        self, what: str, name: str, known: tuple[str, ...], begin: Callable[[str], Device]
    ) -> DeviceFinding | None:
        """The device at work, opened anew where it must be; what is wrong with it."""
        opened = self._devices.get(what)
        silent = boot_s() - self._alive_s.get(what, 0.0) > SILENT_AFTER_S
        if opened is not None and (opened[0] != name or silent or not known):
            self._close(what)
            opened = None
        failed = self._failed.get(what)
        if failed is not None and (failed[0] != name or boot_s() - failed[1] > LOOK_EVERY_S or not known):
            failed = self._failed[what] = None
        if opened is not None or not known or failed is not None:
            return failed[2] if failed is not None else None
        try:
            self._alive_s[what] = boot_s()
            self._devices[what] = (name, begin(name))
        except SoundFault as fault:
            self._failed[what] = (name, boot_s(), fault.finding)
            return fault.finding
        return None

    def _close(self, what: str) -> None:
        opened = self._devices.pop(what, None)
        if opened is not None:
            opened[1].close()

    def _say(self, facts: SoundFacts) -> None:
        if facts != self._facts:
            self._facts = facts
            self._told(facts)


def _machine_sound() -> SoundSystem:
    from remote_console.media.sound_devices import MachineSound  # loads the system's sound

    return MachineSound()


class ScannerSound:
    """The sound of one scanner, for its connection."""

    def __init__(self, desk: DeskSound, key: Key) -> None:
        self._desk, self._key = desk, key

    def connect(self, speak: Speak) -> None:
        """One's voice goes here while one talks to this scanner."""
        self._desk.connect(self._key, speak)

    def disconnect(self) -> None:
        """The connection ended."""
        self._desk.disconnect(self._key)

    def hear(self, samples: Samples) -> None:
        """What came."""
        self._desk.hear(self._key, samples)
