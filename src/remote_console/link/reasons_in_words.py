"""Why a connection could not be made or was lost, in words for the window."""

from __future__ import annotations

import socket
import ssl

from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

_NOT_ACCEPTED = (
    "CERTIFICATE_REQUIRED",
    "UNKNOWN_CA",
    "BAD_CERTIFICATE",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
    "UNSUPPORTED_CERTIFICATE",
)


def why_not_connected(error: BaseException, host: str, port: int) -> str:
    """A sentence; the innermost cause that is known decides."""
    where = f"{host}:{port}"
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"{where} does not prove to be this site: {cause.verify_message}."
            case ssl.SSLError() if any(
                word in str(cause).upper().replace(" ", "_") for word in _NOT_ACCEPTED
            ):
                return f"{where} does not accept this workstation's certificate; ask the site for a new code."
            case ssl.SSLError():
                return f"No secure connection with {where} ({cause.reason or 'TLS error'})."
            case InvalidMessage():  # TLS 1.3: the client believes to be in before the server has judged it
                return (
                    f"{where} does not accept this workstation's certificate (or is overloaded). "
                    "Ask the site for a new code if it stays so."
                )
            case InvalidStatus():
                return f"{where} is not an agent's port (HTTP {cause.response.status_code})."
            case ConnectionClosed() if cause.rcvd is not None and cause.rcvd.reason:
                return cause.rcvd.reason
            case socket.gaierror():
                return f"The name {host} is not known on this network. Check its spelling, or ask the site."
            case ConnectionRefusedError():
                return f"Nobody answers at {where}."
            case TimeoutError():
                return f"{where} does not answer in time."
    return f"The connection with {where} failed or was lost."


def _causes(error: BaseException) -> list[BaseException]:
    """The innermost first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain[::-1]
