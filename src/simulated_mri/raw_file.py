"""Raw data of one acquisition as an ISMRMRD file (Inati et al., MRM 2017; 77: 411): header and lines.

The header names no patient: size and weight, and the UIDs of study and series, by which the images are found.
"""

from __future__ import annotations

from pathlib import Path

import h5py
from ismrmrd import xsd
from ismrmrd.hdf5 import acquisition_dtype

from simulated_mri.acquisition import Acquisition
from simulated_mri.dicom import SIMULATED, PatientIdentity, SeriesLabels, StudyLabels, missing_words
from simulated_mri.encoding.matrix import Encoding
from simulated_mri.hardware import GAMMA_HZ_PER_T, Hardware
from simulated_mri.phase_lines import train_echoes
from simulated_mri.raw_lines import raw_records
from simulated_mri.sequences import Values, number, traits
from simulated_mri.timing import echo_spacing_ms


def write_raw(
    file: Path, acquisition: Acquisition, patient: PatientIdentity, study: StudyLabels, series: SeriesLabels
) -> None:
    """Write every line that exists; the file appears whole, or not at all.

    Raises:
        OSError: it cannot be written.
    """
    partial = file.with_name(file.name + ".partial")
    try:
        with h5py.File(partial, "w") as opened:
            group = opened.create_group("dataset")
            xml = group.create_dataset("xml", shape=(1,), dtype=h5py.special_dtype(vlen=bytes))
            xml[0] = xsd.ToXML(raw_header(acquisition, patient, study, series)).encode()
            data = group.create_dataset("data", shape=(0,), maxshape=(None,), dtype=acquisition_dtype)
            for records in raw_records(acquisition):
                data.resize(len(data) + len(records), axis=0)
                data[len(data) - len(records) :] = records
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def raw_header(
    acquisition: Acquisition, patient: PatientIdentity, study: StudyLabels, series: SeriesLabels
) -> xsd.ismrmrdHeader:
    """The XML header as an object of the library."""
    hardware, b0_t = acquisition.exam.hardware, acquisition.exam.hardware.b0_t
    return xsd.ismrmrdHeader(
        version=2,
        subjectInformation=xsd.subjectInformationType(
            patientWeight_kg=patient.weight_kg, patientHeight_m=patient.height_cm / 100
        ),
        studyInformation=xsd.studyInformationType(
            studyInstanceUID=study.study_uid, bodyPartExamined=series.body_part
        ),
        measurementInformation=xsd.measurementInformationType(
            measurementID=series.series_uid,
            patientPosition=xsd.patientPositionType(study.position),
            initialSeriesNumber=series.series_number,
            protocolName=series.protocol_name,
            sequenceName=acquisition.prescription.sequence,
            seriesDescription=f"{series.description} SIMULATED",
            seriesInstanceUIDRoot=series.series_uid,
            frameOfReferenceUID=study.frame_of_reference_uid,
        ),
        acquisitionSystemInformation=xsd.acquisitionSystemInformationType(
            systemVendor="Simulated MRI",
            systemModel="simulated-mri",
            systemFieldStrength_T=b0_t,
            receiverChannels=_channels(acquisition),
            stationName=study.station_name,
            deviceSerialNumber="SIMULATED",
        ),
        experimentalConditions=xsd.experimentalConditionsType(
            H1resonanceFrequency_Hz=round(GAMMA_HZ_PER_T * b0_t)
        ),
        encoding=[_encoding(acquisition)],
        sequenceParameters=_sequence(acquisition, hardware),
        userParameters=_user(acquisition),
    )


def _channels(acquisition: Acquisition) -> int:
    return len(acquisition.exam.subject.array.elements_mm) if acquisition.elements else 1


def _encoding(acquisition: Acquisition) -> xsd.encodingType:
    encoding, plan = acquisition.encoding, acquisition.plan
    sequence, values = acquisition.prescription.sequence, acquisition.prescription.values
    partitions = plan.slice_count if plan.volume else 1
    depth_mm = partitions * (number(values, "slice_spacing_mm") if plan.volume else encoding.thickness_mm)
    shown_mm = encoding.picture_lines * encoding.encoded_fov_mm / encoding.encoded_picture_lines
    parallel = None
    if encoding.acceleration > 1:
        factor = xsd.accelerationFactorType(
            kspace_encoding_step_1=encoding.acceleration, kspace_encoding_step_2=1
        )
        other = xsd.calibrationModeType.OTHER
        parallel = xsd.parallelImagingType(accelerationFactor=factor, calibrationMode=other)
    trains = traits(sequence).readout in ("echo_train", "epi")
    return xsd.encodingType(
        encodedSpace=_space(encoding, encoding.lines, partitions, (encoding.encoded_fov_mm, depth_mm)),
        reconSpace=_space(encoding, encoding.picture_lines, partitions, (shown_mm, depth_mm)),
        encodingLimits=_limits(acquisition),
        trajectory=xsd.trajectoryType.CARTESIAN,
        parallelImaging=parallel,
        echoTrainLength=train_echoes(sequence, values) if trains else 1,
    )


def _space(
    encoding: Encoding, lines: int, partitions: int, fov_mm: tuple[float, float]
) -> xsd.encodingSpaceType:
    return xsd.encodingSpaceType(
        matrixSize=xsd.matrixSizeType(x=encoding.samples, y=lines, z=partitions),
        fieldOfView_mm=xsd.fieldOfViewMm(x=encoding.fov_read_mm, y=fov_mm[0], z=fov_mm[1]),
    )


def _limits(acquisition: Acquisition) -> xsd.encodingLimitsType:
    """What was planned, not what exists: after a stop there is less."""
    encoding, plan, measured = acquisition.encoding, acquisition.plan, acquisition.measured
    partitions = plan.slice_count if plan.volume else 1
    slices = 1 if plan.volume else plan.slice_count
    return xsd.encodingLimitsType(
        kspace_encoding_step_0=_limit(encoding.samples, encoding.samples // 2),
        kspace_encoding_step_1=xsd.limitType(
            minimum=measured[0], maximum=measured[-1], center=encoding.lines // 2
        ),
        kspace_encoding_step_2=_limit(partitions, partitions // 2),
        average=_limit(1),  # the mean of all averages
        slice=_limit(slices),
        contrast=_limit(1 + max(frame.echo for frame in acquisition.frames)),
        repetition=_limit(1 + max(frame.dynamic for frame in acquisition.frames)),
        segment=_limit(len(plan.trains)),
    )


def _limit(count: int, centre: int = 0) -> xsd.limitType:
    return xsd.limitType(minimum=0, maximum=count - 1, center=centre)


def _sequence(acquisition: Acquisition, hardware: Hardware) -> xsd.sequenceParametersType:
    sequence, values = acquisition.prescription.sequence, acquisition.prescription.values
    trains = traits(sequence).readout in ("echo_train", "epi")
    echoes = {frame.echo: frame.te_ms for frame in acquisition.frames}
    weighted = [frame for frame in acquisition.frames if frame.b_s_per_mm2 > 0]
    return xsd.sequenceParametersType(
        TR=[acquisition.achieved_tr_ms],
        TE=[echoes[echo] for echo in sorted(echoes)],
        TI=[number(values, "ti_ms")] if "ti_ms" in values else [],
        flipAngle_deg=[number(values, "flip_angle_deg") if "flip_angle_deg" in values else 90.0],
        sequence_type=sequence,
        echo_spacing=[echo_spacing_ms(sequence, values, hardware)] if trains else [],
        diffusionDimension=xsd.diffusionDimensionType.REPETITION if weighted else None,
        diffusion=_diffusion(acquisition) if weighted else [],
    )


def _diffusion(acquisition: Acquisition) -> list[xsd.diffusionType]:
    """One for each repetition: b = 0, then along the patient's axes."""
    axes = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return [
        xsd.diffusionType(
            gradientDirection=xsd.gradientDirectionType(rl=axis[0], ap=axis[1], fh=axis[2]),
            bvalue=frame.b_s_per_mm2,
        )
        for frame, axis in zip(acquisition.frames, axes, strict=True)
    ]


def _user(acquisition: Acquisition) -> xsd.userParametersType:
    """That it is simulated, whether it is whole, and every parameter by its name."""
    values: Values = acquisition.prescription.values
    words = {"warning": SIMULATED, "incomplete": missing_words(acquisition).strip()}
    words |= {key: value for key, value in values.items() if isinstance(value, str)}
    numbers = {key: float(value) for key, value in values.items() if not isinstance(value, str)}
    return xsd.userParametersType(
        userParameterDouble=[xsd.userParameterDoubleType(name=k, value=v) for k, v in numbers.items()],
        userParameterString=[xsd.userParameterStringType(name=k, value=v) for k, v in words.items() if v],
    )
