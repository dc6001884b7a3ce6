"""Translations to scanners that are not ours, one folder each."""
