"""From what lies in the magnet to k-space: matrix, coils, slices at any angle, off-resonance, noise."""

from simulated_mri.encoding.matrix import COUNTS_PER_UNIT, Encoding, make_encoding

__all__ = ["COUNTS_PER_UNIT", "Encoding", "make_encoding"]
