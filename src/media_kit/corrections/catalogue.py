"""Every correction, with the fault and what it cost. Figures: 2 cores, loopback, 720p at 25 a second."""

from __future__ import annotations

from collections.abc import Callable

from aioice import ice, turn
from aiortc import codecs, rtcicetransport, rtcpeerconnection, rtcrtpreceiver, rtcrtpsender

from media_kit.corrections.arrivals import JudgesArrivals, KnowsArrivals, StampsArrivals
from media_kit.corrections.changes import Changes
from media_kit.corrections.closing import ClosesOnce, EndsItsChecks, StartsOnlyOpen
from media_kit.corrections.ice import (
    SOCKET_BUFFER_BYTES,
    BoundedRelay,
    ChosenSockets,
    NoPublicServers,
    TimesRequests,
)
from media_kit.corrections.pacing import PacesPictures
from media_kit.corrections.receiving import AssemblesPictures, AssemblesSound, KeepsNewest
from media_kit.corrections.relays import AsksEveryRelay, LeavesOverTcp, LeavesOverUdp, name_every_relay
from media_kit.corrections.sending import OwnLimits, TellsItsTrack
from media_kit.corrections.transport import (
    ContainsFaults,
    KeepsDataTransport,
    KeepsMediaTransport,
    RoutesRetransmissions,
)

Correction = Callable[[Changes], None]

RTP_HISTORY = 1024


def route_retransmissions(changes: Changes) -> None:
    """Retransmissions have a source number of their own, which no table knew.

    With two or more bundled video streams every one of them was dropped: at 1 % loss pictures ran 6 s late;
    routed, p50 72 ms.
    """
    changes.mix(rtcpeerconnection, "RTCDtlsTransport", RoutesRetransmissions)


def pace_pictures(changes: Changes) -> None:
    """A key frame left at once: on 1.5 Mbit/s the voice behind it came a third of a second late.

    Paced on lines that were crowded lately; elsewhere nothing waits.
    """
    changes.mix(rtcpeerconnection, "RTCDtlsTransport", PacesPictures)


def assemble_pictures(changes: Changes) -> None:
    """A frame waited for the next one, a lost packet was asked for once, a hole was waited for for ever.

    Released on the marker, everything complete at once, holes asked for again and skipped in time: 720p p50
    48 → 8 ms; at 3 % loss p50 31 ms; after 5 s of outage a picture in 0.3 to 0.5 s instead of 2 s.
    """
    changes.mix(rtcpeerconnection, "RTCRtpReceiver", AssemblesPictures)


def assemble_sound(changes: Changes) -> None:
    """Sound was held back by four packets, and each hole added up to 200 ms for good.

    In order at once, holes skipped: p50 81 ms → 20 ms, and the same after a burst of losses.
    """
    changes.mix(rtcpeerconnection, "RTCRtpReceiver", AssemblesSound)


def keep_newest(changes: Changes) -> None:
    """A track that nobody read kept every decoded frame: 35 MB/s at 720p. It keeps one now."""
    changes.mix(rtcpeerconnection, "RemoteStreamTrack", KeepsNewest)


def time_round_trips(changes: Changes) -> None:
    """A receiver did not know its round trip, so it could not know how long a packet is worth waiting for."""
    changes.mix(ice, "StunProtocol", TimesRequests)


def date_arrivals(changes: Changes) -> None:
    """A turn of the loop read one datagram, and what waited in a busy machine counted as the line's delay.

    Beside a reconstruction pictures came 1.5 s late, with "no room" on loopback. Read at one go, and dated by
    the kernel: decision 0038.
    """
    changes.mix(ice, "StunProtocol", StampsArrivals)
    changes.mix(rtcpeerconnection, "RTCIceTransport", KnowsArrivals)
    changes.mix(rtcpeerconnection, "RTCDtlsTransport", JudgesArrivals)


def enlarge_buffers(changes: Changes) -> None:
    """Sockets held 256 KiB: a screen's key frame overflowed them on loopback. With 4 MiB nothing is lost."""
    changes.set(turn, "UDP_SOCKET_BUFFER_SIZE", SOCKET_BUFFER_BYTES)


def bound_relays(changes: Changes) -> None:
    """A relay over TCP that was not read kept every packet sent: memory and delay grew without end."""
    changes.mix(turn, "TurnClientTcpProtocol", BoundedRelay)


def lengthen_history(changes: Changes) -> None:
    """Only the last 128 packets could be sent again: half a screen's key frame, 0.3 s of 720p."""
    changes.set(rtcrtpsender, "RTP_HISTORY_SIZE", RTP_HISTORY)
    changes.set(rtcrtpreceiver, "RTP_HISTORY_SIZE", RTP_HISTORY)


def choose_sockets(changes: Changes) -> None:
    """Sockets took any port on every address: no firewall rule could name them."""
    chosen = type("ChosenSockets", (ChosenSockets,), {"reach": changes.reach})
    changes.mix(rtcicetransport, "Connection", chosen)


def ask_every_relay(changes: Changes) -> None:
    """Only the first address of the first TURN server was asked, and nobody heard why it gave nothing.

    A site that named UDP before TLS had no pictures where UDP is blocked; a wrong secret looked like no way.
    """
    changes.set(rtcicetransport, "connection_kwargs", name_every_relay)
    changes.mix(rtcicetransport, "Connection", AsksEveryRelay)


def leave_relays_soon(changes: Changes) -> None:
    """With a relay that had gone silent `close` waited 64 s for its word; nothing new was made meanwhile."""
    changes.mix(turn, "TurnClientUdpProtocol", LeavesOverUdp)
    changes.mix(turn, "TurnClientTcpProtocol", LeavesOverTcp)


def ask_no_public_server(changes: Changes) -> None:
    """Without configuration a public STUN server was told the site's address."""
    changes.mix(rtcpeerconnection, "RTCIceGatherer", NoPublicServers)


def contain_faults(changes: Changes) -> None:
    """An exception while one datagram was read ended the connection; an empty one from anybody sufficed."""
    changes.mix(rtcpeerconnection, "RTCDtlsTransport", ContainsFaults)


def close_once(changes: Changes) -> None:
    """Who stopped waiting for `close` called off the end of everyone who waits: a traceback in the log.

    A connection whose other end leaves closes by itself; one that was told so at that moment was called off.
    """
    changes.mix(rtcpeerconnection, "RTCPeerConnection", ClosesOnce)


def end_while_connecting(changes: Changes) -> None:
    """A connection closed while it connects went on to its next section, and failed there unheard.

    One that had just found its way asked for ever whether it may still send: a task left over for each.
    """
    changes.mix(rtcpeerconnection, "RTCIceTransport", StartsOnlyOpen)
    changes.mix(rtcicetransport, "Connection", EndsItsChecks)


def keep_transports(changes: Changes) -> None:
    """A description that bundles with a section it has not took every transport away: `close` then failed."""
    changes.mix(rtcpeerconnection, "RTCRtpReceiver", KeepsMediaTransport)
    changes.mix(rtcpeerconnection, "RTCSctpTransport", KeepsDataTransport)


def tell_tracks(changes: Changes) -> None:
    """A track with encoded packets never heard that its receiver needs a key frame: one loss froze it."""
    changes.mix(rtcpeerconnection, "RTCRtpSender", TellsItsTrack)


def free_bitrates(changes: Changes) -> None:
    """Every encoder of a process shared 0.25 to 1.5 Mbit/s: a 1080p screen reached 26 dB."""
    changes.mix(codecs, "Vp8Encoder", OwnLimits)


ALL: tuple[Correction, ...] = (
    route_retransmissions,
    contain_faults,
    close_once,
    end_while_connecting,
    keep_transports,
    pace_pictures,
    assemble_pictures,
    assemble_sound,
    keep_newest,
    time_round_trips,
    date_arrivals,
    enlarge_buffers,
    bound_relays,
    lengthen_history,
    choose_sockets,
    ask_every_relay,
    leave_relays_soon,
    ask_no_public_server,
    tell_tracks,
    free_bitrates,
)
