"""The window: one widget to a file, each shows one state value and reports intentions."""
