"""Every figure of the page: its panels from left to right, and what there is to see in them."""

from __future__ import annotations

from dataclasses import dataclass

from figure_pages.panels import Panel, beside
from simulated_mri.geometry import Placement
from simulated_mri.hardware import Hardware
from simulated_mri.motion import Breathing, Cough, Drift, Nod, Pulsation

_SEQUENCES, _FIELD, _SAMPLING, _MOTION = "Sequences", "Artefacts of field and frequency", "Sampling", "Motion"


@dataclass(frozen=True, slots=True)
class Figure:
    """`own_windows`: every panel has its own grey scale, otherwise that of the first."""

    name: str
    chapter: str
    title: str
    panels: tuple[Panel, ...]
    caption: str
    own_windows: bool = False


_T2 = Panel("brain_routine/t2_tse_ax", changes={"acquisition_matrix_read": 256})
_GRE = Panel("brain_routine/t2star_gre_ax")
_DWI = Panel("brain_stroke/dwi_ax", "head_infarct", centre_mm=(0.0, 0.0, 18.0))
_STIR = Panel("brain_catalogue/stir_cor", plane="coronal", centre_mm=(0.0, 0.0, 0.0))
_LOW = (0.0, 0.0, -28.0)
_SAGITTAL = Panel("brain_routine/localizer", plane="sagittal", centre_mm=(0.0, -2.0, 0.0))
_DIXON = Panel(
    "abdomen_dynamic/dixon_dynamic_ax", "abdomen", centre_mm=(0.0, 0.0, 10.0), changes={"dynamics": 2}
)
_SINGLE = Panel("abdomen_dynamic/t2_ss_cor", "abdomen", "coronal", (0.0, 0.0, 0.0))

_OF_SEQUENCES = (
    Figure(
        "localizer", _SEQUENCES, "Localizer, three planes",
        tuple(
            Panel("brain_routine/localizer", plane=plane, centre_mm=(0.0, -2.0, 0.0))
            for plane in ("sagittal", "coronal", "axial")
        ),
        "Spoiled gradient echo in three planes: fat and brain bright, fluid dark, air black. Enough to "
        "plan on, and to see at once whether the head lies in the isocentre.",
    ),
    Figure(
        "landmark", _SEQUENCES, "A wrong landmark",
        (_SAGITTAL, beside(_SAGITTAL, placement=Placement(landmark_mm=(0.0, 0.0, -90.0)))),
        "Sagittal localizer. Left: the mark was set where the protocol expects it. Right: 90 mm too low. The "
        "head lies that far out of the isocentre, its top leaves the field of view, and every later plan "
        "would miss it.",
    ),
    Figure(
        "se", _SEQUENCES, "Spin echo, T1",
        (
            Panel("brain_tumour/t1_se_ax"),
            Panel("phantom_qa/acr_t1", "phantom_acr", centre_mm=(0.0, 0.0, -50.0)),
        ),
        "Left: white matter brighter than grey, fluid dark, fat brightest. Right (own grey scale): slice 1 "
        "of the ACR-like phantom with its slice-thickness ramps, resolution holes and the two position "
        "bars at the top.",
        own_windows=True,
    ),
    Figure(
        "tse", _SEQUENCES, "TSE 2D, T2",
        (_T2, beside(_T2, changes={**_T2.changes, "refocusing_flip_angle_deg": 80})),
        "Left: refocusing by 150°. Fluid is bright, grey matter brighter than white. Right: by 80°. Less "
        "signal, and a softer contrast, since part of each echo has waited as longitudinal magnetisation.",
    ),
    Figure(
        "tse_single_shot", _SEQUENCES, "Single-shot TSE",
        (Panel("brain_catalogue/t2_ss_ax", changes={"tr_ms": 15000.0}), _SINGLE),
        "Left: the head, right: an abdomen in coronal section (own grey scales). One excitation reads all "
        "lines: T2 contrast, softer edges along the phase direction, frozen motion.",
        own_windows=True,
    ),
    Figure(
        "flair", _SEQUENCES, "FLAIR (inversion TSE)",
        (
            Panel("brain_routine/flair_ax", "head_ms", centre_mm=(0.0, 0.0, 24.0)),
            beside(_T2, subject="head_ms", centre_mm=(0.0, 0.0, 24.0)),
        ),
        "Plaques beside the ventricles. Left, FLAIR: fluid is nulled, plaques are bright. Right, T2 TSE "
        "(own grey scale): plaques and fluid are both bright and hard to tell apart.",
        own_windows=True,
    ),
    Figure(
        "stir", _SEQUENCES, "STIR (inversion TSE)",
        (_STIR, beside(_STIR, changes={"ti_ms": 500})),
        "Left: TI 260 ms, fat under the scalp is nulled, what is left of it is skin and muscle. Right: TI "
        "500 ms, fat has recovered and white matter is near its null.",
    ),
    Figure(
        "gre", _SEQUENCES, "Spoiled GRE, 2D and 3D",
        (Panel("brain_catalogue/t1_gre_ax"), Panel("brain_catalogue/t1_gre_3d_ax")),
        "Left 2D, right 3D (own grey scales): T1 contrast from short TR and the flip angle; fluid dark.",
        own_windows=True,
    ),
    Figure(
        "mprage", _SEQUENCES, "MPRAGE",
        (
            Panel("brain_routine/t1_3d_sag", plane="sagittal", centre_mm=(0.0, -2.0, -2.0)),
            Panel("brain_tumour/t1_3d_sag_gd", "head_tumour", plane="axial", centre_mm=(0.0, 0.0, 26.0)),
        ),
        "Left: the strongest contrast between grey and white matter of all. Right (own grey scale): after "
        "contrast agent the rim of a tumour enhances; its necrosis and the oedema around it do not.",
        own_windows=True,
    ),
    Figure(
        "dixon", _SEQUENCES, "Dynamic 3D GRE with Dixon",
        (
            beside(_DIXON, result="opposed phase dynamic 1"),
            beside(_DIXON, result="in phase dynamic 1"),
            beside(_DIXON, result="water dynamic 1"),
            beside(_DIXON, result="fat dynamic 1"),
            beside(_DIXON, result="subtraction dynamic 2"),
        ),
        "From left to right: opposed phase (dark lines where fat and water share a pixel), in phase, "
        "water, fat (under the skin and around the organs, none inside them, some in the marrow), and the "
        "arterial dynamic minus the first (own grey scales): vessels and spleen take up the agent, the liver "
        "follows.",
        own_windows=True,
    ),
    Figure(
        "t2star", _SEQUENCES, "T2* GRE",
        (_GRE, beside(_GRE, centre_mm=_LOW)),
        "Left at the height of the ventricles, right near the base of the skull: signal is lost above the "
        "sinuses and the ear canals, where air bends the field.",
    ),
    Figure(
        "bssfp", _SEQUENCES, "Balanced SSFP",
        (
            Panel("brain_catalogue/bssfp_ax"),
            Panel("abdomen_dynamic/bssfp_ax", "abdomen", centre_mm=(0.0, 0.0, 0.0)),
        ),
        "T2/T1 contrast: fluid brightest, then fat and blood, brain and organs grey (own grey scales). At "
        "this TR fat and water have the same sign. In the scalp the static field is too uneven for either.",
        own_windows=True,
    ),
    Figure(
        "dwi", _SEQUENCES, "EPI diffusion with trace and ADC map",
        (beside(_DWI, result="b 0"), beside(_DWI, result="b 1000 trace"), beside(_DWI, result="ADC")),
        "An acute infarct on the right side of the patient (left in the picture): like grey matter at b 0, "
        "bright in the trace, dark in the ADC map, so it is no T2 shine-through. Own grey scales.",
        own_windows=True,
    ),
    Figure(
        "bolus", _SEQUENCES, "Bolus tracking",
        tuple(
            Panel(
                "abdomen_dynamic/bolus_cor", "abdomen", "coronal", (0.0, 42.0, 0.0),
                result=f"dynamic {number}",
            )
            for number in (5, 25, 40)
        ),
        "A coronal slice through the aorta every second: before the agent arrives, as it fills the aorta, "
        "and as organs follow.",
    ),
    Figure(
        "field_map", _SEQUENCES, "GRE field map",
        (
            Panel("brain_stroke/field_map_ax", centre_mm=_LOW),
            Panel("brain_stroke/field_map_ax", centre_mm=_LOW, result="field Hz", signed=True),
        ),
        "Left the magnitude, right the static field, ± 250 Hz from black to white, grey is zero: strongest "
        "above the sinuses and beside the ear canals. Beyond the range that the echo difference can tell, "
        "values turn over.",
    ),
)  # fmt: skip

_NARROW = beside(_T2, centre_mm=(0.0, 0.0, 0.0), changes={"bandwidth_hz_per_px": 60, **_T2.changes})
_EPI = beside(_DWI, subject="head", centre_mm=_LOW)
_OF_FIELD = (
    Figure(
        "fat_shift", _FIELD, "Fat shift",
        (beside(_NARROW, changes={"bandwidth_hz_per_px": 400, **_T2.changes}), _NARROW),
        "Readout up and down. Left 400 Hz/px: fat of the scalp lies where it is. Right 60 Hz/px: it has "
        "moved by seven pixels, a dark gap on one side and a bright overlap on the other.",
    ),
    Figure(
        "fat_saturation", _FIELD, "Fat saturation",
        (_T2, beside(_T2, changes={**_T2.changes, "fat_saturation": "ON"})),
        "Left without, right with: the scalp's fat is gone, brain is as before.",
    ),
    Figure(
        "dephasing", _FIELD, "Dephasing near air",
        (
            beside(_GRE, centre_mm=_LOW, changes={"te_ms": 5.0, "bandwidth_hz_per_px": 400}),
            beside(_GRE, centre_mm=_LOW, changes={"te_ms": 20.0, "bandwidth_hz_per_px": 400}),
            beside(_GRE, centre_mm=_LOW, changes={"te_ms": 40.0, "bandwidth_hz_per_px": 400}),
        ),
        "TE 5, 20 and 40 ms: the hole above the sinuses grows with TE, faster than T2* darkens the rest.",
    ),
    Figure(
        "b0_distortion", _FIELD, "Field distortion along the readout",
        (
            Panel("brain_tumour/t1_se_ax", centre_mm=_LOW, changes={"bandwidth_hz_per_px": 400}),
            Panel("brain_tumour/t1_se_ax", centre_mm=_LOW, changes={"bandwidth_hz_per_px": 60}),
        ),
        "A spin echo, readout up and down, 400 and 60 Hz/px: with the narrow bandwidth the front of the "
        "brain above the sinuses is shifted and piles up; nothing is dephased.",
    ),
    Figure(
        "epi_distortion", _FIELD, "EPI distortion",
        (
            beside(_EPI, changes={"acceleration_factor": 4}),
            _EPI,
            beside(_EPI, changes={"acceleration_factor": 1}),
        ),
        "Phase encoding up and down; acceleration 4, 2 and 1. The front of the brain is stretched and "
        "piled up by an amount that grows with the time between lines, so that acceleration cures it. Fat "
        "of the scalp is far away from where it belongs.",
    ),
    Figure(
        "epi_ghost", _FIELD, "N/2 ghost",
        tuple(
            Panel(
                "brain_stroke/dwi_ax", "phantom_acr", centre_mm=(0.0, 0.0, 10.0), result="b 0",
                changes={"acceleration_factor": 1, "fov_read_mm": 300}, hardware=Hardware(epi_ghost_rad=turn),
            )
            for turn in (0.0, 0.4)
        ),
        "The phantom with EPI, phase encoding up and down. Left: even and odd readouts agree. Right: they "
        "differ by 0.4 rad, and a second disc, a fifth as bright, lies half a field of view away, cut at "
        "the upper and lower edge.",
    ),
    Figure(
        "bssfp_bands", _FIELD, "Bands of balanced SSFP",
        (
            Panel("brain_catalogue/bssfp_ax", centre_mm=_LOW),
            Panel("brain_catalogue/bssfp_ax", centre_mm=_LOW, changes={"tr_ms": 12.0}),
        ),
        "TR 5 and 12 ms near the base of the skull. A dark band runs wherever the field makes "
        "magnetisation turn by half a turn within TR; with the longer TR bands are more and closer "
        "together.",
    ),
    Figure(
        "transmit_field", _FIELD, "Uneven transmit field",
        (beside(_T2, hardware=Hardware(b0_t=1.5)), _T2),
        "1.5 T and 3 T (own grey scales): at 3 T the middle of the head is reached by more, the rim by "
        "less than the nominal flip angle.",
        own_windows=True,
    ),
)  # fmt: skip

_SMALL = {**_T2.changes, "phase_fov_percent": 60.0, "fov_read_mm": 230, "acquisition_matrix_phase": 154}
_PHANTOM = Panel("phantom_qa/acr_t1", "phantom_acr", centre_mm=(0.0, 0.0, -10.0))
_OF_SAMPLING = (
    Figure(
        "wrap", _SAMPLING, "Wrap-around and phase oversampling",
        (beside(_T2, changes=_SMALL), beside(_T2, changes={**_SMALL, "phase_oversampling_percent": 70})),
        "Phase encoding from left to right. Left: the field of view is narrower than the head, and each "
        "side lies over the other. Right: 70 % oversampling, same field of view, no wrap.",
    ),
    Figure(
        "gibbs", _SAMPLING, "Gibbs ringing",
        (
            _PHANTOM,
            beside(_PHANTOM, changes={"acquisition_matrix_phase": 96}),
        ),
        "Phantom slice 5, 256 and 96 phase lines: with few lines every edge across the phase direction "
        "(left to right) is accompanied by ripples.",
    ),
    Figure(
        "tse_blur", _SAMPLING, "TSE blur",
        (
            Panel(
                "brain_catalogue/t2_ss_ax",
                changes={"te_ms": 90.0, "tr_ms": 15000.0, "acceleration_factor": 1, "averages": 4},
            ),
            beside(_T2, changes={**_T2.changes, "te_ms": 90.0, "acquisition_matrix_phase": 192}),
        ),
        "Left: one train of 120 echoes, right: trains of 16 (own grey scales), echo time 90 ms. In the "
        "long train tissue has decayed before the outer lines are read: brain is smeared along the phase "
        "direction (left to right), fluid stays sharp.",
        own_windows=True,
    ),
    Figure(
        "parallel_imaging", _SAMPLING, "Noise of parallel imaging",
        tuple(
            beside(_T2, changes={**_T2.changes, "bandwidth_hz_per_px": 500, "slice_thickness_mm": 2.0,
                                 "acceleration_factor": factor})
            for factor in (1, 2, 3)
        ),
        "Acceleration 1, 2 and 3 with the eight elements of the head coil, thin slices at a high "
        "bandwidth: noise grows with fewer lines everywhere, and beyond that in the middle, where the "
        "elements see too much alike (g-factor).",
    ),
    Figure(
        "partial_fourier", _SAMPLING, "Partial Fourier",
        (_T2, beside(_T2, changes={**_T2.changes, "partial_fourier_percent": 62.5})),
        "All lines, and 62.5 % of them: the same resolution, a little more noise, faint ringing at edges.",
    ),
    Figure(
        "preview", _SAMPLING, "A picture that is still forming",
        (beside(_GRE, share=0.1), beside(_GRE, share=0.35), beside(_T2, share=0.35)),
        "Left and middle: a gradient echo after 10 % and 35 % of its lines. Lines near the centre of "
        "k-space come first: blurred along the phase direction, but enough to see whether the slice is the "
        "right one. Right: a TSE after 35 % of its trains (own grey scale). Each train spreads over all of "
        "k-space, so that the picture is sharp at once and folded until the last trains have come.",
        own_windows=True,
    ),
)  # fmt: skip

_LIVER = Panel("abdomen_dynamic/localizer", "abdomen", "coronal", (0.0, 0.0, 0.0))
_T1 = Panel("brain_catalogue/t1_gre_ax")
_CORONAL = Panel(
    "brain_catalogue/t1_gre_ax", plane="coronal", centre_mm=(0.0, 0.0, 0.0), changes={"phase_encoding": "COL"}
)
_MOVED = beside(_T2, centre_mm=(0.0, 0.0, 14.0))
_OF_MOTION = (
    Figure(
        "nod", _MOTION, "A nod",
        (_MOVED, beside(_MOVED, motion=Nod(5.0, at_s=30.0))),
        "Still, and a turn of 5° after a third of the scan: edges are doubled and ghosts run along the "
        "phase direction.",
    ),
    Figure(
        "drift", _MOTION, "Drift",
        (_MOVED, beside(_MOVED, motion=Drift((0.0, 4.0, 3.0)))),
        "A head that sinks by 4 mm a minute and slides by 3: every train met it elsewhere. Edges are softer, "
        "and their faint copies lie on both sides along the phase direction (left to right).",
    ),
    Figure(
        "cough", _MOTION, "A cough",
        (_T1, beside(_T1, motion=Cough(10.0, at_s=3.85))),
        "One cough of a second or two at the beginning, as lines near the centre are read: faint broad "
        "shadows along the phase direction (left to right), also beside the head. A minute later it would "
        "hardly be seen.",
    ),
    Figure(
        "pulsation", _MOTION, "Pulsation",
        (_CORONAL, beside(_CORONAL, motion=Pulsation(3.0, 66.0))),
        "Coronal, phase encoding up and down. A beat of 3 mm with the heart (far more than brain really "
        "moves): edges are repeated above and below at distances that heart rate and TR give.",
    ),
    Figure(
        "breathing", _MOTION, "Breathing",
        (_LIVER, beside(_LIVER, motion=Breathing()), beside(_SINGLE, motion=Breathing())),
        "Coronal abdomen. Left in breath-hold, middle breathing freely during a gradient echo of many "
        "excitations: ghosts of the dome and blur. Right, single-shot TSE while breathing (own grey "
        "scales): frozen, at whichever phase of the breath the shot met.",
        own_windows=True,
    ),
)  # fmt: skip

FIGURES: tuple[Figure, ...] = (*_OF_SEQUENCES, *_OF_FIELD, *_OF_SAMPLING, *_OF_MOTION)
