"""What can be attached to the patient."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Sensor(StrEnum):
    """Without it nothing is measured."""

    ECG = "ecg"
    PULSE = "pulse"
    RESPIRATION = "respiration"
    SPO2 = "spo2"
