"""What the wire says of the patient: what a sensor is attached for, bounded, while somebody lies there."""

from __future__ import annotations

from datetime import UTC, datetime

from scanner_world import World, acquiring, ready

from mr_contract.scanner_messages import VitalsRead
from simulated_mri.patient.body import Character
from simulated_mri.patient.sensors import Sensor
from simulated_mri.scanner.inputs import PatientIs, PatientTold, SensorAttached
from simulated_mri.scanner.state import Moment
from simulated_mri.scanner.vitals import read_vitals

WALL = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def read(world: World) -> VitalsRead:
    found = read_vitals(world.state, Moment(world.now_s, WALL))
    assert found is not None
    return found


def test_nothing_is_read_while_nobody_is_registered() -> None:
    assert read_vitals(World().state, Moment(0.0, WALL)) is None


def test_saturation_and_ecg_are_read_only_with_their_sensors() -> None:
    world = ready()
    before = read(world)
    assert (before.vitals.spo2_percent, before.ecg_uv) == (None, ())
    assert before.vitals.heart_rate_per_min == 68
    assert before.vitals.respiration_per_min == 14
    for sensor in (Sensor.SPO2, Sensor.ECG):
        world.do(SensorAttached(sensor, attached=True))
    after = read(world)
    assert after.vitals.spo2_percent == 98
    assert len(after.ecg_uv) == 125
    world.do(SensorAttached(Sensor.PULSE, attached=False))
    world.do(SensorAttached(Sensor.ECG, attached=False))
    assert read(world).vitals.heart_rate_per_min is None


def test_gradients_are_seen_in_the_ecg_while_they_switch() -> None:
    world = ready()
    world.do(SensorAttached(Sensor.ECG, attached=True))
    quiet = sorted(abs(value) for value in read(world).ecg_uv)
    running = acquiring()
    running.do(SensorAttached(Sensor.ECG, attached=True))
    scanning = sorted(abs(value) for value in read(running).ecg_uv)
    assert scanning[60] > 3 * quiet[60]


def test_fear_and_a_held_breath_are_seen() -> None:
    world = World()
    world.do(PatientIs(Character(claustrophobia=1.0)))
    world.receive_patient()
    world.wait(100.0)
    fearful = read(world).vitals
    assert fearful.heart_rate_per_min is not None
    assert fearful.heart_rate_per_min > 90
    world.do(PatientTold("hold"))
    world.wait(1.0)
    held = read(world)
    assert held.vitals.respiration_per_min == 0
    assert held.respiration_percent[-1] == 0


def test_a_reading_is_small() -> None:
    world = acquiring()
    for sensor in Sensor:
        world.do(SensorAttached(sensor, attached=True))
    assert len(read(world).model_dump_json()) < 2_000
