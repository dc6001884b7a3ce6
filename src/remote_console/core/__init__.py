"""Qt-free view models of the desk: pure reducers over what the agents said."""
