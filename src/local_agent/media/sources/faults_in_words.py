"""What FFmpeg and the kernel say of a device, in words for the people of a site.

FFmpeg's own messages hold the address with the login in it: nothing of them is passed on but their number.
"""

from __future__ import annotations

import errno

import av
import av.error

from local_agent.media.sources.source import SourceFailed

Fault = av.FFmpegError | OSError | ValueError | ArithmeticError | LookupError
FAULTS = (av.FFmpegError, OSError, ValueError, ArithmeticError, LookupError)
"""What opening, reading and decoding raise."""

_BY_KIND: tuple[tuple[type[Exception], str], ...] = (
    (av.error.HTTPUnauthorizedError, "it refuses the name and password: see login_file"),
    (av.error.HTTPForbiddenError, "it does not allow this name to look: see login_file"),
    (av.error.HTTPNotFoundError, "it has no pictures at this address: compare the path in url"),
    (av.error.HTTPClientError, "it refuses what is asked of it: compare the path in url"),
    (av.error.HTTPServerError, "it says that it has a fault of its own"),
    (av.error.ExitError, "it does not answer"),
    (av.error.EOFError, "it has ended the connection"),
    (av.error.InvalidDataError, "what it sends cannot be read"),
    (av.error.ExternalError, "it cannot be read; is it there, and on?"),
    (av.error.ProtocolNotFoundError, "it wants to be read in a way that is not allowed here"),
)
_BY_NUMBER = {
    errno.ENOENT: "there is nothing of this name; is it plugged in?",
    errno.ENODEV: "it was unplugged",
    errno.ENXIO: "it was unplugged",
    errno.EACCES: "this agent may not open it: see its permissions",
    errno.EPERM: "this agent may not open it: see its permissions",
    errno.EBUSY: "another program is using it",
    errno.ENOTTY: "it is not a camera",
    errno.EINVAL: "it is not a camera, or gives pictures in no way that is known here",
    errno.EISDIR: "it is a folder",
    errno.ECONNREFUSED: "nobody listens at this address and port",
    errno.ECONNRESET: "it has ended the connection",
    errno.EPIPE: "it has ended the connection",
    errno.EHOSTUNREACH: "its address cannot be reached from here",
    errno.ENETUNREACH: "its address cannot be reached from here",
    errno.ETIMEDOUT: "it does not answer",
    errno.EIO: "it cannot be read; is it there, and on?",
}


def in_words(fault: Fault) -> str:
    """What happened, and where there is something to be done, what."""
    for kind, words in _BY_KIND:
        if isinstance(fault, kind):
            return words
    number = getattr(fault, "errno", None)
    if not isinstance(number, int):
        return "what it sends cannot be read"
    return _BY_NUMBER.get(number) or f"it cannot be read: {errno.errorcode.get(number, 'no reason given')}"


def failed(fault: Fault) -> SourceFailed:
    """The same, to be raised `from None`: the fault itself may hold a login."""
    return SourceFailed(in_words(fault))
