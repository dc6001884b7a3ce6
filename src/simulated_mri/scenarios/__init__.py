"""Training cases and tests in files: what happens when, what is to be learned, what is expected."""
