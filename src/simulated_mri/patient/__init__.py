"""Who lies in the simulated scanner: heart, breath, fear and movement, as pure functions of time."""
