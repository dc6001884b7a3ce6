"""Pictures and sound at the desk: connections, decoding, ages. No Qt; nothing here waits for the window.

Importing this package costs nothing; `media_kit` and aiortc are loaded when pictures are first wanted.
"""
