"""What the media kit decides, without a clock, a socket or a codec: time is a field of what happens."""
