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
        self._element_maps: dict[int, Complex] = {}
        self._unfolding: dict[int, Unfolding] = {}
        self._finished: dict[tuple[int, int], Complex] = {}

    def picture(self, index: int, frame: int) -> Complex:
        """Partial Fourier is completed once all lines exist; before that they are missing."""
        if not self._complete(index, frame):
            return self._picture(index, frame, complete=False)
        if (index, frame) not in self._finished:
            self._finished = {key: own for key, own in self._finished.items() if key[0] == index}
            self._finished[index, frame] = self._picture(index, frame, complete=True)
        return self._finished[index, frame]

    def _picture(self, index: int, frame: int, *, complete: bool) -> Complex:
        owner = self._owner
        kspace = self._combined(index, frame, complete=complete)
        if complete and owner.measured[0] >= owner.encoding.acceleration:
            present = np.zeros(owner.encoding.lines, dtype=np.float32)
            present[owner.measured[0] :] = 1
            twice, low = (
                complex_picture(kspace * weights[:, None], owner.encoding) for weights in filters(present)
            )
            seen = in_phase(twice, low)
        else:
            seen = complex_picture(kspace, owner.encoding)
        return seen if self._unfolds(complete=complete) else np.asarray(seen / self._sigma(index))

    def _unfolds(self, *, complete: bool) -> bool:
        """Whether elements are combined; a slab's are made from all lines, so not before they exist."""
        return self._owner.elements and (complete or not self._owner.plan.volume)

    def g_factor(self, index: int) -> Real:
        """How much unfolding raises the noise of a slice beyond what fewer lines do, (lines, samples)."""
        return self._how(index).g_factor

    def _complete(self, index: int, frame: int) -> bool:
        acquired = self._owner.acquired(index, frame)
        return bool(acquired.all() if self._owner.plan.volume else acquired[list(self._owner.measured)].all())

    def _combined(self, index: int, frame: int, *, complete: bool) -> Complex:
        """One k-space (lines, samples) from all channels; still weighted by the coil if there is only one."""
        owner = self._owner
        kspace = owner.slice_kspace(index, frame)
        if not self._unfolds(complete=complete):
            return np.asarray(kspace[0])
        if owner.plan.volume:
            kspace = self._elements(kspace[0], index, frame)
        image = unfold(kspace, self._how(index))
        return centred_fft(centred_fft(image, 1), 0)

    def elements_of_slab(self, index: int, frame: int) -> Complex:
        """Every element's measured lines of a slab's slice, (channels, lines, samples)."""
        return self._elements(self._owner.slice_kspace(index, frame)[0], index, frame)

    def _elements(self, kspace: Complex, index: int, frame: int) -> Complex:
        """What every element measures of a slab's slice, one after another: its lines, with its noise."""
        owner, encoding = self._owner, self._owner.encoding
        shape = (encoding.lines, encoding.samples)
        image = centred_inverse(centred_inverse(kspace, 1), 0)
        received = owner.maps(index, shape, elements=False, calibrated=False)[0]
        image /= np.maximum(np.abs(received), 1e-6)
        lines = list(owner.measured)
        maps = self._received(index, shape)
        out = np.zeros(maps.shape, dtype=np.complex64)
        noise = np.float32(np.sqrt(owner.plan.slice_count / owner.plan.averages))
        for element, sensitivity in enumerate(maps):
            seen = centred_fft(centred_fft(image * sensitivity, 1), 0)[lines]
            generator = owner.seeded(index, frame, element)
            out[element, lines] = seen + noise * owner.white(generator, seen.shape)
        return out

    def _received(self, index: int, shape: tuple[int, int]) -> Complex:
        if not self._owner.exam.subject.array.lost:
            return self._maps(index)
        return self._owner.maps(index, shape, elements=True, calibrated=False)

    def _sigma(self, index: int) -> Real:
        """Combined sensitivity over the shown picture, [phase, read]."""
        if index not in self._sensitivity:
            encoding = self._owner.encoding
            whole = (encoding.encoded_picture_lines, encoding.samples)
            sigma = np.abs(self._owner.maps(index, whole, elements=False)[0])
            shown = sigma[middle(encoding.encoded_picture_lines, encoding.picture_lines)]
            self._sensitivity[index] = np.maximum(shown, np.float32(FAINTEST))
        return self._sensitivity[index]

    def _maps(self, index: int) -> Complex:
        if index not in self._element_maps:
            shape = (self._owner.encoding.lines, self._owner.encoding.samples)
            self._element_maps = {index: self._owner.maps(index, shape, elements=True)}
        return self._element_maps[index]

    def _how(self, index: int) -> Unfolding:
        if index not in self._unfolding:
            factor = self._owner.encoding.acceleration
            self._unfolding = {index: unfolding(self._maps(index), factor)}
        return self._unfolding[index]
