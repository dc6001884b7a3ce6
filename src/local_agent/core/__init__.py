"""The site's decisions, pure: no sockets, no clock, no randomness, no files. Time is a field of an input."""
