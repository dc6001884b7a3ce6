"""Sound at the desk: what is said of it, who is heard, who hears; with no device, a fake and a null one."""

from __future__ import annotations

import math
import threading

import miniaudio
import numpy as np
import pytest
from av import AudioFrame
from console_scenes import NOON, A, B, Play, cameras, exam, granted, hello, local, looking
from fake_sound import FakeSound
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mr_contract import console_messages as cm
from mr_contract.audio_check import AudioCheckView
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.media_messages import SourcesChanged, TalkChanged
from mr_contract.vocabulary import AudioCheckPhase, Privilege
from remote_console.core.audio_check import audio_check_state
from remote_console.core.fleet import AgentSaid, FleetState, ScannerState
from remote_console.core.fleet_reducer import reduce
from remote_console.core.picture_tiles import MediaLink, MediaPhase
from remote_console.core.sound import DUCKED, SoundFacts, SoundWish, Talk, level_share, loudness, sound_state
from remote_console.media.desk_sound import DeskSound
from remote_console.media.sound_devices import MachineSound
from remote_console.media.sound_mixing import BEGINS_WITH, BLOCK, MOST_KEPT, Mixer, Samples
from remote_console.media.sound_system import SoundFault
from remote_console.media.voice import Unpacked
from remote_console.texts import say
from remote_console.ui.sound_sheet import SoundSheet

UP = MediaLink(MediaPhase.UP, talk=True)
BOTH = SoundFacts(("Headset",), ("Headset",))
NONE = SoundFacts()
NORTH, SOUTH = ("North", "mr1"), ("South", "mr1")


def scanner_that_says(*messages: cm.FromAgent) -> ScannerState:
    """Scanner A in focus, after these."""
    state = FleetState()
    for message in (hello("North"), exam(), granted(), cameras(), *messages):
        state = reduce(state, AgentSaid("North", message, 1.0, NOON))
    assert state.focused is not None
    return state.focused


BUSY = device(DeviceReason.DEVICE_REFUSES, what="busy")


@pytest.mark.parametrize(
    ("link", "facts", "talk", "may", "words"),
    [
        (UP, BOTH, None, True, "Talk"),
        (UP, None, None, True, "Talk"),
        (UP, BOTH, Talk.HELD, True, "Talking / North · MR 1 hears you"),
        (UP, BOTH, Talk.OPEN, True, "Talking / North · MR 1 hears you"),
        (UP, NONE, None, False, "Talk / No sound device: everything else works"),
        (MediaLink(), NONE, Talk.HELD, False, "Talk / No sound device: everything else works"),
        (UP, SoundFacts((), ("Headset",)), None, False,
         "Talk / No microphone: you hear the site, it does not hear you"),
        (UP, SoundFacts(("Mic",), ()), Talk.HELD, True,
         "Talking / North · MR 1 hears you · No headset or speaker: you do not hear the site"),
        (UP, SoundFacts(("Mic",), ("Ear",), BUSY), None, False,
         "Talk / The microphone fails: the sound device cannot be opened: busy"),
        (UP, SoundFacts(("Mic",), ("Ear",), None, BUSY), None, True,
         "Talk / The headset or speaker fails: the sound device cannot be opened: busy"),
        (MediaLink(MediaPhase.OPENING), BOTH, Talk.HELD, False, "Talk / No connection for sound yet"),
        (MediaLink(MediaPhase.UP), BOTH, None, False, "Talk / The site has no sound"),
    ],
)  # fmt: skip
def test_what_is_said_of_sound(
    link: MediaLink, facts: SoundFacts | None, talk: Talk | None, may: bool, words: str
) -> None:
    state = sound_state(scanner_that_says(), link, facts, talk)
    said = " / ".join(x for x in (say(state.caption), say(state.note)) if x)
    assert (state.shown, state.may_talk, said) == (True, may, words)
    assert state.talking == (may and talk is not None)


def test_without_talk_nobody_talks_and_without_view_nothing_is_shown() -> None:
    state = sound_state(scanner_that_says(granted((Privilege.VIEW,))), UP, BOTH, Talk.HELD)
    assert (state.may_talk, say(state.note)) == (False, "Talk is not granted")
    assert not sound_state(scanner_that_says(local(), exam(view=False)), UP, BOTH, None).shown


def test_talk_is_there_where_the_site_has_no_camera() -> None:
    state = sound_state(scanner_that_says(SourcesChanged(scanner=A.scanner, sources=())), UP, BOTH, Talk.HELD)
    assert (state.shown, state.may_talk, state.talking) == (True, True, True)


@pytest.mark.parametrize("talk", [None, Talk.HELD])
def test_it_is_said_when_nobody_at_the_site_hears(talk: Talk | None) -> None:
    nobody = TalkChanged(scanner=A.scanner, site_listens=False)
    state = sound_state(scanner_that_says(nobody), UP, BOTH, talk)
    assert say(state.note) == "Nobody at the site hears you: sound is off at the tablet"
    assert (state.may_talk, state.warns) == (True, True)
    somebody = TalkChanged(scanner=A.scanner, site_listens=True)
    assert not sound_state(scanner_that_says(nobody, somebody), UP, BOTH, talk).warns


def test_a_scanner_out_of_focus_is_quieter_and_never_silent() -> None:
    assert loudness(NORTH, NORTH) == 1.0
    assert 0.1 < loudness(SOUTH, NORTH) == DUCKED < 0.5
    assert loudness(SOUTH, None) == 1.0


LEVELS = [(0.0, 0.0), (1e-9, 0.0), (1e-3, 0.5), (1.0, 1.0), (4.0, 1.0)]


@pytest.mark.parametrize(("mean_square", "share"), LEVELS)
def test_a_level_meter_is_in_decibels(mean_square: float, share: float) -> None:
    assert level_share(mean_square) == pytest.approx(share)


# ---------------------------------------------------------------------- mixing


def block(value: int, count: int = BLOCK) -> Samples:
    return np.full(count, value, np.int16)


def full(_key: tuple[str, str]) -> float:
    return 1.0


def test_scanners_are_mixed_by_their_loudness_and_never_wrap_around() -> None:
    mixer = Mixer()
    for _ in range(3):
        mixer.put(NORTH, block(1000))
        mixer.put(SOUTH, block(4000))
    mixed = mixer.mix(BLOCK, lambda key: loudness(key, NORTH))
    assert set(mixed) == {2000}
    for _ in range(3):
        mixer.put(NORTH, block(30_000))
        mixer.put(SOUTH, block(30_000))
    assert mixer.mix(3 * BLOCK, full).max() == 32767


def test_what_waits_too_long_is_dropped_so_that_nothing_stays_late() -> None:
    mixer = Mixer()
    for number in range(30):
        mixer.put(NORTH, block(number + 1))
    heard = mixer.mix(30 * BLOCK, full)
    assert heard[0] == 30 - MOST_KEPT // BLOCK + 1
    assert np.count_nonzero(heard) == MOST_KEPT


def test_a_stream_that_ran_dry_begins_again_with_some_in_hand() -> None:
    mixer = Mixer()
    mixer.put(NORTH, block(5, BEGINS_WITH - 1))
    assert not mixer.mix(BLOCK, full).any()
    mixer.put(NORTH, block(5, 1))
    assert mixer.mix(BEGINS_WITH, full).all()
    mixer.put(NORTH, block(5))
    assert not mixer.mix(BLOCK, full).any()
    mixer.put(NORTH, block(5))
    assert mixer.mix(BLOCK, full).all()
    mixer.forget(NORTH)
    assert not mixer.mix(BLOCK, full).any()


def audio(rate_hz: int, layout: str, count: int) -> AudioFrame:
    channels = 2 if layout == "stereo" else 1
    samples = np.full((1, count * channels), 1000, np.int16)
    frame = AudioFrame.from_ndarray(samples, format="s16", layout=layout)
    frame.sample_rate = rate_hz
    return frame


def test_sound_of_another_codec_in_the_middle_is_heard_on() -> None:
    unpacked = Unpacked()
    for rate_hz, layout in ((48_000, "stereo"), (8_000, "mono"), (48_000, "stereo"), (48_000, "mono")):
        heard = [unpacked.samples(audio(rate_hz, layout, rate_hz // 50)) for _ in range(3)]
        assert 2 * BLOCK < sum(part.size for part in heard) <= 3 * BLOCK
        assert abs(int(heard[-1][-1]) - 1000) < 60


# ---------------------------------------------------------------------- can you hear me?


def check_in(phase: AudioCheckPhase, *, yours: bool = True) -> TalkChanged:
    view = AudioCheckView(check_id="c1", phase=phase, by="Maria", yours=yours)
    return TalkChanged(scanner=A.scanner, site_listens=True, audio_check=view)


@pytest.mark.parametrize(
    ("phase", "words", "waits"),
    [
        (AudioCheckPhase.ASKED, "Say: “Can you hear me?” The local operator answers at the tablet", False),
        (AudioCheckPhase.HEARD_AT_SITE, "The site hears you. Do you hear the site?", True),
        (AudioCheckPhase.PASSED, "Both ends hear each other", False),
        (AudioCheckPhase.UNHEARD_AT_SITE, "The site does not hear you: look at microphone and volume", False),
        (AudioCheckPhase.UNHEARD_AT_DESK, "You do not hear the site: look at headset and volume", False),
    ],
)
def test_what_the_audio_check_says(phase: AudioCheckPhase, words: str, waits: bool) -> None:
    state = audio_check_state(scanner_that_says(check_in(phase)), may_talk=True)
    assert (say(state.note), bool(state.check_id), state.may_ask) == (words, waits, True)


def test_without_sound_at_the_tablet_it_is_not_asked_and_without_ones_own_not_shown() -> None:
    silent = scanner_that_says(TalkChanged(scanner=A.scanner, site_listens=False))
    assert not audio_check_state(silent, may_talk=True).may_ask
    assert not audio_check_state(silent, may_talk=False).shown
    another = scanner_that_says(check_in(AudioCheckPhase.HEARD_AT_SITE, yours=False))
    assert audio_check_state(another, may_talk=True).check_id == ""


def test_the_question_opens_the_microphone_and_the_answer_closes_it(play: Play) -> None:
    talking(play)
    row = play.window.sound.check
    play.say(A, TalkChanged(scanner=A.scanner, site_listens=True))
    row.ask.click()
    assert play.desk.sent[-1][1].kind == "ask_audio_check"
    assert to(play) is None
    play.say(A, check_in(AudioCheckPhase.ASKED))
    assert to(play) == (A.site, A.scanner)
    play.say(A, check_in(AudioCheckPhase.HEARD_AT_SITE))
    assert to(play) is None
    row.hears.click()
    (confirmed,) = (x for _, x in play.desk.sent if isinstance(x, cm.ConfirmAudioCheck))
    assert (confirmed.check_id, confirmed.hears) == ("c1", True)


def test_another_headset_after_the_check_is_told_to_the_site(play: Play) -> None:
    talking(play)
    play.say(A, check_in(AudioCheckPhase.PASSED))
    before = len(play.desk.sent)
    play.signals.sound_changed.emit(SoundFacts(("Mic", "Headset"), ("Headset",)))
    play.signals.sound_changed.emit(SoundFacts(("Mic", "Headset"), ("Headset",)))
    assert [type(command) for _, command in play.desk.sent[before:]] == [cm.VoidAudioCheck]


# ---------------------------------------------------------------------- devices


def settle(sound: DeskSound, wish: SoundWish) -> None:
    """Say the wish, and wait until the devices follow it."""
    sound.wish(wish)
    assert sound._work is not None
    sound._work.result(10)


def test_the_microphone_goes_to_whom_one_talks_and_to_nobody_else() -> None:
    fake, told = FakeSound(), list[SoundFacts]()
    sound, north, south = DeskSound(told.append, fake), list[Samples](), list[Samples]()
    sound.connect(NORTH, north.append)
    sound.connect(SOUTH, south.append)
    settle(sound, SoundWish(on=True, focus=NORTH))
    assert fake.take is not None
    fake.take(block(7))
    settle(sound, SoundWish(on=True, focus=NORTH, to=NORTH))
    fake.take(block(3000, BLOCK // 2))
    fake.take(block(3000, BLOCK))
    assert [set(b) for b in north] == [{3000}]
    assert [b.size for b in north] == [BLOCK]  # whole blocks; the rest waits
    assert south == []
    assert sound.levels()[0] > 0.0
    sound.close()
    assert fake.open_devices == 0
    assert told[-1].microphones == ("Mic",)


def test_what_comes_from_the_scanners_is_played_the_one_in_focus_louder() -> None:
    fake = FakeSound()
    sound = DeskSound(lambda _: None, fake)
    settle(sound, SoundWish(on=True, focus=SOUTH))
    for _ in range(2):
        sound.hear(NORTH, block(4000))
        sound.hear(SOUTH, block(1000))
    assert fake.mix is not None
    assert set(fake.mix(BLOCK)) == {2000}
    sound.disconnect(NORTH)
    assert set(fake.mix(BLOCK)) == {1000}
    assert sound.levels()[1] > 0.0
    sound.close()


def test_a_tone_is_for_ones_own_ears_and_ends() -> None:
    fake = FakeSound()
    sound = DeskSound(lambda _: None, fake)
    settle(sound, SoundWish(on=True, focus=SOUTH))
    sound.play_tone()
    assert fake.mix is not None
    heard = fake.mix(20 * BLOCK)
    assert 7000 < heard.max() <= 8000  # in full, whoever is in focus
    assert not heard[MOST_KEPT:].any()
    sound.close()


def test_a_device_that_fails_is_named_and_the_other_one_works() -> None:
    fake, told = FakeSound(), list[SoundFacts]()
    fake.fault = "in use by another program"
    sound = DeskSound(told.append, fake)
    settle(sound, SoundWish(on=True))
    assert told[-1].microphone_fault == device(DeviceReason.DEVICE_REFUSES, what="in use by another program")
    assert told[-1].speaker_fault is None
    assert fake.mix is not None
    sound.close()


def test_without_any_device_nothing_is_opened_and_nothing_fails() -> None:
    fake, told = FakeSound((), ()), list[SoundFacts]()
    sound = DeskSound(told.append, fake)
    settle(sound, SoundWish(on=True, to=NORTH))
    assert fake.open_devices == 0
    assert told in ([], [SoundFacts()])
    sound.close()


def test_what_was_closed_opens_nothing_any_more() -> None:
    fake = FakeSound()
    sound = DeskSound(lambda _: None, fake)
    settle(sound, SoundWish(on=True))
    sound.close()
    sound.wish(SoundWish(on=True))
    assert fake.open_devices == 0


def test_the_microphone_is_closed_while_there_is_nobody_to_talk_to() -> None:
    fake = FakeSound()
    sound = DeskSound(lambda _: None, fake)
    settle(sound, SoundWish(on=True))
    settle(sound, SoundWish(on=False))
    assert fake.open_devices == 0
    sound.close()


def test_a_real_sound_system_calls_at_its_pace_and_closes() -> None:
    """miniaudio's own null device: its threads are real, nothing is heard."""
    machine = MachineSound((miniaudio.Backend.NULL,))
    names = machine.names()
    assert names.microphones
    assert names.speakers
    sound = DeskSound(lambda _: None, machine)
    came = threading.Event()
    sound.connect(NORTH, lambda _: came.set())
    settle(sound, SoundWish(on=True, to=NORTH, speaker=names.speakers[0]))
    assert came.wait(10)
    sound.close()
    with pytest.raises(SoundFault, match="is not connected"):
        machine.open_microphone("No such microphone", lambda _: None)


# ---------------------------------------------------------------------- real widgets


def talking(play: Play) -> None:
    play.in_control()
    looking(play)
    play.signals.media_changed.emit(A.site, A.scanner, UP)
    play.signals.sound_changed.emit(BOTH)
    play.conductor.show()
    play.window.activateWindow()
    QApplication.processEvents()


def to(play: Play) -> tuple[str, str] | None:
    """To whom the microphone goes."""
    return play.desk.sound.to


def test_one_talks_while_the_key_is_held_from_anywhere(play: Play) -> None:
    talking(play)
    play.window.timeline.note.setFocus()
    QTest.keyPress(play.window.timeline.note, Qt.Key.Key_F9)
    assert to(play) == (A.site, A.scanner)
    assert play.window.sound.talk.text() == "● Talking"
    assert say(play.conductor.talking.shown.note) == "North · MR 1 hears you"
    QTest.keyRelease(play.window.timeline.note, Qt.Key.Key_F9)
    assert to(play) is None
    assert play.desk.sound.on


def test_one_talks_while_the_button_is_pressed(play: Play) -> None:
    talking(play)
    QTest.mousePress(play.window.sound.talk, Qt.MouseButton.LeftButton)
    assert to(play) == (A.site, A.scanner)
    QTest.mouseRelease(play.window.sound.talk, Qt.MouseButton.LeftButton)
    assert to(play) is None


def test_an_open_microphone_closes_with_the_focus_and_does_not_follow_it(play: Play) -> None:
    talking(play)
    looking(play, B)
    play.say(B, granted().model_copy(update={"scanner": B.scanner}))
    play.signals.media_changed.emit(B.site, B.scanner, UP)
    play.conductor.act("open_microphone")
    assert to(play) == (A.site, A.scanner)
    play.conductor.focus(B)
    assert play.conductor.talking.shown.may_talk
    assert to(play) is None
    play.conductor.focus(A)
    assert to(play) is None
    assert not play.window.sound.open_microphone.isChecked()


def test_losing_talk_ends_it(play: Play) -> None:
    talking(play)
    play.conductor.act("open_microphone")
    play.say(A, granted((Privilege.VIEW,)))
    assert to(play) is None
    assert not play.desk.sound.on
    play.say(A, granted())
    assert to(play) is None


def test_a_window_that_goes_behind_another_lets_go_of_the_key(play: Play) -> None:
    talking(play)
    QTest.keyPress(play.window, Qt.Key.Key_F9)
    assert to(play) is not None
    play.window.hide()
    QApplication.sendEvent(play.window, QEvent(QEvent.Type.ActivationChange))
    assert to(play) is None


def test_the_choice_of_devices_counts_at_once_and_is_remembered(play: Play) -> None:
    talking(play)
    play.conductor.act("sound")
    sheet = play.window.centre.findChildren(SoundSheet)[-1]
    sheet.microphone.setCurrentIndex(1)
    assert play.desk.sound.microphone == "Headset"
    assert play.window.settings.microphone == "Headset"
    assert play.desk.sound.speaker == ""
    sheet.tone_button.click()
    assert play.desk.tones == 1


def test_a_desk_without_sound_says_so_and_shows_pictures(play: Play) -> None:
    talking(play)
    play.signals.sound_changed.emit(NONE)
    assert say(play.conductor.talking.shown.note) == "No sound device: everything else works"
    assert not play.window.sound.talk.isEnabled()
    assert play.window.pictures.tiles[0].image is not None


def test_the_meters_follow_the_levels(play: Play) -> None:
    talking(play)
    play.desk.levels = (0.25, 0.75)
    for _ in range(100):
        if math.isclose(play.window.sound.microphone.fraction, 0.25):
            break
        QTest.qWait(10)
    assert (play.window.sound.microphone.fraction, play.window.sound.headset.fraction) == (0.25, 0.75)
