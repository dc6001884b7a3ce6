"""From the channels' lines of one slice to one complex picture of even sensitivity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulated_mri.encoding.coils import FAINTEST
from simulated_mri.encoding.fourier import Complex, Real, centred_fft, centred_inverse, middle
from simulated_mri.reconstruction.homodyne import filters, in_phase
from simulated_mri.reconstruction.picture import complex_picture
from simulated_mri.reconstruction.sense import Unfolding, unfold, unfolding

if TYPE_CHECKING:
    from simulated_mri.acquisition import Acquisition


class Combiner:
    """Keeps what belongs to the coil and the slice, so that a preview costs little."""

    def __init__(self, owner: Acquisition) -> None:
        self._owner = owner
        self._sensitivity: dict[int, Real] = {}
        self._unfolding: dict[int, Unfolding] = {}

    def picture(self, index: int, frame: int) -> Complex:
        """Partial Fourier is completed once all lines exist; before that they are missing."""
        owner = self._owner
        kspace = owner.slice_kspace(index, frame)
        if not (self._left_out and self._complete(index, frame)):
            return self._even(kspace, index, frame)
        present = np.zeros(owner.encoding.lines, dtype=np.float32)
        present[owner.measured[0] :] = 1
        twice, low = (weights[:, None] for weights in filters(present))
        return in_phase(self._even(kspace * twice, index, frame), self._even(kspace * low, index, frame))

    def g_factor(self, index: int) -> Real:
        """How much unfolding raises the noise of a slice beyond what fewer lines do, (lines, samples)."""
        return self._how(index).g_factor

    @property
    def _left_out(self) -> bool:
        """Whether partial Fourier leaves lines out (acceleration alone starts within the first lines)."""
        return self._owner.measured[0] >= self._owner.encoding.acceleration

    def _complete(self, index: int, frame: int) -> bool:
        acquired = self._owner.acquired(index, frame)
        return bool(acquired.all() if self._owner.plan.volume else acquired[list(self._owner.measured)].all())

    def _even(self, kspace: Complex, index: int, frame: int) -> Complex:
        """Zero-filled channels to a picture that does not show where the coil is sensitive."""
        owner = self._owner
        if owner.encoding.acceleration == 1:
            return np.asarray(complex_picture(kspace[0], owner.encoding) / self._sigma(index))
        if owner.plan.volume:
            if not self._complete(index, frame):
                return np.asarray(complex_picture(kspace[0], owner.encoding) / self._sigma(index))
            kspace = self._elements(kspace[0], index, frame)
        image = unfold(kspace, self._how(index))
        return complex_picture(centred_fft(centred_fft(image, 1), 0), owner.encoding)

    def _elements(self, kspace: Complex, index: int, frame: int) -> Complex:
        """What every element measures of a slab's slice, one after another: its lines, with its noise."""
        owner, encoding = self._owner, self._owner.encoding
        shape = (encoding.lines, encoding.samples)
        image = centred_inverse(centred_inverse(kspace, 1), 0)
        image /= np.maximum(np.abs(owner.maps(index, shape, elements=False)[0]), 1e-6)
        lines = list(owner.measured)
        maps = owner.maps(index, shape, elements=True)
        out = np.zeros(maps.shape, dtype=np.complex64)
        noise = np.float32(np.sqrt(owner.plan.slice_count / owner.plan.averages))
        for element, sensitivity in enumerate(maps):
            seen = centred_fft(centred_fft(image * sensitivity, 1), 0)[lines]
            generator = owner.seeded(index, frame, element)
            out[element, lines] = seen + noise * owner.white(generator, seen.shape)
        return out

    def _sigma(self, index: int) -> Real:
        """Combined sensitivity over the shown picture, [phase, read]."""
        if index not in self._sensitivity:
            encoding = self._owner.encoding
            whole = (encoding.encoded_picture_lines, encoding.samples)
            sigma = np.abs(self._owner.maps(index, whole, elements=False)[0])
            shown = sigma[middle(encoding.encoded_picture_lines, encoding.picture_lines)]
            self._sensitivity[index] = np.maximum(shown, np.float32(FAINTEST))
        return self._sensitivity[index]

    def _how(self, index: int) -> Unfolding:
        if index not in self._unfolding:
            encoding = self._owner.encoding
            maps = self._owner.maps(index, (encoding.lines, encoding.samples), elements=True)
            self._unfolding = {index: unfolding(maps, encoding.acceleration)}
        return self._unfolding[index]
