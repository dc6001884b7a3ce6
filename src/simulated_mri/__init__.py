"""A scanner made of arithmetic, to test and train with. Every image it makes is marked SIMULATED."""
