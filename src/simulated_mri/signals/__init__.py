"""What each sequence makes of a tissue: closed forms, and extended phase graphs where there are echo trains.

Everything is computed for *pools* (a tissue at one transmit field each), all at once; nothing here knows
where the pools lie.
"""
