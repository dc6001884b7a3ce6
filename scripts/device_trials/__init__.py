"""The agent's camera and loudspeaker on a kernel's own devices; run by `scripts/try_devices`."""
