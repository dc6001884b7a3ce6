"""Consoles at the agent's door: TLS, control and bulk connections, enrolment."""
