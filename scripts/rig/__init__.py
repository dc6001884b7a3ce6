"""Real programs, started, driven and observed from outside: for the demo, the process tests and the benches.

Nothing here is part of the product. Programs are run by their commands; the tablet is driven through its
real HTTPS and WebSocket endpoints, the room through the simulator's injection socket.
"""
