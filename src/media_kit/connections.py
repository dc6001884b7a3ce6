"""Peer connections as this system wants them."""

from __future__ import annotations

from collections.abc import Sequence

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    rtcpeerconnection,
)

from media_kit.encoded_track import EncodedTrack


def new_connection(
    ice_servers: Sequence[RTCIceServer] = (), *, relay_only: bool = False
) -> RTCPeerConnection:
    """One transport for everything, and no server that was not named. Call `correct` before.

    `relay_only`: no address of this machine is offered or used, only those of TURN servers.
    """
    policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
    return rtcpeerconnection.RTCPeerConnection(  # the corrected one, as it is now
        RTCConfiguration(
            iceServers=list(ice_servers), iceTransportPolicy=policy, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE
        )
    )


def send_pictures(connection: RTCPeerConnection, track: EncodedTrack) -> RTCRtpTransceiver:
    """Send a track of encoded pictures to the other side, as VP8 and nothing else."""
    transceiver = connection.addTransceiver(track, direction="sendonly")
    only_vp8(transceiver)
    return transceiver


def receive_pictures(connection: RTCPeerConnection) -> RTCRtpTransceiver:
    """Be ready for one more track of pictures, as VP8 and nothing else."""
    transceiver = connection.addTransceiver("video", direction="recvonly")
    only_vp8(transceiver)
    return transceiver


def only_vp8(transceiver: RTCRtpTransceiver) -> None:
    """Agree on VP8, with retransmissions; before offer or answer are made."""
    transceiver.setCodecPreferences([codec for codec in _codecs("video") if codec.name in ("VP8", "rtx")])


def only_opus(transceiver: RTCRtpTransceiver) -> None:
    """Agree on Opus: 48 kHz at both ends, and no other rate to be mistaken for it."""
    transceiver.setCodecPreferences([codec for codec in _codecs("audio") if codec.name == "opus"])


def _codecs(kind: str) -> list[RTCRtpCodecCapability]:
    return RTCRtpReceiver.getCapabilities(kind).codecs  # type: ignore[union-attr]
