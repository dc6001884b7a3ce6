"""Rules between parameters of geometry and sampling: field of view, thickness, spacing, slices, lines."""

from __future__ import annotations

from simulated_mri import timing
from simulated_mri.phase_lines import measured_lines
from simulated_mri.sequences import Values, count, number, traits
from simulated_mri.sheet import Blocked, Sheet


def field_of_view(sheet: Sheet) -> None:
    key, values = "fov_read_mm", sheet.values
    smallest = timing.fov_read_min_mm(sheet.sequence, values, sheet.hardware)
    if number(values, key) >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    scale = number(values, key) / smallest
    if sheet.may_follow(key, smallest):
        sheet.follow(
            key, low, "the readout gradient allows no smaller field of view at this bandwidth and matrix"
        )
        return
    causes = (key, "bandwidth_hz_per_px", "acquisition_matrix_read")
    culprit = next((name for name in causes if name in sheet.asked), key)
    than = "can be turned round in time" if timing.turns_ms(sheet.sequence) else "there is"
    sheet.blocked.append(
        Blocked(
            culprit,
            f"{sheet.show(key, number(values, key))} field of view needs a stronger readout gradient than "
            f"{than} at {sheet.show('bandwidth_hz_per_px', number(values, 'bandwidth_hz_per_px'))} "
            f"and a matrix of {count(values, 'acquisition_matrix_read')}: "
            f"at least {sheet.show(key, float(low))}",
            low=float(low) if culprit == key else None,
            high=None if culprit == key else number(values, culprit) * scale,
            alternatives=(
                {key: low},
                *_scaled(sheet, "bandwidth_hz_per_px", scale),
                *_scaled(sheet, "acquisition_matrix_read", scale),
            ),
        )
    )


def _scaled(sheet: Sheet, key: str, scale: float) -> tuple[Values, ...]:
    wanted = number(sheet.values, key) * scale
    limits = sheet.range_of(key)
    return ({key: limits.at_most(wanted)},) if wanted >= limits.low else ()


def acceleration(sheet: Sheet) -> None:
    """Lines left out are told apart by elements at different places along the phase direction."""
    key, direction = "acceleration_factor", str(sheet.values["phase_encoding"])
    along = dict(zip(("ROW", "COL"), sheet.hardware.elements_along_phase, strict=True))
    most, wanted = max(along[direction], 1), count(sheet.values, key)
    if wanted <= most:
        return
    if key not in sheet.asked:
        sheet.follow(key, most, f"the coil has {most} elements along the phase direction")
        return
    other = "COL" if direction == "ROW" else "ROW"
    turned: tuple[Values, ...] = ({"phase_encoding": other, key: wanted},) if along[other] >= wanted else ()
    sheet.blocked.append(
        Blocked(
            key,
            f"acceleration {wanted} needs as many elements along the phase direction: the coil has {most}",
            high=most,
            alternatives=({key: most}, *turned),
        )
    )


def thickness(sheet: Sheet) -> None:
    key = "slice_thickness_mm"
    smallest = sheet.hardware.thickness_min_mm
    if number(sheet.values, key) >= smallest:
        return
    low = sheet.range_of(key).at_least(smallest)
    if key not in sheet.asked:
        sheet.follow(key, low, "the slice gradient selects no thinner slice")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"{sheet.show(key, number(sheet.values, key))} is thinner than the slice gradient can select: "
            f"at least {sheet.show(key, float(low))}",
            low=float(low),
            alternatives=({key: low},),
        )
    )


def spacing(sheet: Sheet) -> None:
    """Slices of a 2D sequence do not overlap; the partitions of a 3D one touch."""
    key, thick = "slice_spacing_mm", number(sheet.values, "slice_thickness_mm")
    distance = number(sheet.values, key)
    volume = traits(sheet.sequence).volume
    if distance == thick or (distance > thick and not volume):
        return
    thinnest = 0.0 if volume else sheet.hardware.thickness_min_mm
    thinnest = max(thinnest, sheet.range_of("slice_thickness_mm").low)
    why = "the partitions of a 3D sequence touch" if volume else "slices must not overlap"
    if key not in sheet.asked:
        sheet.follow(key, thick, f"{why}: spacing follows thickness")
    elif "slice_thickness_mm" not in sheet.asked and distance >= thinnest:
        sheet.follow("slice_thickness_mm", distance, f"{why}: thickness follows spacing")
    else:
        sheet.blocked.append(
            Blocked(
                key,
                f"{sheet.show(key, distance)} spacing does not suit "
                f"{sheet.show(key, thick)} thickness: {why}",
                low=thick,
                high=thick if volume else None,
                alternatives=({key: thick}, {"slice_thickness_mm": distance}),
            )
        )


def concatenations(sheet: Sheet) -> None:
    """Slices are shared out among concatenations: there are not more of these than slices."""
    key, slices = "concatenations", count(sheet.values, "slice_count")
    if count(sheet.values, key) <= slices:
        return
    if key not in sheet.asked:
        sheet.follow(key, slices, f"there are only {slices} slices to share out")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"{count(sheet.values, key)} concatenations are more than the {slices} slices to share out",
            high=slices,
            alternatives=({key: slices},),
        )
    )


def train_length(sheet: Sheet) -> None:
    """A train is not longer than there are lines to measure."""
    key, lines = "echo_train_length", len(measured_lines(sheet.values))
    if count(sheet.values, key) <= lines:
        return
    if sheet.may_follow(key, lines):
        sheet.follow(key, lines, f"there are only {lines} lines to encode")
        return
    sheet.blocked.append(
        Blocked(
            key,
            f"turbo factor {count(sheet.values, key)} is more than the {lines} lines to encode",
            high=lines,
            alternatives=({key: lines},),
        )
    )
