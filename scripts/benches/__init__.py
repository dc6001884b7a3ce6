"""Measurements of the running system, side by side with a peer where there is one."""
