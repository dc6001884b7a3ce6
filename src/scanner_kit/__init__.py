"""What an adapter author needs: the server side of the scanner wire protocol, and a conformance suite.

Implement `ScannerModel`, hand it to `ScannerServer`, and run `python -m scanner_kit URL --secret-file F`
against the result.
"""

from scanner_kit.model import FinishedSeries, ModelRequest, Outlet, ScannerModel
from scanner_kit.secret import SecretError, make_secret_file, read_secret_file
from scanner_kit.server import ScannerServer, ServerSettings

__all__ = [
    "FinishedSeries",
    "ModelRequest",
    "Outlet",
    "ScannerModel",
    "ScannerServer",
    "SecretError",
    "ServerSettings",
    "make_secret_file",
    "read_secret_file",
]
