"""Pictures and sound at the site: a process of its own, and the agent's side of it."""
