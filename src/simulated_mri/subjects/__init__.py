"""Anatomies that the simulated scanner can image: data files, their build script and their attribution."""
