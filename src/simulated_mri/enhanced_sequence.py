"""What Enhanced MR says of a sequence: its pulse sequence, timing, coils and exposure."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom.dataset import Dataset

from simulated_mri.acquisition import Acquisition
from simulated_mri.dicom import IEC_MODE
from simulated_mri.exposure import Exposure
from simulated_mri.sequences import SequenceType, count_or, number, traits

_CONTRAST: Mapping[SequenceType, str] = {
    "flair": "FLUID_ATTENUATED",
    "stir": "STIR",
    "tse": "T2",
    "tse_ss": "T2",
    "gre_t2star": "T2_STAR",
    "epi_dwi": "DIFFUSION",
    "bolus": "PERFUSION",
}


def acquisition_contrast(acquisition: Acquisition) -> str:
    """AcquisitionContrast (C.8.13.3.1.4)."""
    return _CONTRAST.get(acquisition.prescription.sequence, "T1")


def pulse_sequence(made: Dataset, acquisition: Acquisition) -> None:
    """MR Pulse Sequence module (C.8.13.4)."""
    sequence, values = acquisition.prescription.sequence, acquisition.prescription.values
    kind = traits(sequence)
    spin = kind.readout in ("spin_echo", "echo_train") or sequence == "epi_dwi"
    trains = kind.readout == "echo_train"
    made.PulseSequenceName = sequence
    made.MRAcquisitionType = "3D" if kind.volume else "2D"
    made.EchoPulseSequence = "SPIN" if spin else "GRADIENT"
    if spin:
        made.MultipleSpinEcho = "YES" if trains else "NO"
    made.MultiPlanarExcitation = "NO"
    made.PhaseContrast = "NO"
    made.TimeOfFlightContrast = "NO"
    made.SteadyStatePulseSequence = _steady_state(acquisition)
    made.EchoPlanarPulseSequence = "YES" if kind.readout == "epi" else "NO"
    made.SaturationRecovery = "NO"
    made.SpectrallySelectedSuppression = "FAT" if values.get("fat_saturation") == "ON" else "NONE"
    made.OversamplingPhase = "2D" if count_or(values, "phase_oversampling_percent", 0) else "NONE"
    made.GeometryOfKSpaceTraversal = "RECTILINEAR"
    made.RectilinearPhaseEncodeReordering = "CENTRIC"
    made.SegmentedKSpaceTraversal = _segmented(acquisition)
    made.NumberOfKSpaceTrajectories = 1
    if kind.volume:
        made.CoverageOfKSpace = "FULL"


def synchronisation(made: Dataset, acquisition: Acquisition) -> None:
    """Cardiac and Respiratory Synchronization modules (C.7.6.18.1, C.7.6.18.2)."""
    values = acquisition.prescription.values
    trigger = str(values.get("trigger", "OFF"))
    if trigger in ("PULSE", "ECG"):
        made.CardiacSynchronizationTechnique = "PROSPECTIVE"
        made.CardiacSignalSource = "ECG" if trigger == "ECG" else "PP"
        made.CardiacRRIntervalSpecified = 60000 / number(values, "trigger_rate_per_min")
        made.CardiacBeatRejectionTechnique = "NONE"
        made.LowRRValue = made.HighRRValue = made.IntervalsAcquired = made.IntervalsRejected = None
        if acquisition.paced is not None:
            made.IntervalsAcquired = acquisition.paced.repetitions
    if trigger == "RESPIRATION":
        made.RespiratoryMotionCompensationTechnique = "GATING"
        made.RespiratorySignalSource = "BELT"
        made.RespiratoryTriggerDelayThreshold = number(values, "trigger_delay_ms")


def synchronised(groups: Dataset, acquisition: Acquisition) -> None:
    """Cardiac and Respiratory Synchronization functional groups (C.7.6.16.2.7, C.7.6.16.2.17)."""
    values, item = acquisition.prescription.values, Dataset()
    trigger = str(values.get("trigger", "OFF"))
    if trigger in ("PULSE", "ECG"):
        item.NominalCardiacTriggerDelayTime = number(values, "trigger_delay_ms")
        cycle_ms = _cycle_ms(acquisition)
        item.NominalPercentageOfCardiacPhase = 100 * number(values, "trigger_delay_ms") / cycle_ms
        item.RRIntervalTimeNominal = cycle_ms
        groups.CardiacSynchronizationSequence = [item]
    if trigger == "RESPIRATION":
        item.NominalRespiratoryTriggerDelayTime = number(values, "trigger_delay_ms")
        item.RespiratoryIntervalTime = _cycle_ms(acquisition)
        groups.RespiratorySynchronizationSequence = [item]


def _cycle_ms(acquisition: Acquisition) -> float:
    """Of the patient's heart or breath while it was measured, or else as expected."""
    if acquisition.paced is not None:
        return acquisition.paced.cycle_s * 1000
    return 60000 / number(acquisition.prescription.values, "trigger_rate_per_min")


def _segmented(acquisition: Acquisition) -> str:
    if traits(acquisition.prescription.sequence).readout in ("echo_train", "epi"):
        return "FULL" if len(acquisition.plan.trains) == 1 else "PARTIAL"
    return "SINGLE"


def _steady_state(acquisition: Acquisition) -> str:
    match traits(acquisition.prescription.sequence).readout:
        case "balanced":
            return "FREE_PRECESSION"
        case "gradient_echo":
            return "LONGITUDINAL"
        case _:
            return "NONE"


def shared_of_sequence(groups: Dataset, image: Dataset, acquisition: Acquisition, exposure: Exposure) -> None:
    """The functional groups that hold for all frames alike; `image`: a classic image of the acquisition."""
    for keyword, make in (
        ("MRTimingAndRelatedParametersSequence", _timing),
        ("MRFOVGeometrySequence", _field_of_view),
        ("MRModifierSequence", _modifier),
        ("MRImagingModifierSequence", _imaging_modifier),
        ("MRReceiveCoilSequence", _receive_coil),
        ("MRTransmitCoilSequence", _transmit_coil),
        ("MRAveragesSequence", _averages),
    ):
        item = Dataset()
        make(item, image, acquisition)
        setattr(groups, keyword, [item])
    synchronised(groups, acquisition)
    exposure_of_timing(groups.MRTimingAndRelatedParametersSequence[0], exposure)


def _timing(item: Dataset, image: Dataset, _: Acquisition) -> None:
    item.RepetitionTime, item.FlipAngle = image.RepetitionTime, image.FlipAngle
    item.EchoTrainLength = int(image.EchoTrainLength)
    item.RFEchoTrainLength = int(image.EchoTrainLength) if image.ScanningSequence != "GR" else 0
    item.GradientEchoTrainLength = 1 if item.RFEchoTrainLength == 0 else 0


def exposure_of_timing(item: Dataset, exposure: Exposure) -> None:
    """Rates by their IEC definitions, the share of the stimulation threshold, and the operating modes."""
    item.SpecificAbsorptionRateSequence = [
        _rate("IEC_WHOLE_BODY", exposure.whole_body_w_per_kg),
        _rate("IEC_PARTIAL_BODY", exposure.partial_body_w_per_kg),
        _rate("IEC_HEAD", exposure.head_w_per_kg),
    ]
    item.GradientOutputType, item.GradientOutput = "PER_NERVE_STIM", round(exposure.pns_percent, 3)
    item.OperatingModeSequence = [
        _mode("STATIC FIELD", "IEC_NORMAL"),
        _mode("RF", IEC_MODE[exposure.rf_mode]),
        _mode("GRADIENT", IEC_MODE[exposure.gradient_mode]),
    ]


def _rate(definition: str, value: float) -> Dataset:
    rate = Dataset()
    rate.SpecificAbsorptionRateDefinition = definition
    rate.SpecificAbsorptionRateValue = round(value, 4)
    return rate


def _mode(kind: str, mode: str) -> Dataset:
    item = Dataset()
    item.OperatingModeType, item.OperatingMode = kind, mode
    return item


def _field_of_view(item: Dataset, image: Dataset, acquisition: Acquisition) -> None:
    item.InPlanePhaseEncodingDirection = {"ROW": "ROW", "COL": "COLUMN"}[image.InPlanePhaseEncodingDirection]
    item.MRAcquisitionFrequencyEncodingSteps = acquisition.encoding.samples
    item.MRAcquisitionPhaseEncodingStepsInPlane = len(acquisition.measured)
    if acquisition.plan.volume:
        item.MRAcquisitionPhaseEncodingStepsOutOfPlane = acquisition.plan.slice_count
    item.PercentSampling, item.PercentPhaseFieldOfView = image.PercentSampling, image.PercentPhaseFieldOfView


def _modifier(item: Dataset, _: Dataset, acquisition: Acquisition) -> None:
    values, kind = acquisition.prescription.values, traits(acquisition.prescription.sequence)
    item.InversionRecovery = "YES" if "ti_ms" in values else "NO"
    if "ti_ms" in values:
        item.InversionTimes = number(values, "ti_ms")
    item.FlowCompensation = "NONE"
    item.Spoiling = "NONE" if kind.readout == "balanced" else "RF_AND_GRADIENT"
    item.T2Preparation = "NO"
    item.SpectrallySelectedExcitation = "NONE"
    item.SpatialPresaturation = "NONE"
    partial = "partial_fourier_percent" in values and number(values, "partial_fourier_percent") < 100
    item.PartialFourier = "YES" if partial else "NO"
    if partial:
        item.PartialFourierDirection = "PHASE"
    item.ParallelAcquisition = "YES" if acquisition.encoding.acceleration > 1 else "NO"
    if acquisition.encoding.acceleration > 1:
        item.ParallelAcquisitionTechnique = "SENSE"
        item.ParallelReductionFactorInPlane = float(acquisition.encoding.acceleration)
        item.ParallelReductionFactorOutOfPlane = 1.0
        item.ParallelReductionFactorSecondInPlane = 1.0


def _imaging_modifier(item: Dataset, image: Dataset, _: Acquisition) -> None:
    item.MagnetizationTransfer = "NONE"
    item.BloodSignalNulling = "NO"
    item.Tagging = "NONE"
    item.TransmitterFrequency = float(image.ImagingFrequency)
    item.PixelBandwidth = float(image.PixelBandwidth)


def _receive_coil(item: Dataset, image: Dataset, acquisition: Acquisition) -> None:
    item.ReceiveCoilName = image.ReceiveCoilName or "Body"
    item.ReceiveCoilManufacturerName = "Simulated MRI"
    item.ReceiveCoilType = "MULTICOIL"
    item.QuadratureReceiveCoil = "NO"
    elements = range(1, len(acquisition.exam.subject.array.elements_mm) + 1)
    item.MultiCoilDefinitionSequence = [_element(number) for number in elements]


def _element(number: int) -> Dataset:
    item = Dataset()
    item.MultiCoilElementName, item.MultiCoilElementUsed = f"E{number}", "YES"
    return item


def _transmit_coil(item: Dataset, image: Dataset, _: Acquisition) -> None:
    item.TransmitCoilName = image.TransmitCoilName
    item.TransmitCoilManufacturerName = "Simulated MRI"
    item.TransmitCoilType = "BODY"


def _averages(item: Dataset, image: Dataset, _: Acquisition) -> None:
    item.NumberOfAverages = image.NumberOfAverages
