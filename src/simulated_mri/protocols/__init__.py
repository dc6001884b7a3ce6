"""The approved protocols of the simulated scanner."""

from simulated_mri.protocols.abdomen import ABDOMEN_DYNAMIC
from simulated_mri.protocols.brain import BRAIN_CATALOGUE, BRAIN_ROUTINE, BRAIN_STROKE, BRAIN_TUMOUR
from simulated_mri.protocols.phantom import PHANTOM_QA
from simulated_mri.protocols.step import Protocol, ProtocolStep

__all__ = ["BRAIN_ROUTINE", "PROTOCOLS", "Protocol", "ProtocolStep"]

PROTOCOLS: tuple[Protocol, ...] = (
    BRAIN_ROUTINE,
    BRAIN_STROKE,
    BRAIN_TUMOUR,
    BRAIN_CATALOGUE,
    ABDOMEN_DYNAMIC,
    PHANTOM_QA,
)
