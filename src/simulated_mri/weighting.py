"""What classic MR images say of their diffusion weighting, within what their IOD has room for (PS3.3 A.4).

Diffusion b-value (0018,9087) belongs to Enhanced MR: a classic image with it is of an extended SOP class, and
`dciodvfy` warns of it. So the b value is part of Sequence Name, in the form that readers of classic images
look for: `b1000#2` is the second direction, `b1000t` the trace; and in words of Image Comments and Series
Description.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from simulated_mri.results import ADC_UNIT_MM2_PER_S, MOST_ADC, Result
from simulated_mri.sequences import SequenceType


def sequence_name(sequence: SequenceType, result: Result) -> str:
    """Sequence Name, at most 16 characters."""
    if sequence != "epi_dwi" or result.kind == "DIFFUSION MAP":
        return sequence
    frame = result.frame
    which = "t" if result.derived else f"#{frame.index}" if frame.b_s_per_mm2 > 0 else ""
    return f"{sequence} b{frame.b_s_per_mm2:g}{which}"


def say_unit(image: Dataset, result: Result) -> None:
    """Real World Value Mapping (C.7.6.16.2.11) of an ADC map: what its pixel values mean."""
    if result.kind != "DIFFUSION MAP":
        return
    unit = Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = "mm2/s", "UCUM", "mm2/s"
    mapping = Dataset()
    mapping.LUTLabel, mapping.LUTExplanation = "ADC", "Apparent diffusion coefficient"
    mapping.RealWorldValueFirstValueMapped, mapping.RealWorldValueLastValueMapped = 0, MOST_ADC
    mapping.RealWorldValueIntercept, mapping.RealWorldValueSlope = 0.0, ADC_UNIT_MM2_PER_S
    mapping.MeasurementUnitsCodeSequence = [unit]
    image.RealWorldValueMappingSequence = [mapping]
