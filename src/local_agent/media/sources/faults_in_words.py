"""What FFmpeg and the kernel say of a device, as one of the reasons that have words at both ends.

FFmpeg's own messages hold the address with the login in it: nothing of them is passed on but their number.
"""

from __future__ import annotations

import errno

import av
import av.error

from local_agent.media.sources.source import SourceFailed
from mr_contract.device_reasons import DeviceReason

Fault = av.FFmpegError | OSError | ValueError | ArithmeticError | LookupError
FAULTS = (av.FFmpegError, OSError, ValueError, ArithmeticError, LookupError)
"""What opening, reading and decoding raise."""

_BY_KIND: tuple[tuple[type[Exception], DeviceReason], ...] = (
    (av.error.HTTPUnauthorizedError, DeviceReason.LOGIN_REFUSED),
    (av.error.HTTPForbiddenError, DeviceReason.LOGIN_NOT_ALLOWED),
    (av.error.HTTPNotFoundError, DeviceReason.NO_PICTURES_THERE),
    (av.error.HTTPClientError, DeviceReason.REQUEST_REFUSED),
    (av.error.HTTPServerError, DeviceReason.FAULT_OF_ITS_OWN),
    (av.error.ExitError, DeviceReason.NO_ANSWER),
    (av.error.EOFError, DeviceReason.CONNECTION_ENDED),
    (av.error.InvalidDataError, DeviceReason.GARBAGE),
    (av.error.ExternalError, DeviceReason.CANNOT_BE_READ),
    (av.error.ProtocolNotFoundError, DeviceReason.WAY_NOT_ALLOWED),
)
_BY_NUMBER = {
    errno.ENOENT: DeviceReason.NOT_THERE,
    errno.ENODEV: DeviceReason.UNPLUGGED,
    errno.ENXIO: DeviceReason.UNPLUGGED,
    errno.EACCES: DeviceReason.NOT_PERMITTED,
    errno.EPERM: DeviceReason.NOT_PERMITTED,
    errno.EBUSY: DeviceReason.IN_USE,
    errno.ENOTTY: DeviceReason.NO_CAMERA,
    errno.EINVAL: DeviceReason.NO_KNOWN_CAMERA,
    errno.EISDIR: DeviceReason.FOLDER,
    errno.ECONNREFUSED: DeviceReason.NOBODY_LISTENS,
    errno.ECONNRESET: DeviceReason.CONNECTION_ENDED,
    errno.EPIPE: DeviceReason.CONNECTION_ENDED,
    errno.EHOSTUNREACH: DeviceReason.OUT_OF_REACH,
    errno.ENETUNREACH: DeviceReason.OUT_OF_REACH,
    errno.ETIMEDOUT: DeviceReason.NO_ANSWER,
    errno.EIO: DeviceReason.CANNOT_BE_READ,
}


def failed(fault: Fault) -> SourceFailed:
    """What happened, to be raised `from None`: the fault itself may hold a login."""
    for kind, reason in _BY_KIND:
        if isinstance(fault, kind):
            return SourceFailed(reason)
    number = getattr(fault, "errno", None)
    if not isinstance(number, int):
        return SourceFailed(DeviceReason.GARBAGE)
    if (known := _BY_NUMBER.get(number)) is not None:
        return SourceFailed(known)
    return SourceFailed(DeviceReason.SYSTEM_SAYS, what=errno.errorcode.get(number, "–"))
