"""One acquisition of whatever lies in the scanner, measured shot by shot, shown and reconstructed."""

from __future__ import annotations

import hashlib
import math
import time
from bisect import bisect_left
from dataclasses import replace

import numpy as np

from mr_contract.bulk_messages import PreviewHeader
from simulated_mri.acquisition import Acquisition, Exam
from simulated_mri.encoding.coils import plugged_array
from simulated_mri.geometry import Pose
from simulated_mri.motion import Motion
from simulated_mri.plan import AcquisitionPlan
from simulated_mri.results import window_top
from simulated_mri.scanner import physics
from simulated_mri.scanner.conditions import Conditions, frame_in
from simulated_mri.scanner.imaging import MadeSeries
from simulated_mri.scanner.physics import ShotTimeline
from simulated_mri.scanner.series import keep_raw, make_series
from simulated_mri.scanner.state import Acquiring
from simulated_mri.scanner.subject_imaging import SubjectImaging
from simulated_mri.subjects.catalogue import load_subject
from simulated_mri.trigger_pace import paced

PIECE_S = 0.03
SLAB_POSES, LEAST_SLAB_POSES = 12, 3


def begin(imaging: SubjectImaging, run: Acquiring, now: Conditions) -> SubjectMeasurement:
    """Make ready to measure."""
    step = physics.prescription(run.step.achieved, imaging.hardware)
    subject = load_subject(imaging.subject)
    array = None if run.step.coil is None else plugged_array(run.step.coil)
    if array not in (None, subject.array):
        subject = replace(subject, array=array)
    plan = physics.timeline(run.step.achieved, imaging.hardware)
    live = LiveMotion(now.motion, plan.plan, breathes=subject.breathing is not None)
    placement = physics.placement(run.patient, run.landmark, run.lying, subject)
    exam = Exam(subject, placement, imaging.hardware, live)
    number = int.from_bytes(hashlib.sha256(run.acquisition_id.encode()).digest()[:4], "big")
    every = imaging.raw is not None and not plan.plan.volume
    acquisition = Acquisition(step, exam, imaging.seed ^ number, every_element=every)
    measurement = SubjectMeasurement(imaging, run, acquisition, plan, live)
    measurement.follow(now)
    if plan.pace is not None:
        acquisition.repeats_every(paced(plan.pace, (), now.cycle_s).repetition_s)
    acquisition.prepare()
    return measurement


class LiveMotion:
    """A motion of which more becomes known; `breathes`: whether the diaphragm moves this subject.

    A slab is simulated whole for each pose: there it is followed in so many pieces of time, not shot by shot.
    `starts`: of a triggered acquisition, when its repetitions really began.
    """

    def __init__(self, motion: Motion, plan: AcquisitionPlan, *, breathes: bool) -> None:
        self.motion = motion
        self.starts: tuple[float, ...] = ()
        self._plan = plan
        self._pace = plan.pace
        self._breathes = breathes

    def __call__(self, now_s: float) -> Pose:
        planned_s = self._piece_s(now_s) if self._plan.volume else now_s
        pace = self._pace
        pose = self.motion(planned_s if pace is None else pace.real_s(self.starts, planned_s))
        return pose if self._breathes else replace(pose, breath_mm=0.0)

    def _piece_s(self, now_s: float) -> float:
        """The middle of the piece of its pass in which a moment lies."""
        plan = self._plan
        passes = len(plan.pass_frames)
        piece_s = physics.shots_s(plan) / max(SLAB_POSES // passes, LEAST_SLAB_POSES)
        number = min(max(math.floor((now_s - plan.lead_in_s - 1e-6) / plan.pass_s), 0), passes - 1)
        began_s = plan.lead_in_s + number * plan.pass_s
        middle_s = began_s + (math.floor((now_s - began_s - 1e-6) / piece_s) + 0.5) * piece_s
        if plan.triggered is None:
            return middle_s
        shot = math.floor((min(middle_s, now_s) - began_s) / plan.shot_s)  # seen in the phase of a shot
        return began_s + shot * plan.shot_s + plan.triggered.delay_s + plan.triggered.slice_s


class SubjectMeasurement:
    """One acquisition of the subject, followed shot by shot."""

    def __init__(
        self,
        imaging: SubjectImaging,
        run: Acquiring,
        acquisition: Acquisition,
        plan: ShotTimeline,
        live: LiveMotion,
    ) -> None:
        self._live = live
        self._planned_frames = acquisition.frames
        self._imaging = imaging
        self._run = run
        self._acquisition = acquisition
        self._plan = plan
        self._shots = 0
        self._seen: set[int] = set()
        self._shown = 0
        self._frame = 0
        self._tops: dict[int, float] = {}

    def follow(self, now: Conditions) -> None:
        """What is measured from here on is of this patient."""
        self._live.motion, self._live.starts = now.motion, now.starts
        plan = self._acquisition.plan
        self._acquisition.frames = tuple(frame_in(frame, now, plan) for frame in self._planned_frames)
        if (pace := self._plan.pace) is not None:
            self._acquisition.paced = paced(pace, now.starts, now.cycle_s)

    def measure(self, lines: int, now: Conditions) -> bool:
        self.follow(now)
        until_s = time.monotonic() + PIECE_S
        target, pace = bisect_left(self._plan.lines_after, lines), self._plan.pace
        while self._shots < target and time.monotonic() < until_s:
            shot = self._acquisition.plan.shot(self._shots)
            if pace is not None and (interval_s := pace.interval_before_s(now.starts, shot.at_s)) is not None:
                self._acquisition.repeats_every(interval_s)
            self._acquisition.acquire((shot,))
            self._shots += 1
            if shot.frames[-1] != self._frame:
                self._frame = shot.frames[-1]
                self._seen.clear()
            if shot.slice_index is not None:
                self._seen.add(shot.slice_index)
        return self._shots >= target

    def preview(self) -> tuple[PreviewHeader, bytes] | None:
        if not self._shots:
            return None
        return self._picture(self._next_shown())

    def reconstruct(self) -> MadeSeries:
        imaging = self._imaging
        if imaging.raw is not None:
            keep_raw(imaging.raw, self._acquisition, self._run, imaging.serial)
        return make_series(
            self._acquisition, self._run, imaging.hardware, imaging.serial, enhanced=imaging.enhanced
        )

    def drop(self) -> None:
        """Who holds this lets it go; there is nothing else to free."""

    def _next_shown(self) -> int:
        """Every other time the middle slice, so that one is seen forming; in between the others in turn."""
        plan = self._acquisition.plan
        middle = plan.slice_count // 2
        if plan.volume:
            return middle
        seen = sorted(self._seen)
        self._shown += 1
        if self._shown % 2:
            return min(seen, key=lambda index: abs(index - middle))
        return seen[self._shown // 2 % len(seen)]

    def _picture(self, index: int) -> tuple[PreviewHeader, bytes]:
        acquisition, run = self._acquisition, self._run
        encoding = acquisition.encoding
        group, within = acquisition.prescription.slice_at(index)
        row_mm, column_mm = encoding.pixel_spacing_mm
        corner = group.first_pixel_mm(
            within, pixel_spacing_mm=(row_mm, column_mm), rows=encoding.rows, columns=encoding.columns
        )
        lines = len(acquisition.measured)
        per_slice = lines * (acquisition.plan.slice_count if acquisition.plan.volume else 1)
        share = lines if acquisition.plan.volume else 1
        frame = self._frame
        if frame not in self._tops:
            self._tops[frame] = window_top(acquisition, acquisition.frames[frame])
        top = self._tops[frame]
        x, y, z = (float(value) for value in corner)
        header = PreviewHeader(
            scanner=self._imaging.scanner,
            step_id=run.request.step_id,
            acquisition_id=run.acquisition_id,
            group=acquisition.prescription.groups.index(group),
            slice_index=within,
            slice_count=group.slice_count,
            rows=encoding.rows,
            columns=encoding.columns,
            row_spacing_mm=row_mm,
            column_spacing_mm=column_mm,
            position_mm=(x, y, z),
            row=group.row_direction,
            column=group.column_direction,
            lines_acquired=int(acquisition.acquired(index, frame).sum()) * share,
            lines_total=per_slice,
            window_centre=top / 2,
            window_width=top,
        )
        return header, np.asarray(acquisition.picture(index, frame), dtype="<u2").tobytes()
