"""The tablet's door: an HTTPS page for the local operator, and the socket it speaks through."""
