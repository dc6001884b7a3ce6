"""What a finished or stopped acquisition hands out: pictures as measured, and pictures derived from them.

Derived are: trace and ADC maps of diffusion, water and fat of Dixon, subtraction of dynamics and its maximum
intensity projection, the map of the static field. A derived picture needs all its sources; where one is
missing it is left out. Pictures of one `family` belong to one derived series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from simulated_mri.acquisition import Acquisition
from simulated_mri.contrast import line_courses
from simulated_mri.encoding.fourier import Complex, Real
from simulated_mri.encoding.matrix import COUNTS_PER_UNIT
from simulated_mri.frames import Frame
from simulated_mri.reconstruction.picture import as_shown, in_counts
from simulated_mri.tissues import Tissue

ADC_UNIT_MM2_PER_S = 1e-6
MOST_ADC = 4095
FAINT = 0.02  # signal density below which a map says nothing

Pixels = npt.NDArray[np.uint16] | npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One picture of one slice. `kind` is the third value of ImageType (PS3.3 C.8.3.1.1.1)."""

    slice_index: int
    frame: Frame
    name: str
    number: int
    pixels: Pixels
    window: tuple[float, float]
    derivation: str = ""
    kind: str = "OTHER"
    family: str = ""
    sources: tuple[int, ...] = ()
    """Frames that it is derived from."""
    projected: bool = False
    """Seen through all slices; it lies in the middle of them."""

    @property
    def derived(self) -> bool:
        return bool(self.derivation)


_Derive = Callable[[dict[int, Complex], Acquisition], Pixels]


@dataclass(frozen=True, slots=True)
class _Recipe:
    name: str
    sources: tuple[int, ...]
    make: _Derive
    derivation: str
    kind: str
    window: tuple[float, float]
    family: str
    projects: bool = False
    """Whether a projection through all slices is made as well."""


def results(acquisition: Acquisition) -> Iterator[Result]:
    """All pictures, slice by slice; slices of which no line exists are left out. `number` orders by name."""
    recipes = tuple(_recipes(acquisition))
    tops = {frame.index: window_top(acquisition, frame) for frame in acquisition.frames}
    slices = acquisition.plan.slice_count
    deep: dict[int, list[Result]] = {}
    for index in range(slices):
        seen = _seen(acquisition, index)
        for frame in acquisition.frames:
            if frame.index in seen:
                pixels = in_counts(_shown(np.abs(seen[frame.index]), acquisition))
                number, top = frame.index * slices + index + 1, tops[frame.index]
                yield Result(index, frame, frame.name, number, pixels, (top / 2, top))
        for place, recipe in enumerate(recipes, len(acquisition.frames)):
            if all(source in seen for source in recipe.sources):
                made = _derived(acquisition, recipe, seen, (index, place * slices + index + 1))
                if recipe.projects:
                    deep.setdefault(place, []).append(made)
                yield made
    last = (len(acquisition.frames) + len(recipes)) * slices
    for number, pictures in enumerate(deep.values(), last + 1):
        if len(pictures) == slices > 1:
            yield _projection(pictures, number)


def _seen(acquisition: Acquisition, index: int) -> dict[int, Complex]:
    """The picture of every frame of a slice, once for all that is derived from it."""
    return {
        frame.index: acquisition.complex_picture(index, frame.index)
        for frame in acquisition.frames
        if acquisition.acquired(index, frame.index).any()
    }


def window_top(acquisition: Acquisition, frame: Frame, *, of_fat: bool = False) -> float:
    """Somewhat above the brightest tissue of the subject, in counts; fat may be brighter, or is meant."""
    tissues = tuple(t for t in acquisition.exam.subject.tissues if (t is Tissue.FAT) is of_fat)
    step = acquisition.prescription
    courses = line_courses(
        step.sequence, acquisition.repeated_values, acquisition.exam.hardware, frame, tissues
    )
    brightest = float(np.abs(courses[:, acquisition.encoding.lines // 2]).max())
    return max(float(round(1.25 * brightest * COUNTS_PER_UNIT)), 2.0)


def _derived(
    acquisition: Acquisition, recipe: _Recipe, seen: dict[int, Complex], place: tuple[int, int]
) -> Result:
    """`place`: slice and number of the picture."""
    pictures = {source: seen[source] for source in recipe.sources}
    frame = acquisition.frames[recipe.sources[-1]]
    pixels = recipe.make(pictures, acquisition)
    index, number = place
    return Result(
        index, frame, recipe.name, number, pixels, recipe.window, recipe.derivation, recipe.kind,
        recipe.family, recipe.sources,
    )  # fmt: skip


def _projection(pictures: list[Result], number: int) -> Result:
    first = pictures[0]
    return replace(
        first,
        name=f"MIP of {first.name}",
        number=number,
        pixels=np.max([own.pixels for own in pictures], axis=0),
        derivation=f"maximum intensity projection through {len(pictures)} slices of: {first.derivation}",
        kind="PROJECTION IMAGE",
        family="MIP",
        projected=True,
    )


def _recipes(acquisition: Acquisition) -> Iterable[_Recipe]:
    frames = acquisition.frames
    match acquisition.prescription.sequence:
        case "epi_dwi":
            weighted = tuple(frame.index for frame in frames if frame.b_s_per_mm2 > 0)
            top = window_top(acquisition, frames[-1])
            name = f"b {frames[-1].b_s_per_mm2:g} trace"
            words = "geometric mean of the diffusion directions"
            yield _Recipe(name, weighted, _trace, words, "OTHER", (top / 2, top), name)
            words = "apparent diffusion coefficient in 10^-6 mm2/s"
            yield _Recipe(
                "ADC", (0, *weighted), _adc, words, "DIFFUSION MAP", (1200.0, 2400.0), "ADC 10^-6 mm2/s"
            )
        case "field_map":
            words = "static field in Hz from the phase difference of two echoes"
            yield _Recipe("field Hz", (0, 1), _field, words, "PHASE MAP", (0.0, 400.0), "field map")
        case "dixon_3d":
            yield from _water_of_dixon(acquisition)
            yield from _fat_of_dixon(acquisition)
            yield from _subtractions(acquisition, frames[1::2])
        case "bolus":
            yield from _subtractions(acquisition, frames)


def _water_of_dixon(acquisition: Acquisition) -> Iterable[_Recipe]:
    frames = acquisition.frames
    words = "half the sum of both echoes"
    for opposed, together in zip(frames[::2], frames[1::2], strict=True):
        top = window_top(acquisition, together)
        name, sources = f"water dynamic {together.dynamic + 1}", (opposed.index, together.index)
        yield _Recipe(name, sources, _water, words, "IMAGE ADDITION", (top / 2, top), "water")


def _fat_of_dixon(acquisition: Acquisition) -> Iterable[_Recipe]:
    frames = acquisition.frames
    if Tissue.FAT not in acquisition.exam.subject.tissues:
        return
    words = "half the difference of both echoes"
    for opposed, together in zip(frames[::2], frames[1::2], strict=True):
        top = window_top(acquisition, together, of_fat=True)
        name, sources = f"fat dynamic {together.dynamic + 1}", (opposed.index, together.index)
        yield _Recipe(name, sources, _fat, words, "MODULUS SUBTRACT", (top / 2, top), "fat")


def _subtractions(acquisition: Acquisition, frames: Sequence[Frame]) -> Iterable[_Recipe]:
    """Every later frame of one contrast minus the first."""
    words = "this dynamic minus the first, of the same echo"
    for frame in frames[1:]:
        top = window_top(acquisition, frame) / 2
        yield _Recipe(
            f"subtraction dynamic {frame.dynamic + 1}", (frames[0].index, frame.index), _subtraction, words,
            "MODULUS SUBTRACT", (top / 2, top), "subtraction", projects=acquisition.plan.volume,
        )  # fmt: skip


def _shown(values: Real, acquisition: Acquisition) -> Real:
    return as_shown(np.asarray(values, dtype=np.float32), acquisition.encoding)


def _trace_of(pictures: dict[int, Complex], indices: Iterable[int]) -> Real:
    logs = [np.log(np.maximum(np.abs(pictures[index]), 1e-6)) for index in indices]
    return np.asarray(np.exp(np.mean(logs, axis=0)), dtype=np.float32)


def _trace(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    return in_counts(_shown(_trace_of(pictures, pictures), acquisition))


def _adc(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    plain = np.abs(pictures[0])
    trace = _trace_of(pictures, [index for index in pictures if index != 0])
    b_value = acquisition.frames[-1].b_s_per_mm2
    adc = np.log(np.maximum(plain, 1e-6) / trace) / b_value / ADC_UNIT_MM2_PER_S
    seen = np.where(plain > FAINT, np.clip(adc, 0, MOST_ADC), 0)
    return np.asarray(np.rint(_shown(seen, acquisition)), dtype=np.uint16)


def _field(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    first, second = (acquisition.frames[index].te_ms for index in (0, 1))
    turned = np.angle(pictures[1] * np.conj(pictures[0]))
    hz = turned / (2 * np.pi) / ((second - first) / 1000)
    seen = np.where(np.abs(pictures[0]) > FAINT, hz, 0)
    return np.asarray(np.rint(_shown(seen, acquisition)), dtype=np.int16)


def _water(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    """Echoes are demodulated by the field's phase, known from their own: opposed + in phase."""
    return in_counts(_shown(_half(_together(pictures) + _opposed(pictures)), acquisition))


def _fat(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    """What the opposed echo took away; noise below nothing is shown as nothing."""
    return in_counts(_shown(_half(_together(pictures) - _opposed(pictures)), acquisition))


def _half(values: Real) -> Real:
    return values * np.float32(0.5)


def _together(pictures: dict[int, Complex]) -> Real:
    """Water plus fat."""
    _, together = pictures.values()
    return np.asarray(np.abs(together), dtype=np.float32)


def _opposed(pictures: dict[int, Complex]) -> Real:
    """Water minus fat, with its sign."""
    opposed, together = pictures.values()
    signed = np.sign((opposed * np.conj(together)).real) * np.abs(opposed)
    return np.asarray(signed, dtype=np.float32)


def _subtraction(pictures: dict[int, Complex], acquisition: Acquisition) -> Pixels:
    before, after = pictures.values()
    return in_counts(_shown(np.abs(after) - np.abs(before), acquisition))
