"""Cameras of a room that does not exist: what they show follows the simulated scanner."""

from local_agent.media.sources.synthetic.camera import SyntheticCamera
from local_agent.media.sources.synthetic.room_state import Injection, RoomState, room_state_of

__all__ = ["Injection", "RoomState", "SyntheticCamera", "room_state_of"]
