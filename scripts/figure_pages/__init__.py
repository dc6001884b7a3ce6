"""The page of sequences and artefacts: what is shown, how it is scanned, and how it becomes a file."""
