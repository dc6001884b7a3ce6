"""From measured k-space to pictures."""
