"""The agent's side of the scanner wire protocol, and supervision of adapter processes."""
