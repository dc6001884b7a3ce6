"""Why a link did not come about, in words a person can act on."""

from __future__ import annotations

import socket

from remote_console.link.reasons_in_words import why_not_connected


def test_a_name_that_is_not_known_is_not_called_a_lost_connection() -> None:
    error = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    words = why_not_connected(error, "agent.exmaple", 8444)
    assert (
        words == "The name agent.exmaple is not known on this network. Check its spelling, or ask the site."
    )


def test_a_port_where_nobody_listens_is_said_so() -> None:
    assert why_not_connected(ConnectionRefusedError(), "agent", 8443) == "Nobody answers at agent:8443."
